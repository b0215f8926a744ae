"""Whether the courses of a year and the grades of its students fit together: an empty course form has no other sign."""

from __future__ import annotations

import polars as pl

from dayzero.conform import Findings, grade_key, remarks
from dayzero.people.years import Years

__all__ = ["courses_and_grades"]


def courses_and_grades(courses: pl.DataFrame, students: pl.DataFrame, years: Years) -> Findings:
    """Return a warning for each course whose grades nobody has, and for each grade without a course, by year.

    A year without courses has no form that could be empty; a course that names no grade is everybody's.
    """
    named = {"active": years.active, "scheduling": years.scheduling}
    findings = [
        found
        for name, year in named.items()
        if year is not None and not (mine := courses.filter(pl.col("year_id") == year)).is_empty()
        for found in _of_year(mine, students[f"{name}_grade"].filter(students[f"in_{name}"]), year)
    ]
    return Findings.joined(findings)


def _of_year(courses: pl.DataFrame, grades: pl.Series, year: str) -> list[Findings]:
    there = grades.drop_nulls().unique().to_frame("grade").with_columns(key=grade_key(pl.col("grade"))).sort("grade")
    levels = courses.filter(pl.col("grade_levels").is_not_null()).with_columns(pl.col("grade_levels").str.split("|"))
    offered = levels.explode("grade_levels").with_columns(
        key=grade_key(pl.col("grade_levels").str.strip_chars()), said=pl.col("grade_levels").str.strip_chars()
    )
    known = pl.col("key").is_in(there["key"].implode())
    nobody = offered.group_by("course_id").agg(any=known.any(), said=pl.col("said").sort().str.join(", "))
    unasked = nobody.filter(~pl.col("any")).sort("course_id")
    course = remarks(
        unasked, "warning", "courses", "grade_levels", "course-without-students",
        pl.format("course {} is for grade {}, and nobody in the year {} is", "course_id", "said", pl.lit(year)),
        value=pl.col("course_id"),
    )  # fmt: skip
    if levels.height < courses.height:  # one of them is everybody's
        return [course]
    bare = there.filter(~pl.col("key").is_in(offered["key"].implode()))
    grade = remarks(
        bare, "warning", "courses", "grade_levels", "grade-without-courses",
        pl.format("nobody in grade {} of the year {} finds a course: none of them names that grade", "grade", pl.lit(year)),
        value=pl.col("grade"),
    )  # fmt: skip
    return [course, grade]
