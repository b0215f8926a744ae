"""One verdict per candidate: granted, or withheld with a reason. ``eligibility`` says which reasons there are."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.config import SyncSettings
from dayzero.people.accounts import shared_with_child, wanted_parents, wanted_students
from dayzero.people.eligibility import DUPLICATE_LOGIN, ending, rules_for
from dayzero.people.logins import settle_logins
from dayzero.people.population import Population
from dayzero.plugin import Finding

__all__ = ["VERDICT_SCHEMA", "Verdicts", "facts", "judge"]

VERDICT_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "reason": pl.String,
    "detail": pl.String,
    "ends_account": pl.Boolean,
}
"""``reason`` is null where the account is granted."""


@dataclass(frozen=True)
class Verdicts:
    """``verdicts``: one row per candidate, ``VERDICT_SCHEMA``. ``wanted``: accounts of ``ACCOUNT_SCHEMA`` without status.

    ``wanted`` holds everybody the rules grant, also persons whose account is frozen; the plan decides what becomes of them.
    """

    verdicts: pl.DataFrame
    wanted: pl.DataFrame
    findings: tuple[Finding, ...]


def facts(population: Population, kind: str) -> pl.DataFrame:
    """Return the facts of every candidate of ``kind`` in the source: ``person_id``, ``login`` and what the rules look at."""
    return _student_facts(population) if kind == "student" else _parent_facts(population)


def judge(
    population: Population,
    known: pl.DataFrame,
    settings: SyncSettings,
    *,
    frozen: pl.DataFrame,
    staying: pl.DataFrame,
    may_disable: bool = True,
) -> Verdicts:
    """Judge every candidate.

    ``known``: accounts on the portal. ``frozen`` (``kind``, ``person_id``): accounts that stay as they are because
    their people could not be read. ``staying``: the same, because a limit holds them. Both keep the login they have.
    """
    verdicts, wanted = [], []
    for kind, make in (("student", wanted_students), ("parent", wanted_parents)):
        there = known.filter(pl.col("kind") == kind)
        people = facts(population, kind)
        seen = _first_reasons(_candidates(people, there, kind), kind)
        stuck = pl.concat([f.filter(pl.col("kind") == kind).select("person_id") for f in (frozen, staying)]).unique()
        yielding = settle_logins(seen, there, stuck, kind, settings, may_disable=may_disable)
        seen = seen.join(yielding, on="person_id", how="left", maintain_order="left").with_columns(
            reason=pl.coalesce("reason", pl.when(pl.col("other").is_not_null()).then(pl.lit(DUPLICATE_LOGIN))),
            detail=pl.coalesce("detail", pl.format("same login as {}", "other")),
        )
        verdicts.append(
            seen.select(
                pl.lit(kind).alias("kind"),
                "person_id",
                "reason",
                "detail",
                pl.col("reason").is_in(ending(kind)).fill_null(value=False).alias("ends_account"),
            )
        )
        granted = seen.filter(pl.col("reason").is_null()).select("person_id")
        wanted.append(make(population, people.join(granted, on="person_id", how="semi", maintain_order="left")))
    accounts = pl.concat(wanted)
    return Verdicts(pl.concat(verdicts), accounts, tuple(shared_with_child(accounts)))


def _student_facts(population: Population) -> pl.DataFrame:
    return population.students.rename({"student_id": "person_id"})


def _parent_facts(population: Population) -> pl.DataFrame:
    links = population.links.join(population.students.filter("sent").select("student_id"), on="student_id", how="semi")
    counts = links.group_by("contact_id").agg(
        sent_students=pl.len().cast(pl.Int64), granting_students=pl.col("grants").sum().cast(pl.Int64)
    )
    return (
        population.contacts.join(counts, on="contact_id", how="left", maintain_order="left")
        .with_columns(pl.col("sent_students", "granting_students").fill_null(0))
        .rename({"contact_id": "person_id", "primary_email": "login"})
    )


def _candidates(people: pl.DataFrame, there: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Add accounts whose people are gone from the tables: nothing is true of them any more."""
    gone = there.select("person_id").join(people.select("person_id"), on="person_id", how="anti")
    if gone.is_empty():
        return people
    looked_at = {c for r in rules_for(kind) for c in r.looks_at} | {"sent"}
    nothing = [
        pl.lit(value=False if dtype == pl.Boolean else 0, dtype=dtype).alias(name)
        for name, dtype in people.schema.items()
        if name in looked_at | {"active_enrolled", "scheduling_enrolled"}
        and (dtype == pl.Boolean or dtype.is_integer())
    ]
    return pl.concat([people, gone.with_columns(nothing)], how="diagonal")


def _first_reasons(people: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return ``person_id``, ``login``, ``reason`` and ``detail`` by the rules that look at one candidate alone."""
    rules = rules_for(kind)
    reason = pl.coalesce(*(pl.when(r.holds).then(pl.lit(r.code)) for r in rules if r.holds is not None))
    detail = pl.coalesce(
        pl.lit(None, dtype=pl.String),
        *(pl.when(pl.col("reason") == r.code).then(r.detail) for r in rules if r.detail is not None),
    )
    return people.with_columns(reason=reason).select("person_id", "login", "reason", detail=detail)
