"""Bring a file's columns into the specification's names and its values into order: any case, any order, blanks null."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from types import MappingProxyType

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import Finding, columns_told, is_plain
from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_oneroster.aliases import ALIASES
from dayzero_oneroster.damage import marked
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.specification import DECIDING, FILES, OPTIONAL, REQUIRED, REQUIRED_VALUES

__all__ = ["in_specification"]

_RESERVED = ("source_row", "source_problem", "source_unended")
_TAKEN = {"kind", "told", "role_over", *TABLES["students"].names, *RESERVED_COLUMNS} - {*_RESERVED}
"""Names a further column of users cannot keep: dayzero means something by them."""
_BROKEN_ROWS_GO_ON = ("academicSessions", "enrollments", "roles", "users")
_UNTIDY = r"^\s|\s$|^$"
_STATUSES = ("active", "inactive", "tobedeleted")


def in_specification(
    name: str, frame: pl.DataFrame, mapped: Mapping[str, str] = MappingProxyType({})
) -> tuple[pl.DataFrame | None, Findings]:
    """Return file ``name`` with every column of the specification; None for an optional one that lacks what gives it meaning.

    ``mapped``: headers that the school has said a column comes under. Beside it stands what is odd about its columns and
    rows. Raises SourceError where any other file lacks it, or where a column that decides something is misspelt; it names all
    that is wrong with the header.
    """
    there = [c for c in frame.columns if c not in _RESERVED]
    frame, unknown, wrong = _named(name, frame, mapped)
    missing = [c for c in REQUIRED[name] if c not in frame.columns]
    if missing and name not in OPTIONAL:
        wrong = [f"the header lacks {', '.join(missing)}", *wrong]
    if wrong:
        told, every = columns_told(there, (*FILES[name], *ALIASES[name], *mapped.values()))
        raise SourceError(
            f"{name}.csv, line 1: {'; '.join((*wrong, told) if every else wrong)}.",
            remedy=f"Export it with the column names of OneRoster, or say under [source.columns.{name}] "
            f'which header a column has: {(missing or ["email"])[0]} = "HEADER".',
            file=f"{name}.csv",
            line=1,
            said=every or None,
        )
    if missing:
        return None, (*unknown, *(odd("header-missing", name, column=column, row=1) for column in missing))
    frame, blank = _without_blank_rows(name, _tidy(frame))
    frame = frame.with_columns(pl.lit(None, pl.String).alias(c) for c in FILES[name] if c not in frame.columns)
    frame, of_status = _with_status(name, frame) if "status" in FILES[name] else (frame, ())
    frame, unreadable = _readable(name, _with_required_values(name, frame))
    return frame, (*unknown, *blank, *of_status, *unreadable)


def _with_required_values(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a row that lacks a value it cannot do without a ``source_problem``."""
    for column in REQUIRED_VALUES.get(name, ()):
        if frame[column].null_count():
            frame = marked(frame, pl.col(column).is_null(), f"{column} is empty")
    return frame


def _readable(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, Findings]:
    """Leave out rows that could not be read, but where it matters whom they name; each is a finding."""
    if "source_problem" not in frame.columns:
        return frame, ()
    broken = frame.filter(pl.col("source_problem").is_not_null())
    if name not in _BROKEN_ROWS_GO_ON:
        frame = frame.filter(pl.col("source_problem").is_null()).drop("source_problem")
    return frame, odd_rows("row-unreadable", name, broken, "source_problem")


