"""Read a district of any size from a OneRoster service that makes each page when it is asked for it.

The service is a process of its own, so that the figures are the reader's alone.
"""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

PAGE = 1000
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


def serve(users: int) -> None:
    """Serve a district until stdin ends; the first line of stdout is the address."""
    from dayzero_fixtures.oneroster_provider import OneRosterProvider

    with OneRosterProvider(District(users)) as provider:
        print(provider.url, flush=True)
        sys.stdin.read()


@contextmanager
def district(users: int) -> Iterator[str]:
    """Run ``serve`` in a process of its own."""
    program = [sys.executable, "-m", "bench.oneroster", "serve", str(users)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def _peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Watch(logging.Handler):
    """Notes the peak as the walk reports its pages."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.peaks: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - the library's signature
        self.peaks.append(_peak())


def measure(way: str, url: str) -> dict[str, Any]:
    """Read in this very process; return ``users``, ``peaks`` in MB (at the start, page by page, at the end).

    ``way``: ``walk`` (users to columns), ``read`` (everything, mapped to dayzero's tables), or ``records``: what a client
    needs that keeps the JSON records of the users.
    """
    from dayzero.clock import SystemClock
    from dayzero_oneroster import OneRosterSettings
    from dayzero_oneroster.rest.client import OneRosterClient
    from dayzero_oneroster.rest.paging import walk
    from dayzero_oneroster.source import OneRosterSource

    key, secret = "dayzero", "demo-secret"  # what the provider of demo schools knows
    settings = OneRosterSettings(url=url, client_id=key, client_secret=secret, auth="oauth1", page_size=PAGE)
    client = OneRosterClient(settings, clock=SystemClock())
    client.page("users", {"limit": str(PAGE), "offset": "0"})  # what the first page loads is no part of the roster
    watch = _Watch()
    log = logging.getLogger("dayzero_oneroster")
    log.addHandler(watch)
    log.setLevel(logging.INFO)
    start = _peak()
    if way == "records":
        records: list[Any] = []
        while page := client.page("users", {"limit": str(PAGE), "offset": str(len(records))}).records:
            records += page
        users = len(records)
    elif way == "walk":
        users = walk(client, "users", PAGE).columns["users"].height
    else:
        source = OneRosterSource(settings, date(2026, 11, 1))
        users = sum(table.height for name in ("students", "contacts") if (table := source.read(name)) is not None)
    return {"users": users, "peaks": [start, *watch.peaks, _peak()]}


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        print(json.dumps(measure(sys.argv[1], sys.argv[2])))
