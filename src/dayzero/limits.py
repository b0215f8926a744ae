"""What may go and what is held, and why. Judged by the portal's own accounts, so a lost journal protects no less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.errors import RefusedError, UsageError
from dayzero.settings import LimitSettings

__all__ = ["Breach", "breaches", "mark_held", "released"]

LIMITED = ("create", "update", "disable")
KINDS = ("student", "parent")


@dataclass(frozen=True)
class Breach:
    """More counted operations than the limit allows: all of them are held. ``allow`` is what releases them."""

    op: str
    kind: str
    count: int
    limit: int
    allow: str


def breaches(operations: pl.DataFrame, accounts: Mapping[str, int], settings: LimitSettings) -> list[Breach]:
    """Compare counted operations with the limits. ``accounts``: accounts per kind that are not disabled."""
    counts = {
        (op, kind): n for op, kind, n in operations.filter("counted").group_by("op", "kind").agg(pl.len()).iter_rows()
    }
    over: list[tuple[str, str, int, int]] = []
    for op in LIMITED:
        for kind in KINDS:
            count, there = counts.get((op, kind), 0), accounts.get(kind, 0)
            if op == "create" and there < settings.from_accounts:
                continue  # a portal that is being filled for the first time
            limit = getattr(settings, op).of(there, settings.from_accounts)
            if limit is not None and count > limit:
                over.append((op, kind, count, limit))
    totals = {op: sum(count for o, _, count, _ in over if o == op) for op in LIMITED}
    return [Breach(op, kind, count, limit, f"{op}={totals[op]}") for op, kind, count, limit in over]


def mark_held(operations: pl.DataFrame, held: list[Breach]) -> pl.DataFrame:
    """Return the operations with a ``held`` column: the counted operations of each op and kind in breach."""
    over = pl.DataFrame(
        [{"op": b.op, "kind": b.kind, "held": True} for b in held],
        schema={"op": pl.String, "kind": pl.String, "held": pl.Boolean},
    )
    marked = operations.drop("held", strict=False).join(over, on=["op", "kind"], how="left", maintain_order="left")
    return marked.with_columns(pl.col("held").fill_null(value=False) & pl.col("counted"))


def released(held: list[Breach], allow: Mapping[str, int]) -> list[Breach]:
    """Return what stays held after ``--allow op=N``; raise RefusedError unless N is exactly what is held."""
    for op, number in allow.items():
        if op not in LIMITED:
            raise UsageError(
                f"--allow {op}={number}: there is no limit on {op!r}.", remedy=f"Limits exist for {', '.join(LIMITED)}."
            )
        count = sum(b.count for b in held if b.op == op)
        if count != number:
            raise RefusedError(
                f"--allow {op}={number} was given, but {count} {op} operations are held.",
                remedy=f"Look at `dayzero plan`; then allow exactly that number: --allow {op}={count}."
                if count
                else "Nothing of the kind is held: leave --allow out.",
                op=op, allowed=number, held=count,
            )  # fmt: skip
    return [b for b in held if b.op not in allow]
