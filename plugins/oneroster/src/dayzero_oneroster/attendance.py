"""Enrollments in classes, each put into its school years: through class, term and session; by its dates where these fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.classes import classes_of, lost_classes, years_of_classes
from dayzero_oneroster.damage import marked
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import word

__all__ = ["attendance"]


def attendance(
    roster: Roster, calendar: Calendar, kinds: pl.DataFrame, orgs: list[str] | None
) -> tuple[pl.DataFrame, pl.DataFrame, Findings]:
    """Return one row per enrollment of a student and school year, enrollments that cannot be placed, and what is odd.

    The second are rows of the file with a ``source_problem``: what they point at may be among what was not read. The first:
    ``student_id``, ``year_id``, ``begins``, ``ends``, ``term_ends`` (null without terms), ``counts`` (status active),
    ``class_grade`` (null unless the class has exactly one), ``is_homeroom``, ``class_title``, ``source_row``.
    """
    rows, of_nobody = _of_students(roster, kinds)
    classes = classes_of(roster)
    deleted = classes.filter(pl.col("class_status") != "active")
    gone, rows = _joined(rows, deleted, "semi"), _joined(rows, deleted, "anti")
    named = rows.filter(pl.col("classSourcedId").is_not_null())
    strays = _joined(named, classes, "anti")
    unknown = lost_classes(roster, strays["classSourcedId"])
    lost = named.filter(pl.col("classSourcedId").is_in(unknown.implode()))
    rows = _joined(rows.join(lost, on="source_row", how="anti", maintain_order="left"), classes, "left")
    if orgs is not None:
        rows = rows.filter(pl.coalesce("schoolSourcedId", "class_school").is_in(orgs))
    years, of_terms = years_of_classes(roster, calendar)
    rows = _joined(rows, years, "left")
    rows = rows.with_columns(pl.coalesce("year_id", _year_by_dates(calendar)).alias("year_id"))
    findings = (
        *odd_rows("enrollment-user-missing", "enrollments", of_nobody, "userSourcedId"),
        *odd_rows("class-deleted-in-use", "enrollments", gone, "classSourcedId"),
        *odd_rows("enrollment-class-missing", "enrollments", strays, "classSourcedId"),
        *of_terms,
        *_odd_places(rows),
    )
    unplaced = marked(lost, pl.lit(value=True), "its class, or the class's term, is among what was not read")
    return _placed(rows, calendar), unplaced, findings


def _of_students(roster: Roster, kinds: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the enrollments of students, and those of users who do not exist."""
    rows = roster["enrollments"].filter(
        pl.col("status") != "tobedeleted",
        word("role").fill_null("student") == "student",
        pl.col("userSourcedId").is_not_null(),
    )
    if "source_problem" in rows.columns:
        rows = rows.filter(pl.col("source_problem").is_null())
    of_nobody = rows.join(kinds, left_on="userSourcedId", right_on="user", how="anti", maintain_order="left")
    students = kinds.filter(pl.col("kind") == "student").select(userSourcedId="user")
    return rows.join(students, on="userSourcedId", how="semi", maintain_order="left"), of_nobody


def _joined(rows: pl.DataFrame, classes: pl.DataFrame, how: Literal["left", "semi", "anti"]) -> pl.DataFrame:
    return rows.join(classes, left_on="classSourcedId", right_on="class", how=how, maintain_order="left")


def _year_by_dates(calendar: Calendar) -> pl.Expr:
    """Return the year an enrollment begins in, else the one it ends in."""
    years = list(calendar.years.select("year_id", "starts_on", "ends_on").iter_rows())
    found = [
        pl.when(pl.col(column).is_between(starts, ends)).then(pl.lit(year))
        for column in ("beginDate", "endDate")
        for year, starts, ends in years
    ]
    return pl.coalesce(found) if found else pl.lit(None, pl.String)


def _placed(rows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Return the rows in their last form; what is in no year is taken for the active one."""
    return rows.with_columns(pl.coalesce("year_id", pl.lit(calendar.active, pl.String)).alias("year_id")).select(
        "year_id", "term_ends", "class_grade", "is_homeroom", "class_title", "source_row",
        student_id="userSourcedId", begins="beginDate", ends="endDate", counts=pl.col("status") == "active",
    )  # fmt: skip


def _odd_places(rows: pl.DataFrame) -> Iterator[Finding]:
    nowhere = rows.filter(pl.col("year_id").is_null())
    yield from odd_rows("enrollment-without-year", "enrollments", nowhere, "classSourcedId")
    apart = (pl.col("beginDate") > pl.col("term_ends")) | (pl.col("endDate") < pl.col("term_starts"))
    yield from odd_rows("enrollment-outside-term", "enrollments", rows.filter(apart), "classSourcedId")
