"""What people are called, in what a decision knows already: looked up where somebody reads it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, RENEWED_RECORD, PortalView, lines, of_kind
from dayzero.people import Population
from dayzero.words import full_name

__all__ = ["Names", "names_made", "names_of", "names_on", "names_told"]

_COLUMNS = ("person_id", "given_name", "family_name")


@dataclass(frozen=True)
class Names:
    """What people are called. ``known``: by kind, tables of ``person_id``, ``given_name``, ``family_name``; the first that has
    somebody names them."""

    known: Mapping[str, tuple[pl.DataFrame, ...]] = field(default_factory=dict)

    def of(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        """Return the names of those who have one, by id."""
        return {ident: full_name(*parts) for ident, parts in self.parts(kind, ids).items()}

    def parts(self, kind: str, ids: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return given and family name of those who have one of the two, by id."""
        left = set(ids)
        found: dict[str, tuple[str | None, str | None]] = {}
        for table in self.known.get(_OF_RECORDS.get(kind, kind), ()):
            if not left:
                break
            for ident, given, family in table.filter(pl.col("person_id").is_in(list(left))).iter_rows():
                if given or family:
                    found[ident] = (given, family)
            left -= found.keys()
        return found

    @classmethod
    def told(cls, people: Mapping[str, Sequence[tuple[str, str | None, str | None]]]) -> Names:
        """Return what people are called who are told of by id, given and family name, by kind."""
        schema = dict.fromkeys(_COLUMNS, pl.String)
        return cls({kind: (pl.DataFrame(rows, schema=schema, orient="row"),) for kind, rows in people.items()})

    def __or__(self, later: Names) -> Names:
        """Return both; ``later`` names whom these do not."""
        return Names({kind: (*self.known.get(kind, ()), *later.known.get(kind, ())) for kind in ACCOUNT_KINDS})


_OF_RECORDS = {RENEWED_RECORD: "student"}


def names_of(population: Population, portal: PortalView) -> Names:
    """Return what the people of a school are called: as the source says, else as the portal does."""
    read = {
        "student": population.students.select("given_name", "family_name", person_id="student_id"),
        "parent": population.contacts.select("given_name", "family_name", person_id="contact_id"),
    }
    there = names_on(portal).known
    return Names({kind: (read[kind].select(_COLUMNS), *there[kind]) for kind in ACCOUNT_KINDS})


def names_on(portal: PortalView) -> Names:
    """Return what people are called on the portal."""
    accounts = {kind: of_kind(portal.accounts, kind).select(_COLUMNS) for kind in ACCOUNT_KINDS}
    records = portal.records[RENEWED_RECORD].select("given_name", "family_name", person_id="id").select(_COLUMNS)
    return Names({"student": (accounts["student"], records), "parent": (accounts["parent"],)})


def names_made(operations: pl.DataFrame) -> Names:
    """Return what those are called who get an account by a plan's ``operations``."""
    made = operations.filter(pl.col("op") == "create", pl.col("kind").is_in(ACCOUNT_KINDS))
    return names_told(msgspec.json.decode(line) for line in lines(made, with_held=True))


def names_told(operations: Iterable[Mapping[str, Any]]) -> Names:
    """Return what people are called by decoded ``operations``: who gets an account is named in it."""
    told: dict[str, list[tuple[str, str | None, str | None]]] = {kind: [] for kind in ACCOUNT_KINDS}
    for o in operations:
        given, family = (o["changes"].get(name, (None, None))[1] for name in _COLUMNS[1:])
        if o["op"] == "create" and o["kind"] in told:
            told[o["kind"]].append((o["id"], given, family))
    return Names.told(told)
