"""What may go and what is held, and why. Judged by the portal's own accounts, so a lost journal protects no less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dayzero.config.settings import LimitSettings
from dayzero.errors import RefusedError, UsageError
from dayzero.schema import PEOPLE_TABLES

__all__ = ["Breach", "Suspicion", "breaches", "mark_held", "released", "shrunk"]

LIMITED = ("create", "update", "disable")
REKEY = "rekey"
KINDS = ("student", "parent")
NOT_AFTER_A_SHRUNKEN_READ = (("disable", "student"), ("disable", "parent"), ("update", "parent"))
"""What takes something away: accounts, and children from parents (counted updates)."""


@dataclass(frozen=True)
class Breach:
    """More counted operations than the limit allows: all of them are held. ``allow`` is what releases them."""

    op: str
    kind: str
    count: int
    limit: int
    allow: str


@dataclass(frozen=True)
class Suspicion:
    """What makes a read doubtful; a plan's header carries it, so that a saved plan is judged alike.

    ``shrunk``: table -> rows before and now. ``rekeyed``: kind -> id that is gone -> id it seems to have now.
    """

    shrunk: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rekeyed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, header: Mapping[str, object]) -> Suspicion:
        """Read it from a plan's header."""
        return cls(header.get("shrunk") or {}, header.get("rekeyed") or {})  # type: ignore[arg-type]

    def facts(self) -> dict[str, object]:
        """Return what it adds to a plan's header."""
        facts = {"shrunk": self.shrunk, "rekeyed": self.rekeyed}
        return {name: value for name, value in facts.items() if value}


def shrunk(
    measure: Mapping[str, int], before: Mapping[str, int], settings: LimitSettings
) -> dict[str, tuple[int, int]]:
    """Return the people tables that lost more rows since the last good read than the limit allows (R39, case 57)."""
    found = {}
    for table in PEOPLE_TABLES:
        was, now = before.get(table, 0), measure.get(table, 0)
        limit = settings.shrink.of(was, settings.from_accounts)
        if limit is not None and was - now > limit:
            found[table] = (was, now)
    return found


def breaches(
    operations: pl.DataFrame, accounts: Mapping[str, int], settings: LimitSettings, suspicion: Suspicion | None = None
) -> list[Breach]:
    """Compare counted operations with the limits. ``accounts``: accounts per kind that are not disabled."""
    doubt = suspicion or Suspicion()
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
            if doubt.shrunk and (op, kind) in NOT_AFTER_A_SHRUNKEN_READ:
                limit = 0
            if limit is not None and count > limit:
                over.append((op, kind, count, limit))
    for kind, pairs in doubt.rekeyed.items():
        limit = settings.rekey.of(accounts.get(kind, 0), settings.from_accounts)
        if limit is not None and len(pairs) > limit:
            over.append((REKEY, kind, len(pairs), limit))
    totals = {op: sum(count for o, _, count, _ in over if o == op) for op in (*LIMITED, REKEY)}
    return [Breach(op, kind, count, limit, f"{op}={totals[op]}") for op, kind, count, limit in over]


def mark_held(operations: pl.DataFrame, held: list[Breach], suspicion: Suspicion | None = None) -> pl.DataFrame:
    """Return the operations with a ``held`` column: the counted operations of each op and kind in breach, and both sides
    of a mass re-key."""
    over = pl.DataFrame(
        [{"op": b.op, "kind": b.kind, "held": True} for b in held],
        schema={"op": pl.String, "kind": pl.String, "held": pl.Boolean},
    )
    marked = operations.drop("held", strict=False).join(over, on=["op", "kind"], how="left", maintain_order="left")
    marked = marked.with_columns(pl.col("held").fill_null(value=False) & pl.col("counted"))
    for kind in (b.kind for b in held if b.op == REKEY):
        pairs = (suspicion or Suspicion()).rekeyed.get(kind, {})
        either = (pl.col("kind") == kind) & pl.col("id").is_in([*pairs, *pairs.values()])
        marked = marked.with_columns(held=pl.col("held") | (either & pl.col("op").is_in(["create", "disable"])))
    return marked


def released(held: list[Breach], allow: Mapping[str, int]) -> list[Breach]:
    """Return what stays held after ``--allow op=N``; raise RefusedError unless N is exactly what is held."""
    for op, number in allow.items():
        if op not in (*LIMITED, REKEY):
            raise UsageError(
                f"--allow {op}={number}: there is no limit on {op!r}.",
                remedy=f"Limits exist for {', '.join((*LIMITED, REKEY))}.",
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
