"""Settle rows that share a key: identical ones collapse, some have a rule, the rest are errors."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from dayzero.conform.findings import Findings, of_rows
from dayzero.conform.typed import UNREAD
from dayzero.conform.values import grade_key
from dayzero.schema import TABLES, Table


def repeated(numbers: pl.Series) -> pl.Series:
    """Return which numbers are there more than once. Sorting finds them in a third of the time that a table of all takes."""
    ordered = numbers.drop_nulls().sort()
    several = ordered.filter((ordered == ordered.shift(1)).fill_null(value=False)).unique()
    return numbers.is_in(several.implode()).fill_null(value=False)


def settle_repeats(
    table: Table, frame: pl.DataFrame, used: Collection[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame, Findings]:
    """Return (rows with unique keys, rows left out as text, findings).

    ``used``: columns beside the schema's in which rows may not differ; in a column that nobody uses they may.
    """
    if not table.key or frame.is_empty():
        return frame, _none_left_out(table), Findings()
    first = frame[table.key[0]]
    if (first.shift(1) < first).all() or frame.select(table.key).hash_rows().n_unique() == frame.height:
        # Exact: equal keys have equal hashes. Most exports of people are sorted, and need none.
        return frame, _none_left_out(table), Findings()
    repeated = frame.select(pl.struct(table.key).is_duplicated()).to_series()
    if not repeated.any():
        return frame, _none_left_out(table), Findings()
    values = [c for c in frame.columns if c in table.names or c in used]
    if UNREAD in frame.columns:  # of one key, whichever row stands for it
        frame = frame.with_columns(pl.col(UNREAD).any(ignore_nulls=True).over(table.key).replace(False, None))
    # Sorted by all values: which row stands for its key must not depend on the order of the rows.
    rows = (
        frame.filter(repeated)
        .sort(*values, "source_row", nulls_last=True)
        .unique(values, keep="first", maintain_order=True)
    )
    rows = _RULES.get(table.name, _as_they_are)(rows)
    undecided = rows.select(pl.struct(table.key).is_duplicated()).to_series()
    chosen, left_out = rows.filter(~undecided), rows.filter(undecided)
    findings = of_rows(left_out.sort("source_row"), "error", table.name, None, "repeated-key", _message(table))
    return pl.concat([frame.filter(~repeated), chosen]), left_out.select(*table.key, "source_row"), findings


def _none_left_out(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(table.key, pl.String), "source_row": pl.Int64})


def _message(table: Table) -> str:
    return f"several differing rows share {' + '.join(table.key)}; all of them are left out until one is right"


def _as_they_are(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def _active_enrollment_first(rows: pl.DataFrame) -> pl.DataFrame:
    """An active enrollment beats an inactive one; two active ones in different grades stay undecided."""
    key = ["student_id", "year_id"]
    rows = rows.filter((pl.col("status") == "active") | (pl.col("status") == "active").any().over(key).not_())
    inactive = pl.col("status") != "active"
    return pl.concat(
        [
            rows.filter(inactive).unique(key, keep="first", maintain_order=True),
            _spelled_shortest(rows.filter(~inactive))
            .unique([*key, "grade"], keep="first", maintain_order=True)
            .drop("grade"),
        ]
    )


def _spelled_shortest(rows: pl.DataFrame) -> pl.DataFrame:
    """Return enrollments with ``grade``, as grades are compared, the shorter spelling of one first, then the lower."""
    level = pl.col("grade_level")
    return rows.with_columns(grade=grade_key(level)).sort(level.str.len_chars(), level, maintain_order=True)


def _no_beats_yes_beats_empty(rows: pl.DataFrame) -> pl.DataFrame:
    """A refusal of access always wins (case 36)."""
    rank = pl.col("portal_access").cast(pl.Int8).fill_null(2)
    return rows.sort(rank, maintain_order=True).unique(
        ["student_id", "contact_id", "year_id"], keep="first", maintain_order=True
    )


def _no_of_one_contact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of rows of a contact that differ in nothing else."""
    rank = pl.col("portal_access").cast(pl.Int8).fill_null(2)
    others = [c for c in TABLES["contacts"].names if c in rows.columns and c != "portal_access"]
    return rows.sort(rank, maintain_order=True).unique(others, keep="first", maintain_order=True)


_RULES = {
    "enrollments": _active_enrollment_first,
    "relationships": _no_beats_yes_beats_empty,
    "contacts": _no_of_one_contact,
}
