"""School years from ``academicSessions``: which there are, when they begin, and which one is active."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.settings import OneRosterSettings, day_of
from dayzero_oneroster.specification import SUMMER_TYPE, TERM_TYPES, YEAR_TYPES
from dayzero_oneroster.values import word

__all__ = ["Calendar", "calendar_of"]

_TYPES = ("gradingperiod", *YEAR_TYPES, *TERM_TYPES, SUMMER_TYPE)
_DEPTH = 4
"""Sessions nest no deeper: school year, semester, term, grading period."""
_STALE_DAYS = 120


@dataclass(frozen=True)
class Calendar:
    """``years``: ``year_id``, ``name``, ``starts_on``, ``ends_on``, ``role``, ``first_term`` (its first day, null without terms).

    ``sessions``: ``session``, ``year_id``, ``starts``, ``ends``, ``whole`` (a school year), ``summer`` (a term beside the
    others). ``fixed``: the first day that the school has set, by year.
    """

    years: pl.DataFrame
    sessions: pl.DataFrame
    fixed: dict[str, date]

    @property
    def active(self) -> str | None:
        """The active year's id."""
        return self._of_role("active")

    @property
    def scheduling(self) -> str | None:
        """The scheduling year's id."""
        return self._of_role("scheduling")

    def _of_role(self, role: str) -> str | None:
        found = self.years.filter(pl.col("role") == role)["year_id"]
        return found.item() if len(found) else None


def calendar_of(roster: Roster, settings: OneRosterSettings, as_of: date) -> tuple[Calendar, Findings]:
    """Return the years, and what is odd about them.

    Raises ConfigurationError where a year is asked for that does not exist, or ``first_day`` is in none.
    """
    sessions = roster["academicSessions"].filter(
        pl.col("status") == "active", pl.col("startDate").is_not_null(), pl.col("endDate").is_not_null()
    )
    sessions = sessions.with_columns(type=word("type"))
    whole = pl.col("type").is_in(YEAR_TYPES).fill_null(value=False)
    named = (pl.col("type") == SUMMER_TYPE) | pl.col("title").str.contains("(?i)summer")
    sessions = _with_year(sessions.with_columns(whole=whole, summer=named.fill_null(value=False) & ~whole))
    placed = sessions.filter(pl.col("year_id").is_not_null())
    years = _with_roles(_years(placed), settings, as_of)
    columns = {"session": "sourcedId", "year_id": "year_id", "starts": "startDate", "ends": "endDate"}
    ends = placed.select("whole", "summer", **columns).unique("session", keep="first")
    calendar = Calendar(years.drop("aliases"), ends, _fixed(years, settings))
    of_day = () if settings.active_year else tuple(_odd_day(years, as_of))
    return calendar, (*_odd_sessions(sessions), *_odd_years(placed, years), *of_day)


def _with_year(sessions: pl.DataFrame) -> pl.DataFrame:
    """Add ``year_id``: its parent's, else the ``schoolYear`` column, else the year in which a school year ends.

    A session that names neither takes the school year that holds it. ``own_year``: what it says itself.
    """
    said = pl.col("schoolYear").str.replace(r"^(\d{4})-\d{2}-\d{2}.*$", "$1")
    ending = pl.when("whole").then(pl.col("endDate").dt.year().cast(pl.String))
    sessions = sessions.with_columns(year_id=pl.coalesce(said, ending), own_year=said)
    for _ in range(_DEPTH):
        above = sessions.select(parentSourcedId="sourcedId", above="year_id").unique("parentSourcedId", keep="first")
        own = pl.when(pl.col("whole") & pl.col("year_id").is_not_null()).then("year_id")
        sessions = (
            sessions.join(above, on="parentSourcedId", how="left", maintain_order="left")
            .with_columns(pl.coalesce(own, "above", "year_id").alias("year_id"))
            .drop("above")
        )
    start, end = pl.col("startDate"), pl.col("endDate")
    held = [
        pl.when(start.is_between(starts, ends), end.is_between(starts, ends)).then(pl.lit(year))
        for year, starts, ends in sessions.filter("whole").select("year_id", "startDate", "endDate").iter_rows()
    ]
    return sessions.with_columns(pl.coalesce("year_id", *held).alias("year_id"))


