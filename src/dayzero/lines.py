"""Lines that fit a width: broken between words, never within one nor within a command between backticks. Pure."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, repeat

__all__ = ["columns", "fitted"]

_PIECES = re.compile(r"(\s*)((?:`[^`]+`|\S)+)")
"""What stands before a word, and the word; a command, with its backticks and what touches them, is one."""
_WIDE, _WITHOUT_WIDTH = "WF", ("Mn", "Me", "Cf")


def fitted(said: str, width: int, *, hang: int = 0) -> list[str]:
    """Return ``said`` in lines of at most ``width`` columns, all but the first pushed in by ``hang``.

    A command that is wider than that has a line of its own, and is whole; a word that is, is broken where a line of its own
    ends. Line ends that are there stay.
    """
    lines: list[str] = []
    for paragraph in said.expandtabs().split("\n"):
        begun: list[str] = []
        used = 0
        for before, piece in _PIECES.findall(paragraph):
            for gap, part in zip(chain([before], repeat("")), _parts(piece, width - hang), strict=False):
                room = width - (hang if lines else 0)
                if begun and used + len(gap) + columns(part) > room:
                    lines.append("".join(begun))
                    begun, used = [part], columns(part)
                else:
                    begun += (gap, part)
                    used += len(gap) + columns(part)
        lines.append("".join(begun))
    return [line and " " * (hang if number else 0) + line for number, line in enumerate(lines)]


def _parts(piece: str, room: int) -> list[str]:
    """Return a word in parts that fit a line; a command, and all else that fits, as it is."""
    if "`" in piece or columns(piece) <= room:
        return [piece]
    parts, used = [""], 0
    for character in piece:
        wide = columns(character)
        if used + wide > room:
            parts.append("")
            used = 0
        parts[-1] += character
        used += wide
    return parts


def columns(said: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return len(said) if said.isascii() else sum(map(_columns_of, said))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _WITHOUT_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
