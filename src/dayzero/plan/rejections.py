"""What the portal rejected is tried again only when something changed: the operation, or the portal. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from dayzero.gradebook import Rejection, of_keys

__all__ = ["passed_over", "rejections_of"]


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
