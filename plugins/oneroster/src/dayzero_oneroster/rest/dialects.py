"""How programs in PHP, Java and .NET write what JSON writes otherwise: brought into the specification's shapes, if it is the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["canonical", "listed"]

_DATES = ("startDate", "endDate", "beginDate", "birthDate")
_MOMENTS = ("dateLastModified",)
_MANY = ("agents", "grades", "orgs", "periods", "roles", "subjectCodes", "subjects", "terms", "userIds")
_PLAIN = ("middleName", "password", "phone", "pronouns", "sms", "title", "location", "name", "classCode", "courseCode")
"""Text that decides nothing: PHP writes an empty one as false, a list or an object."""
_DOTNET = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_HALF_A_DAY = timedelta(hours=12)


def canonical(field: str, value: Any) -> Any:
    """Return a field's value as the specification has it; one that no such program writes comes back as it is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if field in _DATES:
        return _day(value)
    if field in _MOMENTS:
        moment = _moment(value)
        return (value or None) if moment is None else moment.isoformat()
    if field in _MANY:
        return listed(value)
    if field == "metadata":
        return {} if value in ([], "") else value
    if field in _PLAIN and value in (False, [], {}):
        return None
    return value


def listed(value: Any) -> Any:
    """Return what should be a list as one: an array with holes is an object in PHP, a list of one its member elsewhere."""
    if value in ({}, ""):
        return []
    if isinstance(value, dict):
        return list(value.values()) if all(str(key).isdecimal() for key in value) else [value]
    return value


def _day(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("date"), str):  # PHP's DateTime
        return value["date"][:10]
    moment = _moment(value)
    if moment is None:
        return value
    # Midnight of the service's own zone: half a day on it is that day in UTC as well.
    return (moment + _HALF_A_DAY).date().isoformat()


def _moment(value: Any) -> datetime | None:
    """Return Java's or .NET's form of a moment: milliseconds, or a list of numbers; None for any other."""
    if isinstance(value, str) and (dotnet := _DOTNET.match(value)):
        value = int(dotnet.group(1))
    try:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**10:
            return datetime.fromtimestamp(value / 1000, UTC)
        if isinstance(value, list) and len(value) >= 3 and all(type(part) is int for part in value):
            return datetime(*value[:6], tzinfo=UTC)  # type: ignore[misc]
    except (ValueError, OverflowError, OSError):
        pass
    return None
