"""The accounts of those who are granted one: their fields, from the population."""

from __future__ import annotations

import polars as pl

from dayzero.people.logins import login_key
from dayzero.people.population import Population
from dayzero.plugin import Finding

__all__ = ["shared_with_child", "student_fields", "wanted_parents", "wanted_students"]


_YEAR_LISTS = pl.Series([[], ["active"], ["scheduling"], ["active", "scheduling"]], dtype=pl.List(pl.String))
# Looked up among the four there are: a list made anew for every person takes fifty times as long.
_YEARS = pl.lit(_YEAR_LISTS).gather(
    pl.col("in_active").fill_null(value=False).cast(pl.Int64)
    + 2 * pl.col("in_scheduling").fill_null(value=False).cast(pl.Int64)
)


def student_fields() -> list[pl.Expr]:
    """Return the columns of a sent student's account and record."""
    next_grade = pl.when("in_scheduling").then("scheduling_grade")
    return [
        pl.col("given_name"),
        pl.col("family_name"),
        pl.when("in_active").then("active_grade").otherwise(next_grade).alias("grade_level"),
        next_grade.alias("next_grade_level"),
        _YEARS.alias("years"),
    ]


def wanted_students(_population: Population, granted: pl.DataFrame) -> pl.DataFrame:
    return granted.select(
        pl.lit("student").alias("kind"),
        "person_id",
        "login",
        *student_fields(),
        "new",
        pl.lit(None, dtype=pl.List(pl.String)).alias("children"),
    )


def wanted_parents(population: Population, granted: pl.DataFrame) -> pl.DataFrame:
    """A parent's years are the union over the children who grant access; new: no such child in the active year."""
    families = (
        population.links.filter("grants")
        .join(population.students.filter("sent").select("student_id", "in_active", "in_scheduling"), on="student_id")
        .sort("contact_id", "student_id")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("in_active", "in_scheduling").any(), children=pl.col("student_id"))
    )
    return (
        granted.join(families, left_on="person_id", right_on="contact_id")
        .sort("person_id")
        .select(
            pl.lit("parent").alias("kind"),
            "person_id",
            "login",
            "given_name",
            "family_name",
            pl.lit(None, dtype=pl.String).alias("grade_level"),
            pl.lit(None, dtype=pl.String).alias("next_grade_level"),
            _YEARS.alias("years"),
            (~pl.col("in_active")).alias("new"),
            "children",
        )
    )


def shared_with_child(wanted: pl.DataFrame) -> list[Finding]:
    """R16, case 38: allowed between kinds, but then the child would hold the parent's login: say it loudly."""
    keyed = wanted.select("kind", "person_id", "children", key=login_key("login"))
    parents = keyed.filter(pl.col("kind") == "parent").join(
        keyed.filter(pl.col("kind") == "student").select("key", child="person_id"), on="key"
    )
    rows = parents.filter(pl.col("children").list.contains(pl.col("child"))).sort("person_id", "child")
    return [
        Finding(
            "warning", "contacts", None, "primary_email", None, "login-shared-with-child",
            f"contact {parent} and their own child {child} have the same login; the child could enter the parent's account",
        )
        for parent, child in rows.select("person_id", "child").iter_rows()
    ]  # fmt: skip
