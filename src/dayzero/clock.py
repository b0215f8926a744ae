"""The clock as a value: everything that waits or tells the time is handed one."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "Deadline", "SystemClock"]


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds``."""
        time.sleep(seconds)


class Deadline:
    """The moment by which something must have ended, so many ``seconds`` from now; None: there is no such moment."""

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = None if seconds is None else clock.now() + timedelta(seconds=seconds)

    @property
    def left(self) -> float:
        """How many seconds are left; none or fewer where it is over."""
        return math.inf if self._end is None else (self._end - self._clock.now()).total_seconds()

    @property
    def over(self) -> bool:
        """Whether the moment has come."""
        return self.left <= 0

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Count nothing of what happens meanwhile: while a person thinks."""
        before = self._clock.now()
        yield
        if self._end is not None:
            self._end += self._clock.now() - before
