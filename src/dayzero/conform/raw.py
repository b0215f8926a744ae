"""Turn anything table-like into columns of text, so that one set of rules reads them all.

A value of a type that must not stand for text (a float or boolean in an id) is marked with a leading NUL, which no
source text keeps: the typing stage then reports it with its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import ArrowStream, TableLike
from dayzero.schema import RESERVED_COLUMNS, Table, Type

WRONG_TYPE = "\0"
_CHUNK = 50_000
_TEXT = (Type.ID, Type.TEXT)
_LONGEST = 200
"""No more is kept of bytes that are no text."""


def to_text(table: Table, data: TableLike | None, *, ordered: bool = True) -> pl.DataFrame:
    """Return ``data`` with every column as text (booleans stay booleans) and ``source_row`` as Int64.

    ``source_row`` is null where the source does not say it and its rows are not ``ordered``: they have no place.
    """
    if data is None:
        frame = pl.DataFrame()
    elif isinstance(data, ArrowStream):
        # In one piece: columns that are cut differently are put together anew whenever they meet.
        frame = pl.DataFrame(data).rechunk()
    else:
        frame = _from_mappings(table, data)
    types = {c.name: c.type for c in table.columns}
    columns = [_as_text(frame[name], types.get(name)) for name in frame.columns if name != "source_row"]
    if "source_row" in frame.columns:
        rows = frame["source_row"].cast(pl.Int64)
    elif ordered:
        rows = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True)
    else:
        rows = pl.Series([None], dtype=pl.Int64).new_from_index(0, frame.height)
    absent = [pl.Series(c, dtype=pl.String) for c in table.names if c not in frame.columns] if frame.is_empty() else []
    return pl.DataFrame([*columns, *absent, rows.alias("source_row")])


def _as_text(series: pl.Series, kind: Type | None) -> pl.Series:
    dtype = series.dtype
    if dtype == pl.String:
        return series
    if dtype == pl.Boolean:
        return series if kind not in _TEXT else _marked(series)
    if dtype.is_integer() or dtype == pl.Null:
        return series.cast(pl.String)
    if dtype == pl.Date:
        return series.dt.to_string("%Y-%m-%d")
    if dtype == pl.Datetime:
        return series.dt.to_string("%Y-%m-%dT%H:%M:%S")
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return series.cast(pl.String)
    if dtype.is_numeric():
        return _number_as_text(series, kind)
    if dtype == pl.Binary:
        return _bytes_as_text(series, kind)
    return pl.Series(series.name, [None if v is None else f"{WRONG_TYPE}{v}" for v in series], dtype=pl.String)


def _number_as_text(series: pl.Series, kind: Type | None) -> pl.Series:
    """Floats and decimals: whole ones read as integers where a number is meant; in an id only a whole decimal does."""
    number = pl.col(series.name)
    text = number.cast(pl.String)
    if series.dtype.is_decimal():  # by its digits: as another number it might not fit
        plain = text.str.replace(r"\.0*$", "")
        wrong = plain.str.contains(".", literal=True)
    else:
        whole = pl.when(number.round(0) == number).then(number.cast(pl.Int64, strict=False))
        plain = pl.when(number.is_not_nan()).then(pl.coalesce(whole.cast(pl.String), text))
        wrong = number.is_not_null()
    if kind in _TEXT:
        plain = pl.when(wrong).then(pl.format(WRONG_TYPE + "{}", text)).otherwise(plain)
    return series.to_frame().select(plain.alias(series.name)).to_series()


def _bytes_as_text(series: pl.Series, kind: Type | None) -> pl.Series:
    """Return bytes as the text they are. Any that are none have the wrong type, and no value where nobody knows the column:
    a picture beside a name is no reason to read nothing."""
    try:
        return series.cast(pl.String)
    except pl.exceptions.PolarsError:
        return pl.Series(series.name, [_decoded(v, series.name, kind) for v in series], dtype=pl.String)


def _decoded(value: bytes | None, name: str, kind: Type | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        if kind is None and name not in RESERVED_COLUMNS:
            return None
        return WRONG_TYPE + value[:_LONGEST].decode(errors="backslashreplace")


def _marked(series: pl.Series) -> pl.Series:
    return series.to_frame().select(pl.format(WRONG_TYPE + "{}", series.name).alias(series.name)).to_series()


def _from_mappings(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Read an iterable of mappings in chunks: bounded memory for the Python objects, the union of all keys."""
    types = {c.name: c.type for c in table.columns}
    chunks: list[pl.DataFrame] = []
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        for row in chunk:
            if not isinstance(row, Mapping):
                raise SourceError(
                    f"The source gave a {type(row).__name__} where a row of {table.name} was expected.",
                    remedy="`read` must return a frame, an iterable of mappings, or None.",
                )
        names = dict.fromkeys(str(key) for row in chunk for key in row)
        chunks.append(
            pl.DataFrame(
                {
                    n: pl.Series(n, [_value(row.get(n), n, types.get(n)) for row in chunk], dtype=_dtype(n))
                    for n in names
                }
            )
        )
    return pl.concat(chunks, how="diagonal") if chunks else pl.DataFrame()


def _dtype(name: str) -> type[pl.DataType]:
    return pl.Int64 if name == "source_row" else pl.String


def _value(value: object, name: str, kind: Type | None) -> Any:
    """Return one value of a mapping as text; the mark of a wrong type where it must not be read as text."""
    if value is None or isinstance(value, str) or name == "source_row":
        return value
    if isinstance(value, bool):
        return (
            str(value).lower()
            if kind == Type.BOOLEAN or kind is None or name in RESERVED_COLUMNS
            else f"{WRONG_TYPE}{value}"
        )
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _decoded(bytes(value), name, kind)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    if isinstance(value, float | Decimal) and kind not in _TEXT:
        return str(int(value)) if value == value.__trunc__() else str(value)
    return f"{WRONG_TYPE}{value}"
