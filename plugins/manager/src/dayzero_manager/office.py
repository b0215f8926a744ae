"""The school at which the office works: its service, and what was looked at last, kept while it is true."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dayzero.clock import Clock, SystemClock
from dayzero.config import Config, load
from dayzero.plugins import Plugins, load_plugins
from dayzero.service import Service
from dayzero_manager.work import Job, Work

__all__ = ["Office", "StillLooking"]

KEPT_BESIDES = 2
"""So much is kept besides the plan itself: each of a large school is a lot of memory."""


class StillLooking(Exception):  # noqa: N818 - no error: an answer that takes longer
    """What a page needs is being worked out by a ``job``."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.title)
        self.job = job


@dataclass(frozen=True)
class _Kept:
    stamp: object
    value: Any


class Office:
    """One configured school. The configuration is read again when its file changes: the command line may change it.

    ``patience``: so many seconds a page waits for what is worked out, before it says that it is.
    """

    def __init__(
        self,
        config_path: Path,
        *,
        environ: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        plugins: Plugins | None = None,
        rng: random.Random | None = None,
        patience: float = 1.5,
    ) -> None:
        self._path, self._environ = config_path, os.environ if environ is None else environ
        self.clock = clock or SystemClock()
        self._plugins, self._rng, self._patience = plugins or load_plugins(), rng, patience
        self.work = Work(self.clock.now)
        self._guard = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._asked = 0
        self._read: tuple[object, Config] | None = None
        _ = self.config  # what is wrong with it is said before anything is served

    @property
    def config(self) -> Config:
        """The configuration as its file says now."""
        found = self._path.stat() if self._path.exists() else None
        stamp = found and (found.st_mtime_ns, found.st_size)
        if self._read is None or self._read[0] != stamp:
            self._read = stamp, load(self._path, environ=self._environ)
        return self._read[1]

    @property
    def known(self) -> Config:
        """The configuration as it was last read well: what a page is headed with, also when the file is broken now."""
        return self._read[1] if self._read is not None else self.config

    def service(self, job: Job | None = None) -> Service:
        """Return the service, watched by a job, which may stop it."""
        return Service(
            self.config, plugins=self._plugins, clock=self.clock, rng=self._rng, environ=self._environ, progress=job,
            stopped=lambda: job is not None and job.stopping,
        )  # fmt: skip

    @property
    def zone(self) -> ZoneInfo:
        """The school's own time."""
        return ZoneInfo(self.config.schedule.timezone)

    @property
    def now(self) -> datetime:
        """The time, in the school's zone."""
        return self.clock.now().astimezone(self.zone)

    @property
    def today(self) -> date:
        """The school's day."""
        return self.config.sync.today or self.now.date()

    def looked(self, key: str, title: str, make: Callable[[Service], Any], *, wait: bool = False) -> Any:
        """Return what ``make`` gives: as it is kept, or anew where something has changed since.

        Raises StillLooking where that takes longer, unless somebody who has sent a form is to ``wait``, and what it fails with.
        """
        kept = self.at_hand(key)
        if kept is not None:
            return kept
        if wait:
            self.work.require_no_sync()
        job = self.work.look(key, title, lambda job: self._keep(key, make(self.service(job))))
        if not job.wait(None if wait else self._patience):
            raise StillLooking(job)
        if job.error is not None:
            raise job.error
        return job.value

    def at_hand(self, key: str) -> Any:
        """Return what is kept and still true; None where nothing is: nothing is worked out for it."""
        kept = self._kept.get(key)
        return kept.value if kept is not None and kept.stamp == self._stamp() else None

    def ask_anew(self) -> None:
        """Let everything be looked at again: somebody asks for it, or has decided something."""
        self._asked += 1

    def _keep(self, key: str, value: Any) -> Any:
        with self._guard:
            besides = [k for k in self._kept if k not in (key, "plan")]
            for old in besides[: max(0, len(besides) - KEPT_BESIDES + 1)]:
                del self._kept[old]
            self._kept.pop(key, None)
            self._kept[key] = _Kept(self._stamp(), value)
        return value

    def _stamp(self) -> object:
        """Return what tells that something has changed: the configuration, the day, a run of anybody's, a word said here."""
        latest = self.service().history(1)
        return self.config, self.today, latest[0].run_id if latest else None, latest and latest[0].state, self._asked