def _named(name: str, frame: pl.DataFrame, mapped: Mapping[str, str]) -> tuple[pl.DataFrame, Findings, list[str]]:
    """Give columns the specification's names and leave out those it does not know; further ones of ``users`` stay.

    Beside the frame stand findings, and what must be put right before the file means anything.
    """
    known = {c.casefold(): c for c in FILES[name]}
    headers = {c.strip().casefold(): c for c in reversed(frame.columns)}
    names = {headers[h.strip().casefold()]: c for c, h in mapped.items() if h.strip().casefold() in headers}
    wrong = [
        f"there is no column {h!r}, which [source.columns.{name}] says {c} comes under"
        for c, h in mapped.items()
        if h.strip().casefold() not in headers
    ]
    taken = set(names.values())
    own = {known[h] for h, column in headers.items() if h in known and column not in names}
    findings: list[Finding] = []
    for column in (c for c in frame.columns if c not in names):
        header = column.strip().casefold()
        spelled, meant = known.get(header), ALIASES[name].get(header)
        if spelled and spelled not in taken:
            names[column] = spelled
        elif meant and meant not in taken | own and spelled is None:
            findings.append(odd("header-alias", name, column=column, row=1, more=meant))
            names[column] = meant
        elif column in _TAKEN:
            names[column] = f"{name}.{column}"
        elif column.startswith("unnamed "):
            continue  # who named it has said so
        elif column in _RESERVED or column.startswith("metadata."):
            names[column] = column
        else:
            strange, misspelt = _odd_column(name, column, taken | own)
            findings += strange
            wrong += misspelt
            if not strange and not misspelt:
                names[column] = column
        taken.update(names.values())
    return frame.select([c for c in frame.columns if c in names]).rename(names), tuple(findings), wrong


def _odd_column(name: str, column: str, there: Collection[str]) -> tuple[Findings, list[str]]:
    """Return what is odd about a column the specification does not know; in ``users`` it may be a login field.

    The second: that it seems to be one that decides something, and cannot be done without. The name is a value, too: that of a
    column which nobody knows may be anything.
    """
    near = difflib.get_close_matches(column, [c for c in FILES[name] if c not in there], n=1, cutoff=0.85)
    if near and near[0] in DECIDING.get(name, ()):
        it = repr(column) if is_plain(column, FILES[name]) else "that is almost called so"
        return (), [f"there is no {near[0]}, and a column {it}"]
    if near:
        return (odd("header-typo", name, column=column, value=column, row=1, more=f"is {near[0]} meant?"),), []
    return () if name == "users" else (odd("header-unknown", name, column=column, value=column, row=1),), []


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Return text trimmed, and null where it is blank; a column that is tidy already is not copied."""
    for column in (c for c, dtype in frame.schema.items() if dtype == pl.String):
        if frame.select(pl.col(column).str.contains(_UNTIDY).any()).item():
            stripped = pl.col(column).str.strip_chars()
            frame = frame.with_columns(pl.when(stripped != "").then(stripped).alias(column))
    return frame


def _without_blank_rows(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, Findings]:
    """Leave out rows without any value, which spreadsheets write behind the last one; they are one finding."""
    said = [c for c in frame.columns if c not in _RESERVED]
    if not all(frame[c].null_count() for c in said):
        return frame, ()
    blank = pl.all_horizontal(pl.col(c).is_null() for c in said)
    if "source_problem" in frame.columns:
        blank &= pl.col("source_problem").is_null()
    count = frame.select(blank.sum()).item()
    found = (odd("row-blank", name, value=count),) if count else ()
    return frame.filter(~blank) if count else frame, found


def _with_status(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, Findings]:
    """Spell ``status`` as one of three words. Blank means active: CSV leaves it out in bulk files."""
    frame = frame.with_columns(status=pl.col("status").str.to_lowercase().fill_null("active"))
    known = pl.col("status").is_in(_STATUSES)
    unknown = frame.filter(~known)
    findings = odd_rows("status-unknown", name, unknown, "status")
    for status in ("inactive", "tobedeleted"):
        findings += odd_rows(f"status-{status}", name, frame.filter(pl.col("status") == status), "sourcedId")
    if not unknown.is_empty() and name in _BROKEN_ROWS_GO_ON:
        frame = marked(frame, ~known, "status is none of the specification's")
    return frame.with_columns(status=pl.when(known).then("status").otherwise(pl.lit("inactive"))), findings
