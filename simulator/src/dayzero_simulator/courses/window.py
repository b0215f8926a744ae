"""When families may work on requests, and what is said of it: by the school's clock, for each grade as the settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from dayzero_simulator.portal.moments import at_length, distance, instant, zone_of
from dayzero_simulator.portal.settings import Settings

__all__ = ["Window", "closed", "window_of"]


@dataclass(frozen=True)
class Window:
    """From when until when families may choose; None where there is no such moment."""

    opens: datetime | None
    closes: datetime | None
    zone: tzinfo

    def state(self, now: datetime) -> Literal["early", "open", "closed"]:
        """Return whether it is too early, open or too late."""
        if self.opens is not None and now < self.opens:
            return "early"
        return "closed" if self.closes is not None and now >= self.closes else "open"

    def until(self, now: datetime) -> str:
        """Return how long it is open, in words: ``Until Friday, March 12, 4:00 PM, in 8 days.``; nothing where it has no end."""
        if self.closes is None:
            return ""
        return f"Until {at_length(self.closes, self.zone, now)}, {distance(self.closes, self.zone, now)}."


def window_of(settings: Settings) -> Window:
    """Return the window of a grade's settings."""
    zone = zone_of(settings["timezone"])
    opens, closes = (settings[n] or None for n in ("requests_open_at", "requests_close_at"))
    return Window(opens and instant(opens, zone), closes and instant(closes, zone), zone)


def closed(settings: Settings, now: datetime) -> str | None:
    """Return why families cannot work on requests now, or None while the window is open."""
    window = window_of(settings)
    state = window.state(now)
    if state == "early" and window.opens:
        opens = window.opens
        return f"Course Requests open {at_length(opens, window.zone, now)}, {distance(opens, window.zone, now)}."
    if state == "closed" and window.closes:
        return f"Course Requests closed {at_length(window.closes, window.zone, now)}. Please ask the school."
    return None
