"""Records that came more than once: on two pages, or in two walks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dayzero_oneroster.rest.records import Columns
from dayzero_oneroster.specification import KEYS
from dayzero_oneroster.values import instant

__all__ = ["each_once"]


def each_once(collection: str, columns: Columns) -> Columns:
    """Return each record once, and of roles and links those of the records that stay."""
    kept = _latest(columns[collection])
    more = {file: _last(frame, KEYS[file]) for file, frame in columns.items() if file != collection and len(frame)}
    return {collection: kept, **more}


def _latest(columns: pl.DataFrame) -> pl.DataFrame:
    """Return each record once, as it was last modified."""
    if columns["sourcedId"].n_unique() == columns.height:
        return columns  # as nearly always: sorting would hold the roster twice
    if "dateLastModified" in columns.columns:
        columns = columns.sort(instant("dateLastModified"), nulls_last=False, maintain_order=True)
    return columns.unique("sourcedId", keep="last", maintain_order=True).sort("source_row")


def _last(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    if frame.n_unique(key) == frame.height:
        return frame  # as nearly always: a copy of every link is no small thing
    return frame.unique(key, keep="last", maintain_order=True)
