"""Rows that could not be read, and who must be left alone because of them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.errors import SourceError

__all__ = ["damaged_files", "marked", "require_sessions", "unreadable", "with_unreadable_roles"]


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
