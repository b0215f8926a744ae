"""Requests follow the scheduling year: who leaves it keeps the request, and finds it again on coming back (case 26)."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dayzero_simulator.courses.catalog import scheduling_year

__all__ = ["follow_scheduling_year"]


def follow_scheduling_year(db: sqlite3.Connection, school: str, now: datetime) -> None:
    """Mark requests of students who left the year as withdrawn, and take the mark back for whoever returned (case 26).

    Only the scheduling year's: once a year is active its requests are history.
    """
    scheduling = scheduling_year(db, school)
    if scheduling is None:
        return
    year = scheduling["id"]
    rows = db.execute(
        "select f.student_id, f.state, f.withdrawn, instr(coalesce(r.body -> 'years', ''), '\"scheduling\"') > 0 as there"
        " from forms f left join records r on r.school = f.school and r.kind = 'student-record' and r.id = f.student_id"
        " where f.school = ? and f.year_id = ?",
        [school, year],
    ).fetchall()
    for row in rows:
        if bool(row["withdrawn"]) != bool(row["there"]):
            continue
        status = row["state"] if row["there"] else "withdrawn"
        key = [school, row["student_id"], year]
        db.execute(
            "update forms set withdrawn = ?, version = version + 1 where school = ? and student_id = ? and year_id = ?",
            [int(not row["there"]), *key],
        )
        db.execute(
            "update course_requests set status = ?, updated_at = ? where school = ? and student_id = ? and year_id = ?",
            [status, now.isoformat(), *key],
        )
