"""Marks of birth dates: what is remembered is an HMAC, by a key that lies beside the journal and never leaves the machine."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

__all__ = ["made_marker", "marker"]

FILE = "births.key"
_BYTES = 32


Marker: TypeAlias = Callable[[date], int]
"""Makes a mark (64 bits) of a date."""


def marker(folder: Path) -> Marker | None:
    """Return what makes marks, None where there is no key yet, or none for whoever only looks here."""
    try:
        key = (folder / FILE).read_bytes()
    except OSError:
        return None
    return _by(key) if len(key) == _BYTES else None


def made_marker(folder: Path) -> Marker:
    """Return what makes marks; where there is no key, one is made."""
    known = marker(folder)
    if known is not None:
        return known
    key = secrets.token_bytes(_BYTES)
    with os.fdopen(os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(key)
    return _by(key)


def _by(key: bytes) -> Marker:
    def mark(day: date) -> int:
        return int.from_bytes(hmac.digest(key, day.isoformat().encode(), hashlib.sha256)[:8], "big")

    return mark
