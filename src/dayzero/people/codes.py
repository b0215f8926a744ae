"""Enrollments and calendar codes, by year: who is enrolled, who entered, who has left.

A table of one year becomes columns of facts with a row for each student (``gathered_at``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from dayzero.config import SyncSettings
from dayzero.conform import Findings, gathered_at, remarks, repeated

__all__ = ["classified", "coded", "enrolled", "in_force", "left_but_expected", "of_year", "transferred"]

ENTRY_CODE_NUMBERS = (201, 250)
"""Numbers of entry and withdrawal codes; an E with another number is an attendance mark (R7)."""


def classified(codes: pl.DataFrame, settings: SyncSettings) -> tuple[pl.DataFrame, Findings]:
    """Return entry, withdrawal and other codes, told apart; attendance marks are left aside (R7, case 15)."""
    word = pl.col("code").str.strip_chars().str.to_lowercase()
    attendance_mark = ~pl.col("code_number").is_between(*ENTRY_CODE_NUMBERS).fill_null(value=True)
    codes = codes.with_columns(
        leaves=word.is_in([c.strip().lower() for c in settings.withdrawal_codes]),
        enters=word.is_in([c.strip().lower() for c in settings.entry_codes]),
        mark=attendance_mark,
    )
    marks = codes.filter("enters", "mark").sort("student_id", "year_id", "day")
    words = marks["code"].unique().to_list()
    said = pl.format(
        "{} of student {} on day {} has a number outside 201-250: an attendance mark, no entry code",
        pl.col("code").replace_strict(words, [repr(w) for w in words], return_dtype=pl.String), "student_id", "day",
    )  # fmt: skip
    number = pl.col("code_number").cast(pl.String)
    findings = remarks(marks, "notice", "calendar_codes", "code_number", "attendance-mark", said, value=number)
    return codes.filter(~pl.col("mark") | pl.col("leaves")), findings


def in_force(codes: pl.DataFrame, today: date | None) -> pl.DataFrame:
    """Return the codes that count already: one with a date in the future does not."""
    if today is None or "date" not in codes.columns or codes["date"].null_count() == codes.height:
        return codes
    return codes.filter((pl.col("date") <= today).fill_null(value=True))


def of_year(rows: pl.DataFrame, year: str | None, read: pl.Series) -> pl.DataFrame:
    """Return the rows of one year whose students could be read; none where there is no such year."""
    # `x == lit(None)` is null, and no row passes.
    rows = rows.filter(pl.col("year_id") == pl.lit(year, dtype=pl.String))
    return rows if read.all() else rows.filter(read.gather(rows["student"]))


def enrolled(enrollments: pl.DataFrame, count: int, prefix: str) -> list[pl.Series]:
    """Return for each student whether an enrollment is active, its grade and its homeroom."""
    active = enrollments.filter(pl.col("status") == "active")
    rows = gathered_at(active["student"], count)
    return [
        rows.is_not_null().alias(f"{prefix}_enrolled"),
        active["grade_level"].gather(rows).alias(f"{prefix}_grade"),
        active["homeroom"].gather(rows).alias(f"{prefix}_homeroom"),
    ]


def coded(codes: pl.DataFrame, count: int, prefix: str) -> list[pl.Series]:
    """Return for each student whether the latest code is a withdrawal, whether one entered on that day too, whether one
    entered on Day 0, and what codes there are."""
    codes = codes.select("student", "leaves", "enters", "day", "code", words=pl.format("{} on day {}", "code", "day"))
    several = repeated(codes["student"])
    day = pl.col("day")
    on_day_0 = (pl.col("enters") & (day == 0)).any() & ~(pl.col("leaves") & (day == 0)).any()
    # Almost everybody has one code: theirs needs no group.
    one = codes.filter(~several).select(
        "student",
        withdrawn="leaves",
        returned=pl.lit(value=False),
        entered=pl.col("enters") & (day == 0) & ~pl.col("leaves"),
        days="words",
    )
    more = (
        codes.filter(several)
        .group_by("student")
        .agg(
            # On one day a withdrawal beats and cancels an entry (case 12); future days count too.
            withdrawn=(day.filter("leaves").max() == day.max()).fill_null(value=False),
            returned=(day.filter("enters").max() == day.max()).fill_null(value=False) & (day.max() > 0),
            entered=on_day_0,
            days=pl.col("words").sort_by("day", "code").str.join(", "),
        )
    )
    facts = pl.concat([one, more])
    rows = gathered_at(facts["student"], count)
    return [
        facts["withdrawn"].gather(rows).fill_null(value=False).alias(f"{prefix}_withdrawn"),
        (facts["withdrawn"] & facts["returned"]).gather(rows).fill_null(value=False).alias(f"{prefix}_transferred"),
        facts["entered"].gather(rows).fill_null(value=False).alias(f"{prefix}_entry_on_day_0"),
        facts["days"].gather(rows).alias(f"{prefix}_entry_days"),
    ]


def transferred(students: pl.DataFrame) -> Findings:
    """A6: out and in again on one day of the active year."""
    rows = students.filter("in_active", "active_transferred").select("student_id")
    said = pl.format("student {} left and entered on one day of the active year: a transfer, still here", "student_id")
    who = pl.col("student_id")
    return remarks(rows, "notice", "calendar_codes", "code", "transferred", said, value=who)


def left_but_expected(students: pl.DataFrame) -> Findings:
    """A6: withdrawn from this year, and entered for the next: a newcomer, or an enrollment nobody has closed."""
    rows = students.filter("new", "active_withdrawn").select("student_id")
    said = pl.format(
        "student {} was withdrawn from the active year and is entered for the next: sent as a newcomer; if they are not "
        "coming, close next year's enrollment",
        "student_id",
    )
    who = pl.col("student_id")
    return remarks(rows, "warning", "enrollments", "student_id", "left-but-expected", said, value=who)
