"""Text to columns of text: Polars where the file is plain, the standard library's reader where anything is odd.

Polars pads a short row and skips blank lines in silence; both would shift line numbers or hide a broken row, so they are
looked for first, column-wise.
"""

from __future__ import annotations

import csv
import io
import re

import polars as pl

from dayzero.errors import SourceError
from dayzero_csv.text import decoded

_DELIMITERS = (",", ";", "\t", "|")
_HEADER = 65_536
"""How many bytes of a file are looked at for its header."""


def read_text(file: str, data: bytes, delimiter: str) -> pl.DataFrame:
    """Read UTF-8: all columns as text, with ``source_row`` and, where a row is ragged, ``source_problem``.

    ``delimiter`` is one character or ``auto``. Raises SourceError naming file and line.
    """
    end = data.find(b"\n", _HEADER)
    head = decoded(file, data if end < 0 else data[:end])
    first = head.split("\n", 1)[0].rstrip("\r")
    if delimiter == "auto":
        delimiter = max(_DELIMITERS, key=first.count)
    header = _header(file, head, delimiter)
    if _one_line_each(data) and (frame := _fast(data, header, delimiter)) is not None:
        return frame
    return _careful(file, decoded(file, data), header, delimiter)


def _header(file: str, head: str, delimiter: str) -> list[str]:
    """Return the trimmed column names; refuse a wrong delimiter (case 60), duplicates and nameless columns."""
    try:
        names = [n.strip() for n in next(_reader(head, delimiter), [])]
    except csv.Error as error:
        raise _broken(file, 1, error) from None
    other = next((d for d in _DELIMITERS if d != delimiter and len(names) == 1 and d in names[0]), None)
    if other:
        spelled = other.replace("\t", "\\t")
        raise SourceError(
            f"{file}, line 1: the header has one column when split at {delimiter!r}: {names[0][:80]!r}.",
            remedy=f'Set `delimiter = "{spelled}"` (or "auto") under [source].',
            file=file,
            line=1,
        )
    twice = next((n for n in names if names.count(n) > 1), None)
    if not names:
        raise SourceError(
            f"{file}, line 1: the header is empty.",
            remedy="Export it again; a table without rows still has its header.",
            file=file,
            line=1,
        )
    if twice is not None or "" in names:
        raise SourceError(
            f"{file}, line 1: {f'the column {twice!r} is there twice' if twice else 'a column has no name'}.",
            remedy="Give every column its own name in the header.",
            file=file,
            line=1,
            column=twice or "",
        )
    return names


def _one_line_each(data: bytes) -> bool:
    """Say whether lines end in line feeds alone: no carriage returns of their own."""
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


def _fast(data: bytes, header: list[str], delimiter: str) -> pl.DataFrame | None:
    """Return the columns, or None where a row may be ragged or a quoted field may span lines."""
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
            schema=dict.fromkeys(header, pl.String),
        )
    except pl.exceptions.PolarsError:  # whatever it stumbles over, the careful reader names it
        return None
    # Every line but the header is a row: Polars skips blank ones, and a quoted field may hold line feeds.
    ends = data.count(b"\n") - data.endswith(b"\n")
    if frame.height != ends or (len(header) == 1 and frame[header[0]].null_count()):
        return None
    # Polars refuses a row that is too long and pads one that is too short: then the last column has a null, and the
    # delimiters outside of quotes tell whether it is more than an empty field.
    if frame[header[-1]].null_count() and not _is_even(data, lines, delimiter, len(header), frame.height):
        return None
    return frame.with_columns(pl.int_range(2, frame.height + 2, dtype=pl.Int64).alias("source_row"))


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


def _careful(file: str, text: str, header: list[str], delimiter: str) -> pl.DataFrame:
    rows, lines, problems = [], [], []
    reader = _reader(text, delimiter)
    started = 1
    try:
        next(reader)
        started = reader.line_num + 1
        for row in reader:
            if row:
                rows.append((row + [""] * len(header))[: len(header)])
                lines.append(started)
                problems.append(_problem(len(row), len(header)))
            started = reader.line_num + 1
    except csv.Error as error:
        raise _broken(file, started, error) from None
    if problems and problems[-1] and not text.endswith("\n"):
        raise SourceError(
            f"{file}, line {lines[-1]}: the file ends in the middle of a row ({problems[-1]}); it seems to be cut off.",
            remedy="Export or copy it again.",
            file=file,
            line=lines[-1],
        )
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    frame = frame.with_columns(pl.Series("source_row", lines, dtype=pl.Int64))
    if any(problems):
        frame = frame.with_columns(pl.Series("source_problem", problems, dtype=pl.String))
    return frame


def _problem(fields: int, expected: int) -> str | None:
    if fields == expected:
        return None
    return f"{fields} field{'s' * (fields != 1)} where the header has {expected}"


def _reader(text: str, delimiter: str):  # type: ignore[no-untyped-def]  # csv names no public reader type
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _broken(file: str, line: int, error: csv.Error) -> SourceError:
    longest = csv.field_size_limit()
    problem = (
        f"a field is longer than {longest:,} characters; a quote before it may not be closed"
        if str(longest) in str(error)
        else f"a quoted field is not closed properly ({error})"
    )
    return SourceError(
        f"{file}, line {line}: {problem}.",
        remedy="Close the quote, and double every quote inside a quoted field.",
        file=file,
        line=line,
    )
