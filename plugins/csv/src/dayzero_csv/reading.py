"""Text to columns of text: Polars where the file is plain, the standard library's reader where anything is odd.

Polars pads a short row and skips blank lines in silence; both would shift line numbers or hide a broken row, so they are
looked for first, column-wise.
"""

from __future__ import annotations

import csv
import re

import polars as pl

from dayzero_csv.header import Header, Wanted, broken, find_header, reader_of
from dayzero_csv.rows import Rows, framed, without_nameless
from dayzero_csv.text import decoded

_HEADER = 65_536
"""How many bytes of a file are looked at for its header."""


def read_text(file: str, data: bytes, delimiter: str, wanted: Wanted | None = None) -> Rows:
    """Read UTF-8: all columns as text, with ``source_row``, ``source_problem`` where a row is ragged, ``source_unended`` where the last line is.

    ``delimiter`` is one character or ``auto``. Raises SourceError naming file and line.
    """
    wanted = wanted or Wanted()
    end = data.find(b"\n", _HEADER)
    head = decoded(file, data if end < 0 else data[:end])
    header = find_header(file, head, delimiter, wanted)
    if _one_line_each(data) and header.skipped == header.line - 1:
        above = _offset(data, header.skipped)
        frame = _fast(data[above:] if above else data, header)
        if frame is not None:
            made = Rows(without_nameless(frame))
            return made if data.endswith(b"\n") else made.without_end()
    return _careful(file, decoded(file, data), header, wanted)


def _one_line_each(data: bytes) -> bool:
    """Say whether lines end in line feeds alone: no carriage returns of their own."""
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


def _offset(data: bytes, lines: int) -> int:
    """Return where the line begins that has so many above it."""
    start = 0
    for _ in range(lines):
        start = data.index(b"\n", start) + 1
    return start


def _fast(data: bytes, header: Header) -> pl.DataFrame | None:
    """Return the columns, or None where a row may be ragged or a quoted field may span lines."""
    names, delimiter = header.names, header.delimiter
    quoted = b'"' in data
    try:
        lines = _quoted_lines(data, delimiter) if quoted else None
        if quoted and lines is None:
            return None
        frame = pl.read_csv(
            data,
            has_header=False,
            skip_rows=1,
            separator=delimiter,
            quote_char='"' if quoted else None,
            schema=dict.fromkeys(_distinct(names), pl.String),
        )
    except pl.exceptions.PolarsError:  # whatever it stumbles over, the careful reader names it
        return None
    last = frame.columns[-1]
    # Every line but the header is a row: Polars skips blank ones, and a quoted field may hold line feeds.
    ends = data.count(b"\n") - data.endswith(b"\n")
    if frame.height != ends or (len(names) == 1 and frame[last].null_count()):
        return None
    # Polars refuses a row that is too long and pads one that is too short: then the last column has a null, and the
    # delimiters outside of quotes tell whether it is more than an empty field.
    if frame[last].null_count() and not _is_even(data, lines, delimiter, len(names), frame.height):
        return None
    first = header.line + 1
    return frame.with_columns(pl.int_range(first, frame.height + first, dtype=pl.Int64).alias("source_row"))


def _distinct(names: list[str]) -> list[str]:
    """Return names for all columns; the nameless ones are taken away afterwards."""
    return [name or f"\0{index}" for index, name in enumerate(names)]


def _is_even(data: bytes, lines: pl.Series | None, delimiter: str, columns: int, rows: int) -> bool:
    """Say whether every row has as many fields as the header. Only the sum is counted where nothing is quoted."""
    if lines is None:
        return data.count(delimiter.encode()) == (columns - 1) * (rows + 1)
    bare = lines.str.replace_all(r'"[^"]*"', "")
    return bool((bare.str.count_matches(delimiter, literal=True) == columns - 1).all())


def _quoted_lines(data: bytes, delimiter: str) -> pl.Series | None:
    """Return the lines that follow the header, or None where quoting looks odd."""
    if delimiter == "\x1f" or b"\x1f" in data:
        return None
    body = pl.read_csv(data, has_header=False, separator="\x1f", quote_char=None, schema={"line": pl.String})[
        "line"
    ].slice(1)
    outside = re.escape(delimiter)
    odd = body.str.contains(rf'[^"{outside}]"[^"{outside}\r]').any()
    return None if odd else body


def _careful(file: str, text: str, header: Header, wanted: Wanted) -> Rows:
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = reader_of(text, header.delimiter)
    started = header.line
    try:
        for _ in range(header.skipped + 1):
            next(reader)
        started = reader.line_num + 1
        for row in reader:
            if row:
                rows.append(row)
                lines.append(started)
            started = reader.line_num + 1
    except csv.Error as error:
        raise broken(file, started, error) from None
    return framed(rows, lines, header.names, wanted, unended=not text.endswith(("\n", "\r")))
