"""Operations' ``changes`` as canonical JSON, made of columns: what is hashed, sent and kept are these very bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import polars as pl

from dayzero.gradebook import OPERATION_SCHEMA, canonical, goes_plain, json_text

__all__ = ["changed", "created", "differing", "in_slices", "newcomers_made", "operations_frame"]

_SLICE = 8_192


def in_slices(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Select a slice at a time: every field is a column of text for a moment, and a school of them is a lot of memory."""
    return pl.concat([part.select(**columns) for part in rows.iter_slices(_SLICE)] or [rows.select(**columns)])


def differs(field: str) -> pl.Expr:
    return pl.col(field).ne_missing(pl.col(f"known_{field}"))


def differing(rows: pl.DataFrame, fields: tuple[str, ...]) -> pl.Series:
    """Return which rows differ from ``known_*`` in any of the fields."""
    # Lists are slow to compare one by one, and on most days all of them are the same.
    compared = [differs(f) for f in fields if not _same_lists(rows[f], rows[f"known_{f}"])]
    if not compared or rows.is_empty():
        return pl.repeat(value=False, n=rows.height, eager=True)
    return rows.select(pl.any_horizontal(compared).alias("differs")).to_series()


def _same_lists(column: pl.Series, other: pl.Series) -> bool:
    if column.dtype != pl.List(pl.String) or not column.list.len().eq_missing(other.list.len()).all():
        return False
    return bool(column.explode().eq_missing(other.explode()).all())


def created(rows: pl.DataFrame, fields: tuple[str, ...]) -> pl.Expr:
    """Return canonical JSON of the fields that are not empty, as one text per row: nothing was there before."""
    there = [f for f in fields if rows[f].null_count() < rows.height]  # none, where there are no rows
    # A field that every row has carries the commas of its neighbours, so that the rest may be missing here and there.
    sure = next((n for n, f in enumerate(there) if not rows[f].null_count()), None)
    if sure is None:
        return _object(_unless_empty(rows[f], [f'"{f}":[null,', *_pieces(rows[f]), "]"]) for f in there)
    pieces: list[_Piece] = ["{"]
    for n, f in enumerate(there):
        fragment = ["," * (n > sure), f'"{f}":[null,', *_pieces(rows[f]), "]" + "," * (n < sure)]
        pieces += [_unless_empty(rows[f], fragment).fill_null("")] if rows[f].null_count() else fragment
    return _text([*pieces, "}"])


def changed(rows: pl.DataFrame, fields: tuple[str, ...]) -> pl.Expr:
    """Return canonical JSON of the fields that differ from ``known_*``, as one text per row."""
    fragments = []
    for f in () if rows.is_empty() else fields:
        before, after = (_or_null(rows[name]) for name in (f"known_{f}", f))
        fragments.append(pl.when(differs(f)).then(_text([f'"{f}":[', *before, ",", *after, "]"])))
    return _object(fragments)


_Piece: TypeAlias = str | pl.Expr


def _text(pieces: Iterable[_Piece]) -> pl.Expr:
    """Return pieces as one text."""
    said = list(pieces)
    template = "".join(p.replace("{", "{{").replace("}", "}}") if isinstance(p, str) else "{}" for p in said)
    return pl.format(template, *(p for p in said if not isinstance(p, str)))


def _object(fragments: Iterable[pl.Expr]) -> pl.Expr:
    said = list(fragments)
    inside = pl.concat_str(said, separator=",", ignore_nulls=True) if said else pl.lit("")
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}"))


def _unless_empty(column: pl.Series, pieces: list[_Piece]) -> pl.Expr:
    return pl.when(pl.col(column.name).is_not_null()).then(_text(pieces))


def _or_null(column: pl.Series) -> list[_Piece]:
    if not column.null_count():
        return _pieces(column)
    return [_unless_empty(column, _pieces(column)).fill_null("null")]


def _pieces(column: pl.Series) -> list[_Piece]:
    """Return the canonical JSON of a column's values, but for the empty ones. Most texts need no escaping: they go as they are."""
    name = column.name
    if column.dtype == pl.Boolean:
        return [pl.when(pl.col(name)).then(pl.lit("true")).otherwise(pl.lit("false"))]
    if column.dtype == pl.String and goes_plain(column):
        return ['"', pl.col(name), '"']
    if column.dtype == pl.List(pl.String):
        items = column.explode()
        nothing = column.null_count() + (column.list.len() == 0).sum()
        if items.null_count() == nothing and goes_plain(items):
            listed = pl.col(name).list.join('","')
            return [pl.when(pl.col(name).list.len() > 0).then(_text(['["', listed, '"]'])).otherwise(pl.lit("[]"))]
    return [json_text(name)]


def newcomers_made() -> pl.Expr:
    """Return which operations give a newcomer, or a parent of newcomers alone, an account. Exact on canonical JSON: within a text the
    quotation marks are escaped."""
    return (pl.col("op") == "create") & pl.col("changes").str.contains('"new":[null,true]', literal=True)


def operations_frame(
    operations: Iterable[tuple[str, str, str, Mapping[str, tuple[Any, Any]]]], *, held: list[bool] | None = None
) -> pl.DataFrame:
    """Return ``OPERATION_SCHEMA`` with ``held`` of (op, kind, id, changes); nothing is held where ``held`` is left out."""
    rows = [(op, kind, ident, canonical(changes).decode()) for op, kind, ident, changes in operations]
    frame = pl.DataFrame(rows, schema=OPERATION_SCHEMA, orient="row")
    return frame.with_columns(held=pl.Series(held or [False] * len(rows), dtype=pl.Boolean))
