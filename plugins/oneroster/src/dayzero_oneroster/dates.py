"""Dates: ISO 8601, or the school's own format where it is told. d/m/yyyy and m/d/yyyy are never guessed (case 60)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.specification import DATE_COLUMNS

__all__ = ["dated"]

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$"
_FIRST_YEAR = 1900
_SLASHED = ("%d/%m/%Y", "%m/%d/%Y")


def dated(roster: Roster, date_format: str) -> Roster:
    """Return the roster with its dates as dates; a row whose date is unreadable gets a ``source_problem``."""
    files: dict[str, pl.DataFrame] = {}
    findings: list[Finding] = []
    for name, frame in roster.files.items():
        files[name], found = _with_dates(name, frame, date_format)
        findings += found
    return replace(roster, files=files, findings=(*roster.findings, *findings))


def _with_dates(name: str, frame: pl.DataFrame, date_format: str) -> tuple[pl.DataFrame, Findings]:
    findings: list[Finding] = []
    if "dateLastModified" in frame.columns:
        # Looked at as text first: of a big file nearly every one is as it should be.
        odd_ones = frame.filter(~pl.col("dateLastModified").str.contains(_ISO))
        bad = odd_ones.filter(_date("dateLastModified", date_format).is_null())
        findings += _odd_dates("date-format", name, bad, "dateLastModified")
    if name == "demographics":  # the core reads the birth date and reports what is none
        birth = _date("birthDate", date_format).dt.to_string("%Y-%m-%d")
        return frame.with_columns(birthDate=pl.coalesce(birth, "birthDate")), tuple(findings)
    for column in DATE_COLUMNS.get(name, ()):
        frame, bad = _with_date(frame, column, date_format)
        findings += _odd_dates("date-unreadable", name, bad, column)
    return frame, tuple(findings)


def _with_date(frame: pl.DataFrame, column: str, date_format: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the frame with a column as dates, and the rows of which it is none; these have a ``source_problem``."""
    said = frame[column]
    plain = frame.select(_plausible(pl.col(column).str.to_date("%Y-%m-%d", strict=False))).to_series()
    if plain.null_count() == said.null_count():
        return frame.with_columns(plain), frame.clear()
    value = _date(column, date_format)
    bad = frame.filter(value.is_null(), pl.col(column).is_not_null())
    if not bad.is_empty():
        frame = _with_problem(frame, column, value)
    return frame.with_columns(value.alias(column)), bad


def _with_problem(frame: pl.DataFrame, column: str, value: pl.Expr) -> pl.DataFrame:
    before = pl.col("source_problem") if "source_problem" in frame.columns else pl.lit(None, pl.String)
    said = pl.when(value.is_null() & pl.col(column).is_not_null()).then(pl.format(f"{column} {{}} is no date", column))
    return frame.with_columns(source_problem=pl.coalesce(before, said))


def _date(column: str, date_format: str) -> pl.Expr:
    """Return a column as dates, null where its text is none."""
    text = pl.col(column)
    iso = text.str.extract(_ISO).str.to_date("%Y-%m-%d", strict=False)
    return _plausible(pl.coalesce(iso, text.str.to_date(date_format, strict=False)) if date_format else iso)


def _plausible(value: pl.Expr) -> pl.Expr:
    """Return a date, null before 1900: a year of two digits is read as one of the first century."""
    return pl.when(value.dt.year() >= _FIRST_YEAR).then(value)


def _odd_dates(code: str, name: str, bad: pl.DataFrame, column: str) -> Iterator[Finding]:
    """Yield a finding for every row, and the format that would read them all."""
    if bad.is_empty():
        return
    yield from odd_rows(code, name, bad, column)
    text = pl.col(column)
    fitting = [f for f in _SLASHED if bad.select(text.str.to_date(f, strict=False).is_not_null().all()).item()]
    if fitting:
        more = f'all fit date_format = "{fitting[0]}"' if len(fitting) == 1 else "all fit d/m and m/d alike"
        yield odd(code, name, column=column, more=more)
