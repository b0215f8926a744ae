"""Who is named last in a table: a file that is cut off exactly behind a line looks whole, and lacks their rows.

Rows of one student, or of one contact, that are gone from the end are what an office does on any day, most often to whoever came
last. Rows of two who have nothing to do with each other that are gone at once, while all of them are still there, are worth a warning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from dayzero.schema import PERSONS, TABLES

__all__ = ["digest", "last_rows", "lost_ends"]

_YEAR = "year_id"
_OWN_ROWS = {p.column: p.table for p in PERSONS}
"""Where somebody has a row of their own. A course has no other than the one that is gone."""
_NAMING = (*(p.column for p in PERSONS), "course_id", _YEAR)
_REMEMBERED = 2
_Row = tuple[str | None, ...]


def last_rows(typed: Mapping[str, pl.DataFrame], tables: Iterable[str]) -> dict[str, int]:
    """Return who, and what, of which year the last rows of these tables name, as numbers for the next read to be held against.

    By ``table#last1`` (and ``last2``, the last of somebody else) a digest of all that a row names, by ``table#last1-rows`` how many rows name
    it, and a digest of each (``table#last1-student_id``): no id can be read from it.
    """
    measure: dict[str, int] = {}
    for table in tables:
        rows = _naming(table, typed[table])
        for name, row in zip(_names(table), _of_different(_backwards(rows), rows.columns), strict=False):
            measure |= {name: digest(*row), f"{name}-rows": _count(rows, row)}
            measure |= {f"{name}-{c}": digest(said) for c, said in zip(rows.columns, row, strict=True) if said}
    return measure


def lost_ends(
    typed: Mapping[str, pl.DataFrame], tables: Iterable[str], unreadable: pl.DataFrame, before: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Return which of these tables may be cut off behind a line, and who is named in what is missing.

    That is where both who were named last at the last read (``before``) are named in fewer rows now, though they are still there, and
    the table has the year. Who could not be read is no evidence; nor is a table that is empty, or empty of people for that year: that is
    another matter. Of courses the year need be there alone.
    """
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        names = _names(table)
        rows, who = _naming(table, typed[table]), list[str]()
        if rows.is_empty() or any(name not in before for name in names):
            continue
        for name in names:
            missing = _missing(name, rows, typed, before)
            if missing is None or set(missing) & set(unreadable["person_id"]):
                break
            who += missing
        else:
            found[table] = tuple(dict.fromkeys(who))
    return found


def _missing(
    name: str, rows: pl.DataFrame, typed: Mapping[str, pl.DataFrame], before: Mapping[str, int]
) -> tuple[str, ...] | None:
    """Return whom rows name that are gone, though all they name is there; None where they are not, or it is not."""
    same = next((row for row in _backwards(rows) if digest(*row) == before[name]), None)
    if same is not None and _count(rows, same) >= before[f"{name}-rows"]:
        return None
    marks = {c: before[at] for c in rows.columns if c in (*_OWN_ROWS, _YEAR) and (at := f"{name}-{c}") in before}
    years = (
        rows[_YEAR].unique()
        if _YEAR in rows.columns and set(rows.columns) & set(_OWN_ROWS)
        else typed["school_years"][_YEAR]
    )
    own = {c: years if c == _YEAR else typed[_OWN_ROWS[c]][c] for c in marks}
    there = {c: next((one for one in own[c] if one and digest(one) == mark), None) for c, mark in marks.items()}
    if any(ident is None for ident in there.values()):
        return None
    return tuple(ident for column, ident in there.items() if ident and column != _YEAR)


def _names(table: str) -> tuple[str, ...]:
    return tuple(f"{table}#last{place}" for place in range(1, _REMEMBERED + 1))


def _naming(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what each row names, in the order of the rows."""
    if not rows["source_row"].is_sorted():
        rows = rows.sort("source_row", maintain_order=True)
    return rows.select(column for column in _NAMING if column in TABLES[table].names and column in rows.columns)


def _count(rows: pl.DataFrame, row: _Row) -> int:
    for column, said in zip(rows.columns, row, strict=True):  # the first leaves few
        rows = rows.filter(pl.col(column).eq_missing(said))
    return rows.height


def _of_different(rows: Iterator[_Row], columns: Sequence[str]) -> Iterator[_Row]:
    """Yield rows that name nobody whom one before them named; the year may be the same."""
    places = [place for place, column in enumerate(columns) if column != _YEAR]
    seen: list[_Row] = []
    for row in rows:
        if all(row[place] != other[place] for other in seen for place in places):
            seen.append(row)
            yield row


def _backwards(rows: pl.DataFrame) -> Iterator[_Row]:
    """Yield the rows, the last one first: who was named last stands near the end, wherever newcomers are put."""
    for end in range(rows.height, 0, -_AT_ONCE):
        start = max(end - _AT_ONCE, 0)
        yield from reversed(rows.slice(start, end - start).rows())


_AT_ONCE = 256


def digest(*values: str | None) -> int:
    """Return a number that stands for values, the same in every version: it is kept in the journal."""
    said = "\x1f".join(value or "" for value in values)
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=6).digest())
