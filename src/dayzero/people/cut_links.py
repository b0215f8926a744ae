"""Which links were somebody else's before an id went to another person: they give nothing, whatever ids they come under."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import polars as pl

from dayzero.conform import places
from dayzero.gradebook import Key, PortalView, of_kind
from dayzero.people.counterparts import Counterparts
from dayzero.people.doubts import LINK_OF_ANOTHER, Decisions, Doubt
from dayzero.people.logins import login_keys
from dayzero.people.lost_links import KnownLinks
from dayzero.people.names import name_words
from dayzero.people.population import Population

__all__ = ["Link", "links_of_others", "under_new_ids", "without_links_of_others"]

Link = tuple[str, str]
"""A student's id and a contact's."""


def links_of_others(
    renewed: Collection[Key], parted: Collection[Doubt], portal: PortalView, known: KnownLinks | None
) -> set[Link]:
    """Return the links that were known of somebody, as student or as parent, before the id was another person's (``renewed``),
    and those of an id that looks like a known one, or follows it, and is another person's (``parted``), where that one had them.
    """
    ids = {kind: {i for of, i in renewed if of == kind} for kind in ("student", "parent")}
    cut = set().union(*(_links_of(kind, some, portal, known) for kind, some in ids.items()))
    for doubt in parted:
        for child, parent in _links_of(doubt.kind, {doubt.was}, portal, known):
            cut.add((doubt.now, parent) if doubt.kind == "student" else (child, doubt.now))
    return cut


def _links_of(kind: str, ids: Collection[str], portal: PortalView, known: KnownLinks | None) -> set[Link]:
    """Return the links of some people of a kind that were known.

    The portal has those that give something. A parent of who has left may have another child still: their row is known here.
    """
    if not ids:
        return set()
    pairs = of_kind(portal.accounts, "parent").select(parent="person_id", student="children").explode("student")
    mine = pairs.drop_nulls("student").filter(pl.col(kind).is_in(list(ids)))
    return {*mine.select("student", "parent").iter_rows(), *(known.of(kind, ids) if known else ())}


def under_new_ids(
    links: Collection[Link],
    population: Population,
    met: Mapping[str, Counterparts],
    records: Sequence[Callable[[], pl.DataFrame] | None],
) -> set[Link]:
    """Return such links once more under the ids of those who seem to be there under another one.

    Whoever is new by id, and has the login or the names of one whose id is gone, may be that one: only those whose account works are
    followed to a new id, and a link may have been all that one had. ``met``: what the portal has by kind, as before links are
    taken off. ``records`` give students without an account (``id``, names).
    """
    if not links:
        return set()
    students = population.students.rename({"student_id": "person_id"})
    contacts = population.contacts.rename({"contact_id": "person_id", "primary_email": "login"})
    children = _seem(students, {child for child, _ in links}, met["student"], records)
    parents = _seem(contacts, {parent for _, parent in links}, met["parent"], ())
    return {
        (now, contact)
        for child, parent in links
        for now in (child, *children.get(child, ()))
        for contact in (parent, *parents.get(parent, ()))
    } - set(links)


def _seem(
    people: pl.DataFrame,
    ids: Collection[str],
    met: Counterparts,
    records: Iterable[Callable[[], pl.DataFrame] | None],
) -> dict[str, list[str]]:
    """Return id -> ids of those who are new and may be who had it, for those ids that nobody has."""
    gone = pl.Series("person_id", sorted(ids), dtype=pl.String)
    gone = gone.filter(places(people["person_id"], gone).is_null())
    fresh = people.filter(met.is_new)
    if gone.is_empty() or fresh.is_empty():
        return {}
    told = [met.accounts.filter(pl.col("person_id").is_in(gone.implode())).select(_PERSON)]
    for further in filter(None, records):
        removed = further().filter(pl.col("id").is_in(gone.implode()))
        told.append(removed.select(person_id="id", given_name="given_name", family_name="family_name", login=None))
    olds, news = (
        rows.select("person_id", login=login_keys(rows["login"]), words=name_words("given_name", "family_name"))
        for rows in (pl.concat(told, how="vertical_relaxed"), fresh.select(_PERSON))
    )
    seem: dict[str, list[str]] = {}
    for fact in ("login", "words"):
        same = olds.drop_nulls(fact).join(news.drop_nulls(fact), on=fact, suffix="_new")
        for was, now in same.select("person_id", "person_id_new").iter_rows():
            seem.setdefault(was, []).append(now)
    return seem


_PERSON = ["person_id", "given_name", "family_name", "login"]


def _names(people: pl.DataFrame) -> pl.Series:
    said = pl.concat_str("given_name", "family_name", separator=" ", ignore_nulls=True)
    return people.select(said).to_series()


def without_links_of_others(
    population: Population,
    candidates: Collection[Link],
    decisions: Decisions,
    *,
    unseen: pl.DataFrame | None,
    later: Collection[Link],
) -> tuple[Population, frozenset[Link], list[Doubt]]:
    """Return the population without links that were somebody else's, these, and the doubts about them.

    A link whose row has gone is forgotten: one that comes again is new. One that was answered `same` is the new person's.
    ``unseen`` (``kind``, ``person_id``): whose rows may be there under another id, or could not be read; None: anybody's.
    ``later``: links that only a year had which is not looked at.
    """
    if not candidates:
        return population, frozenset(), []
    pairs = pl.DataFrame(sorted(candidates), schema={"student_id": pl.String, "contact_id": pl.String}, orient="row")
    students, contacts = population.students, population.contacts
    pairs = pairs.with_columns(
        student=places(students["student_id"], pairs["student_id"]),
        contact=places(contacts["contact_id"], pairs["contact_id"]),
    )
    rows = pairs.join(population.links.select("student", "contact"), on=["student", "contact"], how="semi")
    hidden = pl.col("student").is_null() | pl.col("contact").is_null() | pl.lit(unseen is None)
    if unseen is not None:
        for kind, column in (("student", "student_id"), ("parent", "contact_id")):
            hidden |= pl.col(column).is_in(of_kind(unseen, kind)["person_id"].implode())
    waiting = pairs.join(rows, on=["student_id", "contact_id"], how="anti").filter(hidden)
    named = rows.with_columns(
        child=_names(students).gather(rows["student"]), parent=_names(contacts).gather(rows["contact"])
    )
    doubts = {
        (row["student_id"], row["contact_id"]): Doubt(
            LINK_OF_ANOTHER, "parent", row["contact_id"], row["student_id"],
            ", of ".join(n for n in (row["child"], row["parent"]) if n),  # of another holder of either id it is another question
        )
        for row in named.iter_rows(named=True)
    }  # fmt: skip
    cut = {link: doubt for link, doubt in doubts.items() if decisions.answered(doubt) != "same"}
    numbers = named.filter([link in cut for link in named.select("student_id", "contact_id").iter_rows()])
    links = population.links.join(numbers, on=["student", "contact"], how="anti", maintain_order="left")
    kept = frozenset(waiting.select("student_id", "contact_id").iter_rows()) | (
        frozenset(candidates) & frozenset(later)
    )
    return population.with_people(students, contacts, links), kept | frozenset(cut), list(cut.values())
