"""Who is who: the doubts about ids are looked for in their order, answers are carried out, and who is in doubt is set apart. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from dayzero.conform import Findings, places
from dayzero.gradebook import Key, PortalView, of_kind
from dayzero.people.another import Births, other_persons
from dayzero.people.counterparts import Counterparts, counterparts_of
from dayzero.people.doubts import ANOTHER_PERSON, LINK_OF_ANOTHER, LOOK_ALIKE, RENUMBERED, Decisions, Doubt, keys_of
from dayzero.people.look_alikes import look_alike_ids
from dayzero.people.lost_links import KnownLinks, links_to_know, lost_links, without_lost
from dayzero.people.population import Population
from dayzero.people.renumbered import new_numbers, with_ids
from dayzero.plugin import Finding
from dayzero.schema import PERSONS

__all__ = ["Identity", "Known", "identify"]

Link = tuple[str, str]
"""A student's id and a contact's."""


@dataclass(frozen=True)
class Known:
    """What is known of people besides the portal: ``births`` and ``links`` of the last sync, what was answered (``decisions``),
    and the links that were somebody else's (``cut``). ``former`` gives the student records that were removed, the latest of each."""

    births: Births | None = None
    decisions: Decisions = field(default_factory=Decisions)
    cut: frozenset[Link] = frozenset()
    links: KnownLinks | None = None
    former: Callable[[], pl.DataFrame] | None = None


@dataclass(frozen=True)
class Identity:
    """The population with everybody under the id the portal knows them by, and what is doubtful about them.

    ``open``: doubts without an answer. ``untouched`` (``kind``, ``person_id``): of whom nothing is done: a doubt stands, or was
    answered ``leave``. ``renewed``: whose account goes to another person. ``followed``: kind -> new id -> old id of those who
    were numbered anew, few enough to follow. ``cut``: links that give nothing, because they were somebody else's. ``links``
    gives the links that are to be known next time. ``met``: what the portal has of the population, by kind.
    """

    population: Population
    open: tuple[Doubt, ...]
    untouched: pl.DataFrame
    renewed: frozenset[Key]
    followed: Mapping[str, Mapping[str, str]]
    cut: frozenset[Link]
    findings: Findings
    links: Callable[[], KnownLinks]
    met: Mapping[str, Counterparts]


def identify(
    population: Population,
    strangers: pl.DataFrame,
    portal: PortalView,
    known: Known,
    *,
    few: Callable[[str], int | None],
    unread: pl.DataFrame | None = None,
    whole: bool = True,
) -> Identity:
    """Return who is who. ``strangers``: ids that rows name and nobody has. ``few``: how many of a kind may follow a new id by
    themselves, None for any number. ``unread`` (``kind``, ``person_id``): who could not be read. ``whole``: whether everybody
    else was."""
    unread = keys_of("student", ()) if unread is None else unread
    nobody = portal.accounts.is_empty() and portal.records["student-record"].is_empty()
    records = portal.records["student-record"]
    met = counterparts_of(population, portal.accounts, records["id"])
    if nobody and not known.cut and known.links is None:  # nobody is known by any id
        none, lost = keys_of("student", ()), lost_links(population, None)
        links = partial(links_to_know, population, None, lost, untouched=none, unread=unread, whole=whole)
        return Identity(population, (), none, frozenset(), {}, frozenset(), Findings(), links, met)
    findings: list[Findings] = []
    doubts = look_alike_ids(population, strangers, portal, met)
    doubts = [d for d in doubts if known.decisions.answered(d) != "other"]
    alike = {(d.kind, i) for d in doubts for i in (d.was, d.now)}
    pairs = {
        kind: {old: new for old, new in some.items() if not {(kind, old), (kind, new)} & alike}
        for kind, some in new_numbers(population, portal.accounts, met).items()
    }
    followed: dict[str, dict[str, str]] = {}
    for kind, these in pairs.items():
        numbered = [Doubt(RENUMBERED, kind, old, old, new) for old, new in these.items()]
        numbered = [d for d in numbered if known.decisions.answered(d) != "other"]
        limit = few(kind)
        if numbered and (limit is None or len(numbered) <= limit):
            followed[kind] = {d.now: d.was for d in numbered}
            findings.append(Findings.of(_followed(d) for d in numbered))
    if followed:
        population = with_ids(population, followed)
        met = counterparts_of(population, portal.accounts, records["id"])
    strange, reborn = other_persons(population, met, records, known.births, known.former)
    findings.append(reborn)
    doubts += [d for d in strange if (d.kind, d.person_id) not in alike]
    renewed = frozenset(
        (d.kind, d.person_id) for d in doubts if known.decisions.answered(d) == "other" and d.doubt == ANOTHER_PERSON
    )
    population, cut, stale = _without_links_of_others(
        population, known.cut | _links_of(renewed, portal, known.links), known.decisions
    )
    lost = lost_links(population, known.links)
    told = population
    population, half = without_lost(population, lost, portal.accounts, known.decisions)
    if not whole:  # what is missing may only not have been read: such a link stays as it is, and nobody is asked
        half = []
    standing = [d for d in doubts if known.decisions.answered(d) in (None, "leave")]
    ids = {kind: {i for d in standing if d.kind == kind for i in _concerned(d)} for kind in ("student", "parent")}
    half = [d for d in half if d.person_id not in ids["parent"] and d.was not in ids["student"]]
    asked = [d for d in (*standing, *stale, *half) if known.decisions.answered(d) is None]
    left = [d for d in (*standing, *half) if known.decisions.answered(d) == "leave"]
    findings.append(Findings.of(_left(d) for d in left))
    untouched = pl.concat(keys_of(kind, sorted(some)) for kind, some in ids.items())
    return Identity(
        population.without_facts_of(ids["student"]),
        tuple(asked),
        untouched,
        renewed,
        followed,
        cut,
        Findings.joined(findings),
        partial(links_to_know, told, known.links, lost, untouched=untouched, unread=unread, whole=whole),
        met,
    )


