"""Rows that could not be read, and who must be left alone because of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import polars as pl

from dayzero.errors import SourceError

__all__ = [
    "damaged_files",
    "marked",
    "named_last",
    "of_unended",
    "require_sessions",
    "unreadable",
    "with_unreadable_roles",
]


def damaged_files(before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]) -> frozenset[str]:
    """Return the files that lost rows that said something, or hold unreadable ones."""
    return frozenset(
        name
        for name, frame in after.items()
        if (frame.height < before[name].height and frame.height < _rows_with_a_value(before[name]))
        or not unreadable(frame).is_empty()
    )


def _rows_with_a_value(frame: pl.DataFrame) -> int:
    said = [pl.col(c).str.strip_chars() for c, kind in frame.schema.items() if kind == pl.String]
    return int(frame.select(pl.any_horizontal((text != "").fill_null(value=False) for text in said).sum()).item())


def unreadable(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a ``source_problem``."""
    return frame.filter(pl.col("source_problem").is_not_null()) if "source_problem" in frame.columns else frame.clear()


_NAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "users": ("sourcedId",),
        "demographics": ("sourcedId",),
        "roles": ("userSourcedId",),
        "enrollments": ("userSourcedId",),
        "relationships": ("userSourcedId", "relationshipUserSourcedId"),
    }
)
"""The columns in which a file names users."""


def named_last(name: str, frame: pl.DataFrame) -> set[str]:
    """Return the users whom the last line of a file names, where it has no end: what it says of them may be cut off."""
    if "source_unended" not in frame.columns:
        return set()
    last = frame.filter("source_unended")
    return {user for column in _NAMED.get(name, ()) for user in last[column].drop_nulls()}


def of_unended(table: pl.DataFrame, users: Collection[str]) -> pl.DataFrame:
    """Return a source table in which the rows that name such users say so."""
    ids = [c for c in ("student_id", "contact_id") if c in table.columns]
    return (
        table.with_columns(source_unended=pl.any_horizontal(pl.col(ids).is_in(list(users)))) if users and ids else table
    )


def with_unreadable_roles(files: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the files with broken rows of ``roles`` taken out, and users whom these may be about marked as unreadable.

    A teacher whose one row is broken would else be a parent by the other.
    """
    roles, users = files.get("roles"), files.get("users")
    if roles is None or users is None or (broken := unreadable(roles)).is_empty():
        return dict(files)
    roles = roles.filter(pl.col("source_problem").is_null()).drop("source_problem")
    named = pl.col("sourcedId").is_in(broken["userSourcedId"].drop_nulls().implode())
    unnamed = pl.col("role").is_null() & ~pl.col("sourcedId").is_in(roles["userSourcedId"].implode())
    return {**files, "roles": roles, "users": marked(users, named | unnamed, "a role in roles.csv cannot be read")}


def marked(frame: pl.DataFrame, rows: pl.Expr, problem: str) -> pl.DataFrame:
    """Return the frame with a ``source_problem`` for ``rows`` that have none."""
    before = pl.col("source_problem") if "source_problem" in frame.columns else pl.lit(None, pl.String)
    said = pl.when(rows.fill_null(value=False)).then(pl.lit(problem))
    return frame.with_columns(source_problem=pl.coalesce(before, said))


def require_sessions(sessions: pl.DataFrame) -> None:
    """Refuse sessions of which one cannot be read: nobody can tell whose year it was."""
    broken = unreadable(sessions)
    if not broken.is_empty():
        row, problem = broken.select("source_row", "source_problem").row(0)
        raise SourceError(
            f"academicSessions.csv, row {row}: {problem}. Without all sessions nobody can be put into a year.",
            remedy="Correct it, or set `date_format` under [source] if the school writes dates its own way.",
            file="academicSessions.csv",
            row=row,
        )
