"""Who is who: the doubts about ids are looked for in their order, answers are carried out, and who is in doubt is set apart. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from dayzero.conform import Findings
from dayzero.gradebook import Key, PortalView
from dayzero.people.another import Births, other_persons
from dayzero.people.counterparts import Counterparts, counterparts_of
from dayzero.people.cut_links import Link, links_of_others, under_new_ids, without_links_of_others
from dayzero.people.doubts import ANOTHER_PERSON, LOOK_ALIKE, RENUMBERED, Decisions, Doubt, keys_of
from dayzero.people.look_alikes import look_alike_ids
from dayzero.people.lost_links import KnownLinks, links_to_know, lost_links, without_lost
from dayzero.people.population import Population
from dayzero.people.renumbered import new_numbers, with_ids
from dayzero.plugin import Finding
from dayzero.schema import PERSONS

__all__ = ["Identity", "Known", "identify"]


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
    before = None if known.links is None else known.links.settled
    doubts = look_alike_ids(population, strangers, portal, met, before)
    parted = [d for d in doubts if known.decisions.answered(d) == "other"]
    doubts = [d for d in doubts if d not in parted]
    alike = {(d.kind, i) for d in doubts for i in (d.was, d.now)}
    pairs = {
        kind: {old: new for old, new in some.items() if not {(kind, old), (kind, new)} & alike}
        for kind, some in new_numbers(population, portal.accounts, met).items()
    }
    followed: dict[str, dict[str, str]] = {}
    for kind, these in pairs.items():
        numbered = [Doubt(RENUMBERED, kind, old, old, new) for old, new in these.items()]
        parted += [d for d in numbered if known.decisions.answered(d) == "other"]
        numbered = [d for d in numbered if d not in parted]
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
    ) - frozenset(unread.select("kind", "person_id").iter_rows())
    standing = [d for d in doubts if known.decisions.answered(d) in (None, "leave")]
    ids = {kind: {i for d in standing if d.kind == kind for i in _concerned(d)} for kind in ("student", "parent")}
    untouched = pl.concat(keys_of(kind, sorted(some)) for kind, some in ids.items())
    told = population
    in_doubt = {link for kind, some in ids.items() for link in known.links.of(kind, some)} if known.links else set()
    moved = under_new_ids(in_doubt, population, met, (lambda: records, known.former))
    of_others = known.cut | links_of_others(renewed, parted, portal, known.links)
    population, cut, stale = without_links_of_others(
        population,
        of_others | under_new_ids(of_others, population, met, (lambda: records, known.former)),
        known.decisions,
        unseen=pl.concat([untouched, unread.select(untouched.columns)]) if whole else None,
        later=known.links.later() if known.links and population.years.scheduling is None else frozenset(),
    )
    lost = lost_links(population, known.links)
    population, half = without_lost(population, lost, portal.accounts, known.decisions)
    if not whole:  # what is missing may only not have been read: such a link stays as it is, and nobody is asked
        half = []
    half = [d for d in half if d.person_id not in ids["parent"] and d.was not in ids["student"]]
    asked = [d for d in (*standing, *stale, *half) if known.decisions.answered(d) is None]
    left = [d for d in (*standing, *half) if known.decisions.answered(d) == "leave"]
    findings.append(Findings.of(_left(d) for d in left))
    return Identity(
        population.without_facts_of(ids["student"]),
        tuple(asked),
        untouched,
        renewed,
        followed,
        cut,
        Findings.joined(findings),
        partial(links_to_know, told, known.links, lost, untouched=untouched, unread=unread, whole=whole, moved=moved),
        met,
    )


def _concerned(doubt: Doubt) -> tuple[str, ...]:
    """Return the ids of whom nothing is done while a doubt stands."""
    return (doubt.was, doubt.now) if doubt.doubt in (LOOK_ALIKE, RENUMBERED) else (doubt.person_id,)


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
