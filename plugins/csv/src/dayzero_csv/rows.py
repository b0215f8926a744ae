"""Rows of cells, from a text or a sheet, become columns: short and long rows judged, blank ones and empty columns aside."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from dayzero_csv.header import Wanted

__all__ = ["framed", "is_footer", "unwrapped", "without_blank_rows", "without_footer", "without_nameless"]

_TEXT_FORMULA = r'^\s*="(.*)"\s*$'
"""How a spreadsheet is told that digits are text: ``="00042"``."""
_FOOTER = re.compile(
    r"(?:count|totals?|records?|rows|anzahl|summe|gesamt|totale?|totaal|aantal|recuento)\b[ :=]*\d*", re.IGNORECASE
)


def framed(rows: Sequence[list[str]], lines: Sequence[int], names: list[str], wanted: Wanted) -> pl.DataFrame:
    """Return columns of text with ``source_row`` and, where a row has too few or too many cells, ``source_problem``.

    A row may have empty cells too many. It may lack cells at its end that it can do without (``wanted.reach``) in a file in
    which no row is broken: one that lacks others may have been torn in two.
    """
    columns = len(names)
    if wanted.reach is not None and rows and is_footer(rows[-1]):
        rows, lines = rows[:-1], lines[:-1]
    least = columns if wanted.reach is None else _least(names, wanted.reach)
    blank = [not any(row) and wanted.reach is not None for row in rows]
    if any(_is_broken(row, columns, least) for row, empty in zip(rows, blank, strict=True) if not empty):
        least = columns
    problems = [
        _problem(row, columns) if _is_broken(row, columns, least) and not empty else None
        for row, empty in zip(rows, blank, strict=True)
    ]
    cells = [(row + [""] * columns)[:columns] for row in rows]
    named = [name or f"\0{index}" for index, name in enumerate(names)]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(named, pl.String), orient="row")
    frame = frame.with_columns(pl.Series("source_row", lines, dtype=pl.Int64))
    if any(problems):
        frame = frame.with_columns(pl.Series("source_problem", problems, dtype=pl.String))
    return without_nameless(frame)


def is_footer(row: Sequence[str | None]) -> bool:
    """Say whether a row counts the others: `Count: 312`, `Total` and a number."""
    filled = [cell.strip() for cell in row if cell and cell.strip()]
    return bool(filled) and bool(_FOOTER.fullmatch(filled[0])) and all(cell.isdecimal() for cell in filled[1:])


def without_footer(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table without a last row that counts the others."""
    cells = [c for c in frame.columns if c not in ("source_row", "source_problem")]
    ends = frame.tail(1).select(cells).rows()
    return frame.head(-1) if ends and is_footer(ends[0]) else frame


def _least(names: list[str], reach: frozenset[str]) -> int:
    """Return how many cells a row must have at least."""
    return max((index + 1 for index, name in enumerate(names) if name in reach), default=1)


def _is_broken(row: list[str], columns: int, least: int) -> bool:
    return len(row) < least or any(cell.strip() for cell in row[columns:])


def _problem(row: list[str], columns: int) -> str:
    return f"{len(row)} field{'s' * (len(row) != 1)} where the header has {columns}"


def without_nameless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table without the columns that have no name: exports leave delimiters behind."""
    nameless = [c for c in frame.columns if c.startswith("\0")]
    return frame.drop(nameless) if nameless else frame


def without_blank_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows in which something stands, and those that are all blank."""
    cells = [c for c in frame.columns if c not in ("source_row", "source_problem")]
    if not cells or not _may_be_blank(frame[cells[0]]):
        return frame, frame.clear()
    blank = frame.select(pl.all_horizontal(pl.col(cells).fill_null("").str.strip_chars() == "")).to_series()
    return (frame.filter(~blank), frame.filter(blank)) if blank.any() else (frame, frame.clear())


def _may_be_blank(first: pl.Series) -> bool:
    # Blanks sort before everything that is written: one comparison is cheaper than to strip a million ids.
    return bool(first.null_count()) or bool((first < "!").any())


def unwrapped(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose cells say ``00042`` where a file says ``="00042"``."""
    texts = [c for c in frame.columns if frame[c].dtype == pl.String]
    return frame.with_columns(pl.col(texts).str.replace(_TEXT_FORMULA, "${1}"))
