"""When two names are the same: accents, case, order and punctuation make no other person."""

from __future__ import annotations

import polars as pl

__all__ = ["folded", "name_words", "telling_words"]

_BETWEEN = r"[^\p{L}\p{N}]+"
_LETTERS = {
    "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
}  # fmt: skip
_WRITTEN_OUT = {"ae": "a", "oe": "o", "ue": "u", "ss": "s"}
"""Where a keyboard had no umlauts."""
_TITLES = (
    "mr", "mrs", "ms", "mx", "miss", "sir", "rev", "dr", "prof", "herr", "frau", "mme", "mlle", "sr", "sra", "srta", "jr",
    "ii", "iii", "iv",
)  # fmt: skip
_PARTICLES = (
    "van", "von", "vom", "der", "den", "dem", "de", "del", "della", "degli", "di", "da", "do", "dos", "das", "du", "des", "la",
    "le", "las", "los", "el", "al", "bin", "ibn", "ben", "bint", "abu", "zu", "zum", "zur", "af", "av", "ter", "ten", "te",
    "op", "the", "of", "y", "e", "i", "und", "and", "st", "san", "santa", "mac", "mc",
)  # fmt: skip
"""What stands between the names of many. At the beginning or end of a name it is one itself: Ben, Al, Le."""


def folded(name: pl.Expr) -> pl.Expr:
    """Return the words of a name as one text, sorted, each once, as they are compared; null where there is none.

    Letters are taken apart from their accents; what is no letter or digit parts words.
    """
    words = _words(name).list.unique().list.sort().list.join(" ")
    return pl.when(words != "").then(words)


def _words(name: pl.Expr) -> pl.Expr:
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    for written in (_LETTERS, _WRITTEN_OUT):
        plain = plain.str.replace_many(list(written), list(written.values()))
    return plain.str.replace_all(_BETWEEN, " ").str.strip_chars().str.split(" ")


def name_words(given: str, family: str) -> pl.Expr:
    """Return the words of a person's names, as ``folded``. Columns ``given`` and ``family``."""
    return folded(_whole(given, family))


def telling_words(given: str, family: str) -> pl.Expr:
    """Return, as a list, those of a person's words that many others do not share: no title, no initial, no *van*, *de la* or
    *bin* between two names. All of them where nothing else is left; null where there is none."""
    one = pl.element()
    words = _words(_whole(given, family)).list.eval(one.filter(one != ""))
    names = words.list.eval(one.filter(~one.is_in(_TITLES) & ~one.str.contains("^[a-z]$")))
    place = pl.int_range(pl.len())
    told = names.list.eval(one.filter(~one.is_in(_PARTICLES) | (place == 0) | (place == pl.len() - 1)))
    return pl.when(told.list.len() > 0).then(told).when(words.list.len() > 0).then(words)


def _whole(given: str, family: str) -> pl.Expr:
    return pl.concat_str([pl.col(given), pl.col(family)], separator=" ", ignore_nulls=True)
