"""What there is: every file of a folder or zip and every sheet of a workbook, with its header and its rows."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from dayzero.errors import SourceError
from dayzero_csv.files import find_file, is_one_file, whole_file_of
from dayzero_csv.header import DELIMITERS, LINES, Wanted, column_names, reader_of
from dayzero_csv.looking.headers import said_by
from dayzero_csv.reading import read_text
from dayzero_csv.rows import RESERVED, framed, unwrapped, without_blank_rows, without_footer
from dayzero_csv.text import found_encoding, utf8
from dayzero_csv.workbook import SUFFIXES, is_workbook, rows_of_sheet, sheet_names

__all__ = ["Seen", "all_seen"]

TEXTS = (".csv", ".txt", ".tsv", ".tab", ".dat")
_HEAD = 65_536
_DATABASE = b"SQLite format 3\0"
ROWS = 50_000
"""How many rows of a file are looked at."""
_ANYTHING = Wanted(reach=frozenset(), numbered=True)


@dataclass(frozen=True)
class Seen:
    """One table: ``file`` and ``sheet`` where it stands, ``rows`` all text. ``encoding`` is None where it has to be said."""

    file: str
    rows: pl.DataFrame
    sheet: str = ""
    encoding: str | None = "utf-8"
    delimiter: str = ","
    line: int = 1

    @property
    def called(self) -> str:
        """What people know it by: the file, and the sheet of a workbook."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    @property
    def headers(self) -> list[str]:
        """The columns' names."""
        return [c for c in self.rows.columns if c not in RESERVED]


def all_seen(path: Path, encoding: str | None, unread: list[str]) -> Iterator[Seen]:
    """Yield every table below a path; of a file that is none its name goes to ``unread``.

    ``encoding``: what was said of those that looking does not tell.
    """
    for name, data in _contents(path):
        try:
            if is_workbook(data):
                yield from _sheets(name, data, unread)
            elif data:
                yield _text(name, data, encoding)
            else:
                unread.append(name)
        except SourceError:
            unread.append(name)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if (
                file.is_file()
                and file.suffix.casefold() in (*TEXTS, *SUFFIXES)
                and not file.name.startswith((".", "~"))
            ):
                yield file.name, file.read_bytes()
    elif is_one_file(path):
        with path.open("rb") as content:
            if content.read(len(_DATABASE)) == _DATABASE:
                return
        yield path.name, whole_file_of(path)
    elif path.is_file():
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(n) for n in archive.namelist()]
        for name in names:
            if name.suffix.casefold() in (*TEXTS, *SUFFIXES) and "__MACOSX" not in name.parts:
                found = find_file(path, name.stem, str(name))
                if found is not None:
                    yield found


def _sheets(file: str, data: bytes, unread: list[str]) -> Iterator[Seen]:
    """Yield what each sheet has: one that is empty, as new workbooks have them, is no matter of the others."""
    for sheet in sheet_names(file, data):
        try:
            yield _sheet(file, data, sheet)
        except SourceError:
            unread.append(f"{file}, sheet {sheet}")


def _sheet(file: str, data: bytes, sheet: str) -> Seen:
    rows = rows_of_sheet(file, data, sheet)
    index = _likeliest(rows)
    names = [cell.strip() for cell in rows[index]] if rows else []
    named = column_names(file, names, index + 1, numbered=True)
    frame = framed(rows[index + 1 :], range(index + 2, len(rows) + 1), named, _ANYTHING).frame
    return Seen(file, without_blank_rows(frame)[0].head(ROWS), sheet, line=index + 1)


def _text(file: str, data: bytes, said: str | None) -> Seen:
    encoding = found_encoding(data)
    text = utf8(file, data, encoding or said or "latin-1")
    end = text.find(b"\n", _HEAD)
    head = (text if end < 0 else text[:end]).decode(errors="replace")
    delimiter, row = _header(head)
    known = frozenset(cell.strip() for cell in row if cell.strip())
    wanted = Wanted(needed=known, known=known, reach=frozenset(), numbered=True)
    frame, _ = without_blank_rows(without_footer(unwrapped(read_text(file, text, delimiter, wanted).frame)))
    return Seen(file, frame.head(ROWS), "", encoding or said, delimiter)


def _header(head: str) -> tuple[str, list[str]]:
    """Return the delimiter and the row with which most of a file's header is known."""
    best: tuple[tuple[int, int], str, list[str]] = ((-1, -1), ",", [])
    for delimiter in DELIMITERS:
        rows: list[list[str]] = []
        try:
            for row in reader_of(head, delimiter):
                rows.append(row)
                if len(rows) >= LINES:
                    break
        except csv.Error:
            pass
        if rows:
            row = rows[_likeliest(rows)]
            score = (_known(row), len(row))
            if score > best[0]:
                best = (score, delimiter, row)
    return best[1], best[2]


def _likeliest(rows: list[list[str]]) -> int:
    """Return which of the first rows is the header: the one of which most is known, else the first with most cells."""
    if not rows:
        return 0
    scores = [(_known(row), sum(bool(cell.strip()) for cell in row)) for row in rows[:LINES]]
    return scores.index(max(scores))


def _known(row: list[str]) -> int:
    return sum(
        bool(said.field or said.code)
        for said in (said_by(cell, slips=False) for cell in row if 0 < len(cell.strip()) < 60)
    )