def _concerned(doubt: Doubt) -> tuple[str, ...]:
    """Return the ids of whom nothing is done while a doubt stands."""
    return (doubt.was, doubt.now) if doubt.doubt in (LOOK_ALIKE, RENUMBERED) else (doubt.person_id,)


def _links_of(renewed: Collection[Key], portal: PortalView, known: KnownLinks | None) -> set[Link]:
    """Return the links that were known of somebody, as student or as parent, before the id was another person's.

    The portal has those that give something. A parent of who has left may have another child still: their row is known here.
    """
    if not renewed:
        return set()
    pairs = (
        of_kind(portal.accounts, "parent").select("person_id", "children").explode("children").drop_nulls("children")
    )
    students, parents = ([i for kind, i in renewed if kind == wanted] for wanted in ("student", "parent"))
    mine = pairs.filter(pl.col("children").is_in(students) | pl.col("person_id").is_in(parents))
    there = {(child, parent) for parent, child in mine.iter_rows()}
    return there.union(*(known.of(kind, ids) for kind, ids in (("student", students), ("parent", parents)) if known))


def _without_links_of_others(
    population: Population, candidates: Collection[Link], decisions: Decisions
) -> tuple[Population, frozenset[Link], list[Doubt]]:
    """Return the population without links that were somebody else's, these, and the doubts about them.

    A link whose row has gone is forgotten: one that comes again is new. One that was answered `same` is the new person's.
    """
    if not candidates:
        return population, frozenset(), []
    pairs = pl.DataFrame(sorted(candidates), schema={"student_id": pl.String, "contact_id": pl.String}, orient="row")
    students, contacts = population.students, population.contacts
    rows = pairs.with_columns(
        student=places(students["student_id"], pairs["student_id"]),
        contact=places(contacts["contact_id"], pairs["contact_id"]),
    ).join(population.links.select("student", "contact"), on=["student", "contact"], how="semi")
    named = rows.with_columns(students[c].gather(rows["student"]) for c in ("given_name", "family_name"))
    doubts = {
        (row["student_id"], row["contact_id"]): Doubt(
            LINK_OF_ANOTHER, "parent", row["contact_id"], row["student_id"],
            " ".join(n for n in (row["given_name"], row["family_name"]) if n),
        )
        for row in named.iter_rows(named=True)
    }  # fmt: skip
    cut = {link: doubt for link, doubt in doubts.items() if decisions.answered(doubt) != "same"}
    numbers = named.filter([link in cut for link in named.select("student_id", "contact_id").iter_rows()])
    links = population.links.join(numbers, on=["student", "contact"], how="anti", maintain_order="left")
    return population.with_people(students, contacts, links), frozenset(cut), list(cut.values())


def _followed(doubt: Doubt) -> Finding:
    said = f"{doubt.was} is gone, and {doubt.now} has the same login and names: the account follows, and keeps its id"
    return Finding("warning", *_own(doubt.kind), doubt.was, RENUMBERED, said)


def _left(doubt: Doubt) -> Finding:
    said = f"{doubt.rule.message}; it was answered `leave`, and they stay as they are"
    return Finding("notice", *_own(doubt.kind), doubt.person_id, doubt.doubt, said)


def _own(kind: str) -> tuple[str, None, str]:
    """Return table, row and column of a finding about a person of a kind."""
    person = next(p for p in PERSONS if p.kind == kind)
    return person.table, None, person.column
