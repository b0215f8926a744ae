"""Whose operations are held back, and how that is released: what breaks a limit stays here until it was looked at. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from dayzero.config import LimitSettings
from dayzero.errors import HeldError, UsageError
from dayzero.plan.cascade import Kept, lost_years
from dayzero.plan.limits import (
    LIMITED,
    NOT_AFTER_A_SHRUNKEN_READ,
    REKEY,
    REQUESTS,
    Breach,
    Suspicion,
    as_limited,
    counted,
)
from dayzero.plan.reads import READ_RULES, ReadDoubt
from dayzero.plan.turn import TURN

__all__ = ["kept_by", "let_go", "mark_held", "released", "require_release"]


def mark_held(
    operations: pl.DataFrame,
    held: Sequence[Breach],
    suspicion: Suspicion | None = None,
    refused: Collection[str] = (),
) -> pl.DataFrame:
    """Return the operations with a ``held`` column: the counted operations of each op and kind in breach; while a mass re-key
    is looked at, who is gone in it, and every new account of that kind: those who were not recognised may be the same people.
    Parents of whom somebody has ``refused`` a child are no leavers."""
    marked = operations.with_columns(held=pl.lit(value=False))
    over = [(b.op, b.kind) for b in held if b.op in _MARKED]
    if over:
        either = pl.lit(value=False)
        for op, kind in over:
            either |= (as_limited() == op) & (pl.col("kind") == kind)
        counts = counted(operations) | (operations["op"] == "enable")
        no = (
            (pl.col("kind") == "parent") & pl.col("op").is_in(["disable", "update"]) & pl.col("id").is_in(list(refused))
        )
        marked = marked.with_columns(held=either & counts & ~no)
    for kind in (b.kind for b in held if b.op == REKEY):
        gone = pl.col("id").is_in([*(suspicion or Suspicion()).rekeyed.get(kind, {})])
        moves = (pl.col("op") == "create") | ((pl.col("op") == "disable") & gone)
        marked = marked.with_columns(held=pl.col("held") | ((pl.col("kind") == kind) & moves))
    return marked


_MARKED = ("create", "update", "disable", "enable")
"""Limits on operations. Those on years and refusals are limits on what operations take."""


def kept_by(
    held: Sequence[Breach],
    operations: pl.DataFrame,
    suspicion: Suspicion,
    refused: Mapping[str, frozenset[str]],
    years: Mapping[str, str],
) -> Kept:
    """Return from whom nothing is taken while ``held`` is looked at. ``operations``: all that would be done.

    ``refused``: parent -> children somebody has refused them. ``years``: role -> id of the years the portal has.
    """
    over = {(b.op, b.kind) for b in held}
    if suspicion.shrunk and over & set(NOT_AFTER_A_SHRUNKEN_READ):
        return Kept(everybody=True)
    rows = operations.select("kind", "op", "id")
    leaving = {
        "student": rows.filter(
            pl.col("kind").is_in(["student", "student-record"]), pl.col("op").is_in(["disable", "remove"])
        )["id"],
        "parent": rows.filter(pl.col("kind") == "parent", pl.col("op") == "disable")["id"],
    }
    kept = {
        kind: frozenset(ids if ("disable", kind) in over else ())
        | frozenset(suspicion.rekeyed.get(kind, ()) if (REKEY, kind) in over else ())
        for kind, ids in leaving.items()
    }
    if ("update", "parent") in over:
        updates = operations.filter(pl.col("kind") == "parent", pl.col("op") == "update")
        kept["parent"] |= frozenset(updates.filter(counted(updates))["id"])
    roles = {year: role for role, year in years.items()}
    losing = [roles.get(b.year or "", b.year or "") for b in held if b.op == "year"]
    lost = lost_years(operations) if losing else pl.DataFrame(schema={"id": pl.String, "role": pl.String})
    if ("refuse", "parent") in over:
        kept["parent"] |= frozenset(refused)
    else:
        kept["parent"] -= frozenset(refused)
    return Kept(
        kept["student"], kept["parent"], {role: frozenset(lost.filter(pl.col("role") == role)["id"]) for role in losing}
    )


RELEASES = (*LIMITED, REKEY, REQUESTS, TURN, *(rule.code for rule in READ_RULES))
"""What ``--allow`` may name."""


def released(held: Sequence[Breach | ReadDoubt], allow: Mapping[str, int]) -> list[Breach | ReadDoubt]:
    """Return what stays held after ``--allow op=N``; raise HeldError unless N is exactly what is held."""
    for op, number in allow.items():
        if op not in RELEASES:
            raise UsageError(
                f"--allow {op}={number}: there is no limit on {op!r}.",
                remedy=f"Limits exist for {', '.join(RELEASES)}.",
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


def let_go(operations: pl.DataFrame, left: Sequence[Breach | ReadDoubt], allowed: Collection[str]) -> pl.DataFrame:
    """Return the operations of a plan that was made before with what ``allowed`` names no longer held; all of them where
    nothing is ``left``: what hangs on them goes with them."""
    stays = pl.col("held") & ~pl.col("op").is_in(list(allowed)) if left else pl.lit(value=False)
    return operations.with_columns(held=stays)


def require_release(held: Sequence[Breach | ReadDoubt], settings: LimitSettings) -> None:
    """Raise HeldError where something is held and the school wants nothing sent then (``on_breach = "stop"``)."""
    if held and settings.on_breach == "stop":
        raise HeldError(
            'Something is held and `on_breach` is "stop": nothing was sent.',
            remedy="Review `dayzero plan`; then " + " ".join(sorted({f"--allow {b.allow}" for b in held})) + ".",
            held=[b.document() for b in held],
        )
