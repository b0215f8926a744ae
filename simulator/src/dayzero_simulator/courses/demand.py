"""What the school sees of all requests: how far each grade is, and how many want each course."""

from __future__ import annotations

import sqlite3
from typing import Any

from dayzero_simulator.courses.catalog import offered
from dayzero_simulator.courses.rules import STATES

__all__ = ["COLUMNS", "demand", "overview", "requests_in", "set_capacity"]

COLUMNS = ("not-started", *STATES)


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


def set_capacity(db: sqlite3.Connection, school: str, year_id: str, course_id: str, capacity: int | None) -> None:
    """Keep how many students a course can take; None: no figure."""
    if capacity is None:
        db.execute(
            "delete from capacities where school = ? and year_id = ? and course_id = ?", [school, year_id, course_id]
        )
    else:
        db.execute("insert or replace into capacities values (?, ?, ?, ?)", [school, year_id, course_id, capacity])


def requests_in(
    db: sqlite3.Connection, school: str, year_id: str, *, state: str = "", grade: str = "", limit: int = 200
) -> list[dict[str, Any]]:
    """Return the scheduling year's students with the state of their request, by name."""
    rows = db.execute(
        "select p.*, f.state, f.version, f.updated_at, f.withdrawn,"
        " (select count(*) from reviews r where r.school = p.school and r.student_id = p.student_id and r.year_id = :year"
        " and r.agrees) as agreed,"
        " (select count(*) from reviews r where r.school = p.school and r.student_id = p.student_id and r.year_id = :year"
        " and not r.agrees) as disagreed"
        " from pupils p left join forms f on f.school = p.school and f.student_id = p.student_id and f.year_id = :year"
        " where p.school = :school and (p.in_scheduling or f.withdrawn)"
        " and (:state = '' or coalesce(f.state, 'not-started') = :state) and (:grade = '' or p.next_grade_level = :grade)"
        " order by p.family_name, p.given_name, p.student_id limit :limit",
        {"year": year_id, "school": school, "state": state, "grade": grade, "limit": limit},
    )
    return [dict(r) for r in rows]
