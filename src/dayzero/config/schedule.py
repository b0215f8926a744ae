"""When a school does not want to be synced: blackout windows, and the end of the add-only weeks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from dayzero.errors import ConfigurationError

__all__ = ["Window", "add_only", "blackout_at"]

_DAY = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d"
_FORMS = (rf"({_DAY})/({_DAY})", rf"({_DAY}T{_TIME})/({_DAY}T{_TIME})", rf"({_TIME})/({_TIME})")


@dataclass(frozen=True)
class Window:
    """``2027-06-07/2027-06-11`` (whole days, both included), ``2027-06-07T18:00/2027-06-08T06:00``, or ``07:30/16:00`` daily."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read a window; raise ConfigurationError for anything else."""
        window = cls(text.strip())
        try:
            window._ends()
        except ValueError as error:
            raise ConfigurationError(
                f"{text!r} is no window of time.",
                remedy='For example "2027-06-07/2027-06-11", "2027-06-07T18:00/2027-06-08T06:00", or daily "07:30/16:00".',
            ) from error
        return window

    def covers(self, now: datetime) -> bool:
        """Say whether ``now`` (local time) lies inside; the end of a time is outside, the last day inside."""
        start, end = self._ends()
        if isinstance(start, time) and isinstance(end, time):
            clock = now.time()
            return start <= clock < end if start <= end else clock >= start or clock < end
        if isinstance(start, datetime) and isinstance(end, datetime):
            return start <= now.replace(tzinfo=None) < end
        return isinstance(start, date) and isinstance(end, date) and start <= now.date() <= end

    def _ends(self) -> tuple[date | time, date | time]:
        match = next((m for form in _FORMS if (m := re.fullmatch(form, self.text))), None)
        if match is None:
            raise ValueError(self.text)
        start, end = (_moment(text) for text in match.groups())
        if not isinstance(start, time) and start > end:  # type: ignore[operator]
            raise ValueError(self.text)
        return start, end


def _moment(text: str) -> date | time:
    if "T" in text:
        return datetime.fromisoformat(text)
    return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)


def blackout_at(windows: tuple[Window, ...], timezone: str, now: datetime) -> Window | None:
    """Return the window in which ``now`` lies."""
    local = now.astimezone(ZoneInfo(timezone))
    return next((w for w in windows if w.covers(local)), None)


def add_only(until: date | None, timezone: str, now: datetime) -> bool:
    """Say whether nobody may be disabled today; ``until`` is the last such day."""
    return until is not None and now.astimezone(ZoneInfo(timezone)).date() <= until
