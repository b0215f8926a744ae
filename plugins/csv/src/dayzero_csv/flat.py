"""One row a student becomes the source tables: years told apart, codes made of dates, parents taken from their groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dayzero.schema import TABLES
from dayzero_csv.conversion import filled, in_schema_words, meant, to_date
from dayzero_csv.names import NAME, split_name
from dayzero_csv.rows import RESERVED
from dayzero_csv.settings import CsvSettings, Flat

__all__ = ["EXTRA_COLUMNS", "PARENT_COLUMNS", "PRE_REGISTERED", "flat_tables", "headers_of", "unread_dates"]

PRE_REGISTERED = "pre-registered"
"""A status beside those of the schema: comes next year, and is not here yet."""
EXTRA_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "enrollments": ("next_grade_level",),
    "calendar_codes": ("entry_date", "exit_date"),
}
PARENT_COLUMNS = tuple(
    dict.fromkeys((NAME, *(c for t in ("contacts", "relationships") for c in TABLES[t].names if c != "student_id")))
)
_OF_LINK = ("relation", "portal_access")
_EMPTY = "(empty)"
"""What an empty status is called until it is said what it means: the row is left out, nobody is taken for anything."""


@dataclass(frozen=True)
class _Years:
    active: str | None
    scheduling: str | None
    begins: date | None
    ends: date | None


def headers_of(flat: Flat) -> list[str]:
    """Return every header that the settings name."""
    groups = (flat.students, flat.enrollments, flat.calendar_codes, *flat.parents)
    return list(dict.fromkeys(h for group in groups for h in group.values() if not h.startswith("=")))


def flat_tables(
    rows: pl.DataFrame, flat: Flat, settings: CsvSettings, school_years: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    """Return students, enrollments, calendar codes, contacts and relationships; ``source_row`` is the row of the file.

    Whoever is pre-registered by status, enters after the active year's end, or has a next grade without a grade is in the
    scheduling year alone and has an ``E`` on its Day 0. A date only says when.
    """
    years = _years(school_years)
    base = rows.select(c for c in RESERVED if c in rows.columns)
    people = _picked(rows, flat.students, settings.name_order)
    facts = _facts(rows, flat, settings, years).with_columns(people["student_id"], *base)
    tables = {
        "students": people.with_columns(*base),
        "enrollments": _enrollments(facts, years),
        "calendar_codes": _codes(facts, years),
        **_parents(rows, people["student_id"], base, flat, settings.name_order),
    }
    # What an enrollment's words mean was asked already: twice would make another year of a year.
    said = ("students", "contacts", "relationships")
    return {t: in_schema_words(t, frame, settings) if t in said else frame for t, frame in tables.items()}


def unread_dates(rows: pl.DataFrame, flat: Flat, date_format: str) -> list[tuple[int, str, str]]:
    """Return row, header and cell of every entry or exit date that is none."""
    found: list[tuple[int, str, str]] = []
    for header in (
        h for c, h in flat.calendar_codes.items() if c in EXTRA_COLUMNS["calendar_codes"] and h in rows.columns
    ):
        cell = _cell(header)
        unread = rows.filter(cell.is_not_null() & to_date(cell, date_format).is_null())
        found += [(row, header, value) for row, value in unread.select("source_row", header).iter_rows()]
    return found


def _years(table: pl.DataFrame | None) -> _Years:
    if table is None or not {"year_id", "starts_on", "ends_on", "role"} <= set(table.columns):
        return _Years(None, None, None, None)
    table = table.with_columns(
        pl.col("role").str.strip_chars().str.to_lowercase(),
        to_date(pl.col("starts_on"), ""),
        to_date(pl.col("ends_on"), ""),
    )
    by_role = {row["role"]: row for row in table.iter_rows(named=True)}
    active, scheduling = by_role.get("active", {}), by_role.get("scheduling", {})
    return _Years(active.get("year_id"), scheduling.get("year_id"), active.get("starts_on"), active.get("ends_on"))


def _cell(header: str) -> pl.Expr:
    """Return a column's text, null where it is blank; behind ``=`` stands what is in every row."""
    if header.startswith("="):
        return pl.lit(header[1:], dtype=pl.String)
    text = pl.col(header).str.strip_chars()
    return pl.when(text != "").then(text)


