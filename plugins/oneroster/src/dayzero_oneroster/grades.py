"""Which grade comes after another, in the way it is written."""

from __future__ import annotations

import polars as pl

__all__ = ["next_grade"]

_FIRST = {"kg": "01", "k": "1", "tk": "KG"}
_LAST = 12


def next_grade(grade: pl.Expr) -> pl.Expr:
    """Return the grade after ``grade``, null after the last and where nobody can say: ``09`` -> ``10``, ``9`` -> ``10``."""
    number = grade.str.extract(r"^(\d{1,2})$").cast(pl.Int64, strict=False)
    after = (number + 1).cast(pl.String)
    written = pl.when(grade.str.len_chars() == 2).then(after.str.zfill(2)).otherwise(after)
    named = grade.str.to_lowercase().replace_strict(_FIRST, default=None, return_dtype=pl.String)
    return pl.when(number < _LAST).then(written).otherwise(named)
