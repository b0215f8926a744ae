"""Copies of one id that are two persons: the active year's is Otto Old, next year's is Nina New."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dayzero.conform import REFUSALS, UNREADABLE_SCHEMA, Findings, remarks
from dayzero.gradebook import of_kind
from dayzero.people.another import differently_called
from dayzero.schema import PERSONS

__all__ = ["TwoPersons", "two_persons"]


@dataclass(frozen=True)
class TwoPersons:
    """People of whose copies one is called altogether differently: merged, they would be one person with the children of both.

    ``unreadable``: they, as who cannot be read (``UNREADABLE_SCHEMA``). ``relationships``: without the links of such contacts, of
    which ``refusals`` are those that say no. ``findings``: an error for each.
    """

    unreadable: pl.DataFrame
    relationships: pl.DataFrame
    refusals: pl.DataFrame
    findings: Findings


def two_persons(tables: Mapping[str, pl.DataFrame], years: Sequence[str]) -> TwoPersons:
    """Look at numbered tables for copies in ``years`` that are of two persons."""
    unread, findings = [pl.DataFrame(schema=UNREADABLE_SCHEMA)], list[Findings]()
    for person in PERSONS:
        copies = tables[person.table]
        if copies["year_id"].null_count() == copies.height:
            continue
        names = copies.filter(pl.col("year_id").is_null() | pl.col("year_id").is_in(list(years))).select(
            person.column, *_NAMES
        )
        names = names.unique(maintain_order=True).filter(pl.col(person.column).is_duplicated())
        first = names.unique(person.column, keep="first", maintain_order=True)
        others = names.join(
            first.select(person.column, was_given_name=_NAMES[0], was_family_name=_NAMES[1]), on=person.column
        )
        ids = others[person.column].filter(differently_called(others)).unique().sort().to_frame("person_id")
        if ids.is_empty():
            continue
        unread.append(
            ids.select(
                pl.lit(person.kind).alias("kind"), "person_id", pl.lit(person.table).alias("table"),
                pl.lit(None, pl.Int64).alias("row"),
            )
        )  # fmt: skip
        said = pl.format(
            "the years' copies of {} are of different people; they are left out until the id is one person's",
            "person_id",
        )
        findings.append(
            remarks(ids, "error", person.table, person.column, "copies-of-two-persons", said, value=pl.col("person_id"))
        )
    unreadable, links = pl.concat(unread), tables["relationships"]
    if unreadable.is_empty():
        return TwoPersons(unreadable, links, pl.DataFrame(schema=REFUSALS), Findings())
    theirs = links["contact_id"].is_in(of_kind(unreadable, "parent")["person_id"].implode())
    refused = links.filter(theirs, pl.col("portal_access").eq_missing(other=False)).select(*REFUSALS)
    return TwoPersons(unreadable, links.filter(~theirs), refused, Findings.joined(findings))


_NAMES = ("given_name", "family_name")
