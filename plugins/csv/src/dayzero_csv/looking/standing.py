"""Who is here and who has left, where no header is sure to say it: told by what stands in the columns that nobody knows."""

from __future__ import annotations

from enum import Enum

import polars as pl

from dayzero_csv.looking.headers import said_by
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.values import are_dates, are_ticks, has_blanks, words_in
from dayzero_csv.looking.vocabulary import vocabulary
from dayzero_csv.looking.words import plain, words_of

__all__ = ["Kind", "may_tell", "means_as_tick", "says_plainly"]

_SILENT = frozenset(
    {"is", "was", "has", "have", "on", "the", "at", "date", "student", "students", "pupil", "currently"}
)
_STUDENTS = ("", "student")
_OF_STANDING = ("status", "exit_date")
_OPPOSITE = {"active": "inactive", "inactive": "active"}
_FEW = 6
_LONGEST = 30


class Kind(Enum):
    """How a column may say who has left: by a word in every row, or by a date in some."""

    WORDS = "enrollments.status"
    DATES = "calendar_codes.exit_date"


def _said_of_yes(header: str) -> str | None:
    """Return what a header says of whoever has a yes below it: `Is Active` active, `Withdrawn?` inactive."""
    words = [word for word in words_of(header) if word not in _SILENT]
    means = vocabulary().status.get(" ".join(words))
    return means if means in _OPPOSITE else None


def means_as_tick(header: str, word: str) -> str | None:
    """Return what a yes or a no below such a header means."""
    means = _said_of_yes(header)
    yes = vocabulary().yes.get(plain(word))
    if means is None or yes is None:
        return None
    return means if yes else _OPPOSITE[means]


def says_plainly(seen: Seen, header: str) -> Kind | None:
    """Return how a column says who has left, where its header and its cells leave no doubt that it does."""
    cells = seen.rows[header]
    words = words_in(cells)
    means = _said_of_yes(header)
    if not words or not _is_open(header):
        return None
    if means is not None and are_ticks(cells):
        return Kind.WORDS
    if means == "inactive" and are_dates(cells):
        return Kind.DATES
    told = {vocabulary().status.get(plain(word)) for word in words}
    return Kind.WORDS if None not in told and "active" in told and len(told) > 1 else None


def may_tell(seen: Seen, header: str) -> Kind | None:
    """Return how a column would say who has left if it does: its header says nothing else, and its cells part the rows."""
    means = _said_of_yes(header)
    if not _is_exit_date(header) and (not _is_open(header) or (means is None and _is_known(header))):
        return None
    cells = seen.rows[header]
    words = words_in(cells)
    if not words:
        return Kind.WORDS if means else None
    if are_dates(cells):
        return Kind.DATES if has_blanks(cells) else None
    return Kind.WORDS if not _is_exit_date(header) and _parts(cells, words) else None


def _is_open(header: str) -> bool:
    """Say whether a header may be about a student's standing: it says nothing else for sure, and is nobody else's."""
    said = said_by(header)
    about = said.field is None or said.field.name == "tick" or (said.field.name in _OF_STANDING and not said.field.sure)
    return about and not said.code and said.subject in _STUDENTS


def _is_exit_date(header: str) -> bool:
    said = said_by(header)
    return said.field is not None and said.field.name == "exit_date" and said.subject in _STUDENTS


def _is_known(header: str) -> bool:
    """Say whether words of the header are known for what they say: of `Insured?` only the mark is."""
    field = said_by(header).field
    return field is not None and (field.name != "tick" or tuple(words_of(header)) in vocabulary().fields)


def _parts(cells: pl.Series, words: list[str]) -> bool:
    """Say whether a few words part the rows: yes and no, or any others; a word of a status may stand in all of them."""
    if len(words) > _FEW:
        return False
    if any(plain(word) in vocabulary().status for word in words):
        return True
    apart = len(words) > 1 or has_blanks(cells)
    return apart and (are_ticks(cells) or all(_is_a_word(word) for word in words))


def _is_a_word(text: str) -> bool:
    return len(text) <= _LONGEST and not any(c.isdigit() or c == "@" for c in text)
