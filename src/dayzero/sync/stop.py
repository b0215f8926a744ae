"""Where a run may stop early: between two parts, by Ctrl-C or because its time is used up. The sync is abandoned then."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from dayzero.clock import Deadline
from dayzero.errors import InterruptedRunError, RefusedError

__all__ = ["Stop", "require_time"]


def require_time(run: Deadline, stands: str, **facts: Any) -> None:
    """Raise RefusedError, saying where the run ``stands``, once its time is used up."""
    if run.over:
        raise RefusedError(
            f"The {run.seconds:g} seconds of [schedule] max_seconds are used up: {stands}",
            remedy="Run again when source and portal are faster, or allow more time.",
            **facts,
        )


class Stop:
    """A run's reasons to stop. The first Ctrl-C lets the part in hand finish; a second one ends the process at once.

    ``asked``: says whether whoever watches the run wants it to stop.
    """

    def __init__(self, run: Deadline, asked: Callable[[], bool] = lambda: False) -> None:
        self._run, self._by_watcher = run, asked
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Stop:
        # Elsewhere than in the main thread Python takes no handler, and Ctrl-C is the main thread's business. Where it is
        # ignored - a job a script put into the background - it stays ignored.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True

    def check(self, sent: int, total: int) -> None:
        """Stop the run if there is reason to; ``sent`` of ``total`` operations have reached the portal, none is applied."""
        stands = f"{sent:,} of {total:,} operations had been sent; the sync is abandoned, nothing of it is applied."
        if self._asked:
            raise InterruptedRunError(f"Stopped by Ctrl-C: {stands}", remedy="Run again: it starts from the beginning.")
        if self._by_watcher():
            raise InterruptedRunError(f"Stopped: {stands}", remedy="Run again: it starts from the beginning.")
        require_time(self._run, stands, sent=sent, total=total)
