"""Schools on this machine's processors, a process each; one that is killed costs the school it was at, if it is that school's fault."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from typing import Any

from dayzero.errors import ExitCode
from dayzero.fleet.errands import Errand
from dayzero.fleet.results import SchoolResult, lost
from dayzero.fleet.where import FleetSchool

__all__ = ["locally"]

_stop: Event | None = None
_orphaned = threading.Event()
_at_work = threading.Lock()


def locally(
    errands: Iterable[Errand], schools: Sequence[FleetSchool], *, workers: int, asked: Future[None] | None = None
) -> Iterator[list[SchoolResult]]:
    """Yield what came of each errand, as they end. Once ``asked`` is done each worker ends the school it is at, and KeyboardInterrupt
    is raised: a signal's handler does it, for an exception anywhere in here would leave a worker half begun.

    An errand whose worker was killed is done again, school by school and alone: a run that was begun is settled by the next.
    ``errands``: they are asked for when a worker has begun to load, and may be made meanwhile.
    """
    asked = asked or Future()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # for the workers, before they import it: each has a processor
    with _Pool(workers) as pool:
        pool.load()
        waiting = deque(errands)
        broken = yield from pool.through(waiting, asked)
    while waiting:
        with _Pool(workers) as pool:
            broken += yield from pool.through(waiting, asked)
    suspects = deque(one for errand in broken for one in errand.alone())
    by_id = {school.id: school for school in schools}
    while suspects:
        with _Pool(1) as pool:
            for errand in (yield from pool.through(suspects, asked)):
                yield [lost(by_id[ident]) for ident in errand.schools]


class _Pool:
    """Workers of one pool. They have never more errands than there are workers, so that it is known whose fault it may be when one
    is killed."""

    def __init__(self, workers: int) -> None:
        # A fresh interpreter: what this one has imported, opened or locked is not carried over.
        context = get_context("spawn")
        self._workers = workers
        self._stop = context.Event()
        self._executor = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(self._stop,))
        self._running: dict[Future[list[SchoolResult]], Errand] = {}

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()

    def load(self) -> None:
        """Let the first worker begin to load what it needs."""
        self._executor.submit(_load)

    def through(self, errands: deque[Errand], asked: Future[None]) -> Generator[list[SchoolResult], None, list[Errand]]:
        """Yield what came of errands, taking them from the left as workers are free. Return those at work when a worker was killed."""
        try:
            while (errands or self._running) and not asked.done():
                while errands and len(self._running) < self._workers:
                    self._begin(errands)
                awaited: list[Future[Any]] = [*self._running, asked]
                ended = wait(awaited, return_when=FIRST_COMPLETED).done & self._running.keys()
                for future in sorted(ended, key=lambda f: f.exception() is not None):
                    results = future.result()
                    del self._running[future]
                    yield results
        except BrokenProcessPool:
            pass
        if asked.done() and (errands or self._running):
            self._stop.set()
            for future in self._running:
                with suppress(BrokenProcessPool):
                    yield future.result()
            raise KeyboardInterrupt
        return list(self._running.values())

    def _begin(self, errands: deque[Errand]) -> None:
        errand = errands.popleft()
        try:
            self._running[self._executor.submit(_done, errand)] = errand
        except BrokenProcessPool:
            errands.appendleft(errand)
            raise


def _begin(stop: Event) -> None:
    """Begin as a worker: Ctrl-C is the parent's to answer, stdout its to write to, and it ends with it."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # stderr is closed
        os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the parent has, however it ended; the school that is under way is done first."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        _orphaned.set()
        with _at_work:
            os._exit(ExitCode.INTERRUPTED)


def _stopped() -> bool:
    return _orphaned.is_set() or (_stop is not None and _stop.is_set())


@lru_cache(maxsize=1)
def _load() -> None:
    """Load what a worker does, once. What is loaded stays: to look through it for garbage would cost each school, and most at the end."""
    import dayzero.fleet.work  # noqa: F401 - who hands out begins without Polars

    gc.freeze()


def _done(errand: Errand) -> list[SchoolResult]:
    _load()
    from dayzero.fleet.work import run

    with _at_work:
        return run(errand, stopped=_stopped)
