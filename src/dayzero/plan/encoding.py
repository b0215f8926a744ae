"""Operations' ``changes`` as canonical JSON, made of columns: what is hashed, sent and kept are these very bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from dayzero.gradebook import OPERATION_SCHEMA, canonical, json_text

__all__ = ["changed", "created", "differs", "in_slices", "operations_frame"]

_SLICE = 8_192


def in_slices(rows: pl.DataFrame, encode: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Encode a slice at a time: every field is a column of text for a moment, and a school of them is a lot of memory."""
    if rows.is_empty():
        return encode(rows)
    return pl.concat([encode(part) for part in rows.iter_slices(_SLICE)])


def differs(field: str) -> pl.Expr:
    return pl.col(field).ne_missing(pl.col(f"known_{field}"))


def changed(fields: tuple[str, ...]) -> pl.Expr:
    """Return canonical JSON of the fields that differ from ``known_*``, as one text per row."""
    return _object(
        pl.when(differs(f)).then(pl.format(f'"{f}":[{{}},{{}}]', json_text(f"known_{f}"), json_text(f))) for f in fields
    )


def created(fields: tuple[str, ...]) -> pl.Expr:
    """Return the same where nothing was there before: the fields that are not empty."""
    return _object(pl.when(pl.col(f).is_not_null()).then(pl.format(f'"{f}":[null,{{}}]', json_text(f))) for f in fields)


def _object(fragments: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), pl.concat_str(list(fragments), separator=",", ignore_nulls=True), pl.lit("}"))


def operations_frame(
    operations: Iterable[tuple[str, str, str, Mapping[str, tuple[Any, Any]]]], *, held: list[bool] | None = None
) -> pl.DataFrame:
    """Return ``OPERATION_SCHEMA`` with ``held`` of (op, kind, id, changes); nothing is held where ``held`` is left out."""
    rows = [(op, kind, ident, canonical(changes).decode()) for op, kind, ident, changes in operations]
    frame = pl.DataFrame(rows, schema=OPERATION_SCHEMA, orient="row")
    return frame.with_columns(held=pl.Series(held or [False] * len(rows), dtype=pl.Boolean))
