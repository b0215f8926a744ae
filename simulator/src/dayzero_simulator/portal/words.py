"""Numbers and times as people say them: 1 comes back, 3 leave; Monday, March 1, 7:00 AM; in 15 days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

__all__ = ["away", "counted", "day", "joined", "spoken"]


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 newcomer, 3 newcomers. ``many``: where it is not the noun with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def joined(parts: Sequence[str]) -> str:
    """Return parts as one sentence lists them: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def day(of: date) -> str:
    """Return a day: Monday, March 1, 2027."""
    return of.strftime("%A, %B %-d, %Y")


def spoken(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in a zone: Monday, March 1, 7:00 AM."""
    return moment.astimezone(zone).strftime("%A, %B %-d, %-I:%M %p")


def away(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return how far a moment's day is: today, tomorrow, in 15 days, yesterday, 3 days ago."""
    days = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days:,} days" if days > 0 else f"{-days:,} days ago")
