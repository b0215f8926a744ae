"""When two names are the same: accents, case, order and punctuation make no other person."""

from __future__ import annotations

import polars as pl

__all__ = ["folded", "name_words"]

_BETWEEN = r"[^\p{L}\p{N}]+"
_LETTERS = {
    "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
}  # fmt: skip
_WRITTEN_OUT = {"ae": "a", "oe": "o", "ue": "u", "ss": "s"}
"""Where a keyboard had no umlauts."""


def folded(name: pl.Expr) -> pl.Expr:
    """Return the words of a name as one text, sorted, each once, as they are compared; null where there is none.

    Letters are taken apart from their accents; what is no letter or digit parts words.
    """
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    for written in (_LETTERS, _WRITTEN_OUT):
        plain = plain.str.replace_many(list(written), list(written.values()))
    parted = plain.str.replace_all(_BETWEEN, " ").str.strip_chars().str.split(" ")
    words = parted.list.unique().list.sort().list.join(" ")
    return pl.when(words != "").then(words)


def name_words(given: str, family: str) -> pl.Expr:
    """Return the words of a person's names, as ``folded``. Columns ``given`` and ``family``."""
    return folded(pl.concat_str([pl.col(given), pl.col(family)], separator=" ", ignore_nulls=True))
