"""Data to fix: whom one field keeps from an account, grouped by what is to be done, by homeroom, with names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, of_kind
from dayzero.people import RULES, Population, remedy_of
from dayzero.plan import Decided
from dayzero.report.model import FIX_SCHEMA, FixGroup, PlaceRow
from dayzero.report.order import alphabetical, natural

__all__ = ["fix_of", "places_of", "to_correct", "to_fix"]


def fix_of(decided: Decided) -> tuple[FixGroup, ...]:
    """Return people with something to correct, in the order of the rules; what may be meant comes last."""
    people = {"student": _students(decided), "parent": _parents(decided)}
    rules = sorted((r for r in RULES if r.fixable), key=lambda r: r.may_be_meant)
    groups = (
        FixGroup(r, remedy_of(r, decided.plan.remedies), people[r.kind].filter(pl.col("reason") == r.code))
        for r in rules
    )
    return tuple(group for group in groups if group.count)


def to_correct(groups: Iterable[FixGroup]) -> pl.DataFrame:
    """Return everybody with something to correct and what is to be done (``remedy``), by place; without what may be meant."""
    people = [g.people.with_columns(remedy=pl.lit(g.remedy)) for g in groups if not g.rule.may_be_meant]
    everybody = pl.concat([pl.DataFrame(schema={**FIX_SCHEMA, "remedy": pl.String}), *people])
    return everybody.sort(_BY_PLACE, nulls_last=True, maintain_order=True)


def places_of(groups: Iterable[FixGroup]) -> tuple[PlaceRow, ...]:
    """Return how many have something to correct, by place."""
    kinds = {f"{kind}s": (pl.col("kind") == kind).sum() for kind in ACCOUNT_KINDS}
    rows = to_correct(groups).group_by("place_kind", "place", maintain_order=True).agg(**kinds)
    return tuple(PlaceRow(*row) for row in rows.iter_rows())


def to_fix(withheld: Mapping[str, int]) -> int:
    """Return how many of those a run withheld, by reason, have something to correct."""
    return sum(withheld.get(code, 0) for code in {r.code for r in RULES if r.fixable and not r.may_be_meant})


def _students(decided: Decided) -> pl.DataFrame:
    mine = of_kind(decided.plan.withheld, "student")
    who = _placed(decided.population)
    rows = mine.join(who, on="person_id", how="inner").with_columns(
        new=~pl.col("in_active"), students=pl.lit(None, pl.String), student_ids=pl.lit(None, pl.String)
    )
    return _ordered(rows)


def _parents(decided: Decided) -> pl.DataFrame:
    """Return withheld contacts, each beside the first of their students who is sent."""
    population = decided.verdicts.population
    contacts = population.contacts.with_row_index("contact").rename({"contact_id": "person_id"})
    mine = of_kind(decided.plan.withheld, "parent").join(contacts, on="person_id", how="inner")
    students = _placed(population).filter("sent")
    links = population.links.join(mine.select("contact"), on="contact", how="semi").select("contact", "student")
    named = pl.concat_str("given_name", "family_name", separator=" ", ignore_nulls=True)
    theirs = (
        links.join(students.drop("person_id").with_columns(students["person_id"].alias("student_id")), on="student")
        .sort("contact", "student")
        .group_by("contact", maintain_order=True)
        .agg(
            pl.col("place_kind", "place").first(),
            new=(~pl.col("in_active")).all(),
            students=named.str.join(", "),
            student_ids=pl.col("student_id").str.join(", "),
        )
    )
    return _ordered(mine.join(theirs, on="contact", how="left"))


def _placed(population: Population) -> pl.DataFrame:
    """Return students with the homeroom they are in; their grade where there is none: of this year, or of the next."""
    grade = pl.when("in_active").then("active_grade").otherwise("scheduling_grade")
    said = (
        pl.when(pl.col("homeroom").is_not_null())
        .then(pl.lit("homeroom"))
        .when(grade.is_not_null())
        .then(pl.lit("grade"))
    )
    return population.students.with_row_index("student").select(
        "student", "given_name", "family_name", "sent", "in_active",
        person_id="student_id", place_kind=said, place=pl.coalesce("homeroom", grade),
    )  # fmt: skip


def _ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows by place, the homerooms first, then by name."""
    name = [alphabetical(pl.col("family_name")), alphabetical(pl.col("given_name")), pl.col("person_id")]
    return rows.sort([*_BY_PLACE, *name], nulls_last=True).select(FIX_SCHEMA.keys())


_BY_PLACE = [pl.col("place_kind") != "homeroom", natural(pl.col("place")), pl.col("place")]
