"""What may go and what is held, and why. Judged by the portal's own accounts, so a lost journal protects no less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import polars as pl

from dayzero.config import LimitSettings
from dayzero.errors import HeldError, UsageError
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.schema import PEOPLE_TABLES

__all__ = [
    "Breach",
    "Suspicion",
    "breaches",
    "counted",
    "judged",
    "mark_held",
    "mass_rekeys",
    "released",
    "require_release",
    "shrunk",
]

LIMITED = ("create", "update", "disable")
REKEY = "rekey"
IDENTITY = ("login", "given_name", "family_name")
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


def counted(operations: pl.DataFrame) -> pl.Series:
    """Return which operations limits count: every account that begins or ends, and an update that changes who somebody is
    or takes a child from a parent. Grades, ``new`` and added children follow the calendar (DESIGN 5).
    """
    account, update = pl.col("kind").is_in(ACCOUNT_KINDS), pl.col("op") == "update"
    # Exact on canonical JSON: within a text the quotation marks are escaped.
    changes = {f: pl.col("changes").str.contains(f'"{f}":[', literal=True) for f in (*IDENTITY, "children")}
    marks = operations.select(
        counts=account
        & (pl.col("op").is_in(["create", "disable"]) | update & pl.any_horizontal(changes[f] for f in IDENTITY)),
        family=account & update & changes["children"],
    )
    return marks["counts"] | _lost_children(operations["changes"], marks["family"])


def _lost_children(changes: pl.Series, look: pl.Series) -> pl.Series:
    """Return where somebody is no longer among ``children``; only rows to ``look`` at are decoded."""
    pair = (
        pl.col("changes").str.json_decode(pl.Struct({"children": pl.List(pl.List(pl.String))})).struct.field("children")
    )
    before, after = (pair.list.get(n).fill_null([]) for n in (0, 1))
    lost = changes.filter(look).to_frame("changes").select(before.list.set_difference(after).list.len() > 0).to_series()
    where = look.arg_true()
    return pl.zeros(look.len(), dtype=pl.Boolean, eager=True).scatter(where, lost) if where.len() else look


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


def mass_rekeys(
    rekeyed: Mapping[str, Mapping[str, str]], accounts: Mapping[str, int], settings: LimitSettings
) -> dict[str, int]:
    """Return kind -> limit where more people have new ids than the limit allows; a few are no mass re-key."""
    limits = {kind: settings.rekey.of(accounts.get(kind, 0), settings.from_accounts) for kind in rekeyed}
    return {kind: limit for kind, limit in limits.items() if limit is not None and len(rekeyed[kind]) > limit}


def breaches(
    operations: pl.DataFrame, accounts: Mapping[str, int], settings: LimitSettings, suspicion: Suspicion | None = None
) -> list[Breach]:
    """Compare counted operations with the limits. ``accounts``: accounts per kind that are not disabled."""
    doubt = suspicion or Suspicion()
    counts = {
        (op, kind): n
        for op, kind, n in operations.filter(counted(operations)).group_by("op", "kind").agg(pl.len()).iter_rows()
    }
    over: list[tuple[str, str, int, int]] = []
    for op in LIMITED:
        for kind in ACCOUNT_KINDS:
            count, there = counts.get((op, kind), 0), accounts.get(kind, 0)
            if op == "create" and there < settings.from_accounts:
                continue  # a portal that is being filled for the first time
            limit = getattr(settings, op).of(there, settings.from_accounts)
            if doubt.shrunk and (op, kind) in NOT_AFTER_A_SHRUNKEN_READ:
                limit = 0
            if limit is not None and count > limit:
                over.append((op, kind, count, limit))
    rekeys = mass_rekeys(doubt.rekeyed, accounts, settings)
    over += [(REKEY, kind, len(doubt.rekeyed[kind]), limit) for kind, limit in rekeys.items()]
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
