"""Dates: ISO 8601, or the school's own format where it is told. d/m/yyyy and m/d/yyyy are never guessed (case 60)."""

from __future__ import annotations

import polars as pl

from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.specification import DATE_COLUMNS

__all__ = ["iso_date", "with_dates"]

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$"
_SLASHED = ("%d/%m/%Y", "%m/%d/%Y")


def iso_date(text: pl.Expr, date_format: str) -> pl.Expr:
    """Return a date, or null where ``text`` is none."""
    iso = text.str.extract(_ISO).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(iso, text.str.to_date(date_format, strict=False)) if date_format else iso


def with_dates(name: str, frame: pl.DataFrame, date_format: str, oddities: Oddities) -> pl.DataFrame:
    """Return a file with its dates as dates; a row whose date is unreadable gets a ``source_problem``."""
    if "dateLastModified" in frame.columns:
        modified = pl.col("dateLastModified")
        bad = frame.filter(modified.is_not_null(), iso_date(modified, date_format).is_null())
        _report("date-format", name, bad, "dateLastModified", oddities)
    if name == "demographics":  # the core reads the birth date and reports what is none
        birth = pl.col("birthDate")
        return frame.with_columns(
            pl.coalesce(iso_date(birth, date_format).dt.to_string("%Y-%m-%d"), birth).alias("birthDate")
        )
    for column in DATE_COLUMNS.get(name, ()):
        value = iso_date(pl.col(column), date_format)
        bad = frame.filter(value.is_null(), pl.col(column).is_not_null())
        _report("date-unreadable", name, bad, column, oddities)
        if not bad.is_empty():
            frame = _with_problem(frame, column, value)
        frame = frame.with_columns(value.alias(column))
    return frame


def _with_problem(frame: pl.DataFrame, column: str, value: pl.Expr) -> pl.DataFrame:
    before = pl.col("source_problem") if "source_problem" in frame.columns else pl.lit(None, pl.String)
    said = pl.when(value.is_null() & pl.col(column).is_not_null()).then(pl.format(f"{column} {{}} is no date", column))
    return frame.with_columns(source_problem=pl.coalesce(before, said))


def _report(code: str, name: str, bad: pl.DataFrame, column: str, oddities: Oddities) -> None:
    if bad.is_empty():
        return
    oddities.rows(code, name, bad, column)
    fitting = [
        f for f in _SLASHED if bad.select(pl.col(column).str.to_date(f, strict=False).is_not_null().all()).item()
    ]
    if fitting:
        more = f'all fit date_format = "{fitting[0]}"' if len(fitting) == 1 else "all fit d/m and m/d alike"
        oddities.add(code, name, column=column, more=more)
