"""Expressions for values that OneRoster writes in more than one way."""

from __future__ import annotations

import polars as pl

__all__ = ["alone", "is_false", "list_of", "moment", "word"]


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


def moment(column: str) -> pl.Expr:
    """Return an ISO date or time as text that sorts; null for anything else."""
    return pl.col(column).str.extract(r"^(\d{4}-\d{2}-\d{2}(?:[T ].*)?)$")
