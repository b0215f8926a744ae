"""How much one plan may change, and what is too much. Judged by the portal's own accounts: a lost journal protects no less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dayzero.config import LimitSettings
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.schema import PEOPLE_TABLES

__all__ = ["LIMITED", "REKEY", "Breach", "Suspicion", "breaches", "counted", "mass_rekeys", "shrunk"]

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
    or takes a child from a parent. Grades, ``new`` and added children follow the calendar.
    """
    account = operations["kind"].is_in(ACCOUNT_KINDS)
    counts = account & operations["op"].is_in(["create", "disable"])
    updates = (account & (operations["op"] == "update")).arg_true()
    return counts.scatter(updates, _tells(operations["changes"].gather(updates))) if updates.len() else counts


def _tells(changes: pl.Series) -> pl.Series:
    """Return which updates change who somebody is, or take a child away."""
    # Exact on canonical JSON: within a text the quotation marks are escaped.
    named = [changes.str.contains(f'"{field}":[', literal=True) for field in IDENTITY]
    who = pl.select(pl.any_horizontal(named)).to_series()
    family = changes.str.contains('"children":[', literal=True).arg_true()
    return who.scatter(family, who.gather(family) | _lost_children(changes.gather(family))) if family.len() else who


def _lost_children(changes: pl.Series) -> pl.Series:
    """Return where somebody is no longer among ``children``."""
    pairs = changes.str.json_decode(pl.Struct({"children": pl.List(pl.List(pl.String))})).struct.field("children")
    before, after = (pairs.list.get(n).fill_null([]) for n in (0, 1))
    return before.list.set_difference(after).list.len() > 0


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
        for op, kind, n in operations.select("op", "kind")
        .filter(counted(operations))
        .group_by("op", "kind")
        .agg(pl.len())
        .iter_rows()
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
