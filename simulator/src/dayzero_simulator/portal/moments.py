"""Times as a school reads them: in its own zone, whatever the server's clock and the state are kept in."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["at_length", "distance", "in_full", "in_short", "instant", "is_day", "is_zone", "local_moment", "zone_of"]


def is_zone(name: str) -> bool:
    """Say whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a path, a folder of zones, no such zone
        return False
    return True


def is_day(text: str) -> bool:
    """Say whether a text is a day as a browser's field for it gives one."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def zone_of(name: str) -> tzinfo:
    """Return a time zone."""
    return ZoneInfo(name)


def local_moment(text: str, zone: tzinfo) -> str | None:
    """Return a moment as a browser's field for it takes it, in local time; None where the text is none."""
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return local.replace(tzinfo=None).isoformat(timespec="minutes")


def instant(local: str, zone: tzinfo) -> datetime:
    """Return the moment that a local time is."""
    moment = datetime.fromisoformat(local)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def in_full(at: str | datetime, zone: tzinfo) -> str:
    """Return a moment as it stands on paper, whenever that is read: ``Friday, March 12, 2027, 4:00 PM``."""
    local = _local(at, zone)
    return f"{local:%A, %B} {local.day}, {local.year}, {_clock(local)}"


def at_length(at: str | datetime, zone: tzinfo, now: datetime) -> str:
    """Return a moment as one tells it to somebody: ``Friday, March 12, 4:00 PM``, with its year if that is another than now."""
    local = _local(at, zone)
    year = "" if local.year == now.astimezone(zone).year else f", {local.year}"
    return f"{local:%A, %B} {local.day}{year}, {_clock(local)}"


def in_short(at: str | datetime, zone: tzinfo, now: datetime) -> str:
    """Return a moment as it stands in a list: ``March 12, 4:00 PM``, with its year if that is another than now."""
    return at_length(at, zone, now).split(", ", 1)[1]


def distance(at: str | datetime, zone: tzinfo, now: datetime) -> str:
    """Return how far away a moment's day is, by the calendar on the wall: ``today``, ``tomorrow``, ``in 8 days``."""
    days = (_local(at, zone).date() - now.astimezone(zone).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days:,} days" if days > 0 else f"{-days:,} days ago")


def _local(at: str | datetime, zone: tzinfo) -> datetime:
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(zone)


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local.minute:02} {'AM' if local.hour < 12 else 'PM'}"
