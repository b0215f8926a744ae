"""What the school sees of all requests: how far each grade is, whose turn it is, and how many want each course."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.courses.catalog import offered
from dayzero_simulator.courses.rules import STATES
from dayzero_simulator.names import full_name
from dayzero_simulator.portal import places
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = [
    "COLUMNS",
    "DISAGREES",
    "FORMS",
    "PARENTS",
    "STEP",
    "STEPS",
    "STUDENTS",
    "WhoAsked",
    "counts",
    "demand",
    "disagreements",
    "overview",
    "set_capacities",
    "together",
    "who_asked",
]

COLUMNS = ("not-started", *STATES)
STEPS = {
    "not-started": "Not started",
    "draft": "Draft",
    "with-parent": "With a parent",
    "to-receive": "To receive",
    "to-approve": "To approve",
    "approved": "Approved",
    "returned": "Returned",
    "withdrawn": "Withdrawn",
}
"""How far a request is, by whose turn it is, in the words of the pages; each request is at one step."""

STUDENTS = (
    "with students as (select school, student_id, given_name, family_name, next_grade_level, name_key from pupils"
    " where school = :school and in_scheduling union all"
    " select f.school, f.student_id, coalesce(p.given_name, a.given_name), coalesce(p.family_name, a.family_name),"
    " p.next_grade_level, coalesce(p.name_key, a.name_key, '')"
    " from forms f left join pupils p on p.school = f.school and p.student_id = f.student_id left join accounts a"
    " on a.school = f.school and a.kind = 'student' and a.person_id = f.student_id"
    " where f.school = :school and f.year_id = :year and f.withdrawn and not coalesce(p.in_scheduling, 0))"
)
"""The students ``s`` of the scheduling year, and whoever left it and keeps a request, also where the SIS sends them no more."""
_OF_PARENTS = (
    "from families y cross join accounts pa on pa.school = y.school and pa.kind = 'parent'"
    " and pa.person_id = y.parent_id where y.school = :school and y.student_id = s.student_id and pa.status != 'disabled'"
)
PARENTS = f"(select count(*) {_OF_PARENTS})"
"""How many parents of ``s`` can answer."""
STEP = (
    "case when f.withdrawn then 'withdrawn' when f.state is null then 'not-started' when f.state = 'reviewed' then 'to-receive'"
    f" when f.state = 'submitted' then iif(exists (select 1 {_OF_PARENTS}), 'with-parent', 'to-receive')"
    " when f.state = 'received' then 'to-approve' else f.state end"
)
"""At which of ``STEPS`` the request ``f`` of ``s`` is. Where no parent can answer, nobody waits for one."""
DISAGREES = (
    "(coalesce(f.state, '') in ('submitted', 'reviewed', 'received') and not f.withdrawn and exists (select 1 from reviews d"
    " where d.school = :school and d.student_id = s.student_id and d.year_id = :year and not d.agrees"
    " and d.parent_id not like 'former:%'))"
)
"""Whether a parent does not agree with the request, and the school has not settled it yet: by returning or approving it."""
FORMS = "left join forms f on f.school = :school and f.student_id = s.student_id and f.year_id = :year"


def overview(db: sqlite3.Connection, school: str, year_id: str) -> list[dict[str, Any]]:
    """Return per grade how many students are in each state and at each step, low grade first."""
    rows = db.execute(
        f"{STUDENTS} select s.next_grade_level as grade, coalesce(f.state, 'not-started') as state, {STEP} as step,"  # noqa: S608 - our own words
        f" count(*) as n, sum({DISAGREES}) as against from students s {FORMS} where not coalesce(f.withdrawn, 0)"
        " group by 1, 2, 3",
        {"school": school, "year": year_id},
    )
    grades: dict[str, dict[str, Any]] = {}
    for row in rows:
        grade = grades.setdefault(
            row["grade"] or "",
            {"states": dict.fromkeys(COLUMNS, 0), "steps": dict.fromkeys(STEPS, 0), "against": 0, "total": 0},
        )
        grade["states"][row["state"]] += row["n"]
        grade["steps"][row["step"]] += row["n"]
        grade["against"] += row["against"]
        grade["total"] += row["n"]
    order = sorted(grades, key=lambda g: (not g.isdecimal(), len(g), g))
    return [{"grade": g, **grades[g]} for g in order]


def together(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return what ``counts`` does, of all grades of an ``overview``: of whoever left the year nothing is in it."""
    return {
        "": sum(row["total"] for row in rows),
        **{step: sum(row["steps"][step] for row in rows) for step in STEPS},
        "disagreement": sum(row["against"] for row in rows),
    }


def counts(
    db: sqlite3.Connection, school: str, year_id: str, where: str = "true", values: Mapping[str, object] | None = None
) -> dict[str, int]:
    """Return how many requests are at each of ``STEPS``, with how many a parent does not agree (``disagreement``), and all (``""``).

    Each is the number of rows of the list of requests with that name as its ``state``. ``where``: a condition of the
    students ``s``, and its ``values``.
    """
    rows = db.execute(
        f"{STUDENTS} select {STEP} as step, count(*) as n, sum({DISAGREES}) as against from students s {FORMS} where {where} group by 1",  # noqa: S608 - our own words
        {**(values or {}), "school": school, "year": year_id},
    ).fetchall()
    found = {r["step"]: r["n"] for r in rows}
    return {
        "": sum(found.values()),
        **{step: found.get(step, 0) for step in STEPS},
        "disagreement": sum(r["against"] for r in rows),
    }


