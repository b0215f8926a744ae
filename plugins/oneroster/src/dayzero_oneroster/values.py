"""Expressions for values that OneRoster writes in more than one way."""

from __future__ import annotations

import polars as pl

__all__ = ["alone", "instant", "is_false", "list_of", "word"]


def list_of(column: str) -> pl.Expr:
    """Return the list that stands in one field as ``a,b``. Blank is null."""
    parts = pl.col(column).str.split(",").list.eval(pl.element().str.strip_chars())
    return parts.list.eval(pl.element().filter(pl.element() != ""))


def alone(values: pl.Expr) -> pl.Expr:
    """Return the one distinct value of a list, else null: a class for three grades tells nobody's grade."""
    distinct = values.list.unique()
    return pl.when(distinct.list.len() == 1).then(distinct.list.first())


def word(column: str) -> pl.Expr:
    """Return an enum in small letters: providers write them in any case."""
    return pl.col(column).str.to_lowercase()


def is_false(column: str) -> pl.Expr:
    """Say whether a boolean of the specification is false; blank and unknown words are not."""
    return word(column).is_in(["false", "0", "no", "n"]).fill_null(value=False)


def instant(column: str) -> pl.Expr:
    """Return an ISO date or time as a moment in UTC; null for anything else. Without a zone it is taken as UTC."""
    parts = pl.col(column).str.extract_groups(_MOMENT)
    zone = parts.struct["zone"].str.replace("^[Zz]$", "+0000").str.replace(":", "", literal=True)
    seconds = pl.coalesce(parts.struct["seconds"], pl.lit(":00"))
    text = pl.concat_str(
        parts.struct["day"], pl.lit("T"), pl.coalesce(parts.struct["minutes"], pl.lit("00:00")), seconds,
        pl.when(zone.str.len_chars() == 3).then(zone + "00").otherwise(zone.fill_null("+0000")),
    )  # fmt: skip
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)


_MOMENT = (
    r"^\s*(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<minutes>\d{2}:\d{2})(?P<seconds>:\d{2}(?:\.\d{1,9})?)?\s*"
    r"(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?\s*$"
)
