"""Who was there on the first day: when it was, for each school and each of its terms, and how much later still counts."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from dayzero_oneroster.calendar import Calendar

__all__ = ["with_first_day"]

_TOGETHER = timedelta(days=60)
"""First terms of a school begin within two months of one another: the tracks of a year-round school, say."""
_PART = 3
_SCHOOL = ("school", "year_id")
_SPAN = (*_SCHOOL, "opens", "term_ends", "summer")


def with_first_day(rows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Return enrollments with ``first_day``, by which one has to begin to be there from the start.

    It is the first day of the enrollment's own term where that is a first one; else, of a second semester or a summer term,
    the first day of the school's first term in that year. What a term is to a school is told by the days that its students
    spend in it: one with less than a third of another's is none its year is made of. Where classes name no term the year's
    own terms tell it, else the day on which most of the school's students begin. A day that is set stands for all of its year.
    """
    of_terms, of_schools = _by_terms(rows)
    of_years = calendar.years.select("year_id", "starts_on", of_year="first_term")
    for days, on in ((of_terms, _SPAN), (of_schools, _SCHOOL), (of_years, ("year_id",)), (_by_most(rows), _SCHOOL)):
        rows = rows.join(days, on=on, how="left", maintain_order="left", nulls_equal=True)
    starts, most = pl.col("starts_on"), pl.col("of_most")
    fixed = pl.col("year_id").replace_strict(calendar.fixed, default=None, return_dtype=pl.Date)
    first = pl.coalesce(
        fixed if calendar.fixed else pl.lit(None, pl.Date), "of_term", "of_school", "of_year",
        pl.when(most.is_between(starts, starts + _TOGETHER)).then(most), starts,
    )  # fmt: skip
    return rows.with_columns(first_day=first).drop("of_term", "of_school", "of_year", "of_most", "starts_on")


def _by_terms(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the first day for who is in a term (``of_term``), and for a school (``of_school``), by its terms."""
    spans = rows.drop_nulls("opens").group_by(_SPAN, maintain_order=True).agg(students=pl.col("student_id").n_unique())
    opens, ends, common = pl.col("opens"), pl.col("term_ends"), ~pl.col("summer")
    days = pl.col("students") * (ends - opens).dt.total_days()
    main = (common & (days * _PART >= days.filter(common).max().over(_SCHOOL))).fill_null(value=False)
    spans = spans.with_columns(
        first=pl.coalesce(opens.filter(main).min().over(_SCHOOL), opens.min().over(_SCHOOL)),
        closed=ends.filter(main).min().over(_SCHOOL),
    )
    own = (opens > pl.col("first")) & (opens <= pl.col("first") + _TOGETHER) & (opens <= pl.col("closed"))
    of_terms = spans.select(*_SPAN, of_term=pl.when(own.fill_null(value=False)).then(opens).otherwise("first"))
    return of_terms, spans.select(*_SCHOOL, of_school="first").unique(_SCHOOL, keep="first", maintain_order=True)


def _by_most(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``of_most`` by school and year: the day on which more than half of its students without a term begin."""
    starts = rows.filter(pl.col("opens").is_null()).group_by(*_SCHOOL, "student_id").agg(pl.col("begins").min())
    days = starts.drop_nulls("begins").group_by(*_SCHOOL, "begins").len()
    most = pl.col("len") * 2 > pl.col("len").sum().over(_SCHOOL)
    return days.filter(most).select(*_SCHOOL, of_most="begins")
