"""Classes: what each says of who is in it, and which school years it belongs to."""

from __future__ import annotations

import polars as pl

from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.findings import Findings, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import alone, list_of, word

__all__ = ["classes_of", "lost_classes", "years_of_classes"]


def classes_of(roster: Roster) -> pl.DataFrame:
    """Return every class once: its ``class`` (id), and what else it says in columns that begin with ``class_``.

    ``class_grade`` is null unless the class has exactly one; ``is_homeroom`` is false where nobody says so.
    """
    classes = roster["classes"].unique("sourcedId", keep="last", maintain_order=True)
    return classes.select(
        **{"class": "sourcedId"},
        class_status="status",
        class_school="schoolSourcedId",
        class_title="title",
        class_grade=alone(list_of("grades")),
        is_homeroom=(word("classType") == "homeroom").fill_null(value=False),
    )


def years_of_classes(roster: Roster, calendar: Calendar) -> tuple[pl.DataFrame, Findings]:
    """Return ``class``, ``year_id``, ``term_starts``, ``term_ends``, ``opens``, ``summer``: by its terms, else by its course's year.

    ``opens``: when the first of its terms begins; null where it names a whole year, which says nothing of the first day.

    Terms that do not exist are findings.
    """
    classes = roster["classes"].unique("sourcedId", keep="last", maintain_order=True)
    terms = classes.select("source_row", "sourcedId", session=list_of("termSourcedIds"))
    terms = terms.explode("session", empty_as_null=True).drop_nulls("session")
    strays = terms.join(
        roster["academicSessions"], left_on="session", right_on="sourcedId", how="anti", maintain_order="left"
    )
    found = terms.join(calendar.sessions, on="session", maintain_order="left")
    by_term = found.group_by("sourcedId", "year_id", maintain_order=True).agg(
        term_starts=pl.col("starts").min(),
        term_ends=pl.col("ends").max(),
        opens=pl.col("starts").filter(~pl.col("whole")).min(),
        summer=pl.col("summer").all(),
    )
    courses = roster["courses"].select(courseSourcedId="sourcedId", session="schoolYearSourcedId").drop_nulls()
    none = pl.lit(None, pl.Date)
    by_course = (
        classes.join(by_term, on="sourcedId", how="anti", maintain_order="left")
        .join(courses, on="courseSourcedId", maintain_order="left")
        .join(calendar.sessions, on="session", maintain_order="left")
        .select("sourcedId", "year_id", term_starts=none, term_ends=none, opens=none, summer=pl.lit(value=False))
    )
    years = pl.concat([by_term, by_course]).unique(["sourcedId", "year_id"], maintain_order=True)
    return years.rename({"sourcedId": "class"}), odd_rows("class-term-missing", "classes", strays, "session")


def lost_classes(roster: Roster, missing: pl.Series) -> pl.Series:
    """Return classes of which it is not known in which year they are: what would tell may be among what was not read.

    ``missing``: classes that are named and not there.
    """
    classes = roster["classes"].select("sourcedId", "courseSourcedId", session=list_of("termSourcedIds"))
    terms = classes.explode("session", empty_as_null=True)
    lost = [missing if roster.may_lack("classes") else missing.clear()]
    for file, key in (("academicSessions", "session"), ("courses", "courseSourcedId")):
        if roster.may_lack(file):
            named = terms.filter(pl.col(key).is_not_null())
            lost.append(named.join(roster[file], left_on=key, right_on="sourcedId", how="anti")["sourcedId"])
    return pl.concat(lost).unique()
