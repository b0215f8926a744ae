"""Ids that a spreadsheet, a keyboard or a database wrote otherwise: 00042 that is 42 now, 1.0, ="7", E+, another case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

from dayzero.gradebook import PortalView, of_kind, working
from dayzero.people.counterparts import Counterparts
from dayzero.people.doubts import LOOK_ALIKE, Doubt
from dayzero.people.population import Population

__all__ = ["look_alike_ids"]


def look_alike_ids(
    population: Population,
    strangers: pl.DataFrame,
    portal: PortalView,
    met: Mapping[str, Counterparts],
    links: pl.DataFrame | None = None,
) -> list[Doubt]:
    """Return the people who lost rows that an unknown look-alike has now. ``met``: the portal's, by kind.

    ``strangers`` (``kind``, ``person_id``): ids that rows name and nobody has. Unknown are these, and who is in the source
    and not on the portal. ``links`` (``contact_id``): of the last sync; of who was in them and is not there, rows are lost too.
    """
    unheard = {kind: of_kind(strangers, kind)["person_id"] for kind in met}
    lost = {
        "student": _lost_students(population, portal, met["student"], some_strange=not unheard["student"].is_empty()),
        "parent": _lost_parents(
            population, portal, met["parent"], links, some_strange=not unheard["parent"].is_empty()
        ),
    }
    own = {"student": population.students["student_id"], "parent": population.contacts["contact_id"]}
    found = []
    for kind, ids in lost.items():
        if not ids.is_empty():  # on most nights nobody has lost anything
            unknown = pl.concat([own[kind].filter(met[kind].is_new), unheard[kind]])
            found += _paired(kind, ids.unique(), unknown.unique())
    return found


def _lost_students(population: Population, portal: PortalView, met: Counterparts, *, some_strange: bool) -> pl.Series:
    """Return the ids of students who are known and not sent any more, or not in a year they were in."""
    students, records = population.students, portal.records["student-record"]
    sent, had_years = students["sent"], records["years"]

    def here(fact: str) -> pl.Series:
        return students[fact].gather(met.record).fill_null(value=False)

    gone = ~here("sent") | (had_years.list.contains("active") & ~here("in_active"))
    if population.years.scheduling is not None:
        gone |= had_years.list.contains("scheduling") & ~here("in_scheduling")
    left = met.works & ~sent.gather(met.person).fill_null(value=False)
    lost = [met.accounts["person_id"].filter(left), records["id"].filter(gone).alias("person_id")]
    return pl.concat([*lost, _children_lost(population, portal.accounts)] if some_strange else lost)


def _lost_parents(
    population: Population, portal: PortalView, met: Counterparts, before: pl.DataFrame | None, *, some_strange: bool
) -> pl.Series:
    """Return the ids of parents who are known and whom nobody who is sent grants access any more, or who were in links
    ``before`` and have no row."""
    contacts, links, ids = population.contacts, population.links, met.accounts["person_id"]
    granting = links["contact"].filter(links["grants"] & population.students["sent"].gather(links["student"]))
    sure = pl.repeat(value=False, n=contacts.height, eager=True).scatter(granting, True)
    lost = [ids.filter(met.works & ~sure.gather(met.person).fill_null(value=False))]
    gone = ids.filter(met.person.is_null())
    if before is not None and not gone.is_empty():
        had = before["contact_id"]
        lost.append(had.filter(had.is_in(gone.implode())).unique().alias("person_id"))
    if some_strange:
        lost.append(_children_lost(population, portal.accounts, of="person_id"))
    return pl.concat(lost)


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
    olds, news = (ids.alias("id").to_frame().with_columns(key=_key(pl.col("id"))) for ids in (lost, unknown))
    alike = olds.join(news, on="key", suffix="_new").filter(pl.col("id") != pl.col("id_new"))
    pairs = dict(alike.sort("id", "id_new", descending=[False, True]).select("id", "id_new").iter_rows())
    rounded = unknown.filter(unknown.str.contains(_ROUNDED.pattern))
    if rounded.len():
        pairs |= _of_rounded(lost.filter(lost.str.contains(r"^\d+$")), rounded)
    return [Doubt(LOOK_ALIKE, kind, old, old, new) for old, new in sorted(pairs.items())]


def _key(ident: pl.Expr) -> pl.Expr:
    """Return what is left of an id without what programs put around it and leave out of it."""
    plain = ident.str.normalize("NFKC").str.replace_all(r"\p{Pd}|\u{2212}", "-").str.replace_all(r"[\s\p{Cf}]", "")
    bare = plain.str.replace(r'^=?"(.*)"$', "$1").str.replace(r"^['’`]", "").str.to_lowercase()
    # Three noughts behind a mark are a thousand where that can be: 1.000, and not 1042.000.
    whole = bare.str.replace(r"^\+(\d)", "$1").str.replace(r"^(\d+)[.,](?:00?|0{4,})$|^(\d{4,})[.,]000$", "$1$2")
    ungrouped = pl.when(whole.str.contains(_GROUPED)).then(whole.str.replace_all(r"\D", "")).otherwise(whole)
    return ungrouped.str.replace(r"^0+(.)", "$1")


_GROUPED = r"^\d{1,3}([.,'’_]\d{3})+$"
"""A number with marks between its thousands."""


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
