"""Where the accounts and records of a portal have their person in the source, and people their account: looked up once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.conform import gathered_at, places
from dayzero.gradebook import of_kind
from dayzero.people.population import Population

__all__ = ["Counterparts", "counterparts_of"]


@dataclass(frozen=True)
class Counterparts:
    """What the portal has of one kind of people, and where.

    ``accounts``: those of this kind. ``person``: the row of each account among the people, null where nobody has its id.
    ``account``: the row among ``accounts`` of each person, null where there is none. ``record``: the row among the people of
    each student record; parents have none.
    """

    accounts: pl.DataFrame
    person: pl.Series
    account: pl.Series
    record: pl.Series

    @property
    def works(self) -> pl.Series:
        """Whether it is not disabled, by account."""
        return self.accounts["status"] != "disabled"

    @property
    def is_new(self) -> pl.Series:
        """Whether the portal knows nothing by their id, by person."""
        recorded = pl.repeat(value=False, n=self.account.len(), eager=True).scatter(self.record.drop_nulls(), True)
        return self.account.is_null() & ~recorded


def counterparts_of(
    population: Population, accounts: pl.DataFrame, records: pl.Series | None = None
) -> Mapping[str, Counterparts]:
    """Return them by kind. ``accounts``: on the portal. ``records``: the ids of its student records."""
    none = pl.Series("id", [], dtype=pl.String)
    return {
        "student": _of(
            population.students["student_id"], of_kind(accounts, "student"), none if records is None else records
        ),
        "parent": _of(population.contacts["contact_id"], of_kind(accounts, "parent"), none),
    }


def _of(people: pl.Series, accounts: pl.DataFrame, records: pl.Series) -> Counterparts:
    person = places(people, accounts["person_id"])
    there = person.is_not_null().arg_true().cast(pl.UInt32)
    account = there.gather(gathered_at(person.drop_nulls(), people.len()))
    return Counterparts(accounts, person, account, places(people, records))
