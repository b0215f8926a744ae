"""Enrollments in classes, each put into its school years: through class, term and session; by its dates where these fail."""

from __future__ import annotations

import polars as pl

from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.classes import classes_of, lost_classes, years_of_classes
from dayzero_oneroster.damage import marked
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import word

__all__ = ["attendance"]


def attendance(
    roster: Roster, calendar: Calendar, kinds: pl.DataFrame, orgs: list[str] | None, oddities: Oddities
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per enrollment of a student and school year, and enrollments that cannot be placed.

    The latter are rows of the file with a ``source_problem``: what they point at may be among what was not read. The former:
    ``student_id``, ``year_id``, ``begins``, ``ends``, ``term_ends`` (null without terms), ``counts`` (status active),
    ``class_grade`` (null unless the class has exactly one), ``is_homeroom``, ``class_title``, ``source_row``.
    """
    rows = _of_students(roster, kinds, oddities)
    classes = classes_of(roster)
    deleted = classes.filter(pl.col("class_status") != "active")
    gone = rows.join(deleted, left_on="classSourcedId", right_on="class", how="semi", maintain_order="left")
    oddities.rows("class-deleted-in-use", "enrollments", gone, "classSourcedId")
    rows = rows.join(deleted, left_on="classSourcedId", right_on="class", how="anti", maintain_order="left")
    named = rows.filter(pl.col("classSourcedId").is_not_null())
    strays = named.join(classes, left_on="classSourcedId", right_on="class", how="anti", maintain_order="left")
    oddities.rows("enrollment-class-missing", "enrollments", strays, "classSourcedId")
    lost = named.filter(pl.col("classSourcedId").is_in(lost_classes(roster, strays).implode()))
    rows = rows.join(lost, on="source_row", how="anti", maintain_order="left")
    rows = rows.join(
        classes.drop("class_status"), left_on="classSourcedId", right_on="class", how="left", maintain_order="left"
    )
    if orgs is not None:
        rows = rows.filter(pl.coalesce("schoolSourcedId", "class_school").is_in(orgs))
    rows = rows.join(
        years_of_classes(roster, calendar, oddities), on="classSourcedId", how="left", maintain_order="left"
    )
    rows = rows.with_columns(pl.coalesce("year_id", _year_by_dates(calendar)).alias("year_id"))
    _remark(rows, oddities)
    rows = rows.with_columns(pl.coalesce("year_id", pl.lit(calendar.active, pl.String)).alias("year_id")).select(
        "year_id", "term_ends", "class_grade", "is_homeroom", "class_title", "source_row",
        student_id="userSourcedId", begins="beginDate", ends="endDate", counts=pl.col("status") == "active",
    )  # fmt: skip
    return rows, marked(lost, pl.lit(value=True), "its class, or the class's term, is among what was not read")


def _of_students(roster: Roster, kinds: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    rows = roster["enrollments"].filter(
        pl.col("status") != "tobedeleted",
        word("role").fill_null("student") == "student",
        pl.col("userSourcedId").is_not_null(),
    )
    if "source_problem" in rows.columns:
        rows = rows.filter(pl.col("source_problem").is_null())
    strays = rows.join(kinds, left_on="userSourcedId", right_on="user", how="anti", maintain_order="left")
    oddities.rows("enrollment-user-missing", "enrollments", strays, "userSourcedId")
    students = kinds.filter(pl.col("kind") == "student").select(userSourcedId="user")
    return rows.join(students, on="userSourcedId", how="semi", maintain_order="left")


def _year_by_dates(calendar: Calendar) -> pl.Expr:
    """Return the year an enrollment begins in, else the one it ends in."""
    years = list(calendar.years.select("year_id", "starts_on", "ends_on").iter_rows())
    found = [
        pl.when(pl.col(column).is_between(starts, ends)).then(pl.lit(year))
        for column in ("beginDate", "endDate")
        for year, starts, ends in years
    ]
    return pl.coalesce(found) if found else pl.lit(None, pl.String)


def _remark(rows: pl.DataFrame, oddities: Oddities) -> None:
    oddities.rows("enrollment-without-year", "enrollments", rows.filter(pl.col("year_id").is_null()), "classSourcedId")
    apart = (pl.col("beginDate") > pl.col("term_ends")) | (pl.col("endDate") < pl.col("term_starts"))
    oddities.rows("enrollment-outside-term", "enrollments", rows.filter(apart), "classSourcedId")
