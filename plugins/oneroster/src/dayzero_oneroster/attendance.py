"""Enrollments in classes, each put into its school years: through class, term and session; by its dates where these fail."""

from __future__ import annotations

import polars as pl

from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.damage import marked
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import alone, list_of, word

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
    classes = _classes(roster)
    deleted = classes.filter(pl.col("class_status") != "active")
    gone = rows.join(deleted, left_on="classSourcedId", right_on="class", how="semi", maintain_order="left")
    oddities.rows("class-deleted-in-use", "enrollments", gone, "classSourcedId")
    rows = rows.join(deleted, left_on="classSourcedId", right_on="class", how="anti", maintain_order="left")
    named = rows.filter(pl.col("classSourcedId").is_not_null())
    strays = named.join(classes, left_on="classSourcedId", right_on="class", how="anti", maintain_order="left")
    oddities.rows("enrollment-class-missing", "enrollments", strays, "classSourcedId")
    lost = named.filter(pl.col("classSourcedId").is_in(_lost_classes(roster, strays).implode()))
    rows = rows.join(lost, on="source_row", how="anti", maintain_order="left")
    rows = rows.join(
        classes.drop("class_status"), left_on="classSourcedId", right_on="class", how="left", maintain_order="left"
    )
    if orgs is not None:
        rows = rows.filter(pl.coalesce("schoolSourcedId", "class_school").is_in(orgs))
    rows = rows.join(
        _years_of_classes(roster, calendar, oddities), on="classSourcedId", how="left", maintain_order="left"
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


def _lost_classes(roster: Roster, strays: pl.DataFrame) -> pl.Series:
    """Return classes of which it is not known in which year they are: what would tell may be among what was not read."""
    classes = roster["classes"].select("sourcedId", "courseSourcedId", session=list_of("termSourcedIds"))
    terms = classes.explode("session", empty_as_null=True)
    lost = [strays["classSourcedId"]] if roster.may_lack("classes") else [strays["classSourcedId"].clear()]
    for file, key in (("academicSessions", "session"), ("courses", "courseSourcedId")):
        if roster.may_lack(file):
            named = terms.filter(pl.col(key).is_not_null())
            lost.append(named.join(roster[file], left_on=key, right_on="sourcedId", how="anti")["sourcedId"])
    return pl.concat(lost).unique()


def _classes(roster: Roster) -> pl.DataFrame:
    classes = roster["classes"].unique("sourcedId", keep="last", maintain_order=True)
    return classes.select(
        **{"class": "sourcedId"},
        class_status="status",
        class_school="schoolSourcedId",
        class_title="title",
        class_grade=alone(list_of("grades")),
        is_homeroom=(word("classType") == "homeroom").fill_null(value=False),
    )


def _years_of_classes(roster: Roster, calendar: Calendar, oddities: Oddities) -> pl.DataFrame:
    """Return ``classSourcedId``, ``year_id``, ``term_starts``, ``term_ends``: by its terms, else by its course's year."""
    classes = roster["classes"].unique("sourcedId", keep="last", maintain_order=True)
    terms = classes.select("source_row", "sourcedId", session=list_of("termSourcedIds"))
    terms = terms.explode("session", empty_as_null=True).drop_nulls("session")
    strays = terms.join(
        roster["academicSessions"], left_on="session", right_on="sourcedId", how="anti", maintain_order="left"
    )
    oddities.rows("class-term-missing", "classes", strays, "session")
    found = terms.join(calendar.sessions, on="session", maintain_order="left")
    by_term = found.group_by("sourcedId", "year_id", maintain_order=True).agg(
        term_starts=pl.col("starts").min(), term_ends=pl.col("ends").max()
    )
    courses = roster["courses"].select(courseSourcedId="sourcedId", session="schoolYearSourcedId").drop_nulls()
    by_course = (
        classes.join(by_term, on="sourcedId", how="anti", maintain_order="left")
        .join(courses, on="courseSourcedId", maintain_order="left")
        .join(calendar.sessions, on="session", maintain_order="left")
        .select("sourcedId", "year_id", term_starts=pl.lit(None, pl.Date), term_ends=pl.lit(None, pl.Date))
    )
    return (
        pl.concat([by_term, by_course])
        .unique(["sourcedId", "year_id"], maintain_order=True)
        .rename({"sourcedId": "classSourcedId"})
    )


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
