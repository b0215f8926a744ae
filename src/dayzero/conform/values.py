"""How the text of one column is read: trimmed, then taken for a value of its type, or null where it is none.

Most columns of a school say the same few words over and over: those are read once, word by word.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from dayzero.conform.raw import WRONG_TYPE
from dayzero.schema import Column, Type

__all__ = ["DTYPES", "EXPECTED", "absent", "few_words", "grade_key", "misfits", "trimmed", "typed"]

EXPECTED = {
    Type.ID: "an id as text; a fraction or a yes/no value cannot be one",
    Type.TEXT: "text; a fraction or a yes/no value is none",
    Type.DATE: "a date such as 2026-08-31 (ISO 8601)",
    Type.BOOLEAN: "one of true, false, yes, no, y, n, 1, 0",
    Type.INTEGER: "a whole number, 0 or more",
    Type.NUMBER: "a number",
}
"""What a value of a type looks like, for messages and docs."""

DTYPES: dict[Type, type[pl.DataType]] = {
    Type.ID: pl.String,
    Type.TEXT: pl.String,
    Type.DATE: pl.Date,
    Type.BOOLEAN: pl.Boolean,
    Type.INTEGER: pl.Int64,
    Type.NUMBER: pl.Float64,
}

_BOOLEAN_WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def few_words(text: pl.Series) -> pl.Series | None:
    """Return the words of a column that says few over and over; None for any other."""
    if text.dtype != pl.String or text.len() <= _SAMPLE or text.head(_SAMPLE).n_unique() > _SAMPLE // 2:
        return None
    return text.unique().drop_nulls()


_SAMPLE = 4_096


def trimmed(text: pl.Series, words: pl.Series | None = None) -> pl.Series:
    """Return text without white space around its values, and null for what is empty then. ``words``: its ``few_words``."""
    return _by_words(text, _trimmed, words) if text.dtype == pl.String else text


def _trimmed(text: pl.Series) -> pl.Series:
    stripped = text.str.strip_chars()
    before, after = text.str.len_bytes(), stripped.str.len_bytes()
    if after.sum() == before.sum() and after.min() != 0:
        return text  # as it is: views of a million texts are most of a school's memory
    return stripped.set(after == 0, None)


def typed(column: Column, text: pl.Series, words: pl.Series | None = None) -> pl.Series:
    """Return trimmed text as values of the column's type; null where there is none or it does not fit (``misfits``).

    ``words``: its ``few_words``, or those of more rows.
    """
    if text.dtype == pl.Boolean:
        return (
            text
            if column.type is Type.BOOLEAN
            else pl.Series(text.name, [None], DTYPES[column.type]).new_from_index(0, text.len())
        )
    return _by_words(text, _choice(column) if column.choices else _WORDED[column.type], words)


def misfits(text: pl.Series, value: pl.Series) -> pl.Series | None:
    """Return where there was text that did not fit; None where all of it did."""
    if text.null_count() == value.null_count():
        return None
    return text.is_not_null() & value.is_null()


def absent(column: Column) -> str | None:
    """Return what stands for a value that is not there. Only closed sets have a default here: a tick's is "no opinion"
    until the years' copies were merged."""
    return column.default if column.choices and isinstance(column.default, str) else None


def grade_key(level: pl.Expr) -> pl.Expr:
    """Return grade levels as they are compared: 09 is 9, and k is K."""
    return level.str.to_lowercase().str.replace(r"^0+(.)", "$1")


_Reading = Callable[[pl.Series], pl.Series]


def _choice(column: Column) -> _Reading:
    def read(text: pl.Series) -> pl.Series:
        word = text.str.to_lowercase()
        return word.set(~word.is_in(column.choices), None)

    return read


def _text(text: pl.Series) -> pl.Series:
    wrong = text.str.starts_with(WRONG_TYPE)
    return text.set(wrong, None) if wrong.any() else text


def _date(text: pl.Series) -> pl.Series:
    # A year that was written with two digits, or before 1900, is nobody's birth and no school's year.
    return text.str.extract(r"^((?:19|[2-9]\d)\d{2}-\d{2}-\d{2})(?:[T ].*)?$").str.to_date("%Y-%m-%d", strict=False)


def _boolean(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(_BOOLEAN_WORDS, default=None, return_dtype=pl.Boolean)


def _integer(text: pl.Series) -> pl.Series:
    return text.str.extract(r"^(\+?\d{1,18})$").cast(pl.Int64, strict=False)


def _number(text: pl.Series) -> pl.Series:
    value = text.cast(pl.Float64, strict=False)
    return value.set(~value.is_finite(), None)


_WORDED: dict[Type, _Reading] = {
    Type.ID: _text,
    Type.TEXT: _text,
    Type.DATE: _date,
    Type.BOOLEAN: _boolean,
    Type.INTEGER: _integer,
    Type.NUMBER: _number,
}


def _by_words(text: pl.Series, read: _Reading, words: pl.Series | None) -> pl.Series:
    """Return ``read(text)``, asked once for each word where there are few."""
    if text.null_count() == text.len():
        return read(text.clear()).extend_constant(None, text.len())
    if words is None:
        return read(text)
    values = read(words)
    if values.dtype == text.dtype and values.equals(words, null_equal=True):
        return text
    # Looking each word up is the slowest way to say the same.
    if values.dtype == pl.Boolean and not values.null_count():
        return text.is_in(words.filter(values).implode())
    if values.dtype.is_numeric() and words.cast(values.dtype, strict=False).equals(values, null_equal=True):
        return text.cast(values.dtype, strict=False)
    return text.replace_strict(words, values, default=None, return_dtype=values.dtype)
