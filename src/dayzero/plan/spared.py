"""What would change something and is not sent all the same. Pure.

Drift that is kept is not repaired; what the portal rejected is tried again only when something changed: the operation, or
the portal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from dayzero.gradebook import Drift, Key, Rejection, canonical, of_keys

__all__ = ["keeping", "passed_over", "rejections_of"]


def _digest(op: str, changes: str) -> str:
    return hashlib.sha256(f"{op}\n{changes}".encode()).hexdigest()


def rejections_of(operations: pl.DataFrame, rejected: Iterable[Mapping[str, Any]]) -> list[Rejection]:
    """Return what to remember of a commit: each rejected operation with its reason."""
    reasons = {(r["kind"], r["id"]): r for r in rejected}
    rows = (
        operations.join(of_keys(reasons), on=["kind", "id"], how="semi")
        .select("kind", "id", "op", "changes")
        .iter_rows()
    )
    return [
        Rejection(kind, ident, _digest(op, changes), reasons[kind, ident]["reason"], reasons[kind, ident]["remedy"])
        for kind, ident, op, changes in rows
    ]


def passed_over(operations: pl.DataFrame, remembered: Sequence[Rejection]) -> tuple[pl.DataFrame, list[Rejection]]:
    """Return the operations without those that the portal, as it is, has rejected before in this very form; and those."""
    if not remembered:
        return operations, []
    digests = {(r.kind, r.id): r.digest for r in remembered}
    again = [
        (kind, ident)
        for kind, ident, op, changes in operations.join(of_keys(digests), on=["kind", "id"], how="semi")
        .select("kind", "id", "op", "changes")
        .iter_rows()
        if digests[kind, ident] == _digest(op, changes)
    ]
    left = operations.join(of_keys(again), on=["kind", "id"], how="anti", maintain_order="left")
    return left, [r for r in remembered if (r.kind, r.id) in again]


def keeping(operations: pl.DataFrame, kept: Iterable[Drift]) -> pl.DataFrame:
    """Return the operations without those that would repair what is kept."""
    fields: dict[Key, set[str | None]] = {}
    for d in kept:
        fields.setdefault((d.kind, d.id), set()).add(d.field)
    if not fields:
        return operations
    concerned = of_keys(fields)
    others = operations.join(concerned, on=["kind", "id"], how="anti")
    rows = []
    for row in operations.join(concerned, on=["kind", "id"], how="semi").iter_rows(named=True):
        left_alone = fields[row["kind"], row["id"]]
        changes = {f: pair for f, pair in json.loads(row["changes"]).items() if f not in left_alone}
        whole = None in left_alone or ("status" in left_alone and row["op"] in ("enable", "disable"))
        if not whole and (changes or row["op"] != "update"):
            rows.append({**row, "changes": canonical(changes).decode()})
    return pl.concat([others, pl.DataFrame(rows, schema=operations.schema)])
