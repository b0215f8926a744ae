"""One verdict per candidate: granted, or withheld with a reason. ``eligibility`` says which reasons there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from dayzero.config import SyncSettings
from dayzero.conform import Findings, gathered_at, places
from dayzero.gradebook import ACCOUNT_KINDS, working
from dayzero.people.accounts import shared_with_child, wanted_parents, wanted_students
from dayzero.people.counterparts import Counterparts
from dayzero.people.eligibility import DUPLICATE_LOGIN, ending, rules_for
from dayzero.people.holders import settle_logins
from dayzero.people.logins import login_keys
from dayzero.people.mailboxes import shared_mailboxes
from dayzero.people.population import Population

__all__ = ["WITHHELD_SCHEMA", "Verdicts", "facts", "judge"]

WITHHELD_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "reason": pl.String,
    "detail": pl.String,
    "ends_account": pl.Boolean,
    "has_account": pl.Boolean,
}


@dataclass(frozen=True)
class Verdicts:
    """A verdict is a mask over people: ``granted`` says by kind, for each row of ``population``, who gets an account.

    ``withheld``: everybody else, and accounts whose people are gone from the source, ``WITHHELD_SCHEMA`` and names;
    ``has_account``: one that works.
    """

    population: Population
    granted: Mapping[str, pl.Series]
    withheld: pl.DataFrame
    findings: Findings

    def wanted(self, kind: str) -> pl.DataFrame:
        """Return the accounts of those who are granted one, ``ACCOUNT_SCHEMA`` without status and its date, sorted by id.

        Also of persons whose account is frozen: the plan decides what becomes of them. Made when it is asked for: the
        accounts of a whole school are a lot of memory.
        """
        return _WANTED[kind](self.population, self.granted[kind])


NAMES = ("given_name", "family_name")
_WANTED = {"student": wanted_students, "parent": wanted_parents}


def facts(population: Population, kind: str) -> pl.DataFrame:
    """Return the facts of every candidate of ``kind`` in the source: ``person_id``, ``login`` and what the rules look at."""
    return _student_facts(population) if kind == "student" else _parent_facts(population)


def judge(
    population: Population,
    met: Mapping[str, Counterparts],
    settings: SyncSettings,
    *,
    frozen: pl.DataFrame,
    staying: pl.DataFrame,
    may_disable: bool = True,
) -> Verdicts:
    """Judge every candidate.

    ``met``: what the portal has of the population, by kind. ``frozen`` (``kind``, ``person_id``): accounts that stay as they are because
    their people could not be read. ``staying``: the same, because a limit holds them. Both keep the login they have.
    """
    withheld: list[pl.DataFrame] = []
    granted: dict[str, pl.Series] = {}
    keys: dict[str, pl.Series] = {}
    for kind in ACCOUNT_KINDS:
        there, row = met[kind].accounts, met[kind].person
        people = facts(population, kind)
        gone = _gone(people, there.filter(row.is_null()))
        seen = pl.concat([_first_reasons(people, kind), _first_reasons(gone, kind)])
        seen = seen.with_columns(login_keys(seen["login"]).alias("key"))
        last = pl.int_range(people.height, seen.height, dtype=pl.UInt32, eager=True)
        row = row.clone().scatter(row.is_null().arg_true(), last)
        there = there.with_columns(_held(there["login"], seen, row).alias("held"), row=row)
        stuck = pl.concat([f.filter(pl.col("kind") == kind)["person_id"] for f in (frozen, staying)])
        has_account = _at(working(there)["row"], seen.height)
        if kind == "parent":
            unsure = frozen.filter(pl.col("kind") == "student")["person_id"]
            population, seen = _with_mailboxes(population, seen, there, has_account, stuck, unsure)
        yielding = settle_logins(seen, there, stuck, kind, settings, may_disable=may_disable)
        seen = _with_yielding(seen, yielding).with_columns(has_account.alias("has_account"))
        withheld.append(
            seen.filter(pl.col("reason").is_not_null()).select(
                pl.lit(kind).alias("kind"),
                "person_id",
                *NAMES,
                "reason",
                "detail",
                pl.col("reason").is_in(ending(kind)).alias("ends_account"),
                "has_account",
            )
        )
        granted[kind] = seen["reason"].is_null().head(people.height)
        keys[kind] = seen["key"].head(people.height)
    return Verdicts(population, granted, pl.concat(withheld), shared_with_child(population, granted, keys))


def _held(logins: pl.Series, seen: pl.DataFrame, row: pl.Series) -> pl.Series:
    """Return what accounts have as it is compared. Most have what is wanted, and that was looked at already."""
    other = (logins != seen["login"].gather(row)).fill_null(value=True).arg_true()
    return seen["key"].gather(row).scatter(other, login_keys(logins.gather(other)))


def _with_mailboxes(
    population: Population,
    seen: pl.DataFrame,
    there: pl.DataFrame,
    has_account: pl.Series,
    stuck: pl.Series,
    unsure: pl.Series,
) -> tuple[Population, pl.DataFrame]:
    """Return the population and the parents as candidates, once those who share a mailbox were looked at.

    ``unsure``: ids of students of whom nothing is known today; their parents are parents all the same.
    """
    number, links = population.contacts.height, population.links
    theirs = population.students["student_id"].is_in(unsure.implode()).gather(links["student"])
    perhaps = _at(links["contact"].filter(theirs & links["grants"]), number)
    holding = working(there).filter(pl.col("held") == seen["key"].gather(working(there)["row"]))["row"]
    shared = shared_mailboxes(
        population,
        seen["key"].head(number),
        free=seen["reason"].is_null().head(number),
        perhaps=perhaps,
        works=has_account.head(number),
        holds=_at(holding, seen.height).head(number),
        stuck=seen["person_id"].is_in(stuck.implode()).head(number),
    )
    if shared.links is not population.links:
        population = replace(population, links=shared.links)
        rows = shared.persons
        again = _first_reasons(_parent_facts(population, rows), "parent")
        seen = seen.with_columns(seen[c].clone().scatter(rows, again[c]) for c in ("reason", "detail"))
    if shared.withheld.is_empty():
        return population, seen
    rows = shared.withheld["contact"]
    return population, seen.with_columns(
        seen["reason"].scatter(rows, shared.withheld["reason"]), seen["detail"].scatter(rows, shared.withheld["detail"])
    )


def _at(rows: pl.Series, number: int) -> pl.Series:
    """Return a mask that is true at some of ``number`` rows."""
    return pl.repeat(value=False, n=number, eager=True).scatter(rows, True)


def _student_facts(population: Population) -> pl.DataFrame:
    return population.students.rename({"student_id": "person_id"})


def _parent_facts(population: Population, rows: pl.Series | None = None) -> pl.DataFrame:
    """Return the facts of parents; of some ``rows`` of ``contacts`` where they are named."""
    links, contacts = population.links, population.contacts
    if rows is not None:
        links = links.filter(_at(rows, contacts.height).gather(links["contact"]))
    sent = links.filter(population.students["sent"].gather(links["student"]))
    counts = sent.group_by("contact").agg(
        sent_students=pl.len().cast(pl.Int64), granting_students=pl.col("grants").sum().cast(pl.Int64)
    )
    place = gathered_at(counts["contact"], contacts.height)
    if rows is not None:
        contacts, place = contacts[rows], place.gather(rows)
    return contacts.with_columns(
        counts[name].gather(place).fill_null(0) for name in ("sent_students", "granting_students")
    ).rename({"contact_id": "person_id", "primary_email": "login"})


def _gone(people: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return candidates for accounts whose people are gone from the tables: they have a name, and nothing else is true of them."""
    nothing = {
        name: pl.lit(value=False if dtype == pl.Boolean else 0 if dtype.is_integer() else None, dtype=dtype)
        for name, dtype in people.schema.items()
        if name not in ("person_id", *NAMES)
    }
    return accounts.select("person_id", *NAMES).with_columns(**nothing).select(people.columns)


