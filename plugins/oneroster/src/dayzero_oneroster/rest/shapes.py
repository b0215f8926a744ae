"""What shape each field of a JSON record may have: a name that is a list is no name, and is not made one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dayzero_oneroster.specification import FILES

__all__ = ["REFERENCES", "misshapen", "nowhere"]

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "academicSessions": {"parent": "parentSourcedId"},
    "orgs": {"parent": "parentSourcedId"},
    "courses": {"schoolYear": "schoolYearSourcedId", "org": "orgSourcedId"},
    "classes": {"course": "courseSourcedId", "school": "schoolSourcedId", "terms": "termSourcedIds"},
    "enrollments": {"class": "classSourcedId", "school": "schoolSourcedId", "user": "userSourcedId"},
    "users": {"orgs": "orgSourcedIds", "primaryOrg": "primaryOrgSourcedId"},
    "demographics": {},
}
"""Fields that point at another record, by collection, and the columns they become."""

_NEVER_EMPTY = ("class", "user")
"""References that say nothing if they are there and name nobody; of the others an empty one is as good as none."""
_MAY_POINT_NOWHERE = ("course", "org", "orgs", "parent", "primaryOrg", "school", "schoolYear")
"""References that may be there without an id, as .NET writes one that is none."""
_LISTS = ("grades", "subjects", "subjectCodes", "periods")
_BOOLEANS = ("enabledUser", "primary")
_NUMBERS = ("sourcedId", "identifier", "schoolYear", "username", "sms", "phone")


def misshapen(collection: str, record: Mapping[str, Any]) -> str | None:
    """Return the first field that dayzero acts on and whose value has not the shape the specification gives it."""
    return next((f for f, value in record.items() if value is not None and not _fits(collection, f, value)), None)


def _fits(collection: str, field: str, value: Any) -> bool:
    if field in REFERENCES[collection]:
        if field in _MAY_POINT_NOWHERE and nowhere(value):
            return True
        return _points(value) if value or field in _NEVER_EMPTY else isinstance(value, dict | list | str)
    if field == "metadata":
        return isinstance(value, dict)
    if field == "agents":
        return not value or _points(value)
    if field == "roles":
        roles = [v.get("role") if isinstance(v, dict) else v for v in value] if isinstance(value, list) else [None]
        return all(isinstance(role, str) for role in roles)
    if field == "userIds":
        return isinstance(value, list) and all(isinstance(v, dict | str) for v in value)
    if field not in FILES[collection]:
        return True
    if field in _LISTS:
        return all(_is_text(v) for v in (value if isinstance(value, list) else [value]))
    if field in _BOOLEANS:
        return isinstance(value, bool | str) or value in (0, 1)
    return isinstance(value, str) or (field in _NUMBERS and _is_text(value))


def nowhere(value: Any) -> bool:
    """Say whether a reference, or every one of a list, has an id that is null or empty."""
    if isinstance(value, list):
        return bool(value) and all(nowhere(one) for one in value)
    return isinstance(value, dict) and "sourcedId" in value and value["sourcedId"] in (None, "")


def _points(value: Any) -> bool:
    """Say whether a reference, or every one of a list, names a record; some providers give the bare id."""
    found = value if isinstance(value, list) else [value]
    ids = [v.get("sourcedId") if isinstance(v, dict) else v for v in found]
    return bool(ids) and all(_is_text(one) and one != "" for one in ids)


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
