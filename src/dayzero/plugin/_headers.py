"""What may be said of a header wherever it is read: where a file has lost its first line, its header is somebody's row."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

__all__ = ["columns_told", "is_plain"]


def is_plain(name: str, known: Collection[str]) -> bool:
    """Say whether a column's name is one of those that are known, whatever stands between its letters, or a long one with a
    slip of the pen: then it names nobody. (`Emil` is almost `email`.)"""
    letters, all_known = _letters(name), {*map(_letters, known)}
    long = [k for k in all_known if len(k) >= _LONG]
    return letters in all_known or bool(difflib.get_close_matches(letters, long, n=1, cutoff=_ALMOST))


_LONG, _ALMOST = 8, 0.8


def columns_told(names: Iterable[str], known: Collection[str]) -> tuple[str, str]:
    """Return which columns there are, as it may stand in any message, and with all their names, for the ``said`` of an error.

    ``known``: the names that are looked for, in the schema or in the configuration. No other is in the first.
    """
    there = list(names)
    plain = [name for name in there if is_plain(name, known)]
    every = f"Its columns: {', '.join(there)}."
    if len(plain) == len(there):
        return f"it has: {', '.join(there) or 'none'}", ""
    of = f"its {len(there):,} columns" if len(there) > 1 else "its one column"
    if not plain:
        return (
            f"{of} {'have' if len(there) > 1 else 'has'} no name that is known; the header line may be missing",
            every,
        )
    return f"of {of} these have names that are known: {', '.join(plain)}", every


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name