def disagreements(db: sqlite3.Connection, school: str, year_id: str, *, limit: int = 3) -> list[dict[str, Any]]:
    """Return who does not agree with which child's request, whoever waits longest first.

    Each has ``student_id``, ``name``, ``grade``, ``parent`` (a name), ``comment`` and ``at``.
    """
    rows = db.execute(
        f"{STUDENTS} select s.student_id, s.given_name, s.family_name, s.next_grade_level as grade, r.parent_id,"  # noqa: S608 - our own words
        " a.given_name as parent_given, a.family_name as parent_family, coalesce(r.comment, '') as comment, r.at"
        f" from students s {FORMS} join reviews r on r.school = :school and r.student_id = s.student_id"
        " and r.year_id = :year and not r.agrees and r.parent_id not like 'former:%'"
        " left join accounts a on a.school = :school and a.kind = 'parent' and a.person_id = r.parent_id"
        f" where {DISAGREES} order by r.at, s.name_key, s.student_id, r.parent_id limit :limit",
        {"school": school, "year": year_id, "limit": limit},
    )
    return [
        {
            "student_id": r["student_id"], "name": full_name(r["given_name"], r["family_name"]) or r["student_id"],
            "grade": r["grade"], "parent": full_name(r["parent_given"], r["parent_family"]) or r["parent_id"],
            "comment": r["comment"], "at": r["at"],
        }
        for r in rows
    ]  # fmt: skip


_ASKED = "status not in ('draft', 'withdrawn')"
"""Requests that count: what a family is still at work on does not."""


def demand(
    db: sqlite3.Connection, school: str, year_id: str, *, section_size: int = 25, course_id: str | None = None
) -> list[dict[str, Any]]:
    """Return per course of the year, or for one, how many ask for it, how many as an alternate, and what that takes.

    ``capacity``: the places typed in, or None; ``left``: of them, less than 0 where too many ask. ``sections``: how many
    of ``section_size`` the requests fill, the last one in part; alternates count for nothing there.
    """
    of_one = "" if course_id is None else " and course_id = :course"
    counted = {
        r["course_id"]: (r["first"], r["second"])
        for r in db.execute(
            "select course_id, sum(alternate = 0) as first, sum(alternate) as second from course_requests"  # noqa: S608 - our own words
            f" where school = :school and year_id = :year and {_ASKED}{of_one} group by course_id",
            {"school": school, "year": year_id, "course": course_id},
        )
    }
    capacities = dict(
        db.execute("select course_id, capacity from capacities where school = ? and year_id = ?", [school, year_id])
        .fetchall()
    )  # fmt: skip
    rows = []
    for course in offered(db, school, year_id, None):
        if course_id not in (None, course["course_id"]):
            continue
        (first, second), places_there = counted.get(course["course_id"], (0, 0)), capacities.get(course["course_id"])
        rows.append(
            {
                **course, "requests": first, "alternates": second, "capacity": places_there,
                "left": None if places_there is None else places_there - first, "sections": -(-first // section_size),
            }
        )  # fmt: skip
    return rows


@dataclass(frozen=True)
class WhoAsked:
    """One page of who asks for a course. ``next``: where the next begins, or empty."""

    rows: list[dict[str, Any]]
    next: str


def who_asked(
    db: sqlite3.Connection,
    school: str,
    year_id: str,
    course_id: str,
    *,
    rank: str = "",
    after: str = "",
    limit: int = 100,
) -> WhoAsked:
    """Return who asks for a course, by name: as a course proper first, then as first, second ... alternate.

    ``rank``: ``first`` or ``alternate`` alone. ``limit`` -1: all.
    """
    values: dict[str, Any] = {"school": school, "year": year_id, "course": course_id, "limit": limit + (limit >= 0)}
    where = f"c.school = :school and c.year_id = :year and c.course_id = :course and c.{_ASKED}"
    if rank in ("first", "alternate"):
        where += f" and c.alternate = {int(rank == 'alternate')}"
    if after:
        where += " and (turn, s.name_key, c.student_id) > (:place0, :place1, :place2)"
        values |= {f"place{n}": value for n, value in enumerate(places.read(after, 3))}
    # How far a request is, is asked of those alone who are shown.
    rows = db.execute(
        f"{STUDENTS}, shown as (select c.student_id, c.alternate, c.rank, s.given_name, s.family_name, s.name_key,"  # noqa: S608 - our own words
        " s.next_grade_level, printf('%03d', iif(c.alternate, c.rank, 0)) as turn"
        " from course_requests c cross join students s on s.student_id = c.student_id"
        f" where {where} order by turn, s.name_key, c.student_id limit :limit)"
        f" select s.*, {STEP} as step, {DISAGREES} as disagrees from shown s {FORMS}"
        " order by s.turn, s.name_key, s.student_id",
        values,
    ).fetchall()
    shown = rows[:limit] if limit >= 0 else rows
    named = [
        {
            **dict(r),
            "name": full_name(r["given_name"], r["family_name"]) or r["student_id"],
            "alternate": r["rank"] * r["alternate"],
        }
        for r in shown
    ]
    more = len(rows) > len(shown)
    return WhoAsked(named, places.written([shown[-1][k] for k in ("turn", "name_key", "student_id")]) if more else "")


def set_capacities(
    db: sqlite3.Connection, school: str, year_id: str, changes: Mapping[str, str], titles: Mapping[str, str]
) -> None:
    """Keep how many students courses can take, as it was typed; an empty text is no figure.

    RefusedAction is raised for what is no number, by the course's title and before anything is saved.
    """
    for course_id, text in changes.items():
        if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise RefusedAction(f"The capacity of {titles[course_id]} is a number.", status=422)
    for course_id, text in changes.items():
        db.execute(
            "delete from capacities where school = ? and year_id = ? and course_id = ?", [school, year_id, course_id]
        )
        if text:
            db.execute("insert into capacities values (?, ?, ?, ?)", [school, year_id, course_id, int(text)])
