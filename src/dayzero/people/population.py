"""Who is at the school: in the active year, in the scheduling year, new or returning, and who is therefore sent.

Pure: typed tables and settings in, frames and findings out.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.config import SyncSettings
from dayzero.errors import ConfigurationError, UntrustedSourceError
from dayzero.people.copies import merge_copies
from dayzero.people.years import Years
from dayzero.plugin import Finding

__all__ = ["ENTRY_CODE_NUMBERS", "Population", "populate"]

ENTRY_CODE_NUMBERS = (201, 250)
"""Numbers of entry and withdrawal codes; an E with another number is an attendance mark (R7)."""


@dataclass(frozen=True)
class Population:
    """The people of the source.

    ``students``: one row per id in ``students``: merged columns, ``login``, and the facts the rules look at:
    ``active_enrolled``, ``active_withdrawn``, ``scheduling_enrolled``, ``scheduling_withdrawn``, ``entry_on_day_0``,
    ``entry_days`` (text), ``in_active``, ``in_scheduling``, ``sent``, ``new``, ``active_grade``, ``scheduling_grade``.
    ``contacts``: one row per id in ``contacts``, merged. ``links``: ``student_id``, ``contact_id``, ``grants``.
    """

    years: Years
    students: pl.DataFrame
    contacts: pl.DataFrame
    links: pl.DataFrame
    findings: tuple[Finding, ...]


def populate(
    tables: Mapping[str, pl.DataFrame], years: Years, settings: SyncSettings, *, unreadable: pl.DataFrame
) -> Population:
    """Work out the population, without students who could not be read (``unreadable``: ``kind``, ``person_id``).

    Raises UntrustedSourceError for a scheduling year nobody can be read from.
    """
    _require_login_columns(tables["students"], settings)
    codes, findings = _classified(tables["calendar_codes"], settings)
    students, found = merge_copies(tables["students"], ("student_id",), years.both, logins=settings.student_login)
    findings += found
    unread = unreadable.filter(pl.col("kind") == "student").select(student_id="person_id")
    students = students.join(unread, on="student_id", how="anti", maintain_order="left")
    students = students.with_columns(pl.coalesce(settings.student_login).alias("login"))
    for name, year in (("active", years.active), ("scheduling", years.scheduling)):
        students = students.join(
            _enrolled(tables["enrollments"], year, name), on="student_id", how="left", maintain_order="left"
        )
        students = students.join(_coded(codes, year, name), on="student_id", how="left", maintain_order="left")
    students = (
        students.with_columns(pl.col(_FACTS).fill_null(value=False))
        .with_columns(_IN_ACTIVE)
        .with_columns(_IN_SCHEDULING)
    )
    students = students.with_columns(
        sent=pl.col("in_active") | pl.col("in_scheduling"),
        new=pl.col("in_scheduling") & ~pl.col("in_active"),
    ).rename({"scheduling_entry_on_day_0": "entry_on_day_0", "scheduling_entry_days": "entry_days"})
    _require_active_people(tables, years.active)
    if years.scheduling is not None:
        _require_scheduling_people(tables["enrollments"], codes, students, years.scheduling, settings)
        findings += _missing_next_year(students)
    contacts, found = merge_copies(tables["contacts"], ("contact_id",), years.both, logins=("primary_email",))
    findings += found
    contacts = contacts.with_columns(pl.col("portal_access").fill_null(value=False))
    links, found = merge_copies(tables["relationships"], ("student_id", "contact_id"), years.both, only_in_scope=True)
    findings += found
    links = links.join(
        contacts.select("contact_id", tick="portal_access"), on="contact_id", how="inner", maintain_order="left"
    ).select("student_id", "contact_id", grants=pl.coalesce("portal_access", "tick"))
    findings += _likely_duplicates(students)
    return Population(years, students, contacts, links, tuple(findings))


_FACTS = (
    "active_enrolled",
    "active_withdrawn",
    "scheduling_enrolled",
    "scheduling_withdrawn",
    "scheduling_entry_on_day_0",
)
_IN_ACTIVE = (pl.col("active_enrolled") & ~pl.col("active_withdrawn")).alias("in_active")
# A returning student needs no entry code: membership of the active year stands for it.
_IN_SCHEDULING = (
    pl.col("scheduling_enrolled")
    & ~pl.col("scheduling_withdrawn")
    & (pl.col("scheduling_entry_on_day_0") | pl.col("in_active"))
).alias("in_scheduling")


def _require_login_columns(students: pl.DataFrame, settings: SyncSettings) -> None:
    for column in settings.student_login:
        if column not in students.columns:
            near = difflib.get_close_matches(column, students.columns, n=1)
            raise ConfigurationError(
                f"`student_login` names {column!r}, but the table students has no such column"
                + (f"; did you mean {near[0]!r}?" if near else "."),
                remedy=f"Choose from: {', '.join(students.columns)}.",
                key="sync.student_login",
            )


def _classified(codes: pl.DataFrame, settings: SyncSettings) -> tuple[pl.DataFrame, list[Finding]]:
    """Return entry, withdrawal and other codes, told apart; attendance marks are left aside (R7, case 15)."""
    word = pl.col("code").str.strip_chars().str.to_lowercase()
    attendance_mark = ~pl.col("code_number").is_between(*ENTRY_CODE_NUMBERS).fill_null(value=True)
    codes = codes.with_columns(
        leaves=word.is_in([c.strip().lower() for c in settings.withdrawal_codes]),
        enters=word.is_in([c.strip().lower() for c in settings.entry_codes]),
        mark=attendance_mark,
    )
    marks = codes.filter("enters", "mark").sort("student_id", "year_id", "day")
    findings = [
        Finding(
            "notice", "calendar_codes", None, "code_number", str(number), "attendance-mark",
            f"{code!r} of student {student} on day {day} has a number outside 201-250: an attendance mark, no entry code",
        )
        for student, day, code, number in marks.select("student_id", "day", "code", "code_number").iter_rows()
    ]  # fmt: skip
    return codes.filter(~pl.col("mark") | pl.col("leaves")), findings


def _enrolled(enrollments: pl.DataFrame, year: str | None, prefix: str) -> pl.DataFrame:
    # `lit(None) == x` is null, so no row passes where there is no such year.
    return enrollments.filter(pl.col("year_id") == pl.lit(year, dtype=pl.String), pl.col("status") == "active").select(
        "student_id",
        pl.lit(value=True).alias(f"{prefix}_enrolled"),
        pl.col("grade_level").alias(f"{prefix}_grade"),
    )


def _coded(codes: pl.DataFrame, year: str | None, prefix: str) -> pl.DataFrame:
    """Return per student whether the latest code is a withdrawal, and whether one entered on Day 0."""
    day = pl.col("day")
    return (
        codes.filter(pl.col("year_id") == pl.lit(year, dtype=pl.String))
        .group_by("student_id")
        .agg(
            # On one day a withdrawal beats and cancels an entry (case 12); future days count too.
            (day.filter("leaves").max() == day.max()).fill_null(value=False).alias(f"{prefix}_withdrawn"),
            ((pl.col("enters") & (day == 0)).any() & ~(pl.col("leaves") & (day == 0)).any()).alias(
                f"{prefix}_entry_on_day_0"
            ),
            pl.format("{} on day {}", "code", "day")
            .sort_by("day", "code")
            .str.join(", ")
            .alias(f"{prefix}_entry_days"),
        )
    )


def _require_active_people(tables: Mapping[str, pl.DataFrame], year: str) -> None:
    """Refuse an active year whose enrollments stand under an id that school_years does not know (R39)."""
    enrolled = tables["enrollments"]["year_id"]
    strange = enrolled.filter(~enrolled.is_in(tables["school_years"]["year_id"].implode()))
    if not strange.is_empty() and not (enrolled == year).any():
        raise UntrustedSourceError(
            f"No row of enrollments is in the active year {year}, and {strange.len():,} are in years that school_years does not "
            f"have, such as {strange[0]!r}; acting on it would read as if everybody had left.",
            remedy="Make the year ids of school_years and enrollments the same, and export again.",
            rule="active-year-without-enrollments",
        )


def _require_scheduling_people(
    enrollments: pl.DataFrame, codes: pl.DataFrame, students: pl.DataFrame, year: str, settings: SyncSettings
) -> None:
    """Refuse a scheduling year that would read as "nobody comes" (R3, R39, case 16)."""
    if enrollments.filter(pl.col("year_id") == year).is_empty():
        raise UntrustedSourceError(
            f"The scheduling year {year} has no enrollments; acting on it would read as if everybody had left.",
            remedy="In the SIS, create the year and set it as the scheduling year, promote the students into it, and "
            "export again; or run `dayzero settings send-scheduling-year no`.",
            rule="scheduling-year-without-enrollments",
        )
    newcomers = students.filter("scheduling_enrolled", ~pl.col("in_active"))
    entries = codes.filter(pl.col("year_id") == year, "enters", pl.col("day") == 0)
    if entries.is_empty() and not newcomers.is_empty():
        raise UntrustedSourceError(
            f"No student has an entry code ({', '.join(settings.entry_codes)}) on Day 0 of the scheduling year {year}, though some are "
            "not in the active year: Day 0 seems to be missing from calendar_codes.",
            remedy="Export the calendar with Day 0, or set `entry_codes` under [sync] to the codes your school uses.",
            rule="scheduling-year-without-day-0",
        )


def _missing_next_year(students: pl.DataFrame) -> list[Finding]:
    """Case 23: a retained student of the top grade may have been forgotten, and looks like a graduate."""
    rows = students.filter("in_active", ~pl.col("in_scheduling")).sort("student_id")
    return [
        Finding(
            "notice", "enrollments", None, "student_id", student, "in-active-not-in-scheduling",
            f"student {student} (grade {grade}) is in the active year and not in the scheduling year: "
            "a graduate or leaver, or retained and forgotten",
        )
        for student, grade in rows.select("student_id", "active_grade").iter_rows()
    ]  # fmt: skip


def _likely_duplicates(students: pl.DataFrame) -> list[Finding]:
    """Case 27: the same name and birth date under two ids; reported, never merged."""
    name = [pl.col(c).str.to_lowercase() for c in ("given_name", "family_name")]
    dated = students.filter(pl.col("birth_date").is_not_null(), pl.col("given_name").is_not_null())
    groups = (
        dated.filter(pl.struct(*name, "birth_date").is_duplicated())
        .group_by(*name, "birth_date")
        .agg(ids=pl.col("student_id").sort(), sent=pl.col("sent").any())
        .filter("sent")
        .sort(pl.col("ids").list.first())
    )
    return [
        Finding(
            "warning", "students", None, "student_id", ids[0], "likely-duplicate-person",
            f"students {', '.join(ids)} share name and birth date; if they are one person, keep one id in the SIS",
        )
        for ids in groups["ids"].to_list()
    ]  # fmt: skip
