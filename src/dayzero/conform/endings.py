"""How a table ends: a last line without an end may be cut off, with everything that would come after it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.conform.values import trimmed, typed
from dayzero.schema import PERSONS, RESERVED_COLUMNS, Column, Type

__all__ = ["Ending", "ended"]

_UNENDED = Column("source_unended", Type.BOOLEAN, RESERVED_COLUMNS["source_unended"])
_CUT = "its line has no end, which the last line of the last read had: the file may be cut off"


@dataclass(frozen=True)
class Ending:
    """``ended``: whether the last line has an end. ``cut``: who is named in one that has none and is taken for cut off; None
    where none is."""

    ended: bool = True
    cut: tuple[str, ...] | None = None


def ended(text: pl.DataFrame, *, ended_before: bool, as_it_ends: bool) -> tuple[pl.DataFrame, Ending]:
    """Return a table without ``source_unended``, and how it ends; a row that is taken for cut off has a ``source_problem``.

    It is where the last line of the read before had an end (``ended_before``), or where the row is broken anyway. One that is
    to be read ``as_it_ends`` is taken for cut off and read all the same.
    """
    if "source_unended" not in text.columns:
        return text, Ending()
    unended = typed(_UNENDED, trimmed(text["source_unended"])).fill_null(value=False)
    text = text.drop("source_unended")
    if not unended.any():
        return text, Ending()
    problem = pl.col("source_problem") if "source_problem" in text.columns else pl.lit(None, dtype=pl.String)
    cut = text.select(unended & (problem.is_not_null() | pl.lit(ended_before))).to_series()
    if not cut.any():
        return text, Ending(ended=False)
    if ended_before and not as_it_ends:
        text = text.with_columns(source_problem=pl.coalesce(problem, pl.when(cut).then(pl.lit(_CUT))))
    ids = [text[p.column].filter(cut) for p in PERSONS if p.column in text.columns]
    return text, Ending(ended=False, cut=tuple(pl.concat(ids).drop_nulls().unique().sort()) if ids else ())
