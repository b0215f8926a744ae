"""Whom a plan touches, why, and in which grade. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from dayzero.gradebook import ACCOUNT_FIELDS, ACCOUNT_KINDS, lines
from dayzero.plan.encoding import newcomers_made
from dayzero.plan.model import Plan

__all__ = ["by_reason", "in_grade", "people", "saved_held", "table"]

Operation = Mapping[str, Any]


def people(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield the operations on accounts, decoded, with the ``reason`` for each."""
    accounts = table(plan)
    for line, reason in zip(lines(accounts, with_held=True), accounts["reason"], strict=True):
        yield {**msgspec.json.decode(line), "reason": reason}


def table(plan: Plan) -> pl.DataFrame:
    """Return the operations on accounts with the ``reason`` for each."""
    accounts = plan.operations.filter(pl.col("kind").is_in(ACCOUNT_KINDS))
    because = [
        (kind, ident, reason)
        for kind, reasons in plan.header.reasons.items()
        for reason, ids in reasons.items()
        for ident in ids
    ]
    said = pl.DataFrame(because, schema=dict.fromkeys(("kind", "id", "said"), pl.String), orient="row")
    rows = accounts.join(said.unique(["kind", "id"]), on=["kind", "id"], how="left", maintain_order="left")
    return rows.with_columns(reason=pl.coalesce("said", _TELLS)).drop("said")


def _changed() -> pl.Expr:
    """Return which fields are changed. Exact on canonical JSON: within a text the quotation marks are escaped."""
    named = [
        pl.when(pl.col("changes").str.contains(f'"{field}":[', literal=True)).then(pl.lit(field))
        for field in ACCOUNT_FIELDS
    ]
    return pl.concat_str(named, separator=", ", ignore_nulls=True)


_TELLS = (
    pl.when(newcomers_made()).then(pl.lit("newcomer"))
    .when(pl.col("op") == "create").then(pl.lit("has no account yet"))
    .when(pl.col("op") == "enable").then(pl.lit("is back"))
    .when(_changed() == "").then(pl.lit("not recorded"))
    .otherwise(pl.format("changed: {}", _changed()))
)  # fmt: skip
"""Why, as far as an operation itself tells."""


def by_reason(operations: Iterator[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return op -> reason -> ``kind id`` of everybody, the most frequent reason first."""
    groups: dict[str, dict[str, list[str]]] = {}
    for o in operations:
        groups.setdefault(o["op"], {}).setdefault(o["reason"], []).append(f"{o['kind']} {o['id']}")
    return {op: dict(sorted(reasons.items(), key=lambda r: (-len(r[1]), r[0]))) for op, reasons in groups.items()}


def in_grade(operations: Iterator[dict[str, Any]], grade: str, accounts: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the operations on students of a grade, this year or next, and on parents of such students.

    ``accounts``: what the portal has, for whatever an operation does not say itself.
    """
    chosen = list(operations)
    known = {(a["kind"], a["person_id"]): a for a in accounts.iter_rows(named=True)}

    def value(o: Operation, field: str) -> Any:
        return o["changes"][field][1] if field in o["changes"] else known.get((o["kind"], o["id"]), {}).get(field)

    grades = ("grade_level", "next_grade_level")
    students = {a["person_id"] for a in known.values() if a["kind"] == "student" and grade in [a[g] for g in grades]}
    students -= {o["id"] for o in chosen if o["kind"] == "student"}
    students |= {o["id"] for o in chosen if o["kind"] == "student" and grade in [value(o, g) for g in grades]}
    for o in chosen:
        mine = {o["id"]} if o["kind"] == "student" else set(value(o, "children") or ())
        if mine & students:
            yield o


def saved_held(plan: Plan) -> list[dict[str, Any]]:
    """Return what a saved plan holds, by op and kind; the limit was the portal's business and is not in the file."""
    accounts = plan.operations.filter("held", pl.col("kind").is_in(ACCOUNT_KINDS))
    held = accounts.group_by("op", "kind").agg(pl.len()).sort("op", "kind")
    totals = dict(held.group_by("op").agg(pl.col("len").sum()).iter_rows())
    return [
        {"op": op, "kind": kind, "count": n, "limit": None, "allow": f"{op}={totals[op]}"}
        for op, kind, n in held.iter_rows()
    ]
