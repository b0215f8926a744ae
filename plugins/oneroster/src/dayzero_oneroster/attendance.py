"""Enrollments in classes, each put into its school years: through class, term and session; by its dates where these fail.

A student's role with a session (School Data Sync) is an enrollment, too: in a year and a school, in no class.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.classes import classes_of, lost_classes, years_of_classes
from dayzero_oneroster.damage import marked
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.values import word

__all__ = ["attendance"]

_READ = ("source_row", "status", "classSourcedId", "schoolSourcedId", "userSourcedId", "beginDate", "endDate")
"""All that is needed of an enrollment: a big school has many."""


def attendance(
    roster: Roster, calendar: Calendar, kinds: pl.DataFrame, orgs: list[str] | None, settings: OneRosterSettings
) -> tuple[pl.DataFrame, pl.DataFrame, Findings]:
    """Return one row per enrollment of a student and school year, enrollments that cannot be placed, and what is odd.

    The second are rows of the file with a ``source_problem``: what they point at may be among what was not read. The first:
    ``student_id``, ``year_id``, ``school``, ``begins``, ``ends``, ``term_ends``, ``opens``, ``summer`` (null without
    terms), ``counts`` (status active), ``class_grade`` (null unless the class has exactly one), ``is_homeroom``,
    ``class_title``, ``source_row``.
    """
    rows, of_nobody = _of_students(roster, kinds)
    classes = classes_of(roster)
    deleted = classes.filter(pl.col("class_status") != "active")
    gone, rows = _joined(rows, deleted, "semi"), _joined(rows, deleted, "anti")
    named = rows.filter(pl.col("classSourcedId").is_not_null())
    strays = _joined(named, classes, "anti")
    unknown = lost_classes(roster, strays["classSourcedId"])
    lost = named.filter(pl.col("classSourcedId").is_in(unknown.implode()))
    if not lost.is_empty():
        rows = rows.join(lost, on="source_row", how="anti", maintain_order="left")
    years, of_terms = years_of_classes(roster, calendar)
    rows = _joined(_joined(rows, classes, "left"), years, "left")
    rows = rows.with_columns(school=pl.coalesce("schoolSourcedId", "class_school"))
    rows = pl.concat([rows, _by_role(roster, calendar, kinds)], how="diagonal")
    if orgs is not None:
        rows = rows.filter(pl.col("school").is_in(orgs))
    rows = _placed(rows, calendar, timedelta(days=settings.entry_grace_days))
    nowhere = rows.filter(pl.col("year_id").is_null())
    placed = rows.filter(pl.col("year_id").is_not_null())
    findings = (
        *odd_rows("enrollment-user-missing", "enrollments", of_nobody, "userSourcedId"),
        *odd_rows("class-deleted-in-use", "enrollments", gone, "classSourcedId"),
        *odd_rows("enrollment-class-missing", "enrollments", strays, "classSourcedId"),
        *of_terms,
        *_odd_places(placed, nowhere),
    )
    unplaced = marked(lost, pl.lit(value=True), "its class, or the class's term, is among what was not read")
    return _in_last_form(placed), unplaced, findings


def _of_students(roster: Roster, kinds: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the enrollments of students, and those of users who do not exist."""
    rows = roster["enrollments"].filter(
        pl.col("status") != "tobedeleted",
        word("role").fill_null("student") == "student",
        pl.col("userSourcedId").is_not_null(),
        *([pl.col("source_problem").is_null()] if "source_problem" in roster["enrollments"].columns else []),
    )
    rows = rows.select(_READ)
    of_nobody = rows.join(kinds, left_on="userSourcedId", right_on="user", how="anti", maintain_order="left")
    students = kinds.filter(pl.col("kind") == "student").select(userSourcedId="user")
    return rows.join(students, on="userSourcedId", how="semi", maintain_order="left"), of_nobody


