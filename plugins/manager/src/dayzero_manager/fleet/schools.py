"""What the page knows of a fleet: the last run of each school, read from the journals, and kept until it is asked for anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dayzero.clock import Clock, SystemClock
from dayzero.fleet import Errand, SchoolResult, Sent, schools_in
from dayzero.fleet.work import run
from dayzero_manager.office import StillLooking
from dayzero_manager.work import Job, Work

__all__ = ["Fleet", "Night"]

AT_ONCE = 50
"""So many journals are read between two words about how far it is."""


@dataclass(frozen=True)
class Night:
    """How the last run of each school ended, as it was read at a moment."""

    results: tuple[SchoolResult, ...]
    read_at: datetime


class Fleet:
    """A fleet as it is configured now. ``patience``: so many seconds a page waits before it says that the journals are being read."""

    def __init__(self, where: Path, *, clock: Clock | None = None, patience: float = 1.5) -> None:
        self.where, self.clock, self._patience = where, clock or SystemClock(), patience
        self.work = Work(self.clock.now)
        self._kept: Night | None = None
        schools_in(where)  # what is wrong with it is said before anything is served

    def night(self) -> Night:
        """Return what is known. Raises StillLooking while the journals are read, and what that fails with."""
        if self._kept is not None:
            return self._kept
        job = self.work.look("fleet", "Reading the journals of all schools", self._read)
        if not job.wait(self._patience):
            raise StillLooking(job)
        if job.error is not None:
            raise job.error
        return job.value  # type: ignore[no-any-return]

    def ask_anew(self) -> None:
        """Let the journals be read again."""
        self._kept = None

    def _read(self, job: Job) -> Night:
        ids = [school.id for school in schools_in(self.where)]
        job.stage("Reading journals", len(ids))
        night = Night(tuple(self._results(job, ids)), self.clock.now())
        self._kept = night
        return night

    def _results(self, job: Job, ids: list[str]) -> Iterator[SchoolResult]:
        for at in range(0, len(ids), AT_ONCE):
            some = tuple(ids[at : at + AT_ONCE])
            yield from run(Errand(Sent("status"), str(self.where), some), lambda: job.stopping)
            job.advance(len(some))
