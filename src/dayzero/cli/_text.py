"""Text for a terminal. Names and ids come from strangers: what would steer the terminal is shown, not sent."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["harmless", "text"]

_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Unicode's classes of what turns the direction of writing, so that a name reads as another one."""


def harmless(said: str) -> str:
    """Return ``said`` with each character that steers a terminal written as its escape; line ends and tabs stay."""
    if said.isascii() and said.isprintable():
        return said
    return "".join(c.encode("unicode_escape").decode() if _steers(c) else c for c in said)


def _steers(character: str) -> bool:
    control = unicodedata.category(character) in _CONTROLS and character not in "\n\t"
    return control or unicodedata.bidirectional(character) in _TURNS


def text(said: str, style: str = "") -> Text:
    """Return ``said`` as a text in which nothing is markup and nothing steers the terminal."""
    from rich.text import Text

    return Text(harmless(said), style=style)
