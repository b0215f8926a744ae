"""Tokens, of which a browser's cookie or a mailed link carries the whole and the state keeps the hash."""

from __future__ import annotations

import hashlib
import random

__all__ = ["drawn", "hashed"]


def drawn(rng: random.Random) -> str:
    """Return a new token that nobody guesses."""
    return f"{rng.getrandbits(256):064x}"


def hashed(token: str) -> str:
    """Return what the state keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
