"""Courses by school year: the course's own year, else the years of its classes."""

from __future__ import annotations

import polars as pl

from dayzero_oneroster.calendar import Calendar
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import list_of

__all__ = ["courses_of"]


def courses_of(roster: Roster, calendar: Calendar, orgs: list[str] | None) -> pl.DataFrame | None:
    """Return ``courses``, or None where the source has none. Credits and the like come from ``metadata.*``, if at all."""
    if "courses" not in roster:
        return None
    courses = roster["courses"].filter(pl.col("status") == "active")
    if orgs is not None:
        courses = courses.filter(pl.col("orgSourcedId").is_in(orgs) | pl.col("orgSourcedId").is_null())
    own = courses.join(calendar.sessions, left_on="schoolYearSourcedId", right_on="session").select(
        "sourcedId", "year_id"
    )
    classes = roster["classes"].filter(pl.col("status") == "active")
    classes = classes.select(sourcedId="courseSourcedId", session=list_of("termSourcedIds"))
    taught = (
        classes.explode("session", empty_as_null=True)
        .join(calendar.sessions, on="session")
        .select("sourcedId", "year_id")
    )
    years = pl.concat([own, taught.join(own, on="sourcedId", how="anti")]).unique(maintain_order=True)
    courses = courses.join(years, on="sourcedId", maintain_order="left")
    extra = {c: f"metadata.{c}" for c in ("credits", "required", "department") if f"metadata.{c}" in courses.columns}
    return courses.select(
        "year_id",
        "title",
        "source_row",
        course_id="sourcedId",
        grade_levels=list_of("grades").list.join("|"),
        **extra,
    )
