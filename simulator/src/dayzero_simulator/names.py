"""How people are called, and where they stand in a list sorted as people sort it."""

from __future__ import annotations

import unicodedata

__all__ = ["full_name", "grade_key", "grade_order", "name_key", "sorted_as"]

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
)
"""Letters of their own that readers of English look for under another, and that Unicode does not take apart."""


def full_name(given: str | None, family: str | None) -> str:
    """Return a name as it is read; many people have only one of the two."""
    return " ".join(n for n in (given, family) if n)


def sorted_as(text: str) -> str:
    """Return what a text is sorted by: no case, no accents, and blanks and letters alone: O'Brien beside Obrien."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " * (c not in "'’`.") for c in text.casefold()).split())


def name_key(given: str | None, family: str | None) -> str:
    """Return what a person is sorted by: the family name, then the given one; a single name is the family's."""
    return f"{sorted_as(family or given or '')}\x1f{sorted_as(given or '')}"


def grade_key(grade: str) -> str:
    """Return what grades are compared by: 09 is 9, and k is K."""
    return grade.strip().casefold().lstrip("0") or "0"


def grade_order(grade: str) -> tuple[bool, int, str]:
    """Return what grades are sorted by: numbers by their size, then words."""
    return not grade.isdecimal(), len(grade), grade
