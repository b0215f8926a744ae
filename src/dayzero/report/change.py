"""When the year changes, and who arrives, goes up and leaves with it. Pure."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from dayzero.plan import Decided
from dayzero.report.model import ChangeOfYear

__all__ = ["change_of_year"]


def change_of_year(decided: Decided, today: date) -> ChangeOfYear | None:
    """Return the change to the next year; None where the active year says no end."""
    years = decided.wanted("school-year")
    ends = years.filter(pl.col("role") == "active")["ends_on"].drop_nulls()
    if ends.is_empty():
        return None
    day = date.fromisoformat(ends[0]) + timedelta(days=1)
    known = decided.population.years.scheduling is not None
    here, coming = pl.col("in_active"), pl.col("in_scheduling")
    counts = decided.population.students.select(
        arrive=(coming & ~here).sum(), go_up=(here & coming).sum(), leave=(here & ~coming).sum()
    ).row(0, named=True)
    return ChangeOfYear(day, (day - today).days, known, **(counts if known else dict.fromkeys(counts, 0)))
