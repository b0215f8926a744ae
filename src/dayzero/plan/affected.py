"""Whom a plan touches, why, and in which grade. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, RECORD_SCHEMAS, lines
from dayzero.plan.model import Plan

__all__ = ["by_reason", "in_grade", "people", "saved_held"]

Operation = Mapping[str, Any]


def people(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield the operations on accounts, decoded, with the ``reason`` for each."""
    because = {
        (kind, ident): reason
        for kind, reasons in plan.header.reasons.items()
        for reason, ids in reasons.items()
        for ident in ids
    }
    accounts = plan.operations.filter(~pl.col("kind").is_in(list(RECORD_SCHEMAS)))
    for line in lines(accounts, with_held=True):
        operation = msgspec.json.decode(line)
        yield {**operation, "reason": because.get((operation["kind"], operation["id"])) or _reason(operation)}


def _reason(operation: Operation) -> str:
    """Return why, as far as the operation itself tells."""
    if operation["op"] == "create":
        return "newcomer" if operation["changes"].get("new", (None, None))[1] else "has no account yet"
    if operation["op"] == "enable":
        return "is back"
    return f"changed: {', '.join(operation['changes'])}" if operation["changes"] else "not recorded"


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
