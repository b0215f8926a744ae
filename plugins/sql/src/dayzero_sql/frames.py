"""Make frames of what databases hand over, whatever mixture of types a column holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

__all__ = ["frame_of_rows", "joined", "plain"]

_UUID_BYTES = 16
_BYTES = (bytes, bytearray, memoryview)


def frame_of_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Return rows as a frame. A column of mixed types (a date and MariaDB's ``0000-00-00``) becomes text."""
    try:
        frame = pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None, strict=False)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        frame = pl.DataFrame([_column(name, [row[i] for row in rows]) for i, name in enumerate(names)])
    objects = [name for name, dtype in frame.schema.items() if dtype == pl.Object]
    return frame.with_columns(_as_text(name, frame[name].to_list()) for name in objects)


def joined(chunks: Sequence[pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    """Return chunks of one result as one frame; columns whose type changed on the way become text."""
    if not chunks:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        return pl.concat(chunks, how="vertical_relaxed")
    except pl.exceptions.PolarsError:
        return pl.DataFrame([_joined([chunk[name] for chunk in chunks]) for name in chunks[0].columns])


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame that came through Arrow without extension types: numeric as decimals, uuids as text."""
    return frame.with_columns(_without_extension(series) for series in frame)


def _column(name: str, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return _as_text(name, values)


def _joined(parts: Sequence[pl.Series]) -> pl.Series:
    if any(part.dtype == pl.Binary for part in parts):
        return _as_text(parts[0].name, [value for part in parts for value in part])
    try:
        return pl.concat([part.to_frame() for part in parts], how="vertical_relaxed").to_series()
    except pl.exceptions.PolarsError:
        return pl.concat(part.cast(pl.String) for part in parts)


def _as_text(name: str, values: list[Any]) -> pl.Series:
    """Return values of any kind as text; as bytes, where some are: whether they are text is not for us to say."""
    if any(isinstance(v, _BYTES) for v in values):
        raw = [v if v is None else bytes(v) if isinstance(v, _BYTES) else str(v).encode() for v in values]
        return pl.Series(name, raw, dtype=pl.Binary)
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)


def _without_extension(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if isinstance(dtype, pl.BaseExtension):
        series = series.ext.storage()
        if '"numeric"' not in (dtype.ext_metadata() or ""):
            return series
        number = series.cast(pl.Decimal(38, 10), strict=False)
        return number if number.null_count() == series.null_count() else series
    if dtype == pl.Binary and (series.bin.size() == _UUID_BYTES).all():
        digits = series.bin.encode("hex")
        parts = [digits.str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
        return pl.select(pl.concat_str(parts, separator="-").alias(series.name)).to_series()
    return series
