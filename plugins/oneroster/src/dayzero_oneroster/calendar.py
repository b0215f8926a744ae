"""School years from ``academicSessions``: which there are, when they begin, and which one is active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings
from dayzero_oneroster.specification import TERM_TYPES
from dayzero_oneroster.values import word

__all__ = ["Calendar", "calendar_of"]

_TYPES = ("schoolyear", "gradingperiod", *TERM_TYPES)
_DEPTH = 4
"""Sessions nest no deeper: school year, semester, term, grading period."""
_STALE_DAYS = 120


@dataclass(frozen=True)
class Calendar:
    """``years``: ``year_id``, ``name``, ``starts_on``, ``ends_on``, ``role``, ``first_day`` (Day 0 is on or before it).

    ``sessions``: ``session``, ``year_id``, ``starts``, ``ends``.
    """

    years: pl.DataFrame
    sessions: pl.DataFrame

    @property
    def active(self) -> str | None:
        """The active year's id."""
        found = self.years.filter(pl.col("role") == "active")["year_id"]
        return found.item() if len(found) else None


def calendar_of(roster: Roster, settings: OneRosterSettings, as_of: date) -> tuple[Calendar, Findings]:
    """Return the years, and what is odd about them.

    Raises ConfigurationError where a year is asked for that does not exist.
    """
    sessions = roster["academicSessions"].filter(
        pl.col("status") == "active", pl.col("startDate").is_not_null(), pl.col("endDate").is_not_null()
    )
    sessions = _with_year(sessions.with_columns(type=word("type")))
    placed = sessions.filter(pl.col("year_id").is_not_null())
    years = _with_roles(_years(placed), settings, as_of)
    columns = {"session": "sourcedId", "year_id": "year_id", "starts": "startDate", "ends": "endDate"}
    calendar = Calendar(years.drop("aliases"), placed.select(**columns).unique("session", keep="first"))
    stale = () if settings.active_year else _stale(years, as_of)
    return calendar, (*_odd_sessions(sessions), *_odd_years(placed, years), *stale)


def _with_year(sessions: pl.DataFrame) -> pl.DataFrame:
    """Add ``year_id``: the ``schoolYear`` column, else an ancestor's, else the year in which a school year ends."""
    year = pl.col("schoolYear").str.replace(r"^(\d{4})-\d{2}-\d{2}.*$", "$1")
    own = pl.when(pl.col("type") == "schoolyear").then(pl.col("endDate").dt.year().cast(pl.String))
    sessions = sessions.with_columns(year_id=pl.coalesce(year, own))
    for _ in range(_DEPTH):
        above = sessions.select(parentSourcedId="sourcedId", above="year_id").unique("parentSourcedId", keep="first")
        sessions = (
            sessions.join(above, on="parentSourcedId", how="left", maintain_order="left")
            .with_columns(pl.coalesce("year_id", "above").alias("year_id"))
            .drop("above")
        )
    return sessions


def _years(sessions: pl.DataFrame) -> pl.DataFrame:
    whole, term = pl.col("type") == "schoolyear", pl.col("type").is_in(TERM_TYPES)
    return (
        sessions.group_by("year_id", maintain_order=True)
        .agg(
            name=pl.coalesce(pl.col("title").filter(whole).first(), pl.lit(None, pl.String)),
            starts_on=pl.coalesce(pl.col("startDate").filter(whole).min(), pl.col("startDate").min()),
            ends_on=pl.coalesce(pl.col("endDate").filter(whole).max(), pl.col("endDate").max()),
            first_term=pl.col("startDate").filter(term).min(),
            has_whole=whole.any(),
            ids=pl.col("sourcedId").filter(whole),
            titles=pl.col("title").filter(whole).drop_nulls(),
        )
        .with_columns(first_day=pl.coalesce("first_term", "starts_on"), name=pl.coalesce("name", "year_id"))
        .with_columns(aliases=pl.concat_list("ids", "titles"))
        .drop("ids", "titles")
        .sort("starts_on", "year_id")
    )


def _with_roles(years: pl.DataFrame, settings: OneRosterSettings, as_of: date) -> pl.DataFrame:
    """Mark the active year (by setting, else the last that began) and the next one as the scheduling year."""
    ids = years["year_id"].to_list()
    begun = years.filter(pl.col("starts_on") <= as_of)["year_id"].to_list()
    active = _asked(years, str(settings.active_year), "active_year") or (
        begun[-1] if begun else ids[0] if ids else None
    )
    place = ids.index(active) if active else 0
    following = ids[place + 1] if place + 1 < len(ids) else None
    scheduling = _asked(years, str(settings.scheduling_year), "scheduling_year") or following
    position = pl.int_range(pl.len())
    return years.with_columns(
        role=pl.when(pl.col("year_id") == pl.lit(active, pl.String)).then(pl.lit("active"))
        .when(pl.col("year_id") == pl.lit(scheduling, pl.String)).then(pl.lit("scheduling"))
        .when(position < place).then(pl.lit("past"))
        .otherwise(pl.lit("future"))
    )  # fmt: skip


def _asked(years: pl.DataFrame, asked: str, setting: str) -> str | None:
    if not asked:
        return None
    for year, aliases in years.select("year_id", "aliases").iter_rows():
        if asked == year or asked in aliases:
            return str(year)
    raise ConfigurationError(
        f"[source] {setting}: there is no school year {asked!r}; there are: {', '.join(years['year_id']) or 'none'}.",
        remedy=f"Correct `{setting}`, or leave it out to go by date.",
        key=f"source.{setting}",
    )


def _odd_sessions(sessions: pl.DataFrame) -> Iterator[Finding]:
    file = "academicSessions"
    below = sessions.filter(pl.col("parentSourcedId").is_not_null())
    missing = below.join(sessions, left_on="parentSourcedId", right_on="sourcedId", how="anti")
    yield from odd_rows("session-parent-missing", file, missing, "parentSourcedId")
    strange = sessions.filter(~pl.col("type").is_in(_TYPES).fill_null(value=False))
    yield from odd_rows("session-type", file, strange, "type")
    yield from odd_rows("session-year-unknown", file, sessions.filter(pl.col("year_id").is_null()), "sourcedId")


def _odd_years(sessions: pl.DataFrame, years: pl.DataFrame) -> Iterator[Finding]:
    file = "academicSessions"
    whole = pl.col("type") == "schoolyear"
    below = sessions.filter(whole, pl.col("parentSourcedId").is_not_null())
    yield from odd_rows("school-year-below-term", file, below, "parentSourcedId")
    outside = sessions.filter(~whole).join(years.filter("has_whole"), on="year_id", maintain_order="left")
    outside = outside.filter((pl.col("startDate") < pl.col("starts_on")) | (pl.col("endDate") > pl.col("ends_on")))
    yield from odd_rows("term-outside-year", file, outside, "sourcedId")
    for year in years.filter(~pl.col("has_whole"))["year_id"]:
        yield odd("no-school-year-session", file, value=year)


def _stale(years: pl.DataFrame, as_of: date) -> Iterator[Finding]:
    active = years.filter(pl.col("role") == "active")
    for year, ends in active.select("year_id", "ends_on").iter_rows():
        if (as_of - ends).days > _STALE_DAYS:
            yield odd("year-is-over", "academicSessions", value=year)
