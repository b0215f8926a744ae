"""One table, from what a source gave to typed rows with unique keys, and everything that is to be said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.conform.endings import Ending, ended
from dayzero.conform.findings import Findings
from dayzero.conform.raw import to_text
from dayzero.conform.repeats import settle_repeats
from dayzero.conform.typed import read_types, taken_back
from dayzero.plugin import ArrowStream, TableLike
from dayzero.schema import Table

__all__ = ["OneTable", "one_table"]


@dataclass(frozen=True)
class OneTable:
    """One table as it was read.

    ``typed``: rows with unique keys. ``left_out``: rows that were, as text. ``rows``: how many were read; None where the source
    has no such table. ``header``: the columns it came with, where it came as columns. ``filled``: by column that decides, or
    serves as login, how many say something. ``gone``: ids of people whom a tombstone takes out.
    ``told``: whether rows that are gone are told, by tombstones.
    """

    typed: pl.DataFrame
    left_out: pl.DataFrame
    findings: Findings
    rows: int | None
    header: tuple[str, ...]
    filled: Mapping[str, int]
    gone: frozenset[str]
    ending: Ending
    told: bool


def one_table(
    table: Table,
    data: TableLike | None,
    logins: Collection[str],
    *,
    ended_before: bool,
    as_it_ends: bool,
    ordered: bool,
) -> OneTable:
    """Read one table. ``logins``: columns of students that serve as login. The others are those of ``conform`` and ``ended``."""
    text, ending = ended(to_text(table, data, ordered=ordered), ended_before=ended_before, as_it_ends=as_it_ends)
    # Mappings may leave out what is empty: only a table of columns has a header that can lose one.
    header = tuple(c for c in text.columns if c != "source_row") if isinstance(data, ArrowStream) else ()
    telling = [c.name for c in table.columns if c.decides or c.login]
    telling += [c for c in logins if table.name == "students"]
    typed, out, findings = read_types(table, text)
    typed, repeated, more = settle_repeats(table, typed, logins)
    return OneTable(
        typed,
        pl.concat([out, repeated], how="diagonal"),
        Findings.joined([findings, more]),
        None if data is None else text.height,
        header,
        {name: _saying(text[name]) for name in telling if name in header},
        frozenset(taken_back(table, text)),
        ending,
        "removed" in text.columns,
    )


def _saying(column: pl.Series) -> int:
    """Return how many values of a column are none of nothing."""
    empty = int((column == "").sum()) if column.dtype == pl.String else 0
    return column.len() - column.null_count() - empty
