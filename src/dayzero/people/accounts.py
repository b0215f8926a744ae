"""The accounts of those who are granted one: their fields, from the population."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.conform import Findings, remarks
from dayzero.people.population import Population

__all__ = ["shared_with_child", "student_fields", "wanted_parents", "wanted_students"]


_YEAR_LISTS = pl.Series([[], ["active"], ["scheduling"], ["active", "scheduling"]], dtype=pl.List(pl.String))
# Looked up among the four there are: a list made anew for every person takes fifty times as long.
_YEARS = pl.lit(_YEAR_LISTS).gather(pl.col("in_active").cast(pl.UInt32) + 2 * pl.col("in_scheduling").cast(pl.UInt32))


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


_OF_A_STUDENT = (
    "student_id", "login", "given_name", "family_name", "new",
    "in_active", "in_scheduling", "active_grade", "scheduling_grade",
)  # fmt: skip


def wanted_students(population: Population, granted: pl.Series) -> pl.DataFrame:
    """Return the accounts of students; ``granted``: whether, by row of ``students``."""
    # A mask copies what it is laid on: what the accounts do not have is left aside before.
    students = population.students.select(_OF_A_STUDENT).filter(granted)
    return students.select(
        pl.lit("student").alias("kind"),
        pl.col("student_id").alias("person_id"),
        "login",
        *student_fields(),
        "new",
        pl.lit(None, dtype=pl.List(pl.String)).alias("children"),
    )


def wanted_parents(population: Population, granted: pl.Series) -> pl.DataFrame:
    """Return the accounts of parents; ``granted``: whether, by row of ``contacts``. All of them have a child that is sent.

    A parent's years are the union over the children who grant access; new: no such child in the active year.
    """
    students, links = population.students, population.links
    links = links.filter(pl.col("grants"), granted.gather(links["contact"]), students["sent"].gather(links["student"]))
    number = links["student"]
    families = (
        pl.DataFrame(
            {
                "contact": links["contact"],
                "in_active": students["in_active"].gather(number),
                "in_scheduling": students["in_scheduling"].gather(number),
                "children": students["student_id"].gather(number),
            }
        )
        .group_by("contact", maintain_order=True)
        .agg(pl.col("in_active", "in_scheduling").any(), "children")
    )
    nothing = pl.lit(None, dtype=pl.String)
    parents = population.contacts.filter(granted).select("contact_id", "primary_email", "given_name", "family_name")
    return parents.hstack(families).select(
        pl.lit("parent").alias("kind"),
        pl.col("contact_id").alias("person_id"),
        pl.col("primary_email").alias("login"),
        "given_name",
        "family_name",
        nothing.alias("grade_level"),
        nothing.alias("next_grade_level"),
        _YEARS.alias("years"),
        (~pl.col("in_active")).alias("new"),
        "children",
    )


def shared_with_child(
    population: Population, granted: Mapping[str, pl.Series], keys: Mapping[str, pl.Series]
) -> Findings:
    """R16, case 38: allowed between kinds, but then the child would hold the parent's login: say it loudly.

    ``granted`` and ``keys`` (the login as it is compared): by kind, for each row of the population.
    """
    # Few logins are of both kinds, and equal ones have equal hashes.
    hashes = {kind: keys[kind].hash().set(~mask, None) for kind, mask in granted.items()}
    both = hashes["parent"].is_in(hashes["student"].drop_nulls().implode()).fill_null(value=False)
    links = population.links.filter(pl.col("grants"), both.gather(population.links["contact"]))
    alike = (keys["parent"].gather(links["contact"]) == keys["student"].gather(links["student"])).fill_null(value=False)
    links = links.filter(alike & granted["student"].gather(links["student"]))
    rows = links.select(
        population.contacts["contact_id"].gather(links["contact"]).alias("person_id"),
        population.students["student_id"].gather(links["student"]).alias("child"),
    )
    said = pl.format(
        "contact {} and their own child {} have the same login; the child could enter the parent's account",
        "person_id", "child",
    )  # fmt: skip
    return remarks(rows, "warning", "contacts", "primary_email", "login-shared-with-child", said)
