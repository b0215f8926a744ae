"""Times as a school reads them: in its own zone, whatever the server's clock and the state are kept in."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["instant", "is_zone", "local_moment", "said", "zone_of"]


def is_zone(name: str) -> bool:
    """Say whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a path, a folder of zones, no such zone
        return False
    return True


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


def said(at: str | datetime | None, zone: tzinfo, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a moment of the state in words for people; nothing where there is none."""
    if not at:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(zone).strftime(form)
