"""Who was there on the first day: when it was, for each school and each of its terms, and how much later still counts."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from dayzero_oneroster.calendar import Calendar

__all__ = ["with_first_day"]

_TOGETHER = timedelta(days=60)
"""First terms of a school begin within two months of one another: the tracks of a year-round school, say."""
_LONG = timedelta(days=28)
"""A term shorter than that is a week before the year, and no end of one."""
_SPAN = ("school", "year_id", "term_starts", "term_ends", "summer")


def with_first_day(rows: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Return enrollments with ``first_day``, by which one has to begin to be there from the start.

    It is the first day of the enrollment's own term where that is a first one; else, of a second semester or a summer term,
    the first day of the school's first term in that year. What a term is to a school is told by its students: one that not
    half as many have as another is none its year is made of. Without terms the year's own first day counts. A day that is
    set stands for all of its year.
    """
    spans = (
        rows.drop_nulls("term_starts")
        .group_by(_SPAN, maintain_order=True)
        .agg(students=pl.col("student_id").n_unique())
    )
    school = ["school", "year_id"]
    starts, ends = pl.col("term_starts"), pl.col("term_ends")
    main = ~pl.col("summer") & (
        pl.col("students") * 2 >= pl.col("students").filter(~pl.col("summer")).max().over(school)
    )
    main = main.fill_null(value=False)
    spans = spans.with_columns(
        first=pl.coalesce(starts.filter(main).min().over(school), starts.min().over(school)),
        closed=ends.filter(main & (ends - starts >= _LONG)).min().over(school),
    )
    own = (starts > pl.col("first")) & (starts <= pl.col("first") + _TOGETHER) & (starts <= pl.col("closed"))
    of_terms = spans.select(*_SPAN, of_term=pl.when(own.fill_null(value=False)).then(starts).otherwise("first"))
    of_schools = spans.select(*school, of_school="first").unique(school, keep="first", maintain_order=True)
    of_years = calendar.years.select("year_id", of_year="first_day")
    rows = (
        rows.join(of_terms, on=_SPAN, how="left", maintain_order="left", nulls_equal=True)
        .join(of_schools, on=school, how="left", maintain_order="left", nulls_equal=True)
        .join(of_years, on="year_id", how="left", maintain_order="left")
    )
    fixed = pl.col("year_id").replace_strict(calendar.fixed, default=None, return_dtype=pl.Date)
    first = pl.coalesce(fixed if calendar.fixed else pl.lit(None, pl.Date), "of_term", "of_school", "of_year")
    return rows.with_columns(first_day=first).drop("of_term", "of_school", "of_year")
