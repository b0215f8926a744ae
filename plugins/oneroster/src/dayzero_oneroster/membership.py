"""From enrollments in classes to a student's place in a year: still there or not, there on Day 0 or not, in which grade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import alone, list_of

__all__ = ["UNGRADED", "memberships"]

UNGRADED = "UG"
"""Common Education Data Standards: a student who is in no grade."""
_OPEN_END = date(9999, 12, 31)


def memberships(rows: pl.DataFrame, roster: Roster, calendar: Calendar, as_of: date) -> tuple[pl.DataFrame, Findings]:
    """Return one row per student and year: ``status``, ``on_day_0``, ``grade_level``, ``homeroom``, ``source_row``.

    ``rows`` as ``attendance`` gives them. The enrollment with the latest end decides whether the student is still there:
    it has no end, ends on or after ``as_of``, or ran to the end of its term, which is no sign of leaving. On Day 0 is who
    has an enrollment that begins on or before the first day of the year's earliest term, or at no date. Beside them stands
    what is odd about grades.
    """
    year = calendar.years.select("year_id", "first_day", "ends_on")
    rows = rows.join(year, on="year_id", how="left", maintain_order="left")
    ends, last = pl.col("ends"), pl.coalesce("term_ends", "ends_on")
    there = ends.is_null() | (ends >= as_of) | (ends >= last)
    rows = rows.with_columns(
        there=pl.col("counts") & there.fill_null(value=False),
        until=pl.when("counts").then(ends.fill_null(_OPEN_END)),
        in_time=(pl.col("begins") <= pl.col("first_day")).fill_null(value=True),
    )
    key = ["student_id", "year_id"]
    rooms = rows.filter(pl.col("is_homeroom").fill_null(value=False))
    homeroom = rooms.group_by(key, maintain_order=True).agg(homeroom=pl.col("class_title").first())
    members = rows.group_by(key, maintain_order=True).agg(
        enrolled=(pl.col("there") & (pl.col("until") == pl.col("until").max())).any(),
        in_time=(pl.col("counts") & pl.col("in_time")).any(),
        source_row=pl.col("source_row").first(),
    )
    for found in (homeroom, _grades(rooms, "home"), _grades(rows, "class")):
        members = members.join(found, on=key, how="left", maintain_order="left")
    members = members.with_columns(
        status=pl.when("enrolled").then(pl.lit("active")).otherwise(pl.lit("inactive")),
        on_day_0=pl.col("enrolled") & pl.col("in_time"),
    )
    is_active = pl.col("year_id") == pl.lit(calendar.active, pl.String)
    members = _with_grade(members, roster, is_active)
    return members.with_columns(pl.col("grade_level").fill_null(UNGRADED)), tuple(_odd_grades(members, is_active))


def _grades(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by student and year ``<name>_grade``, where classes agree on one, and ``<name>_usual``, that of most classes."""
    key = ["student_id", "year_id"]
    counted = rows.drop_nulls("class_grade").group_by(*key, "class_grade").len()
    counted = counted.sort("len", "class_grade", descending=[True, False])
    most = counted.group_by(key, maintain_order=True).agg(pl.col("class_grade").first(), pl.len().alias("kinds"))
    return most.select(
        *key,
        pl.when(pl.col("kinds") == 1).then("class_grade").alias(f"{name}_grade"),
        pl.col("class_grade").alias(f"{name}_usual"),
    )


def _with_grade(members: pl.DataFrame, roster: Roster, is_active: pl.Expr) -> pl.DataFrame:
    """Add ``grade_level``. ``users.grades`` is today's grade: it leads in the active year, elsewhere the classes do."""
    users = roster["users"]
    own = users.select(student_id="sourcedId", own_grade=alone(list_of("grades"))).drop_nulls().unique("student_id")
    members = members.join(own, on="student_id", how="left", maintain_order="left")
    now = pl.coalesce("home_grade", "own_grade", "class_grade", "class_usual")
    other = pl.coalesce("home_grade", "class_grade", "own_grade", "class_usual")
    return members.with_columns(grade_level=pl.when(is_active).then(now).otherwise(other))


def _odd_grades(members: pl.DataFrame, is_active: pl.Expr) -> Iterator[Finding]:
    here = members.filter("enrolled")
    yield from odd_rows("grade-missing", "enrollments", here.filter(pl.col("grade_level").is_null()), "student_id")
    carried = pl.col("home_grade").is_null() & pl.col("class_grade").is_null() & pl.col("own_grade").is_not_null()
    yield from odd_rows("grade-carried", "enrollments", here.filter(carried, ~is_active), "student_id")
