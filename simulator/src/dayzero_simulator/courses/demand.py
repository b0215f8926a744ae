"""What the school sees of all requests: how far each grade is, and how many want each course."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.courses.catalog import offered
from dayzero_simulator.courses.rules import STATES
from dayzero_simulator.names import full_name, sorted_as
from dayzero_simulator.portal import places
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = [
    "COLUMNS",
    "SORTS",
    "WAITING",
    "Asked",
    "Requests",
    "counts",
    "demand",
    "disagreements",
    "overview",
    "requests_in",
    "set_capacities",
]

COLUMNS = ("not-started", *STATES)
PAGE = 100
_GRADE = "iif(p.next_grade_level glob '[0-9]*', '0', '1') || printf('%8s', coalesce(p.next_grade_level, ''))"
SORTS = {
    "name": (("p.name_key", "p.student_id"), "asc", ">"),
    "grade": ((_GRADE, "p.name_key", "p.student_id"), "asc", ">"),
    "changed": (("coalesce(f.updated_at, '')", "p.student_id"), "desc", "<"),
}
"""What the list of requests may be ordered by: the values, and which way."""
_REVIEWS = (
    "(select count(*) from reviews r where r.school = p.school and r.student_id = p.student_id and r.year_id = :year"
)
_PARENT = (
    "exists (select 1 from families y join accounts a on a.school = y.school and a.kind = 'parent'"
    " and a.person_id = y.parent_id where y.school = f.school and y.student_id = f.student_id and a.status != 'disabled')"
)
_AGAINST = (
    "exists (select 1 from reviews d where d.school = f.school and d.student_id = f.student_id and d.year_id = f.year_id"
    " and not d.agrees and d.parent_id not like 'former:%')"
)
WAITING = {
    "to-receive": f"f.withdrawn = 0 and (f.state = 'reviewed' or f.state = 'submitted' and not {_PARENT})",
    "disagreement": f"f.withdrawn = 0 and f.state in ('submitted', 'reviewed', 'received') and {_AGAINST}",
}
"""Which requests ``f`` wait for the school. The list of requests takes these words as a state. Where no parent can answer,
nobody waits for one; a disagreement is settled by returning or approving the request."""


def counts(db: sqlite3.Connection, school: str, year_id: str) -> dict[str, int]:
    """Return how many requests wait for the school, by ``WAITING``: each the number of rows of the list of that state."""
    sums = ", ".join(f"coalesce(sum({which}), 0)" for which in WAITING.values())
    row = db.execute(
        f"select {sums} from forms f join pupils p on p.school = f.school and p.student_id = f.student_id"  # noqa: S608 - our own words
        " where f.school = ? and f.year_id = ? and f.state in ('submitted', 'reviewed', 'received')",
        [school, year_id],
    ).fetchone()
    return dict(zip(WAITING, row, strict=True))


def disagreements(db: sqlite3.Connection, school: str, year_id: str, *, limit: int = 3) -> list[dict[str, Any]]:
    """Return who does not agree with which child's request, whoever waits longest first.

    Each has ``student_id``, ``name``, ``grade``, ``parent`` (a name), ``comment`` and ``at``.
    """
    rows = db.execute(
        "select p.*, r.parent_id, r.comment, r.at, a.given_name as parent_given, a.family_name as parent_family"  # noqa: S608 - our own words
        " from forms f join pupils p using (school, student_id) join reviews r on r.school = f.school"
        " and r.student_id = f.student_id and r.year_id = f.year_id and not r.agrees and r.parent_id not like 'former:%'"
        " left join accounts a on a.school = f.school and a.kind = 'parent' and a.person_id = r.parent_id"
        f" where f.school = ? and f.year_id = ? and {WAITING['disagreement']} order by r.at, p.name_key, p.student_id limit ?",
        [school, year_id, limit],
    )
    return [
        {
            "student_id": r["student_id"], "name": full_name(r["given_name"], r["family_name"]) or r["student_id"],
            "grade": r["next_grade_level"], "comment": r["comment"] or "", "at": r["at"],
            "parent": full_name(r["parent_given"], r["parent_family"]) or r["parent_id"],
        }
        for r in rows
    ]  # fmt: skip


def overview(db: sqlite3.Connection, school: str, year_id: str) -> list[dict[str, Any]]:
    """Return per grade how many students are in each state, low grade first."""
    rows = db.execute(
        "select p.next_grade_level as grade, coalesce(f.state, 'not-started') as state, count(*) as n from pupils p"
        " left join forms f on f.school = p.school and f.student_id = p.student_id and f.year_id = ?"
        " where p.school = ? and p.in_scheduling group by 1, 2",
        [year_id, school],
    )
    grades: dict[str, dict[str, int]] = {}
    for row in rows:
        grades.setdefault(row["grade"] or "", dict.fromkeys(COLUMNS, 0))[row["state"]] = row["n"]
    order = sorted(grades, key=lambda g: (not g.isdecimal(), len(g), g))
    return [{"grade": g, "total": sum(grades[g].values()), "states": grades[g]} for g in order]


def demand(db: sqlite3.Connection, school: str, year_id: str) -> list[dict[str, Any]]:
    """Return per course of the year how many ask for it, how many as an alternate, and the capacity typed in."""
    counts = {
        r["course_id"]: (r["first"], r["second"])
        for r in db.execute(
            "select course_id, sum(alternate = 0) as first, sum(alternate) as second from course_requests"
            " where school = ? and year_id = ? and status not in ('draft', 'withdrawn') group by course_id",
            [school, year_id],
        )
    }
    capacities = dict(
        db.execute("select course_id, capacity from capacities where school = ? and year_id = ?", [school, year_id])
        .fetchall()
    )  # fmt: skip
    return [
        {
            **course,
            "requests": counts.get(course["course_id"], (0, 0))[0],
            "alternates": counts.get(course["course_id"], (0, 0))[1],
            "capacity": capacities.get(course["course_id"]),
        }
        for course in offered(db, school, year_id, None)
    ]


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


@dataclass(frozen=True)
class Asked:
    """What the list of requests is narrowed to and ordered by. ``after``: where the page before ended."""

    state: str = ""
    grade: str = ""
    search: str = ""
    sort: str = "name"
    after: str = ""


@dataclass(frozen=True)
class Requests:
    """One page. ``next``: where the next page begins, or empty. ``total``: how many the filters leave."""

    rows: list[dict[str, Any]]
    next: str
    total: int


def requests_in(db: sqlite3.Connection, school: str, year_id: str, by: Asked, *, limit: int = PAGE) -> Requests:
    """Return a page of the scheduling year's students with the state of their request."""
    waits = by.state in WAITING
    values: dict[str, Any] = {"year": year_id, "school": school, "state": "" if waits else by.state, "grade": by.grade}
    where = (
        " from pupils p left join forms f on f.school = p.school and f.student_id = p.student_id and f.year_id = :year"
        " where p.school = :school and (p.in_scheduling or f.withdrawn)"
        " and (:state = '' or coalesce(f.state, 'not-started') = :state) and (:grade = '' or p.next_grade_level = :grade)"
    )
    if waits:
        where += f" and {WAITING[by.state]}"
    for n, word in enumerate(sorted_as(by.search).split()):
        # Every word begins a word of the name, or the id.
        where += f" and (instr(' ' || replace(p.name_key, char(31), ' '), ' ' || :word{n}) or instr(lower(p.student_id), :word{n}) = 1)"
        values[f"word{n}"] = word
    (total,) = db.execute(f"select count(*) {where}", values).fetchone()
    keys, order, sign = SORTS.get(by.sort, SORTS["name"])
    if by.after:
        place = places.read(by.after, len(keys))
        where += f" and ({', '.join(keys)}) {sign} ({', '.join(f':place{n}' for n in range(len(place)))})"
        values |= {f"place{n}": value for n, value in enumerate(place)}
    columns = ", ".join(f"{key} as key{n}" for n, key in enumerate(keys))
    rows = db.execute(
        f"select p.*, {columns}, f.state, f.version, f.updated_at, f.withdrawn,"
        f" {_REVIEWS} and r.agrees) as agreed, {_REVIEWS} and not r.agrees) as disagreed"
        f" {where} order by {', '.join(f'{key} {order}' for key in keys)} limit :limit",
        {**values, "limit": limit + 1},
    ).fetchall()
    shown = rows[:limit]
    place_after = places.written([shown[-1][f"key{n}"] for n in range(len(keys))]) if len(rows) > limit else ""
    named = [{**dict(r), "name": full_name(r["given_name"], r["family_name"])} for r in shown]
    return Requests(named, place_after, total)
