"""Rows of cells, from a text or a sheet, become columns: short and long rows judged, blank ones and empty columns aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from dayzero_csv.header import Wanted

__all__ = [
    "RESERVED",
    "Rows",
    "framed",
    "is_footer",
    "unwrapped",
    "without_blank_rows",
    "without_footer",
    "without_nameless",
]

RESERVED = ("source_row", "source_problem", "source_unended")
"""Columns that are none of the file's."""
_TEXT_FORMULA = r'^\s*="(.*)"\s*$'
"""How a spreadsheet is told that digits are text: ``="00042"``."""
_FOOTER = re.compile(
    r"(?:count|totals?|records?|rows|anzahl|summe|gesamt|totale?|totaal|aantal|recuento)\b[ :=]*\d*", re.IGNORECASE
)


@dataclass(frozen=True)
class Rows:
    """What a text or a sheet holds. ``frame``: columns of text with ``source_row`` and, where there is such a row,
    ``source_problem`` (it cannot be read) and ``source_unended`` (its line has no end).

    ``uneven``: a row is longer or shorter than the header, and nothing in the file explains it.
    """

    frame: pl.DataFrame
    uneven: bool = False

    @property
    def may_lack(self) -> bool:
        """Whether a row may be missing: one that is broken, or uneven, may have swallowed the next."""
        broken = "source_problem" in self.frame.columns and self.frame["source_problem"].count() > 0
        return self.uneven or broken

    def without_end(self) -> Rows:
        """Return the same of a file whose last line has no end."""
        last = pl.int_range(pl.len()) == pl.len() - 1
        return replace(self, frame=self.frame.with_columns(source_unended=last)) if self.frame.height else self


def framed(
    rows: Sequence[list[str]], lines: Sequence[int], names: list[str], wanted: Wanted, *, unended: bool = False
) -> Rows:
    """Return columns of text with ``source_row`` and, where a row has too few or too many cells, ``source_problem``.

    A row may have empty cells too many, and may lack cells at its end that it can do without (``wanted.reach``), in a file in
    which no row is broken: one that lacks others may have been torn in two. Where nothing may be lacking, every row has as
    many too many, or the one that has is broken. ``unended``: the last line has no end; if its row is too short besides, the
    file ends in the middle of it.
    """
    columns = len(names)
    trimmed = wanted.reach is not None
    if trimmed and rows and is_footer(rows[-1]):
        rows, lines, unended = rows[:-1], lines[:-1], False
    torn = unended and bool(rows) and any(rows[-1]) and len(rows[-1]) < columns
    least = columns if wanted.reach is None else _least(names, wanted.reach)
    said = [row for row in (rows[:-1] if torn else rows) if any(row)]
    if any(_is_broken(row, columns, least) for row in said):
        least = columns
    uneven = not _is_habit(said, columns)
    most = max(map(len, said), default=columns)
    if uneven and (not trimmed or _stand_out(said, columns)):
        # Of a row that is longer or shorter than all others nobody can tell which value is which.
        most, least = columns, columns if any(_keeps_its_end(row, columns) for row in said) else least
    problems = [_problem(row, columns, least, most) if any(row) or not trimmed else None for row in rows]
    if torn:
        problems[-1] = (
            f"the file ends in the middle of this row ({len(rows[-1])} of {columns} fields); it seems to be cut off"
        )
    cells = [(row + [""] * columns)[:columns] for row in rows]
    named = [name or f"\0{index}" for index, name in enumerate(names)]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(named, pl.String), orient="row")
    frame = frame.with_columns(pl.Series("source_row", lines, dtype=pl.Int64))
    if any(problems):
        frame = frame.with_columns(pl.Series("source_problem", problems, dtype=pl.String))
    made = Rows(without_nameless(frame), uneven)
    return made.without_end() if unended else made


def _is_habit(rows: Sequence[list[str]], columns: int) -> bool:
    """Say whether rows of another length than the header are how the file is written: then none has swallowed another.

    So they are where most of several rows are, where neighbours are as long as each other (a spreadsheet trims in blocks),
    and where every row ends behind its last value.
    """
    odd = [len(row) != columns for row in rows]
    count = sum(odd)
    if not count or (count > 1 and 2 * count > len(rows)):
        return True
    lengths = [0, *map(len, rows), 0]
    if all(length in (lengths[i], lengths[i + 2]) for i, length in enumerate(lengths[1:-1]) if odd[i]):
        return True
    return count > 1 and all(row and row[-1].strip() and len(row) <= columns for row in rows)


def _stand_out(rows: Sequence[list[str]], columns: int) -> bool:
    """Say whether rows of another length are so few among many that each is an accident."""
    even = sum(len(row) == columns for row in rows)
    return even >= _MANY * max(1, len(rows) - even)


_MANY = 8


def _keeps_its_end(row: list[str], columns: int) -> bool:
    """Say whether a row has its empty cells at the end: whoever wrote it trims none."""
    return len(row) == columns and not row[-1].strip()


def is_footer(row: Sequence[str | None]) -> bool:
    """Say whether a row counts the others: `Count: 312`, `Total` and a number."""
    filled = [cell.strip() for cell in row if cell and cell.strip()]
    return bool(filled) and bool(_FOOTER.fullmatch(filled[0])) and all(cell.isdecimal() for cell in filled[1:])


def without_footer(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table without a last row that counts the others."""
    cells = [c for c in frame.columns if c not in RESERVED]
    ends = frame.tail(1).select(cells).rows()
    return frame.head(-1) if ends and is_footer(ends[0]) else frame


def _least(names: list[str], reach: frozenset[str]) -> int:
    """Return how many cells a row must have at least."""
    return max((index + 1 for index, name in enumerate(names) if name in reach), default=1)


def _is_broken(row: list[str], columns: int, least: int) -> bool:
    return len(row) < least or any(cell.strip() for cell in row[columns:])


def _problem(row: list[str], columns: int, least: int, most: int) -> str | None:
    if not _is_broken(row, columns, least) and not (len(row) > most and any(row)):
        return None
    return f"{len(row)} field{'s' * (len(row) != 1)} where the header has {columns}"


def without_nameless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table without the columns that have no name: exports leave delimiters behind."""
    nameless = [c for c in frame.columns if c.startswith("\0")]
    return frame.drop(nameless) if nameless else frame


def without_blank_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows in which something stands, and those that are all blank."""
    cells = [c for c in frame.columns if c not in RESERVED]
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
