"""The one mapping: a roster, from whichever reader, becomes dayzero's source tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from dayzero_oneroster.attendance import attendance
from dayzero_oneroster.calendar import calendar_of
from dayzero_oneroster.courses import courses_of
from dayzero_oneroster.damage import of_unended, require_sessions, unreadable
from dayzero_oneroster.dates import dated
from dayzero_oneroster.findings import Findings
from dayzero_oneroster.kinds import kinds_of_users
from dayzero_oneroster.links import links_of
from dayzero_oneroster.membership import memberships
from dayzero_oneroster.people import contacts_of, relationships_of, students_of
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.schools import orgs_of_school
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.values import list_of

__all__ = ["source_tables"]


def source_tables(
    roster: Roster, settings: OneRosterSettings, as_of: date
) -> tuple[Mapping[str, pl.DataFrame | None], Findings]:
    """Return the seven source tables by name, None for what the source does not have; and all that was odd.

    Raises ConfigurationError, and SourceError for sessions that cannot be read.
    """
    roster = dated(roster, settings.date_format)
    require_sessions(roster["academicSessions"])
    calendar, of_years = calendar_of(roster, settings, as_of)
    orgs, of_orgs = orgs_of_school(roster, str(settings.school))
    kinds, of_kinds = kinds_of_users(roster, settings, as_of)
    links, of_links = links_of(roster, kinds)
    rows, unplaced, of_rows = attendance(roster, calendar, kinds, orgs, settings)
    members, of_members = memberships(rows, roster, calendar, settings, as_of)
    users = _users(roster, kinds)
    here = _at_school(roster, rows, orgs)
    students = users.filter((pl.col("kind") == "student") & here | pl.col("kind").is_null())
    links = links.join(students.select(student_id="sourcedId"), on="student_id", how="semi", maintain_order="left")
    near = pl.lit(value=True) if orgs is None else pl.col("sourcedId").is_in(links["contact_id"].implode())
    parents = users.filter((pl.col("kind") == "parent") & near | pl.col("kind").is_null())
    members = members.join(students.select(student_id="sourcedId"), on="student_id", how="semi", maintain_order="left")
    people = "users" in roster
    by_role = roster["roles"]["sessionSourcedId"].null_count() < roster["roles"].height
    enrolled = "enrollments" in roster or by_role
    years = calendar.years.select("year_id", "name", "starts_on", "ends_on", "role")
    tables: dict[str, pl.DataFrame | None] = {
        "school_years": years if "academicSessions" in roster else None,
        "students": students_of(students, roster) if people else None,
        "enrollments": _enrollments(members, roster, unplaced) if enrolled else None,
        "calendar_codes": _calendar_codes(members) if enrolled else None,
        "contacts": contacts_of(parents, settings) if people else None,
        "relationships": relationships_of(links, kinds, settings) if people else None,
        "courses": courses_of(roster, calendar, orgs),
    }
    tables |= {name: of_unended(table, roster.unended) for name, table in tables.items() if table is not None}
    return tables, (*roster.findings, *of_years, *of_orgs, *of_kinds, *of_links, *of_rows, *of_members)


def _users(roster: Roster, kinds: pl.DataFrame) -> pl.DataFrame:
    """Return users with ``kind``, ``told`` (the role) and ``role_over``; a row that could not be read has no kind.

    Such a row may be a student or a parent: it goes to both tables, so that neither loses an account by it.
    """
    users = roster["users"].filter(pl.col("status") != "inactive")
    told = kinds.rename({"user": "sourcedId", "role": "told"})
    users = users.join(told, on="sourcedId", how="left", maintain_order="left")
    if "source_problem" not in users.columns:
        return users.filter(pl.col("kind").is_in(["student", "parent"]))
    broken = pl.col("source_problem").is_not_null()
    users = users.with_columns(kind=pl.when(~broken).then("kind"))
    return users.filter(broken | pl.col("kind").is_in(["student", "parent"]))


def _at_school(roster: Roster, rows: pl.DataFrame, orgs: list[str] | None) -> pl.Expr:
    """Say which users belong to the school: by an enrollment there, or by an org of theirs."""
    if orgs is None:
        return pl.lit(value=True)
    by_role = roster["roles"].filter(pl.col("orgSourcedId").is_in(orgs))["userSourcedId"].drop_nulls().unique()
    return (
        pl.col("sourcedId").is_in(rows["student_id"].unique().implode())
        | pl.col("sourcedId").is_in(by_role.implode())
        | pl.col("primaryOrgSourcedId").is_in(orgs).fill_null(value=False)
        | list_of("orgSourcedIds").list.eval(pl.element().is_in(orgs)).list.any().fill_null(value=False)
    )


def _enrollments(members: pl.DataFrame, roster: Roster, unplaced: pl.DataFrame) -> pl.DataFrame:
    """Return ``enrollments``, with the rows that could not be read or placed: they name who must be left alone."""
    table = members.select("student_id", "year_id", "grade_level", "status", "homeroom", "source_row")
    broken = [f for f in (unreadable(roster["enrollments"]), unplaced) if not f.is_empty()]
    named = [f.select("source_row", "source_problem", student_id="userSourcedId") for f in broken]
    return pl.concat([table, *named], how="diagonal")


def _calendar_codes(members: pl.DataFrame) -> pl.DataFrame:
    """Return an E on Day 0 for everyone who is enrolled from the first day on (R6): OneRoster knows no entry codes."""
    return members.filter("on_day_0").select("student_id", "year_id", "source_row", day=pl.lit("0"), code=pl.lit("E"))
