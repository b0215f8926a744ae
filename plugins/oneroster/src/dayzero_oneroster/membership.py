"""From enrollments in classes to a student's place in a year: still there or not, there on Day 0 or not, in which grade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.day_zero import with_first_day
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.grades import next_grade
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.values import alone, is_false, list_of

__all__ = ["UNGRADED", "memberships"]

UNGRADED = "UG"
"""Common Education Data Standards: a student who is in no grade."""
_OPEN_END = date(9999, 12, 31)
_KEY = ("student_id", "year_id")


def memberships(
    rows: pl.DataFrame, roster: Roster, calendar: Calendar, settings: OneRosterSettings, as_of: date
) -> tuple[pl.DataFrame, Findings]:
    """Return one row per student and year: ``status``, ``on_day_0``, ``grade_level``, ``homeroom``, ``source_row``.

    ``rows`` as ``attendance`` gives them. The enrollment with the latest end decides whether the student is still there:
    it has no end, ends on or after ``as_of``, or ran to the end of its term, give or take the days of grace, which is no sign
    of leaving. On Day 0 is who has an enrollment that begins by the first day and those days, or at no date. A user who is
    not enabled is in no year. Beside them stands what is odd about grades.
    """
    grace = timedelta(days=settings.entry_grace_days)
    rows = with_first_day(rows, calendar)
    rows = rows.join(calendar.years.select("year_id", "ends_on"), on="year_id", how="left", maintain_order="left")
    ends, last = pl.col("ends"), pl.coalesce("term_ends", "ends_on")
    there = ends.is_null() | (ends >= as_of) | (ends >= last - grace)
    rows = rows.with_columns(
        there=pl.col("counts") & there.fill_null(value=False),
        until=pl.when("counts").then(ends.fill_null(_OPEN_END)),
        in_time=(pl.col("begins") <= pl.col("first_day") + grace).fill_null(value=True),
    )
    rooms = rows.filter(pl.col("is_homeroom").fill_null(value=False))
    homeroom = rooms.group_by(_KEY, maintain_order=True).agg(homeroom=pl.col("class_title").drop_nulls().first())
    members = rows.group_by(_KEY, maintain_order=True).agg(
        enrolled=(pl.col("there") & (pl.col("until") == pl.col("until").max())).any(),
        in_time=(pl.col("counts") & pl.col("in_time")).any(),
        source_row=pl.col("source_row").first(),
    )
    for found in (homeroom, _grades(rooms, "home"), _grades(rows, "class"), _users(roster, settings)):
        on = [c for c in _KEY if c in found.columns]
        members = members.join(found, on=on, how="left", maintain_order="left")
    members = members.with_columns(enrolled=pl.col("enrolled") & ~pl.col("stopped").fill_null(value=False))
    members = members.with_columns(
        status=pl.when("enrolled").then(pl.lit("active")).otherwise(pl.lit("inactive")),
        on_day_0=pl.col("enrolled") & pl.col("in_time"),
    )
    members = _with_grade(members, calendar)
    return members.with_columns(pl.col("grade_level").fill_null(UNGRADED)), tuple(_odd_grades(members, calendar))


def _users(roster: Roster, settings: OneRosterSettings) -> pl.DataFrame:
    """Return ``student_id``, ``own_grade`` (today's) and ``stopped`` (the account is switched off in the SIS)."""
    stopped = is_false("enabledUser") if settings.enabled_students else pl.lit(value=False)
    users = roster["users"].select(student_id="sourcedId", own_grade=alone(list_of("grades")), stopped=stopped)
    return users.drop_nulls("student_id").unique("student_id", keep="last", maintain_order=True)


def _grades(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return by student and year ``<name>_grade``, where classes agree on one, and ``<name>_usual``, that of most classes."""
    counted = rows.drop_nulls("class_grade").group_by(*_KEY, "class_grade").len()
    counted = counted.sort("len", "class_grade", descending=[True, False])
    most = counted.group_by(_KEY, maintain_order=True).agg(pl.col("class_grade").first(), pl.len().alias("kinds"))
    return most.select(
        *_KEY,
        pl.when(pl.col("kinds") == 1).then("class_grade").alias(f"{name}_grade"),
        pl.col("class_grade").alias(f"{name}_usual"),
    )


def _with_grade(members: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Add ``grade_level``, and ``advanced``: whether it is the one after this year's, which no class says.

    ``users.grades`` is today's grade: it leads in the active year, elsewhere the classes do. Who is in the active year and in
    the next, where no class gives a grade, is one grade on; a newcomer's own grade is the one to come.
    """
    role = {calendar.active: "active", calendar.scheduling: "scheduling"}
    year = pl.col("year_id").replace_strict(
        {k: v for k, v in role.items() if k}, default="other", return_dtype=pl.String
    )
    now = pl.coalesce("home_grade", "own_grade", "class_grade", "class_usual")
    here = members.filter(year == "active", "enrolled").select("student_id", this_year=now)
    members = members.join(here, on="student_id", how="left", maintain_order="left")
    told = pl.coalesce("home_grade", "class_grade", "class_usual")
    members = members.with_columns(
        told=pl.when(year == "active").then(now).otherwise(told),
        after=pl.when(year == "scheduling").then(next_grade(pl.col("this_year"))),
    )
    return members.with_columns(
        grade_level=pl.coalesce("told", "after", "own_grade"),
        advanced=pl.col("told").is_null() & pl.col("after").is_not_null(),
    )


def _odd_grades(members: pl.DataFrame, calendar: Calendar) -> Iterator[Finding]:
    here = members.filter("enrolled")
    yield from odd_rows("grade-missing", "enrollments", here.filter(pl.col("grade_level").is_null()), "student_id")
    yield from odd_rows("grade-advanced", "enrollments", here.filter("advanced"), "student_id")
    other = pl.col("year_id").ne_missing(pl.lit(calendar.active, pl.String))
    carried = pl.col("told").is_null() & ~pl.col("advanced") & pl.col("own_grade").is_not_null()
    yield from odd_rows("grade-carried", "enrollments", here.filter(carried, other), "student_id")
