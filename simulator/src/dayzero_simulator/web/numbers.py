"""Numbers as people and addresses write them."""

from __future__ import annotations

__all__ = ["whole_number"]

LONGEST = 15
"""Digits. The state takes no more than 18."""


def whole_number(text: str, *, otherwise: int = 0) -> int:
    """Return a number from 0 on, or ``otherwise`` for a text that is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else otherwise
