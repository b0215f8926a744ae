"""Whether somebody whose id is gone is there again under a new one, with the same login and names."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.gradebook import of_kind
from dayzero.people.counterparts import Counterparts
from dayzero.people.logins import login_keys
from dayzero.people.names import name_words
from dayzero.people.population import Population

__all__ = ["new_numbers", "with_ids"]


def new_numbers(
    population: Population, accounts: pl.DataFrame, met: Mapping[str, Counterparts]
) -> dict[str, dict[str, str]]:
    """Return kind -> old id -> new id of those who are the same by login and names: one to one, parents with a child in common,
    if they have any. ``met``: what the portal has of each kind."""
    students = _same(population.students.rename({"student_id": "person_id"}), met["student"])
    contacts = population.contacts.rename({"contact_id": "person_id", "primary_email": "login"})
    parents = _same(contacts, met["parent"])
    pairs = {"student": students, "parent": _with_a_child_in_common(population, parents, accounts, students)}
    return {kind: found for kind, found in pairs.items() if found}


def _same(people: pl.DataFrame, met: Counterparts) -> dict[str, str]:
    gone = met.accounts.filter(met.works & met.person.is_null())
    if gone.is_empty():
        return {}
    fresh = people.filter(met.is_new)
    olds, news = (
        rows.select("person_id", login=login_keys(rows["login"]), words=name_words("given_name", "family_name"))
        .drop_nulls()
        .filter(pl.struct("login", "words").is_unique())
        for rows in (gone, fresh)
    )
    return dict(
        olds.join(news, on=["login", "words"], suffix="_new")
        .select("person_id", "person_id_new")
        .sort("person_id")
        .iter_rows()
    )


def _with_a_child_in_common(
    population: Population, pairs: Mapping[str, str], accounts: pl.DataFrame, students: Mapping[str, str]
) -> dict[str, str]:
    if not pairs:
        return {}
    have = dict(
        of_kind(accounts, "parent")
        .filter(pl.col("person_id").is_in(list(pairs)))
        .select("person_id", "children")
        .iter_rows()
    )
    links = population.links
    rows = links.filter(population.contacts["contact_id"].gather(links["contact"]).is_in(list(pairs.values())))
    named: dict[str, set[str]] = {}
    for contact, student in zip(
        population.contacts["contact_id"].gather(rows["contact"]),
        population.students["student_id"].gather(rows["student"]),
        strict=True,
    ):
        named.setdefault(contact, set()).add(student)

    def agree(old: str, new: str) -> bool:
        before = {students.get(child, child) for child in have.get(old) or ()}
        return not before or not named.get(new) or bool(before & named[new])

    return {old: new for old, new in pairs.items() if agree(old, new)}


def with_ids(population: Population, pairs: Mapping[str, Mapping[str, str]]) -> Population:
    """Return the population with other ids (kind -> id -> the id it gets); people stay sorted by id, links follow."""
    people = {"student": population.students, "parent": population.contacts}
    links = population.links
    for kind, column, number in (("student", "student_id", "student"), ("parent", "contact_id", "contact")):
        renamed = pairs.get(kind)
        if not renamed:
            continue
        rows = people[kind].with_columns(pl.col(column).replace(renamed))
        order = rows[column].arg_sort()
        people[kind] = rows[order]
        place = pl.repeat(0, order.len(), dtype=pl.UInt32, eager=True).scatter(
            order, pl.int_range(order.len(), dtype=pl.UInt32, eager=True)
        )
        links = links.with_columns(place.gather(links[number]).alias(number))
    if links is not population.links:
        links = links.sort("contact", "student")
    return population.with_people(people["student"], people["parent"], links)
