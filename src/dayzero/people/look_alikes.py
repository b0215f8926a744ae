"""Ids that a spreadsheet, a keyboard or a database wrote otherwise: 00042 that is 42 now, 1.0, ="7", E+, another case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

from dayzero.conform import places
from dayzero.gradebook import PortalView, of_kind, working
from dayzero.people.doubts import LOOK_ALIKE, Doubt
from dayzero.people.population import Population

__all__ = ["look_alike_ids"]


def look_alike_ids(
    population: Population, strangers: pl.DataFrame, portal: PortalView, links: pl.DataFrame | None = None
) -> list[Doubt]:
    """Return the people who lost rows that an unknown look-alike has now.

    ``strangers`` (``kind``, ``person_id``): ids that rows name and nobody has. Unknown are these, and who is in the source
    and not on the portal. ``links`` (``contact_id``): of the last sync; of who was in them and is not there, rows are lost too.
    """
    return [
        *_students(population, of_kind(strangers, "student"), portal),
        *_parents(population, of_kind(strangers, "parent"), portal, links),
    ]


def _students(population: Population, strangers: pl.DataFrame, portal: PortalView) -> list[Doubt]:
    accounts, records = of_kind(portal.accounts, "student"), portal.records["student-record"]
    students = population.students
    known = pl.concat([working(accounts)["person_id"], records["id"]]).unique()
    unknown = _unknown(students["student_id"], pl.concat([accounts["person_id"], records["id"]]), strangers)
    if unknown.is_empty() or known.is_empty():
        return []
    row = places(students["student_id"], known)
    lost = known.filter(~students["sent"].gather(row).fill_null(value=False))
    if records.height:
        had = records.select(
            "id", next_year=pl.col("years").list.contains("scheduling"), this=pl.col("years").list.contains("active")
        )
        place = places(students["student_id"], had["id"])
        gone = had["this"] & ~students["in_active"].gather(place).fill_null(value=False)
        if population.years.scheduling is not None:
            gone |= had["next_year"] & ~students["in_scheduling"].gather(place).fill_null(value=False)
        lost = pl.concat([lost, had["id"].filter(gone)])
    if not strangers.is_empty():
        lost = pl.concat([lost, _children_lost(population, portal.accounts)])
    return _paired("student", lost.unique(), unknown)


def _parents(
    population: Population, strangers: pl.DataFrame, portal: PortalView, before: pl.DataFrame | None
) -> list[Doubt]:
    accounts, contacts, links = of_kind(portal.accounts, "parent"), population.contacts, population.links
    unknown = _unknown(contacts["contact_id"], accounts["person_id"], strangers)
    there = working(accounts)
    if unknown.is_empty() or accounts.is_empty():
        return []
    granting = links.filter(pl.col("grants"), population.students["sent"].gather(links["student"]))["contact"].unique()
    sure = contacts["contact_id"].gather(granting)
    lost = there["person_id"].filter(~there["person_id"].is_in(sure.implode()))
    if not strangers.is_empty():
        lost = pl.concat([lost, _children_lost(population, portal.accounts, of="person_id")])
    if before is not None:
        known = before["contact_id"].unique().sort()
        gone = known.filter(places(contacts["contact_id"], known).is_null())
        # An unknown id is no former one of itself.
        lost = pl.concat([lost, gone.filter(gone.is_in(accounts["person_id"].implode()))])
    return _paired("parent", lost.unique(), unknown)


def _unknown(ids: pl.Series, known: pl.Series, strangers: pl.DataFrame) -> pl.Series:
    new = ids if known.is_empty() else ids.filter(places(known.unique().sort(), ids).is_null())
    return pl.concat([new, strangers["person_id"]]).unique()


def _children_lost(population: Population, accounts: pl.DataFrame, of: str = "children") -> pl.Series:
    """Return the ``children`` whom parents have on the portal and no row names any more; or ``person_id``, these parents."""
    have = (
        working(of_kind(accounts, "parent")).select("person_id", "children").explode("children").drop_nulls("children")
    )
    links = population.links
    named = pl.DataFrame(
        {
            "person_id": population.contacts["contact_id"].gather(links["contact"]),
            "children": population.students["student_id"].gather(links["student"]),
        }
    )
    return have.join(named, on=["person_id", "children"], how="anti")[of]


def _paired(kind: str, lost: pl.Series, unknown: pl.Series) -> list[Doubt]:
    if lost.is_empty():
        return []
    olds, news = (ids.alias("id").to_frame().with_columns(key=_key(pl.col("id"))) for ids in (lost, unknown))
    alike = olds.join(news, on="key", suffix="_new").filter(pl.col("id") != pl.col("id_new"))
    pairs = dict(alike.sort("id", "id_new", descending=[False, True]).select("id", "id_new").iter_rows())
    rounded = unknown.filter(unknown.str.contains(_ROUNDED.pattern))
    if rounded.len():
        pairs |= _of_rounded(lost.filter(lost.str.contains(r"^\d+$")), rounded)
    return [Doubt(LOOK_ALIKE, kind, old, old, new) for old, new in sorted(pairs.items())]


def _key(ident: pl.Expr) -> pl.Expr:
    """Return what is left of an id without what programs put around it and leave out of it."""
    bare = ident.str.replace_all(r"[\s\p{Cf}]", "").str.replace(r'^=?"(.*)"$', "$1").str.strip_prefix("'")
    return bare.str.to_lowercase().str.replace(r"^(\d+)[.,]0+$", "$1").str.replace(r"^0+(.)", "$1")


_ROUNDED = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d+$")
"""A long number as a spreadsheet shows it: it is in none of its digits any more."""


def _of_rounded(lost: Iterable[str], rounded: Iterable[str]) -> Mapping[str, str]:
    """Return which numbers were rounded to which."""
    shown: dict[tuple[str, int], str] = {}
    for text in rounded:
        digits, _, power = text.replace(",", ".").lower().partition("e")
        shown[digits, int(power)] = text
    pairs = {}
    for old in lost:
        for (digits, exponent), text in shown.items():
            decimals = len(digits.partition(".")[2])
            if len(old.lstrip("0") or "0") == exponent + 1 and f"{int(old):.{decimals}e}".partition("e")[0] == digits:
                pairs[old] = text
    return pairs
