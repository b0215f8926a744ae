"""Which links the active year had and has no more, while next year's copy goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from dayzero.conform import places
from dayzero.gradebook import of_kind, working
from dayzero.people.doubts import LINK_ONLY_NEXT_YEAR, Decisions, Doubt
from dayzero.people.population import Population

__all__ = ["KNOWN_LINKS", "KnownLinks", "links_to_know", "lost_links", "without_lost"]

_IDS, _NUMBERS = ["student_id", "contact_id"], ["student", "contact"]
KNOWN_LINKS = pl.Schema(
    {**dict.fromkeys((*_IDS, "left_to"), pl.String()), "active": pl.Boolean(), "in_doubt": pl.String()}
)


@dataclass(frozen=True)
class KnownLinks:
    """The links at the last sync, while ``year`` was the active one (``KNOWN_LINKS``): whether the ``active`` year had each, and
    ``left_to``: the year whose copy alone has it, after the active one had it once. ``in_doubt``: the kind of whom of the two it
    is not known whose it is, because a doubt stood when it was first seen: it is known of the other one alone.
    """

    year: str
    links: pl.DataFrame

    @property
    def settled(self) -> pl.DataFrame:
        """The links of which it is known whose they are."""
        return self.links.filter(pl.col("in_doubt").is_null())

    def of(self, kind: str, ids: Collection[str]) -> list[tuple[str, str]]:
        """Return the links (student, contact) that are known to be of some people of a kind."""
        mine = self.links.filter(pl.col(_ID_OF[kind]).is_in(list(ids)), pl.col("in_doubt").ne_missing(kind))
        return list(mine.select(_IDS).iter_rows())

    def later(self) -> frozenset[tuple[str, str]]:
        """Return the links that the active year had not."""
        return frozenset(self.settled.filter(~pl.col("active")).select(_IDS).iter_rows())


_ID_OF = dict(zip(("student", "parent"), _IDS, strict=True))


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
        had = known.settled.filter(pl.col("active") | pl.col("left_to").is_not_null())
        lost = lost.join(had.select(_IDS), on=_IDS, how="semi", maintain_order="left")
    come = known.settled.filter(pl.col("left_to") == years.active)
    if come.is_empty():
        return lost
    come = _numbered(population, come).join(links.select(_NUMBERS), on=_NUMBERS, how="semi")
    return pl.concat([lost, come.select(lost.columns)]).unique(_IDS, maintain_order=True)


def links_to_know(
    population: Population,
    known: KnownLinks | None,
    lost: pl.DataFrame,
    *,
    untouched: pl.DataFrame,
    unread: pl.DataFrame,
    whole: bool,
    moved: Collection[tuple[str, str]] = (),
) -> KnownLinks:
    """Return what the next sync must know: the links there are, those that were ``lost``, and those that were not to be seen.

    Of who is ``untouched`` (``kind``, ``person_id``) nothing is learnt or forgotten: it is not known yet whose links these are. What
    is learnt is that the other one of a link had it by now: should that id go to somebody else, the link is not theirs.
    ``moved``: links under a new id of one of the two; they are whose they were before. ``unread``: who could not be read.
    ``whole``: whether all links were read.
    """
    years = population.years
    there = population.links.join(lost, on=_NUMBERS, how="anti", maintain_order="left")
    now = pl.concat([_named(population, there, left_to=None), lost]).select(KNOWN_LINKS.names())
    before = known.links if known is not None else now.clear()
    if not untouched.is_empty():
        kept, seen = before.filter(_of_any(untouched)), now.filter(_of_any(untouched))
        seen = seen.join(kept, on=_IDS, how="anti", maintain_order="left")
        were = pl.DataFrame(list(moved), schema=dict.fromkeys(_IDS, pl.String), orient="row")
        new = seen.join(were, on=_IDS, how="anti", maintain_order="left").with_columns(in_doubt=_in_doubt(untouched))
        theirs = seen.join(were, on=_IDS, how="semi", maintain_order="left")
        now = pl.concat([now.filter(~_of_any(untouched)), kept, new.drop_nulls("in_doubt"), theirs])
    if known is None or before.equals(now):
        return KnownLinks(years.active, now)
    missing = before.join(now, on=_IDS, how="anti", maintain_order="left")
    if known.year != years.active:
        missing = missing.clear()
    elif whole:
        unseen = [pl.col(number).is_null() for number in _NUMBERS]
        if years.scheduling is None:  # next year's copy was not looked at
            unseen.append(pl.col("left_to").ne_missing(years.active))
        missing = _numbered(population, missing).filter(_of_any(unread) | pl.any_horizontal(unseen)).select(now.columns)
    return KnownLinks(years.active, pl.concat([now, missing]).sort("contact_id", "student_id"))


def _of_any(people: pl.DataFrame) -> pl.Expr:
    """Return whether a link is one of some people's."""
    return pl.any_horizontal(
        pl.col(column).is_in(of_kind(people, kind)["person_id"].implode()) for kind, column in _ID_OF.items()
    )


def _in_doubt(untouched: pl.DataFrame) -> pl.Expr:
    """Return the kind of who is untouched, null where both are."""
    student, parent = (
        pl.col(column).is_in(of_kind(untouched, kind)["person_id"].implode()) for kind, column in _ID_OF.items()
    )
    return pl.when(~student).then(pl.lit("parent")).when(~parent).then(pl.lit("student"))


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
        for student, contact, year in found.select(*_IDS, "left_to").iter_rows()
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
        ~pl.col("next_year_only").alias("active"),
        pl.lit(None, dtype=pl.String).alias("in_doubt"),
        *_NUMBERS,
    )


def _numbered(population: Population, links: pl.DataFrame) -> pl.DataFrame:
    return links.with_columns(
        places(population.students["student_id"], links["student_id"]).alias("student"),
        places(population.contacts["contact_id"], links["contact_id"]).alias("contact"),
    )