def _by_role(roster: Roster, calendar: Calendar, kinds: pl.DataFrame) -> pl.DataFrame:
    """Return students' roles that name a session, as enrollments; what a role says of the grade counts as a homeroom's."""
    roles = roster["roles"].filter(
        pl.col("status") == "active", word("role") == "student", pl.col("sessionSourcedId").is_not_null()
    )
    students = kinds.filter(pl.col("kind") == "student").select(userSourcedId="user")
    return (
        roles.join(students, on="userSourcedId", how="semi", maintain_order="left")
        .join(calendar.sessions, left_on="sessionSourcedId", right_on="session", maintain_order="left")
        .select(
            "source_row", "status", "userSourcedId", "beginDate", "endDate", "year_id", "summer", opens=pl.when(~pl.col("whole")).then("starts"),
            school="orgSourcedId", term_starts="starts", term_ends="ends", class_grade="grade",
            is_homeroom=pl.lit(value=True),
        )
    )  # fmt: skip


def _joined(rows: pl.DataFrame, classes: pl.DataFrame, how: Literal["left", "semi", "anti"]) -> pl.DataFrame:
    return rows.join(classes, left_on="classSourcedId", right_on="class", how=how, maintain_order="left")


def _placed(rows: pl.DataFrame, calendar: Calendar, grace: timedelta) -> pl.DataFrame:
    """Return the rows with ``year_id``, by dates where no class gave it; ``undated``: they have none either.

    Such a row is taken for the active year. One that has dates, outside of every year, belongs to none.
    """
    undated = pl.col("year_id").is_null() & pl.col("beginDate").is_null() & pl.col("endDate").is_null()
    active = pl.when("undated").then(pl.lit(calendar.active, pl.String))
    rows = rows.with_columns(undated=undated)
    if not rows["year_id"].null_count():
        return rows
    return rows.with_columns(pl.coalesce("year_id", *_years_by_dates(calendar, grace), active).alias("year_id"))


def _years_by_dates(calendar: Calendar, grace: timedelta) -> Iterator[pl.Expr]:
    """Yield the year an enrollment begins in, the one it ends in, one it spans (the active one first), one that begins at once."""
    years = list(calendar.years.select("year_id", "starts_on", "ends_on", "role").iter_rows())
    begin, end = pl.col("beginDate"), pl.col("endDate")
    for column in (begin, end):
        for year, starts, ends, _ in years:
            yield pl.when(column.is_between(starts, ends)).then(pl.lit(year))
    for year, starts, ends, _ in sorted(years, key=lambda y: y[3] != "active"):
        yield pl.when(begin < starts, (end > ends).fill_null(value=True)).then(pl.lit(year))
    for year, starts, _, _ in years:
        yield pl.when(begin.is_between(starts - grace, starts)).then(pl.lit(year))


def _in_last_form(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "year_id", "school", "term_ends", "opens", "summer", "class_grade", "is_homeroom", "class_title", "source_row",
        student_id="userSourcedId", begins="beginDate", ends="endDate", counts=pl.col("status") == "active",
    )  # fmt: skip


def _odd_places(placed: pl.DataFrame, nowhere: pl.DataFrame) -> Iterator[Finding]:
    undated = pl.concat([placed.filter("undated"), nowhere.filter("undated")])
    yield from odd_rows("enrollment-without-year", "enrollments", undated, "classSourcedId")
    outside = nowhere.filter(~pl.col("undated"), pl.col("status") == "active")
    outside = outside.join(
        placed.filter(pl.col("status") == "active"), on="userSourcedId", how="anti", maintain_order="left"
    )
    left_behind = outside.unique("userSourcedId", keep="first", maintain_order=True)
    yield from odd_rows("enrollment-outside-years", "enrollments", left_behind, "userSourcedId")
    apart = (pl.col("beginDate") > pl.col("term_ends")) | (pl.col("endDate") < pl.col("term_starts"))
    yield from odd_rows("enrollment-outside-term", "enrollments", placed.filter(apart), "classSourcedId")
