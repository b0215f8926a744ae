"""How many want each course, what that takes, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from flask import Response, request

from dayzero_simulator.courses import demand
from dayzero_simulator.courses.demand import STEPS
from dayzero_simulator.names import sorted_as
from dayzero_simulator.portal.baseline import Changes, compared
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.requests import year_of
from dayzero_simulator.web.spreadsheets import sheet
from dayzero_simulator.web.visit import Visit

__all__ = ["demand_pages"]

ADMIN = ("admin",)
ORDERS = {
    "title": lambda c: sorted_as(c["title"]),
    "asked": lambda c: -c["requests"],
    "left": lambda c: (c["left"] is None, c["left"] or 0),
}
"""What the courses may be ordered by, besides their departments."""
RANKS = {"": "All", "first": "As a course", "alternate": "As an alternate"}
COURSES = ("course_id", "title", "department", "requests", "alternates", "capacity", "left", "sections")
STUDENTS = ("course_id", "title", "student_id", "name", "next_grade_level", "alternate", "state", "disagrees")


def demand_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/requests/demand", "demand", roles=ADMIN, methods=("GET", "POST"), keeps=True)(courses)
    door.page("/requests/demand.csv", "demand_csv", roles=ADMIN)(courses_csv)
    door.page("/requests/demand/<id:course_id>", "who_asked", roles=ADMIN)(who_asked)
    door.page("/requests/demand/<id:course_id>/students.csv", "who_asked_csv", roles=ADMIN)(who_asked_csv)


def courses(visit: Visit) -> Response:
    """Show how many want each course, against the places that may be typed in."""
    year, refused = year_of(visit), None
    if request.method == "POST":
        try:
            with visit.writing() as db:
                _keep_capacities(visit, db, year["id"])
            return visit.to("demand", done="saved")
        except RefusedAction as error:
            refused = error
    with visit.reading() as db:
        rows, size = _demand(visit, db, year["id"])
    now, titles = _there(rows)
    changes = _changed(visit, now)
    refused = refused or changes.clash(now, titles)
    sort = request.args.get("sort", "")
    if sort in ORDERS:
        rows.sort(key=ORDERS[sort])
    return visit.page(
        "demand.html",
        refused=refused,
        year=year, rows=rows, sort=sort, size=size, now=now, typed={**now, **changes.mine},
        full=[c for c in rows if c["left"] is not None and c["left"] < 0],
        most=max((c["requests"] + c["alternates"] for c in rows), default=0),
    )  # fmt: skip


def courses_csv(visit: Visit) -> Response:
    """Return the demand as CSV."""
    year = year_of(visit)
    with visit.writing() as db:
        rows, _ = _demand(visit, db, year["id"])
        visit.note(db, "export", detail=f"demand: {len(rows):,}")
    return sheet("demand", COURSES, ([c[column] for column in COURSES] for c in rows))


def _demand(
    visit: Visit, db: Connection, year_id: str, course_id: str | None = None
) -> tuple[list[dict[str, Any]], int]:
    size = int(read_settings(db, visit.school)["section_size"])
    return demand.demand(db, visit.school, year_id, section_size=size, course_id=course_id), size


def _keep_capacities(visit: Visit, db: Connection, year_id: str) -> None:
    """Save the capacities that were changed on the page; raise RefusedAction, and save none, where one cannot be."""
    now, titles = _there(demand.demand(db, visit.school, year_id))
    changes = _changed(visit, now)
    changes.require_no_clash(now, titles)
    demand.set_capacities(db, visit.school, year_id, changes.mine, titles)
    for course_id, text in changes.mine.items():
        visit.note(db, "capacity", detail=f"{titles[course_id]}: {now[course_id] or 'none'} to {text or 'none'}")


def _there(rows: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return each course's capacity, as it is typed, and title."""
    capacities = {c["course_id"]: "" if c["capacity"] is None else str(c["capacity"]) for c in rows}
    return capacities, {c["course_id"]: c["title"] for c in rows}


def _changed(visit: Visit, now: Mapping[str, str]) -> Changes:
    return compared(_capacities(visit, "capacity", now), _capacities(visit, "was:capacity", now), now)


def _capacities(visit: Visit, field: str, now: Mapping[str, str]) -> dict[str, str]:
    """Return what a field of the form says of each course; leading zeros say nothing."""
    found = {c: visit.typed[f"{field}:{c}"].strip() for c in now if f"{field}:{c}" in visit.typed}
    return {c: (text.lstrip("0") or "0") if text.isdecimal() else text for c, text in found.items()}


def who_asked(visit: Visit, course_id: str) -> Response:
    """List who asks for a course, and how far each request is."""
    year, rank = year_of(visit), request.args.get("rank", "")
    rank = rank if rank in RANKS else ""
    with visit.reading() as db:
        course, _ = _course(visit, db, year["id"], course_id)
        found = demand.who_asked(
            db, visit.school, year["id"], course_id, rank=rank, after=request.args.get("after", "")[:600]
        )
    numbers = {
        "": course["requests"] + course["alternates"],
        "first": course["requests"],
        "alternate": course["alternates"],
    }
    return visit.page(
        "who_asked.html",
        year=year, course=course, found=found, rank=rank, ranks=RANKS, numbers=numbers, steps=STEPS,
        after=request.args.get("after", ""),
    )  # fmt: skip


def who_asked_csv(visit: Visit, course_id: str) -> Response:
    """Return who asks for a course as CSV."""
    year = year_of(visit)
    with visit.writing() as db:
        course, safe = _course(visit, db, year["id"], course_id)
        found = demand.who_asked(db, visit.school, year["id"], course_id, limit=-1)
        visit.note(db, "export", detail=f"who asks for {course['title']}: {len(found.rows):,}")
    rows = (
        {**course, **row, "state": STEPS[row["step"]], "disagrees": "yes" if row["disagrees"] else ""}
        for row in found.rows
    )
    return sheet(safe, STUDENTS, ([row[column] for column in STUDENTS] for row in rows))


def _course(visit: Visit, db: Connection, year_id: str, course_id: str) -> tuple[dict[str, Any], str]:
    """Return one course with its demand, and what a file about it may be called."""
    rows, _ = _demand(visit, db, year_id, course_id)
    if not rows:
        raise RefusedAction("There is no such course next year.", status=404)
    return rows[0], "".join(c for c in f"asked-{course_id}" if c.isascii() and (c.isalnum() or c in "-_"))
