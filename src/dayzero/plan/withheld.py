"""Who gets no account, by what there is to do about it: as groups, as documents and as CSV. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from dayzero.files import FORMULA
from dayzero.people import Rule, by_importance, remedy_of, rule_of
from dayzero.plan.model import Plan

__all__ = ["COLUMNS", "Withheld", "csv_of_withheld", "withheld_by_reason", "withheld_document", "withheld_groups"]

COLUMNS = ("kind", "person_id", "given_name", "family_name", "reason", "detail", "remedy", "account")
"""The columns of the file, and of each entry of the document."""


@dataclass(frozen=True)
class Withheld:
    """Those who are withheld for one reason: the ``rule``, what to do about it, and ``people`` (``COLUMNS``) by name."""

    rule: Rule
    remedy: str
    people: pl.DataFrame


def withheld_groups(plan: Plan) -> Iterator[Withheld]:
    """Yield who is withheld, reason by reason: first what keeps people out who are expected, last what is as it should be."""
    by_name = [_alphabetical("family_name"), _alphabetical("given_name"), pl.col("person_id")]
    groups = plan.withheld.partition_by("kind", "reason", as_dict=True)
    for rule in by_importance():
        people = groups.get((rule.kind, rule.code))
        if people is not None:
            remedy = remedy_of(rule, plan.remedies)
            yield Withheld(rule, remedy, people.sort(by_name).with_columns(remedy=pl.lit(remedy)).select(COLUMNS))


def _alphabetical(name: str) -> pl.Expr:
    """Return a name as a reader looks for it: without case and accents."""
    return pl.col(name).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()


def csv_of_withheld(plan: Plan) -> bytes:
    """Return who is withheld as CSV, group by group; no spreadsheet takes a cell of it for a formula (case 61)."""
    nobody = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    rows = pl.concat([nobody, *(group.people for group in withheld_groups(plan))])
    text = pl.col(pl.String)
    safe = pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep()
    buffer = io.BytesIO()
    rows.with_columns(safe).write_csv(buffer)
    return buffer.getvalue()


def withheld_document(plan: Plan) -> list[dict[str, Any]]:
    """Return withheld people, each with the remedy."""
    return [
        {**row, "remedy": remedy_of(rule_of(row["kind"], row["reason"]), plan.remedies)}
        for row in plan.withheld.iter_rows(named=True)
    ]


def withheld_by_reason(plan: Plan) -> dict[str, int]:
    """Return how many people are withheld for each reason, most frequent first."""
    counted = plan.withheld.group_by("reason").agg(pl.len().alias("n")).sort(["n", "reason"], descending=[True, False])
    return dict(counted.iter_rows())