def _years(sessions: pl.DataFrame) -> pl.DataFrame:
    whole, common = pl.col("whole"), ~pl.col("summer")
    term = pl.col("type").is_in(TERM_TYPES) & common
    lasts = pl.col("endDate") - pl.col("startDate")
    long = term & (lasts * 2 >= lasts.filter(term).max())
    start, end = pl.col("startDate"), pl.col("endDate")
    return (
        sessions.group_by("year_id", maintain_order=True)
        .agg(
            name=pl.coalesce(pl.col("title").filter(whole).first(), pl.lit(None, pl.String)),
            # A summer term before the others makes no year begin.
            starts_on=pl.coalesce(start.filter(whole).min(), start.filter(common).min(), start.min()),
            ends_on=pl.coalesce(end.filter(whole).max(), end.filter(common).max(), end.max()),
            first_term=start.filter(long).min(),
            has_whole=whole.any(),
            ids=pl.col("sourcedId").filter(whole),
            titles=pl.col("title").filter(whole).drop_nulls(),
        )
        .with_columns(name=pl.coalesce("name", "year_id"), aliases=pl.concat_list("ids", "titles"))
        .drop("ids", "titles")
        .sort("starts_on", "year_id")
    )


def _with_roles(years: pl.DataFrame, settings: OneRosterSettings, as_of: date) -> pl.DataFrame:
    """Mark the active year (by setting, else the last that began) and the next one as the scheduling year.

    A year that has not begun is never the active one: an export of next year alone has none.
    """
    ids = years["year_id"].to_list()
    begun = years.filter(pl.col("starts_on") <= as_of)["year_id"].to_list()
    active = _asked(years, str(settings.active_year), "active_year") or (begun[-1] if begun else None)
    place = ids.index(active) if active else -1
    following = ids[place + 1] if active and place + 1 < len(ids) else None
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


def _fixed(years: pl.DataFrame, settings: OneRosterSettings) -> dict[str, date]:
    """Return the first day that is set, by the year it lies in."""
    day = day_of(settings.first_day, "first_day")
    if day is None:
        return {}
    grace = timedelta(days=settings.entry_grace_days)
    for year, starts, ends in years.select("year_id", "starts_on", "ends_on").reverse().iter_rows():
        if starts - grace <= day <= ends:
            return {year: day}
    raise ConfigurationError(
        f"[source] first_day: {day} is in no school year; there are: {', '.join(years['year_id']) or 'none'}.",
        remedy="Give the first day of a year that is in the data, or leave it out to go by its terms.",
        key="source.first_day",
    )


def _odd_sessions(sessions: pl.DataFrame) -> Iterator[Finding]:
    file = "academicSessions"
    below = sessions.filter(pl.col("parentSourcedId").is_not_null())
    missing = below.join(sessions, left_on="parentSourcedId", right_on="sourcedId", how="anti")
    yield from odd_rows("session-parent-missing", file, missing, "parentSourcedId")
    strange = sessions.filter(~pl.col("type").is_in(_TYPES).fill_null(value=False))
    yield from odd_rows("session-type", file, strange, "type")
    yield from odd_rows(
        "session-year-differs", file, sessions.filter(pl.col("own_year") != pl.col("year_id")), "schoolYear"
    )
    yield from odd_rows("session-year-unknown", file, sessions.filter(pl.col("year_id").is_null()), "sourcedId")


def _odd_years(sessions: pl.DataFrame, years: pl.DataFrame) -> Iterator[Finding]:
    file = "academicSessions"
    below = sessions.filter("whole", pl.col("parentSourcedId").is_not_null())
    yield from odd_rows("school-year-below-term", file, below, "parentSourcedId")
    outside = sessions.filter(~pl.col("whole")).join(years.filter("has_whole"), on="year_id", maintain_order="left")
    out = (pl.col("startDate") < pl.col("starts_on")) | (pl.col("endDate") > pl.col("ends_on"))
    yield from odd_rows("term-outside-year", file, outside.filter(out, ~pl.col("summer")), "sourcedId")
    for year in years.filter(~pl.col("has_whole"))["year_id"]:
        yield odd("no-school-year-session", file, value=year)


def _odd_day(years: pl.DataFrame, as_of: date) -> Iterator[Finding]:
    """Say where the day lies in no year: between two of them, long after the last or before the first."""
    active = years.filter(pl.col("role") == "active")
    if active.is_empty() and not years.is_empty():
        yield odd(
            "no-year-begun", "academicSessions", value=years["year_id"][0], more=f"it begins on {years['starts_on'][0]}"
        )
    for year, ends in active.select("year_id", "ends_on").iter_rows():
        if as_of > ends:
            long_ago = (as_of - ends).days > _STALE_DAYS
            yield odd("year-is-over" if long_ago else "between-years", "academicSessions", value=year)
