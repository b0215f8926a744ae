"""Serve a district of any size over OneRoster REST; it makes each page when it is asked for it, until stdin ends."""

from __future__ import annotations

import sys
from typing import Any

from dayzero_fixtures.oneroster_provider import OneRosterProvider

ROOM = 25
"""Students to a homeroom."""


class District:
    """Records by place: of five users three are students and two their parents. Nothing is held."""

    def __init__(self, users: int) -> None:
        self._counts = {
            "orgs": 1,
            "academicSessions": 2,
            "classes": users // ROOM + 1,
            "users": users,
            "enrollments": users * 3 // 5,
        }

    def count(self, collection: str) -> int:
        return self._counts.get(collection, 0)

    def page(self, collection: str, indices: list[int]) -> list[dict[str, Any]]:
        base = {"status": "active", "dateLastModified": "2026-08-01T06:00:00.000Z"}
        make = {"academicSessions": _session, "classes": _class, "users": _user, "enrollments": _enrollment}
        of_one = make.get(collection, lambda _: {"sourcedId": "north", "name": "North", "type": "school"})
        return [{**base, **of_one(n)} for n in indices]

    def since(self, collection: str, moment: str) -> District:
        raise NotImplementedError("a district knows no changes")


def _session(n: int) -> dict[str, Any]:
    days = ("2026-08-01", "2027-07-31") if n == 0 else ("2026-08-20", "2027-06-10")
    session = {"sourcedId": f"session-{n}", "title": "2026-27", "type": ("schoolYear", "term")[n], "schoolYear": "2027"}
    parent = {"parent": _reference("academicSession", "session-0")} if n else {}
    return {**session, "startDate": days[0], "endDate": days[1], **parent}


def _class(n: int) -> dict[str, Any]:
    homeroom = {"sourcedId": f"room-{n}", "title": f"Room {n}", "classType": "homeroom", "grades": [f"{9 + n % 4:02}"]}
    return {**homeroom, "school": _reference("org", "north"), "terms": [_reference("academicSession", "session-1")]}


def _user(n: int) -> dict[str, Any]:
    family, place = divmod(n, 5)
    names = {"givenName": f"Given{n % 997}", "familyName": f"Family{family}", "email": f"user{n}@homes.example"}
    near = (3, 4) if place < 3 else (0, 1, 2)
    return {
        "sourcedId": f"user-{n:08}",
        "username": f"user{n}",
        "enabledUser": True,
        **names,
        "role": "student" if place < 3 else "parent",
        "orgs": [_reference("org", "north")],
        "agents": [_reference("user", f"user-{family * 5 + other:08}") for other in near],
        **({"grades": [f"{9 + n % 4:02}"]} if place < 3 else {}),
    }


def _enrollment(n: int) -> dict[str, Any]:
    family, place = divmod(n, 3)
    return {
        "sourcedId": f"enrollment-{n}",
        "role": "student",
        "user": _reference("user", f"user-{family * 5 + place:08}"),
        "class": _reference("class", f"room-{n // ROOM}"),
        "school": _reference("org", "north"),
        "beginDate": "2026-08-20",
        "endDate": "2027-06-10",
    }


def _reference(kind: str, key: str) -> dict[str, str]:
    return {"href": f"https://sis.example/ims/oneroster/v1p1/{kind}s/{key}", "sourcedId": key, "type": kind}


with OneRosterProvider(District(int(sys.argv[1]))) as provider:
    print(provider.url, flush=True)
    sys.stdin.read()