def _first_reasons(people: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return ``person_id``, names, ``login``, ``reason`` and ``detail`` by the rules that look at one candidate alone."""
    rules = rules_for(kind)
    asked = [(n, r.holds) for n, r in enumerate(rules) if r.holds is not None]
    first = pl.coalesce(*(pl.when(holds).then(pl.lit(n, dtype=pl.UInt8)) for n, holds in asked))
    rule = people.select(first.alias("rule")).to_series()
    reason = rule.replace_strict(range(len(rules)), [r.code for r in rules], return_dtype=pl.String).alias("reason")
    rows = rule.is_not_null().arg_true()
    detail = pl.coalesce(
        pl.lit(None, dtype=pl.String),
        *(pl.when(pl.col("rule") == n).then(r.detail) for n, r in enumerate(rules) if r.detail is not None),
    )
    # Only those who are withheld have something to be told.
    said = people.with_columns(rule)[rows].select(detail=detail).to_series()
    seen = people.select("person_id", *NAMES, "login")
    told = pl.Series("detail", [None], dtype=pl.String).new_from_index(0, people.height).scatter(rows, said)
    return seen.with_columns(reason, told)


def _with_yielding(seen: pl.DataFrame, yielding: pl.DataFrame) -> pl.DataFrame:
    """Return the candidates with a reason for those who yield their login to another."""
    rows = places(seen["person_id"], yielding["person_id"])
    said = yielding.select(pl.format("same login as {}", "other")).to_series()
    return (
        seen.with_columns(
            seen["reason"].scatter(rows, pl.Series([DUPLICATE_LOGIN]).new_from_index(0, rows.len())),
            seen["detail"].scatter(rows, said),
        )
        if rows.len()
        else seen
    )
