"""Which links the active year had and has no more, while next year's copy goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.conform import places
from dayzero.gradebook import of_kind, working
from dayzero.people.doubts import LINK_ONLY_NEXT_YEAR, Decisions, Doubt
from dayzero.people.population import Population

__all__ = ["KNOWN_LINKS", "KnownLinks", "links_to_know", "lost_links", "without_lost"]

KNOWN_LINKS = pl.Schema(dict.fromkeys(("student_id", "contact_id", "left_to"), pl.String))
_IDS, _NUMBERS = ["student_id", "contact_id"], ["student", "contact"]


@dataclass(frozen=True)
class KnownLinks:
    """The links the active ``year`` had at the last sync (``KNOWN_LINKS``); ``left_to``: the year whose copy alone had it then."""

    year: str
    links: pl.DataFrame


def lost_links(population: Population, known: KnownLinks | None) -> pl.DataFrame:
    """Return the links (``KNOWN_LINKS``, ``student``, ``contact``) that the active year had once and that only a later copy has.

    One that was lost stays so when the later year has become the active one. Looked at is only what next year alone has.
    """
    links, years = population.links, population.years
    rows = links.clear()
    if known is not None and known.year == years.active:
        rows = links.filter("next_year_only")
    lost = _named(population, rows, left_to=years.scheduling)
    if known is None:
        return lost
    if not lost.is_empty():
        lost = lost.join(known.links.select(_IDS), on=_IDS, how="semi", maintain_order="left")
    come = known.links.filter(pl.col("left_to") == years.active)
    if come.is_empty():
        return lost
    come = _numbered(population, come).join(links.select(_NUMBERS), on=_NUMBERS, how="semi")
    return pl.concat([lost, come.select(lost.columns)]).unique(_IDS, maintain_order=True)


def links_to_know(
    population: Population, known: KnownLinks | None, lost: pl.DataFrame, unread: pl.DataFrame, *, whole: bool
) -> KnownLinks:
    """Return what the next sync must know: the active year's links, those it has ``lost``, and those that were not to be seen.

    ``unread`` (``kind``, ``person_id``): who could not be read. ``whole``: whether all links were read.
    """
    years = population.years
    had = population.links.filter(~pl.col("next_year_only")).join(lost, on=_NUMBERS, how="anti", maintain_order="left")
    now = pl.concat([_named(population, had, left_to=None), lost]).select(KNOWN_LINKS.names())
    if known is None or known.year != years.active or known.links.equals(now):
        return KnownLinks(years.active, now)
    missing = known.links.join(now, on=_IDS, how="anti", maintain_order="left")
    if whole:
        unseen = [pl.col(number).is_null() for number in _NUMBERS]
        for kind, ident in zip(("student", "parent"), _IDS, strict=True):
            unseen.append(pl.col(ident).is_in(of_kind(unread, kind)["person_id"].implode()))
        if years.scheduling is None:  # next year's copy was not looked at
            unseen.append(pl.col("left_to").ne_missing(years.active))
        missing = _numbered(population, missing).filter(pl.any_horizontal(unseen)).select(now.columns)
    return KnownLinks(years.active, pl.concat([now, missing]).sort("contact_id", "student_id"))


def without_lost(
    population: Population, lost: pl.DataFrame, accounts: pl.DataFrame, decisions: Decisions
) -> tuple[Population, list[Doubt]]:
    """Return the population without links that were lost and would be given by it, and the doubts about those that stay doubtful.

    In doubt a link is neither given nor taken: a parent keeps the child they have. `gone` takes it off, `same` lets it be.
    """
    links = population.links
    giving = links.filter("grants", population.students["sent"].gather(links["student"])).select(_NUMBERS)
    found = lost.join(giving, on=_NUMBERS, how="semi").sort("contact_id", "student_id")
    if found.is_empty():
        return population, []
    doubts = [
        Doubt(LINK_ONLY_NEXT_YEAR, "parent", contact, student, year)
        for student, contact, year in found.select(KNOWN_LINKS.names()).iter_rows()
    ]
    answers = pl.Series("answer", [decisions.answered(d) for d in doubts], dtype=pl.String)
    have = working(of_kind(accounts, "parent")).select(contact_id="person_id", student_id="children")
    have = have.filter(pl.col("contact_id").is_in(found["contact_id"].implode())).explode("student_id")
    kept = found.join(have.with_columns(has=True), on=_IDS, how="left", maintain_order="left")["has"].fill_null(False)
    same = (answers == "same").fill_null(value=False)
    off = (answers == "gone").fill_null(value=False) | ~(kept | same)
    left = links.join(found.filter(off), on=_NUMBERS, how="anti", maintain_order="left")
    standing = [d for d in doubts if decisions.answered(d) in (None, "leave")]
    return population.with_people(population.students, population.contacts, left), standing


def _named(population: Population, links: pl.DataFrame, *, left_to: str | None) -> pl.DataFrame:
    return links.select(
        population.students["student_id"].gather(links["student"]).alias("student_id"),
        population.contacts["contact_id"].gather(links["contact"]).alias("contact_id"),
        pl.lit(left_to, dtype=pl.String).alias("left_to"),
        *_NUMBERS,
    )


def _numbered(population: Population, links: pl.DataFrame) -> pl.DataFrame:
    return links.with_columns(
        places(population.students["student_id"], links["student_id"]).alias("student"),
        places(population.contacts["contact_id"], links["contact_id"]).alias("contact"),
    )
