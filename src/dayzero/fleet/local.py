"""Schools on this machine's processors, a process each; one that is killed costs the school it was at, if it is that school's fault."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.synchronize import Event

from dayzero.fleet.errands import Errand
from dayzero.fleet.results import SchoolResult, lost
from dayzero.fleet.where import FleetSchool

__all__ = ["locally"]

_stop: Event | None = None


def locally(errands: Sequence[Errand], schools: Sequence[FleetSchool], *, workers: int) -> Iterator[list[SchoolResult]]:
    """Yield what came of each errand, as they end. After Ctrl-C each worker ends the school it is at, and KeyboardInterrupt goes on.

    An errand whose worker was killed is done again, school by school and alone: a run that was begun is settled by the next.
    """
    files = {school.id: str(school.file) for school in schools}
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # for the workers, before they import it: each has a processor
    waiting, suspects = deque(errands), deque[Errand]()
    while waiting or suspects:
        with _Pool(workers if waiting else 1) as pool:
            todo = waiting or suspects
            try:
                yield from pool.through(todo)
            except BrokenProcessPool:
                broken = pool.at_work
                if todo is suspects:  # it was alone
                    yield [lost(ident, files[ident]) for errand in broken for ident in errand.schools]
                else:
                    suspects.extend(one for errand in broken for one in errand.alone())


class _Pool:
    """Workers of one pool. ``at_work``: the errands that are theirs now: never more than there are workers, so that it is known
    whose fault it may be when one is killed."""

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

    @property
    def at_work(self) -> list[Errand]:
        return list(self._running.values())

    def through(self, errands: deque[Errand]) -> Iterator[list[SchoolResult]]:
        """Yield what came of errands, taking them from the left as workers are free. Raises BrokenProcessPool."""
        try:
            while errands or self._running:
                while errands and len(self._running) < self._workers:
                    self._begin(errands)
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda f: f.exception() is not None):
                    results = future.result()
                    del self._running[future]
                    yield results
        except KeyboardInterrupt:
            self._stop.set()
            for future in self._running:
                yield future.result()
            raise

    def _begin(self, errands: deque[Errand]) -> None:
        errand = errands.popleft()
        try:
            self._running[self._executor.submit(_done, errand)] = errand
        except BrokenProcessPool:
            errands.appendleft(errand)
            raise


def _begin(stop: Event) -> None:
    """Begin as a worker: Ctrl-C is the parent's to answer."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _done(errand: Errand) -> list[SchoolResult]:
    from dayzero.fleet.work import run  # a worker needs it; who hands out begins without Polars

    return run(errand, stopped=_stop.is_set if _stop is not None else lambda: False)
