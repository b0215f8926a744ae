"""Bring a file's columns into the specification's names and its values into order: any case, any order, blanks null."""

from __future__ import annotations

import difflib

import polars as pl

from dayzero.errors import SourceError
from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_oneroster.damage import marked
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.specification import DECIDING, FILES, OPTIONAL, REQUIRED, REQUIRED_VALUES

__all__ = ["in_specification"]

_RESERVED = ("source_row", "source_problem")
_TAKEN = {"kind", "told", "role_over", *TABLES["students"].names, *RESERVED_COLUMNS} - {*_RESERVED}
"""Names a further column of users cannot keep: dayzero means something by them."""
_BROKEN_ROWS_GO_ON = ("academicSessions", "enrollments", "roles", "users")
_STATUSES = ("active", "inactive", "tobedeleted")


def in_specification(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame | None:
    """Return file ``name`` with every column of the specification; None for an optional one that lacks what gives it meaning.

    Raises SourceError where any other file lacks it, or where a column that decides something is misspelt.
    """
    frame = _named(name, frame, oddities)
    missing = [c for c in REQUIRED[name] if c not in frame.columns]
    if missing and name not in OPTIONAL:
        raise SourceError(
            f"{name}.csv, line 1: the header lacks {', '.join(missing)}.",
            remedy="Export it again, with the column names of OneRoster.",
            file=f"{name}.csv",
            line=1,
        )
    if missing:
        for column in missing:
            oddities.add("header-missing", name, column=column, row=1)
        return None
    frame = _tidy(frame).with_columns(pl.lit(None, pl.String).alias(c) for c in FILES[name] if c not in frame.columns)
    frame = _with_status(name, frame, oddities) if "status" in FILES[name] else frame
    return _readable(name, _with_required_values(name, frame), oddities)


def _with_required_values(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a row that lacks a value it cannot do without a ``source_problem``."""
    for column in REQUIRED_VALUES.get(name, ()):
        if frame[column].null_count():
            frame = marked(frame, pl.col(column).is_null(), f"{column} is empty")
    return frame


def _readable(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    """Report rows that could not be read and leave them out, but where it matters whom they name."""
    if "source_problem" not in frame.columns:
        return frame
    broken = frame.filter(pl.col("source_problem").is_not_null())
    oddities.rows("row-unreadable", name, broken, "source_problem")
    if name in _BROKEN_ROWS_GO_ON:
        return frame
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
    if near and near[0] in DECIDING.get(name, ()):
        raise SourceError(
            f"{name}.csv, line 1: there is a column {column!r} and no {near[0]}.",
            remedy=f"If {near[0]} is meant, correct the header; without it the file would say something else.",
            file=f"{name}.csv",
            line=1,
            column=column,
        )
    if near:
        oddities.add("header-typo", name, column=column, row=1, more=f"is {near[0]} meant?")
        return True
    if name == "users":
        return False
    oddities.add("header-unknown", name, column=column, row=1)
    return True


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Return text trimmed, and null where it is blank; a column that is tidy already is not copied."""
    for column in (c for c, dtype in frame.schema.items() if dtype == pl.String):
        stripped = pl.col(column).str.strip_chars()
        if frame.select(((stripped != pl.col(column)) | (stripped == "")).any()).item():
            frame = frame.with_columns(pl.when(stripped != "").then(stripped).alias(column))
    return frame


def _with_status(name: str, frame: pl.DataFrame, oddities: Oddities) -> pl.DataFrame:
    """Spell ``status`` as one of three words. Blank means active: CSV leaves it out in bulk files."""
    frame = frame.with_columns(status=pl.col("status").str.to_lowercase().fill_null("active"))
    unknown = frame.filter(~pl.col("status").is_in(_STATUSES))
    oddities.rows("status-unknown", name, unknown, "status")
    for status in ("inactive", "tobedeleted"):
        oddities.rows(f"status-{status}", name, frame.filter(pl.col("status") == status), "sourcedId")
    if not unknown.is_empty() and name in _BROKEN_ROWS_GO_ON:
        frame = marked(frame, ~pl.col("status").is_in(_STATUSES), "status is none of the specification's")
    return frame.with_columns(
        status=pl.when(pl.col("status").is_in(_STATUSES)).then("status").otherwise(pl.lit("inactive"))
    )
