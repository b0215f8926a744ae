"""Whose operations are held back, and how that is released: what breaks a limit stays here until it was looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import polars as pl

from dayzero.config import LimitSettings
from dayzero.errors import HeldError, UsageError
from dayzero.plan.limits import LIMITED, REKEY, Breach, Suspicion, breaches, counted

__all__ = ["judged", "mark_held", "released", "require_release"]


def mark_held(operations: pl.DataFrame, held: list[Breach], suspicion: Suspicion | None = None) -> pl.DataFrame:
    """Return the operations with a ``held`` column: the counted operations of each op and kind in breach, and both sides
    of a mass re-key."""
    if not held:
        return operations.with_columns(held=pl.lit(value=False))
    over = pl.DataFrame(
        [{"op": b.op, "kind": b.kind, "held": True} for b in held],
        schema={"op": pl.String, "kind": pl.String, "held": pl.Boolean},
    )
    marked = operations.drop("held", strict=False).join(over, on=["op", "kind"], how="left", maintain_order="left")
    marked = marked.with_columns(pl.col("held").fill_null(value=False) & counted(marked))
    for kind in (b.kind for b in held if b.op == REKEY):
        pairs = (suspicion or Suspicion()).rekeyed.get(kind, {})
        either = (pl.col("kind") == kind) & pl.col("id").is_in([*pairs, *pairs.values()])
        marked = marked.with_columns(held=pl.col("held") | (either & pl.col("op").is_in(["create", "disable"])))
    return marked


def judged(
    operations: pl.DataFrame, accounts: Mapping[str, int], settings: LimitSettings, suspicion: Suspicion | None = None
) -> tuple[pl.DataFrame, list[Breach]]:
    """Return the operations with what the limits hold marked, and why. ``accounts``: working ones per kind."""
    over = breaches(operations, accounts, settings, suspicion)
    return mark_held(operations, over, suspicion), over


def released(held: Sequence[Breach], allow: Mapping[str, int]) -> list[Breach]:
    """Return what stays held after ``--allow op=N``; raise HeldError unless N is exactly what is held."""
    for op, number in allow.items():
        if op not in (*LIMITED, REKEY):
            raise UsageError(
                f"--allow {op}={number}: there is no limit on {op!r}.",
                remedy=f"Limits exist for {', '.join((*LIMITED, REKEY))}.",
            )
        count = sum(b.count for b in held if b.op == op)
        if count != number:
            raise HeldError(
                f"--allow {op}={number} was given, but {count} {op} operations are held.",
                remedy=f"Look at `dayzero plan`; then allow exactly that number: --allow {op}={count}."
                if count
                else "Nothing of the kind is held: leave --allow out.",
                op=op, allowed=number, held=count,
            )  # fmt: skip
    return [b for b in held if b.op not in allow]


def require_release(held: Sequence[Breach], settings: LimitSettings) -> None:
    """Raise HeldError where something is held and the school wants nothing sent then (``on_breach = "stop"``)."""
    if held and settings.on_breach == "stop":
        raise HeldError(
            'A limit was exceeded and `on_breach` is "stop": nothing was sent.',
            remedy="Review `dayzero plan`; then " + " ".join(sorted({f"--allow {b.allow}" for b in held})) + ".",
            held=[asdict(b) for b in held],
        )
