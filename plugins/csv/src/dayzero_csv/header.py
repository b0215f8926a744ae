"""Find the header of a file: behind `sep=;`, below a title, between any of the usual delimiters."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dayzero.errors import SourceError
from dayzero.plugin import columns_told, is_plain

__all__ = ["DELIMITERS", "Header", "Wanted", "best_line", "broken", "column_names", "find_header", "reader_of"]

DELIMITERS = (",", ";", "\t", "|")
LINES = 30
"""How far down a header is looked for."""
_SEP = re.compile(r'^"?sep=(.)"?[\t,;|]*\r?$', re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """What is known of a file's columns beforehand.

    ``needed``: headers without which nothing can be read; ``known``: all that would be used. ``reach``: headers up to
    which every row must have a cell; behind them an export may leave empty ones out (None: it may leave out none, and no
    column may lack a name).
    ``numbered``: a name that is there again is told apart by a number.
    """

    needed: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    reach: frozenset[str] | None = None
    numbered: bool = False

    def fits(self, names: Iterable[str]) -> int:
        """Return how many of the known names are there, and more where all that are needed are."""
        there = self.known.intersection(names)
        return len(there) + len(self.known) * (bool(self.needed) and self.needed <= there)


@dataclass(frozen=True)
class Header:
    """Where the header stands: ``skipped`` records and ``line`` - 1 lines above it. ``names`` is as long as the row."""

    names: list[str]
    delimiter: str
    skipped: int = 0
    line: int = 1


def find_header(file: str, head: str, delimiter: str, wanted: Wanted) -> Header:
    """Return the header of a file's first lines. Raises SourceError for one that cannot be right (case 60)."""
    sep = _SEP.match(head.split("\n", 1)[0])
    if sep:
        delimiter = sep[1] if delimiter == "auto" else delimiter
    first = head.split("\n", 2)[1 if sep and "\n" in head else 0].rstrip("\r")
    likely = max(DELIMITERS, key=first.count) if delimiter == "auto" else delimiter
    rows = list(_records(file, head, likely))
    index = int(bool(sep)) if len(rows) > bool(sep) else 0
    names = [n.strip() for n in rows[index][1]] if rows else []
    if wanted.known and not wanted.fits(names):
        for one in DELIMITERS if delimiter == "auto" else (delimiter,):
            tried = list(_records(file, head, one))
            found, score = best_line([r for _, r in tried], wanted)
            if score > max(1, wanted.fits(names)):
                rows, index, likely = tried, found, one
                names = [n.strip() for n in rows[index][1]]
    line = rows[index][0] if rows else 1
    _refuse_other_delimiter(file, names, likely, line)
    if wanted.reach is None and "" in names:
        raise SourceError(
            f"{file}, line {line}: a column has no name.",
            remedy="Give every column its own name in the header.",
            file=file,
            line=line,
            column="",
        )
    return Header(column_names(file, names, line, wanted.known, numbered=wanted.numbered), likely, index, line)


def best_line(rows: Sequence[Sequence[str]], wanted: Wanted) -> tuple[int, int]:
    """Return the first row with the most known names, and its score."""
    scores = [wanted.fits(cell.strip() for cell in row) for row in rows[:LINES]]
    best = max(scores, default=0)
    return (scores.index(best), best) if scores else (0, 0)


def column_names(
    file: str, names: list[str], line: int, known: Collection[str] = (), *, numbered: bool = False
) -> list[str]:
    """Return names as they are; refuse one that is there twice, and a header without any. A nameless column is ``""``.

    ``known``: those that may be said of a file whose header may be missing.
    """
    while names and names[-1] == "":
        names = names[:-1]
    if not names:
        raise SourceError(
            f"{file}, line {line}: the header is empty.",
            remedy="Export it again; a table without rows still has its header.",
            file=file,
            line=line,
        )
    if numbered:
        return [f"{n} ({names[: i + 1].count(n)})" if n and n in names[:i] else n for i, n in enumerate(names)]
    twice = next((n for n in names if n and names.count(n) > 1), None)
    if twice is not None:
        first, second, *_ = (place for place, name in enumerate(names, 1) if name == twice)
        told, every = columns_told(names, known) if known else ("", f"It is {twice!r}.")
        it = (
            f"the column {twice!r} is there twice"
            if is_plain(twice, known)
            else f"columns {first} and {second} have one name"
        )
        raise SourceError(
            f"{file}, line {line}: {it}{'; ' * bool(told)}{told}.",
            remedy="Give every column its own name in the header, which is the first line.",
            file=file,
            line=line,
            column=twice,
            said=every or None,
        )
    return names


def _records(file: str, head: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first records with the line each begins on."""
    reader = reader_of(head, delimiter)
    begins = 1
    try:
        for index, row in enumerate(reader):
            if index >= LINES:
                return
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        if begins == 1:
            raise broken(file, 1, error) from None


def _refuse_other_delimiter(file: str, names: list[str], delimiter: str, line: int) -> None:
    other = next((d for d in DELIMITERS if d != delimiter and len(names) == 1 and d in names[0]), None)
    if other:
        spelled = other.replace("\t", "\\t")
        raise SourceError(
            f"{file}, line {line}: the header has one column when split at {delimiter!r}, "
            f"and {names[0].count(other) + 1:,} when split at '{spelled}'.",
            remedy=f'Set `delimiter = "{spelled}"` (or "auto") under [source].',
            file=file,
            line=line,
            said=f"It is {names[0][:80]!r}.",
        )


def reader_of(text: str, delimiter: str):  # type: ignore[no-untyped-def]  # csv names no public reader type
    """Return the standard library's reader of a text."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def broken(file: str, line: int, error: csv.Error) -> SourceError:
    """Return what is wrong with the quotes of a file."""
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
