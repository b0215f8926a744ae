"""Sync every school of a fleet by one worker, as `dayzero fleet sync --workers 1` does; say how long it took, and its schools alone.

A worker begins by importing this file as well. There, what schools by themselves would do is timed, and the sum left beside the fleet:
to load the program, once; then of each to read its configuration, make its service, sync, and let go of what that made.
"""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

_began = time.perf_counter()

import msgspec  # noqa: E402 - what loading costs is part of the whole

P = ParamSpec("P")
R = TypeVar("R")
_OWN = Path(sys.argv[1]).with_name("own-seconds")
_spent = 0.0


def main() -> None:
    """Sync them all."""
    from dayzero.fleet import Errand, Sent, errands_of, schools_in
    from dayzero.fleet.local import locally

    where = Path(sys.argv[1]).resolve()
    schools = schools_in(where)

    def errands() -> Iterator[Errand]:  # made while the worker loads, as by the command
        from dayzero.plugins import load_plugins

        yield from errands_of(Sent("sync"), where, schools, workers=1, sharing=load_plugins().sharing)

    codes = {result.exit_code for results in locally(errands(), schools, workers=1) for result in results}
    assert codes == {0}, codes
    figures = {"whole": time.perf_counter() - _began, "own": float(_OWN.read_text(encoding="ascii"))}
    sys.stdout.buffer.write(msgspec.json.encode(figures))


def time_schools() -> None:
    """Time that the program is loaded, and what each school does."""
    global _spent
    from dayzero.fleet import work

    atexit.register(lambda: _OWN.write_text(str(_spent), encoding="ascii"))
    _spent = time.perf_counter() - _began
    work._DOES = {"sync": _timed(work._sync)}
    work._result = _timed(work._result, sign=-1)  # it is the fleet that wants to know


def _timed(call: Callable[P, R], *, sign: int = 1) -> Callable[P, R]:
    def measured(*args: P.args, **kwargs: P.kwargs) -> R:
        global _spent
        began = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            _spent += sign * (time.perf_counter() - began)

    return measured


if __name__ == "__main__":
    main()
elif __name__ == "__mp_main__":
    time_schools()
