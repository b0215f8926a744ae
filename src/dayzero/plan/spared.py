"""What the portal rejected is tried again only when something changed: the operation, or the portal. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from dayzero.journal import Rejection

__all__ = ["of_commit", "passed_over"]


def _digest(op: str, changes: str) -> str:
    return hashlib.sha256(f"{op}\n{changes}".encode()).hexdigest()


def of_commit(operations: pl.DataFrame, rejected: Iterable[Mapping[str, Any]]) -> list[Rejection]:
    """Return what to remember of a commit: each rejected operation with its reason."""
    reasons = {(r["kind"], r["id"]): r for r in rejected}
    key = pl.DataFrame(list(reasons), schema={"kind": pl.String, "id": pl.String}, orient="row")
    rows = operations.join(key, on=["kind", "id"], how="semi").select("kind", "id", "op", "changes").iter_rows()
    return [
        Rejection(kind, ident, _digest(op, changes), reasons[kind, ident]["reason"], reasons[kind, ident]["remedy"])
        for kind, ident, op, changes in rows
    ]


def passed_over(operations: pl.DataFrame, remembered: Sequence[Rejection]) -> tuple[pl.DataFrame, list[Rejection]]:
    """Return the operations without those that the portal, as it is, has rejected before in this very form; and those."""
    if not remembered:
        return operations, []
    digests = {(r.kind, r.id): r.digest for r in remembered}
    key = pl.DataFrame(list(digests), schema={"kind": pl.String, "id": pl.String}, orient="row")
    again = [
        (kind, ident)
        for kind, ident, op, changes in operations.join(key, on=["kind", "id"], how="semi")
        .select("kind", "id", "op", "changes")
        .iter_rows()
        if digests[kind, ident] == _digest(op, changes)
    ]
    useless = pl.DataFrame(again, schema={"kind": pl.String, "id": pl.String}, orient="row")
    left = operations.join(useless, on=["kind", "id"], how="anti", maintain_order="left")
    return left, [r for r in remembered if (r.kind, r.id) in again]
