"""What waits at a school today, and for whom: every number here is the number of rows of a list that a page has.

*Today* and the numbers in the menu read these functions, so that they can never say different things.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from dayzero_simulator.courses import demand
from dayzero_simulator.portal import history
from dayzero_simulator.portal.moments import instant
from dayzero_simulator.portal.settings import Settings
from dayzero_simulator.portal.years import scheduling_year
from dayzero_simulator.tallies import tallies

__all__ = ["Deadline", "Today", "Waiting", "dates_of", "today_of", "waiting_of"]

FULL = 5
"""So many courses that fill up are named on Today; all of them are under Demand."""
NAMED = 4
"""So many people are named who appeared by the last sync."""
KINDS = ("student", "parent")


@dataclass(frozen=True)
class Waiting:
    """How many there are. Of students and parents (``by kind``): ``newcomers``; of them who ``never`` signed in: those who were
    ``told`` how, and of the others those who can be ``mailed`` and those who need it on ``paper``; and ``pending``, anybody who
    never signed in. Of requests: those to ``receive`` and to
    ``approve``, and with whom a parent does not agree (``disagree``). Of e-mail edits: those ``edits`` to decide, and those
    ``approved`` that the SIS does not have yet.
    """

    newcomers: Mapping[str, int]
    never: Mapping[str, int]
    told: Mapping[str, int]
    mailed: Mapping[str, int]
    paper: Mapping[str, int]
    pending: Mapping[str, int]
    receive: int
    approve: int
    disagree: int
    edits: int
    approved: int

    @property
    def yours(self) -> int:
        """What the school itself has to decide: the number at the menu."""
        return self.receive + self.edits

    @property
    def details(self) -> int:
        """The newcomers who wait to be told how they get in."""
        return sum(self.mailed.values()) + sum(self.paper.values())


def waiting_of(db: sqlite3.Connection, school: str) -> Waiting:
    """Count what waits."""
    new: dict[str, dict[str, int]] = {
        name: dict.fromkeys(KINDS, 0) for name in ("all", "never", "told", "mailed", "paper")
    }
    rows = db.execute(
        "select kind, status, count(*) as number, count(temporary_at) as told,"
        " sum(temporary_at is null and instr(login, '@') > 0) as mailed"
        " from accounts indexed by accounts_newcomers where school = ? and new = 1 and status in ('pending', 'active')"
        " group by kind, status",
        [school],
    )
    for row in rows:
        new["all"][row["kind"]] += row["number"]
        if row["status"] == "pending":
            untold = row["number"] - row["told"]
            for name, number in (("never", row["number"]), ("told", row["told"]), ("mailed", row["mailed"])):
                new[name][row["kind"]] = number
            new["paper"][row["kind"]] = untold - row["mailed"]
    edits = dict(
        db.execute(
            "select state, count(*) from edits where school = ? and state in ('submitted', 'approved') group by state",
            [school],
        ).fetchall()
    )
    known, (receive, approve, disagree) = tallies(db, school), _requests(db, school)
    return Waiting(
        new["all"], new["never"], new["told"], new["mailed"], new["paper"], {kind: known.get((kind, "pending"), 0) for kind in KINDS},
        receive=receive, approve=approve, disagree=disagree, edits=edits.get("submitted", 0), approved=edits.get("approved", 0),
    )  # fmt: skip


def _requests(db: sqlite3.Connection, school: str) -> tuple[int, int, int]:
    """Return how many requests are to be received, to be approved, and have a parent who does not agree.

    By the same words as the list of requests, looking at those alone that are under way: the menu asks on every page.
    """
    year = scheduling_year(db, school)
    if year is None:
        return 0, 0, 0
    rows = db.execute(
        f"select {demand.STEP} as step, count(*) as number, sum({demand.DISAGREES}) as against from forms f"  # noqa: S608 - our own words
        " cross join pupils s on s.school = f.school and s.student_id = f.student_id where f.school = :school"
        " and f.year_id = :year and f.state in ('submitted', 'reviewed', 'received') and not f.withdrawn and s.in_scheduling"
        " group by 1",
        {"school": school, "year": year["id"]},
    ).fetchall()
    numbers = {row["step"]: row["number"] for row in rows}
    return numbers.get("to-receive", 0), numbers.get("to-approve", 0), sum(row["against"] for row in rows)


@dataclass(frozen=True)
class Deadline:
    """A date of the school: ``at`` is its moment, ``timed`` whether the hour matters."""

    at: datetime
    what: str
    timed: bool = True


@dataclass(frozen=True)
class Today:
    """What Today shows besides ``Waiting``: per grade how far requests are, who disagrees, what fills up, the last sync."""

    year: Mapping[str, Any] | None
    grades: list[dict[str, Any]]
    against: list[dict[str, Any]]
    full: list[dict[str, Any]]
    sync: dict[str, Any] | None
    appeared: list[dict[str, Any]]
    dates: list[Deadline]

    def at(self, step: str) -> int:
        """Return how many requests of all grades are at a step."""
        return sum(int(grade["steps"].get(step, 0)) for grade in self.grades)

    @property
    def students(self) -> int:
        """Return how many students can make a request."""
        return sum(int(grade["total"]) for grade in self.grades)


def today_of(db: sqlite3.Connection, school: str, settings: Settings, zone: tzinfo) -> Today:
    """Return what Today shows."""
    year, last = scheduling_year(db, school), history.last_of(db, school)
    courses = demand.demand(db, school, year["id"]) if year else []
    full = [c for c in courses if c["capacity"] is not None and c["requests"] > c["capacity"]]
    return Today(
        year,
        demand.overview(db, school, year["id"]) if year else [],
        demand.disagreements(db, school, year["id"]) if year else [],
        sorted(full, key=lambda c: c["capacity"] - c["requests"])[:FULL],
        last,
        _appeared(db, school, last) if last else [],
        dates_of(db, school, settings, zone),
    )


def _appeared(db: sqlite3.Connection, school: str, sync: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who appeared by a sync, where they are so few that they are named."""
    few = sum(sync["applied"][kind].get("create", 0) for kind in KINDS) <= NAMED
    return history.people_of(db, school, sync["sync_id"], "create", limit=NAMED) if few else []


def dates_of(db: sqlite3.Connection, school: str, settings: Settings, zone: tzinfo) -> list[Deadline]:
    """Return the dates that a school works towards, the earliest first: its requests open and close, its year changes."""
    found = [
        Deadline(instant(settings[name], zone), what)
        for name, what in (("requests_open_at", "Course requests open"), ("requests_close_at", "Course requests close"))
        if settings[name]
    ]
    rows = db.execute("select body from records where school = ? and kind = 'school-year'", [school])
    years = [json.loads(row["body"]) for row in rows]
    ends = next((_date(y.get("ends_on")) for y in years if y.get("role") == "active"), None)
    if ends is not None and ends < date.max:
        first = ends + timedelta(days=1)
        found.append(
            Deadline(datetime(first.year, first.month, first.day, tzinfo=zone), "The year changes", timed=False)
        )
    return sorted(found, key=lambda deadline: deadline.at)


def _date(text: str | None) -> date | None:
    """Return a day as the SIS sent it; None where it is none: the portal takes any text."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
