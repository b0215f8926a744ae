"""Lines that fit a width: broken between words, never within one nor within a command between backticks. Pure."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["columns", "fitted"]

_PIECES = re.compile(r"(\s*)((?:`[^`]+`|\S)+)")
"""What stands before a word, and the word; a command, with its backticks and what touches them, is one."""
_WIDE, _WITHOUT_WIDTH = "WF", ("Mn", "Me", "Cf")


def fitted(said: str, width: int, *, hang: int = 0) -> list[str]:
    """Return ``said`` in lines of at most ``width`` columns, all but the first pushed in by ``hang``.

    A word or command that is wider than that has a line of its own, and is whole. Line ends that are there stay.
    """
    lines: list[str] = []
    for paragraph in said.expandtabs().split("\n"):
        begun: list[str] = []
        used = 0
        for gap, piece in _PIECES.findall(paragraph):
            room = width - (hang if lines else 0)
            if begun and used + len(gap) + columns(piece) > room:
                lines.append("".join(begun))
                begun, used = [piece], columns(piece)
            else:
                begun += (gap, piece)
                used += len(gap) + columns(piece)
        lines.append("".join(begun))
    return [line and " " * (hang if number else 0) + line for number, line in enumerate(lines)]


def columns(said: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return len(said) if said.isascii() else sum(map(_columns_of, said))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _WITHOUT_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
