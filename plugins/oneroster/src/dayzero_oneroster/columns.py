"""Bring a file's columns into the specification's names and its values into order: any case, any order, blanks null."""

from __future__ import annotations

import difflib

import polars as pl

from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.specification import FILES, REQUIRED

__all__ = ["in_specification"]

_RESERVED = ("source_row", "source_problem")
_TAKEN = {"kind", "told", "role_over", *TABLES["students"].names, *RESERVED_COLUMNS} - {*_RESERVED}
"""Names a further column of users cannot keep: dayzero means something by them."""
_STATUSES = ("active", "inactive", "tobedeleted")


def in_specification(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame | None:
    """Return file ``name`` with every column of the specification; None where it lacks one that gives it meaning."""
    frame = _named(name, frame, oddities)
    missing = [c for c in REQUIRED[name] if c not in frame.columns]
    if missing:
        for column in missing:
            oddities.add("header-missing", name, column=column, row=1)
        return None
    frame = _tidy(frame).with_columns(pl.lit(None, pl.String).alias(c) for c in FILES[name] if c not in frame.columns)
    frame = _with_status(name, frame, oddities) if "status" in FILES[name] else frame
    return frame if name in ("users", "enrollments") else _readable(name, frame, oddities)


def _readable(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    """Leave out rows that could not be read; those of users and enrollments go on, for they name who it is."""
    if "source_problem" not in frame.columns:
        return frame
    broken = frame.filter(pl.col("source_problem").is_not_null())
    oddities.rows("row-unreadable", name, broken, "source_problem")
    return frame.filter(pl.col("source_problem").is_null()).drop("source_problem")


def _named(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    known = {c.casefold(): c for c in FILES[name]}
    names: dict[str, str] = {}
    for column in frame.columns:
        spelled = known.get(column.strip().casefold())
        if spelled and spelled not in names.values():
            names[column] = spelled
        elif column in _TAKEN:
            names[column] = f"{name}.{column}"
        elif column in _RESERVED or column.startswith("metadata.") or not _is_remarkable(name, column, frame, oddities):
            names[column] = column
    return frame.select(list(names)).rename(names)


def _is_remarkable(name: str, column: str, frame: pl.DataFrame, oddities: Oddities) -> bool:
    """Report a column the specification does not know; further columns of ``users`` are welcome as login fields."""
    if column.startswith("unnamed "):
        return True
    there = {c.casefold() for c in frame.columns}
    absent = [c for c in FILES[name] if c.casefold() not in there]
    near = difflib.get_close_matches(column, absent, n=1, cutoff=0.85)
    if near:
        oddities.add("header-typo", name, column=column, row=1, more=f"is {near[0]} meant?")
        return True
    if name == "users":
        return False
    oddities.add("header-unknown", name, column=column, row=1)
    return True


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    text = [c for c, dtype in frame.schema.items() if dtype == pl.String]
    stripped = {c: pl.col(c).str.strip_chars() for c in text}
    return frame.with_columns(pl.when(s != "").then(s).alias(c) for c, s in stripped.items())


def _with_status(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    """Spell ``status`` as one of three words. Blank means active: CSV leaves it out in bulk files."""
    frame = frame.with_columns(status=pl.col("status").str.to_lowercase().fill_null("active"))
    unknown = frame.filter(~pl.col("status").is_in(_STATUSES))
    oddities.rows("status-unknown", name, unknown, "status")
    for status in ("inactive", "tobedeleted"):
        oddities.rows(f"status-{status}", name, frame.filter(pl.col("status") == status), "sourcedId")
    return frame.with_columns(
        status=pl.when(pl.col("status").is_in(_STATUSES)).then("status").otherwise(pl.lit("inactive"))
    )
