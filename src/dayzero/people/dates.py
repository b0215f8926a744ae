"""Whether the school's years can be true: dates are looked at, not only parsed."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from dayzero.errors import UntrustedSourceError
from dayzero.people.years import Years

__all__ = ["require_plausible"]

LONG_OVER = timedelta(days=400)
"""An active year that ended longer ago than this is a wrong date, or an export of another time."""


def require_plausible(school_years: pl.DataFrame, years: Years, today: date | None) -> None:
    """Refuse years that end before they begin, an active one that is long over, a scheduling one that begins before it.

    ``today``: the school's day; without it nothing is over. Raises UntrustedSourceError naming the year.
    """
    looked_at = {row["year_id"]: row for row in school_years.iter_rows(named=True) if row["year_id"] in years.both}
    for ident, year in looked_at.items():
        if year["ends_on"] < year["starts_on"]:
            raise _refusal(f"Year {ident} ends on {year['ends_on']}, before it begins on {year['starts_on']}", ident)
    active = looked_at[years.active]
    if today is not None and today - active["ends_on"] > LONG_OVER:
        raise _refusal(
            f"The active year {years.active} has been over since {active['ends_on']}; today is {today}", years.active
        )
    if years.scheduling is not None and looked_at[years.scheduling]["starts_on"] < active["starts_on"]:
        begins = looked_at[years.scheduling]["starts_on"]
        raise _refusal(
            f"The scheduling year {years.scheduling} begins on {begins}, before the active year {years.active} "
            f"({active['starts_on']})",
            years.scheduling,
        )


def _refusal(said: str, year: str) -> UntrustedSourceError:
    return UntrustedSourceError(
        f"{said}.",
        remedy="Correct the dates of school_years in the SIS, or how they are written (`date_format` under [source]), and export again.",
        rule="implausible-year",
        table="school_years",
        year=year,
    )
