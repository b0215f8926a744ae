"""One run of a school at a time on this machine; another machine is told by the portal (409).

The operating system keeps the lock and lets go of it when the process dies, however it dies: there is no stale lock.
Beside it stands a note of who holds it since when, for the one who is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from dayzero.clock import Clock
from dayzero.errors import JournalError, LockedError

__all__ = ["SchoolLock"]

LOOK_AGAIN_SECONDS = 1.0


class SchoolLock:
    """The lock of one school on one portal, in a folder that others may share.

    Held again by the one who holds it already, it does nothing.
    """

    def __init__(self, folder: Path, *, school: str, portal_url: str, clock: Clock, who: str) -> None:
        self._clock, self._who = clock, who
        self._folder = folder
        name = "lock-" + hashlib.sha256("\n".join((school, portal_url)).encode()).hexdigest()[:12]
        self._note = folder / f"{name}.json"
        self._lock = FileLock(folder / name, mode=0o600)

    @contextmanager
    def held(self, *, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold the lock; wait for it so long, then raise LockedError naming owner and age."""
        first = not self._lock.is_locked
        self._acquire(wait_seconds)
        try:
            if first:
                self._sign()
            yield
        finally:
            self._lock.release()

    def _acquire(self, wait_seconds: float) -> None:
        waited = 0.0
        while True:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock.acquire(blocking=False)
            except Timeout:
                if waited >= wait_seconds:
                    raise self._refusal() from None
                self._clock.sleep(LOOK_AGAIN_SECONDS)
                waited += LOOK_AGAIN_SECONDS
            except OSError as error:
                raise JournalError(
                    f"The lock in {self._folder} cannot be taken: {error.strerror}.",
                    remedy="Check the folder of [state] path.",
                ) from error
            else:
                return

    def _sign(self) -> None:
        owner = {"who": self._who, "host": platform.node(), "pid": os.getpid(), "since": self._clock.now().isoformat()}
        try:
            self._note.touch(mode=0o600)
            self._note.write_text(json.dumps(owner), encoding="utf-8")
        except OSError:
            # The lock holds without its note; the journal says more clearly that the disk is full.
            with suppress(OSError):
                self._note.unlink(missing_ok=True)

    def _refusal(self) -> LockedError:
        owner: dict[str, str] = {}
        try:
            owner = json.loads(self._note.read_text(encoding="utf-8"))
            age = (self._clock.now() - datetime.fromisoformat(owner["since"])).total_seconds()
            said = (
                f"by {owner['who'] or 'somebody'}, process {owner['pid']} on {owner['host']}, since {max(age, 0):.0f} s"
            )
        except (OSError, ValueError, KeyError, TypeError):
            said = "by another process"
        return LockedError(
            f"A run of this school is under way: {said}. Nothing was sent.",
            remedy="Wait until it is done, or let this one wait: --wait SECONDS.",
            owner=owner,
        )
