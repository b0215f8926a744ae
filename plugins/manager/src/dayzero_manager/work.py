"""The one run at a time, in a thread of its own: a browser that leaves stops nothing, and everybody may watch."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayzero.errors import DayzeroError, InterruptedRunError, LockedError

__all__ = ["Job", "Stage", "Work"]


@dataclass
class Stage:
    """One stage of a run. ``total``: how many steps it has, where that is known."""

    name: str
    total: int | None
    done: int = 0


class Job:
    """What one thread does, and how far it is: a ``Progress`` that the service reports to. ``sends``: it may change the portal."""

    def __init__(self, key: str, title: str, began: datetime, *, sends: bool) -> None:
        self.key, self.title, self.began, self.sends = key, title, began, sends
        self.stages: list[Stage] = []
        self.value: Any = None
        self.error: DayzeroError | None = None
        self._stop, self._over = threading.Event(), threading.Event()

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self._over.is_set()

    @property
    def stopping(self) -> bool:
        """Whether somebody has asked it to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask it to stop at the next place where it can; nothing that was sent is applied then."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end so long; say whether it has come."""
        return self._over.wait(seconds)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin the next stage."""
        self.stages = [*self.stages, Stage(name, total)]

    def advance(self, steps: int) -> None:
        """Count steps of the present stage."""
        if self.stages:
            self.stages[-1].done += steps

    def close(self) -> None:
        """Nothing more comes of this part; the job's own end is told by ``over``."""

    def run(self, call: Callable[[Job], Any]) -> None:
        """Do it, and keep what came of it."""
        try:
            self.value = call(self)
        except DayzeroError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a page says so, and the server goes on
            if os.environ.get("DAYZERO_DEBUG"):
                traceback.print_exc()
            self.error = DayzeroError(
                f"dayzero failed in a way it should not: {type(error).__name__}.",
                remedy="Please report it. DAYZERO_DEBUG=1 shows where (the output may name people).",
            )
        finally:
            self._over.set()


class Work:
    """What is done and what was done last. One thing at a time: a plan of a large school is a lot of memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._guard, self._alone = now, threading.Lock(), threading.Lock()
        self._looking: dict[str, Job] = {}
        self.sending: Job | None = None
        """The sync that is under way, or the last one."""

    def look(self, key: str, title: str, call: Callable[[Job], Any]) -> Job:
        """Begin to look at something, unless somebody has begun already; nothing is sent by it."""
        with self._guard:
            job = self._looking.get(key)
            if job is None or job.over:
                job = self._looking[key] = self._begun(Job(key, title, self._now(), sends=False), call)
            return job

    def send(self, key: str, title: str, call: Callable[[Job], Any]) -> Job:
        """Begin to send; raise LockedError while a sync is under way here: nothing of the second is lost, it is told."""
        with self._guard:
            self.require_no_sync()
            self.sending = self._begun(Job(key, title, self._now(), sends=True), call)
            return self.sending

    @property
    def syncing(self) -> bool:
        """Whether a sync is under way here."""
        return self.sending is not None and not self.sending.over

    def require_no_sync(self) -> None:
        """Raise LockedError while a sync is under way here."""
        if self.syncing:
            raise LockedError(
                "A sync is running already. Nothing of yours was sent or saved.",
                remedy="Do it again when that one has ended.",
            )

    def _begun(self, job: Job, call: Callable[[Job], Any]) -> Job:
        def alone(job: Job) -> Any:
            with self._alone:
                if job.stopping:
                    raise InterruptedRunError("Stopped before it began. Nothing was sent.")
                return call(job)

        threading.Thread(target=job.run, args=(alone,), name=f"manager-{job.key.split(':')[0]}").start()
        return job
