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
        modified = pl.col("dateLastModified")
        bad = frame.filter(modified.is_not_null(), _iso_date(modified, date_format).is_null())
        findings += _odd_dates("date-format", name, bad, "dateLastModified")
    if name == "demographics":  # the core reads the birth date and reports what is none
        birth = pl.col("birthDate")
        iso = pl.coalesce(_iso_date(birth, date_format).dt.to_string("%Y-%m-%d"), birth)
        return frame.with_columns(birthDate=iso), tuple(findings)
    for column in DATE_COLUMNS.get(name, ()):
        value = _iso_date(pl.col(column), date_format)
        bad = frame.filter(value.is_null(), pl.col(column).is_not_null())
        findings += _odd_dates("date-unreadable", name, bad, column)
        if not bad.is_empty():
            frame = _with_problem(frame, column, value)
        frame = frame.with_columns(value.alias(column))
    return frame, tuple(findings)


def _with_problem(frame: pl.DataFrame, column: str, value: pl.Expr) -> pl.DataFrame:
    before = pl.col("source_problem") if "source_problem" in frame.columns else pl.lit(None, pl.String)
    said = pl.when(value.is_null() & pl.col(column).is_not_null()).then(pl.format(f"{column} {{}} is no date", column))
    return frame.with_columns(source_problem=pl.coalesce(before, said))


def _iso_date(text: pl.Expr, date_format: str) -> pl.Expr:
    """Return a date, or null where ``text`` is none."""
    iso = text.str.extract(_ISO).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(iso, text.str.to_date(date_format, strict=False)) if date_format else iso


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