def _picked(rows: pl.DataFrame, columns: Mapping[str, str], order: str) -> pl.DataFrame:
    """Return columns by the schema's names; a name in one cell fills what has no column of its own."""
    chosen = {column: _cell(header) for column, header in columns.items() if column != NAME}
    if NAME in columns:
        given, family = split_name(_cell(columns[NAME]), order)
        chosen = {"given_name": given, "family_name": family} | chosen
    return _broadcast(rows, chosen)


def _broadcast(rows: pl.DataFrame, chosen: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Return the chosen columns, what stands in every row once for each."""
    return rows.with_columns(expression.alias(column) for column, expression in chosen.items()).select(list(chosen))


def _facts(rows: pl.DataFrame, flat: Flat, settings: CsvSettings, years: _Years) -> pl.DataFrame:
    """Return for each row its standing (``here``, ``coming``, ``inactive`` or an unknown word), its grades and dates."""
    words, constants = settings.values.get("enrollments", {}), settings.constants.get("enrollments", {})
    known = {column: _cell(header) for column, header in flat.enrollments.items()}
    known |= {column: _cell(header) for column, header in flat.calendar_codes.items()}
    wanted = ("status", "grade_level", "next_grade_level", "homeroom", "year_id", "entry_date", "exit_date")
    facts = _broadcast(rows, {name: known.get(name, pl.lit(None, dtype=pl.String)) for name in wanted})
    facts = filled(facts, {name: value for name, value in constants.items() if name in wanted})
    grade_words = words.get("grade_level", {})
    facts = facts.with_columns(
        meant(pl.col("status"), words.get("status", {})).str.to_lowercase(),
        meant(pl.col("year_id"), words.get("year_id", {})),
        *(meant(pl.col(name), grade_words) for name in ("grade_level", "next_grade_level")),
        *(to_date(pl.col(name), settings.date_format) for name in ("entry_date", "exit_date")),
    )
    unsaid = "status" not in flat.enrollments and "status" not in constants
    status = pl.col("status").fill_null("active" if unsaid else _EMPTY)
    later = (pl.col("entry_date") > pl.lit(years.ends, dtype=pl.Date)).fill_null(value=False)
    next_only = pl.col("grade_level").is_null() & pl.col("next_grade_level").is_not_null()
    coming = (status == PRE_REGISTERED) | ((status == "active") & (later | next_only))
    standing = pl.when(coming).then(pl.lit("coming")).when(status == "active").then(pl.lit("here")).otherwise(status)
    return facts.with_columns(standing=standing, later=later)


def _enrollments(facts: pl.DataFrame, years: _Years) -> pl.DataFrame:
    grade, next_grade = pl.col("grade_level"), pl.col("next_grade_level")
    this = pl.coalesce("year_id", pl.lit(years.active, dtype=pl.String))
    following = pl.lit(years.scheduling, dtype=pl.String)
    standing = pl.col("standing")
    gone = ~standing.is_in(["here", "coming"])
    known = years.scheduling is not None
    parts = [
        _enrolled(facts.filter(standing == "here"), this, grade, "active"),
        _enrolled(
            facts.filter((standing == "here") & next_grade.is_not_null() & known), following, next_grade, "active"
        ),
        _enrolled(facts.filter((standing == "coming") & known), following, pl.coalesce(next_grade, grade), "active"),
        # Of somebody who is not enrolled the grade is no matter, and need not be there.
        _enrolled(
            facts.filter(gone),
            pl.when(pl.col("later") & known).then(following).otherwise(this),
            pl.when(standing == "inactive").then(pl.coalesce(grade, next_grade, pl.lit("unknown"))).otherwise(grade),
            standing,
        ),
    ]
    return pl.concat(parts)


def _enrolled(facts: pl.DataFrame, year: pl.Expr, grade: pl.Expr, status: str | pl.Expr) -> pl.DataFrame:
    return facts.select(
        "student_id",
        year.alias("year_id"),
        grade.alias("grade_level"),
        (pl.lit(status) if isinstance(status, str) else status).alias("status"),
        "homeroom",
        *_row_of(facts),
    )


def _codes(facts: pl.DataFrame, years: _Years) -> pl.DataFrame:
    """Return an ``E`` on Day 0 for whoever is here or coming, and a ``W`` for whoever left before the active year's end."""
    begins, ends = (pl.lit(day, dtype=pl.Date) for day in (years.begins, years.ends))
    left = (pl.col("exit_date") < ends) & (pl.col("exit_date") >= pl.col("entry_date").fill_null(pl.col("exit_date")))
    here, coming = pl.col("standing") == "here", pl.col("standing") == "coming"
    this = pl.coalesce("year_id", pl.lit(years.active, dtype=pl.String))
    day = pl.max_horizontal((pl.col("exit_date") - begins).dt.total_days(), pl.lit(1)).cast(pl.String)
    parts = [
        _coded(facts.filter(here), this, pl.lit("0"), "E", pl.lit(None, dtype=pl.Date)),
        _coded(facts.filter(here & left), this, day, "W", pl.col("exit_date")),
    ]
    if years.scheduling is not None:
        following = pl.lit(years.scheduling)
        parts.append(_coded(facts.filter(coming), following, pl.lit("0"), "E", pl.lit(None, dtype=pl.Date)))
    return pl.concat(parts)


def _coded(facts: pl.DataFrame, year: pl.Expr, day: pl.Expr, code: str, when: pl.Expr) -> pl.DataFrame:
    return facts.select(
        "student_id",
        year.alias("year_id"),
        day.alias("day"),
        pl.lit(code).alias("code"),
        when.dt.to_string("%Y-%m-%d").alias("date"),
        *_row_of(facts),
    )


def _row_of(facts: pl.DataFrame) -> list[str]:
    return [c for c in RESERVED if c in facts.columns]


def _parents(
    rows: pl.DataFrame, students: pl.Series, base: pl.DataFrame, flat: Flat, order: str
) -> dict[str, pl.DataFrame]:
    """Return contacts and relationships of all groups. Where no column says otherwise a contact is ``<student>/<slot>``."""
    slots = [
        _slot(rows, students, base, slot, number, order, len(flat.parents))
        for number, slot in enumerate(flat.parents, 1)
    ]
    kept = [c for c in RESERVED if c in base.columns]
    ticked = any("portal_access" in slot for slot in flat.parents)
    together = pl.concat(slots, how="diagonal") if slots else pl.DataFrame(schema=dict.fromkeys(kept, pl.String))
    of_contact = [c for c in TABLES["contacts"].names if c not in _OF_LINK and c != "year_id"]
    of_link = ["student_id", "contact_id", "relation", *["portal_access"] * ticked]
    together = together.with_columns(
        pl.lit(None, dtype=pl.String).alias(c) for c in {*of_contact, *of_link} - set(together.columns)
    )
    contacts = together.select(*of_contact, *kept)
    if ticked:  # each link has a tick of its own, and the contact's own says nothing
        contacts = contacts.with_columns(portal_access=pl.lit(None, dtype=pl.String))
    return {"contacts": contacts, "relationships": together.select(*of_link, *kept)}


def _slot(
    rows: pl.DataFrame,
    students: pl.Series,
    base: pl.DataFrame,
    columns: Mapping[str, str],
    number: int,
    order: str,
    slots: int,
) -> pl.DataFrame:
    """Return the parents of one group of columns, one for each row in which any of them says who it is."""
    slot = _picked(rows, columns, order).with_columns(students, *base)
    who = [c for c in ("contact_id", "given_name", "family_name", "primary_email") if c in slot.columns]
    problem = pl.col("source_problem").is_not_null() if "source_problem" in slot.columns else pl.lit(value=False)
    slot = slot.filter(pl.any_horizontal(pl.col(who).is_not_null()) | problem)
    # A student on several rows has a parent on each: the same one again is no other.
    person = pl.concat_str([pl.col(c).fill_null("").str.to_lowercase() for c in who], separator="\0")
    several = (person.rank("dense").over("student_id") - 1).cast(pl.Int64) * slots + number
    made = pl.format("{}/{}", "student_id", several)
    return slot.with_columns(contact_id=pl.coalesce("contact_id", made) if "contact_id" in slot.columns else made)
