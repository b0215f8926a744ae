"""When two names are the same: accents, case, order and punctuation make no other person."""

from __future__ import annotations

import polars as pl

__all__ = ["name_words"]

_BETWEEN = r"[^\p{L}\p{N}]+"


def name_words(given: str, family: str) -> pl.Expr:
    """Return the words of a person's names as one text, folded and sorted; null for somebody without any.

    Columns ``given`` and ``family``. Letters are taken apart from their accents; what is no letter or digit parts words.
    """
    said = pl.concat_str([pl.col(given), pl.col(family)], separator=" ", ignore_nulls=True)
    plain = said.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    words = (
        plain.str.replace_all(_BETWEEN, " ").str.strip_chars().str.split(" ").list.unique().list.sort().list.join(" ")
    )
    return pl.when(words != "").then(words)
