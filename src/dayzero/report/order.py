"""In which order people read: names by the alphabet, rooms and grades by the numbers in them. Pure."""

from __future__ import annotations

import polars as pl

__all__ = ["alphabetical", "natural"]


def alphabetical(name: pl.Expr) -> pl.Expr:
    """Return what names are sorted by: accents and case make no letter another one."""
    plain = name.fill_null("").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return plain.str.to_lowercase()


def natural(text: pl.Expr) -> pl.Expr:
    """Return what rooms and grades are sorted by: words before numbers, so that K comes before 1, and 9A before 10A."""
    padded = text.str.replace_all(r"\d+", "0000000000$0").str.replace_all(r"\d*(\d{10})", "$1")
    return padded.str.replace(r"^(\d)", "~$1").str.to_lowercase()
