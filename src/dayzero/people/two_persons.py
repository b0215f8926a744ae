"""Copies of one id that are two persons: the active year's is Otto Old, otto@, next year's is Nina New, nina@.

Other names alone are how somebody is written elsewhere; so is another login, or another birth date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dayzero.conform import REFUSALS, UNREADABLE_SCHEMA, Findings, remarks
from dayzero.gradebook import of_kind
from dayzero.people.another import differently_called
from dayzero.people.logins import login_key
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


def two_persons(tables: Mapping[str, pl.DataFrame], years: Sequence[str], student_login: Sequence[str]) -> TwoPersons:
    """Look at numbered tables for copies in ``years`` that are of two persons. ``student_login``: columns, the first that is filled wins."""
    unread, findings = [pl.DataFrame(schema=UNREADABLE_SCHEMA)], list[Findings]()
    for person in PERSONS:
        copies = tables[person.table]
        if copies["year_id"].null_count() == copies.height:
            continue
        logins = student_login if person.kind == "student" else ("primary_email",)
        known = copies.filter(pl.col("year_id").is_null() | pl.col("year_id").is_in(list(years))).select(
            person.column, *_NAMES,
            login=pl.coalesce(pl.lit(None, pl.String), *(pl.col(c).cast(pl.String) for c in logins if c in copies.columns)),
            born="birth_date" if "birth_date" in copies.columns else pl.lit(None, pl.Date),
        )  # fmt: skip
        known = known.unique(maintain_order=True).filter(pl.col(person.column).is_duplicated())
        first = known.unique(person.column, keep="first", maintain_order=True)
        both = known.join(first.rename({c: f"was_{c}" for c in first.columns[1:]}), on=person.column)
        others = both.filter((login_key("login") != login_key("was_login")) | (pl.col("born") != pl.col("was_born")))
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
