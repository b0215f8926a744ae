"""How much one plan may change, and what is too much. Judged by the portal's own accounts: a lost journal protects no less."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl

from dayzero.config import LimitSettings
from dayzero.gradebook import ACCOUNT_KINDS, Key, PortalView, of_keys, of_kind
from dayzero.plan.cascade import lost_years, years_by_role
from dayzero.schema import PERSONS
from dayzero.words import held_because

__all__ = [
    "LIMITED",
    "REKEY",
    "REQUESTS",
    "Breach",
    "Recent",
    "Suspicion",
    "as_limited",
    "breaches",
    "counted",
    "half_of",
    "looked_at",
    "mass_rekeys",
    "shrunk",
]

LIMITED = ("create", "update", "disable", "enable", "refuse", "year")
REKEY = "rekey"
REQUESTS = "requests"
"""What releases course requests that a family has handed in, as ``--allow`` names it."""
IDENTITY = ("login", "given_name", "family_name")
NOT_AFTER_A_SHRUNKEN_READ = (("disable", "student"), ("disable", "parent"), ("update", "parent"), ("year", "student"))
"""What takes something away: accounts, children from parents (counted updates), and years."""


@dataclass(frozen=True)
class Breach:
    """More than the limit allows: all of it is held. ``allow`` is what releases it. ``year``: the id of the year that would be
    lost, where that is what is counted. ``before``: how many did the same in the last days, and are counted with these."""

    op: str
    kind: str
    count: int
    limit: int
    allow: str
    year: str | None = None
    before: int = 0

    @property
    def said(self) -> str:
        """Return what is too much, as a sentence."""
        return held_because(asdict(self))

    def document(self) -> dict[str, Any]:
        """Return it as documents have it: with a year and with those before only where there are any."""
        return {name: value for name, value in asdict(self).items() if name not in ("year", "before") or value}


@dataclass(frozen=True)
class Suspicion:
    """What makes a read doubtful; a plan's header carries it, so that a saved plan is judged alike.

    ``shrunk``: table -> people with an account, and those of them who would stay. ``rekeyed``: kind -> id that is gone -> id it seems to have now.
    """

    shrunk: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rekeyed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def as_limited() -> pl.Expr:
    """Return ops by the limit that counts them."""
    return pl.when(pl.col("op") == "renew").then(pl.lit("update")).otherwise("op").alias("op")


def counted(operations: pl.DataFrame) -> pl.Series:
    """Return which operations limits count: every account that begins or ends, and an update that changes who somebody is
    or takes a child from a parent. Grades, ``new`` and added children follow the calendar.
    """
    account = operations["kind"].is_in(ACCOUNT_KINDS)
    counts = account & operations["op"].is_in(["create", "renew", "disable"])
    updates = (account & (operations["op"] == "update")).arg_true()
    return counts.scatter(updates, _tells(operations["changes"].gather(updates))) if updates.len() else counts


def _tells(changes: pl.Series) -> pl.Series:
    """Return which updates change who somebody is, or take a child away."""
    who = _renames(changes)
    family = changes.str.contains('"children":[', literal=True).arg_true()
    return who.scatter(family, who.gather(family) | _lost_children(changes.gather(family))) if family.len() else who


def _renames(changes: pl.Series) -> pl.Series:
    """Return which updates change login or name. Exact on canonical JSON: within a text the quotation marks are escaped."""
    named = [changes.str.contains(f'"{field}":[', literal=True) for field in IDENTITY]
    return pl.select(pl.any_horizontal(named)).to_series()


def _lost_children(changes: pl.Series) -> pl.Series:
    """Return where somebody is no longer among ``children``."""
    pairs = changes.str.json_decode(pl.Struct({"children": pl.List(pl.List(pl.String))})).struct.field("children")
    before, after = (pairs.list.get(n).fill_null([]) for n in (0, 1))
    return before.list.set_difference(after).list.len() > 0


Recent = Mapping[tuple[str, str], int]
"""How many accounts ended in the last days, by ``("disable", kind)``, and how many students lost a year, by ``("year", its id)``."""


ADDED_UP = ("disable", "year")
"""Of which the last days count, too."""


def looked_at(released: Collection[str]) -> frozenset[str]:
    """Return of which ops that are added up a release has looked at all that goes: its own, and of a doubt about a whole run all.

    Whoever releases what another limit holds has not looked at who leaves besides.
    """
    whole = any(one not in (*LIMITED, REQUESTS) for one in released)
    return frozenset(op for op in ADDED_UP if whole or op in released)


def recent_leavers(accounts: pl.DataFrame, now: datetime, looked_at: Collection[Key]) -> Recent:
    """Return how many accounts ended in the last seven days, without those somebody had looked at.

    Reckoned from the portal's own dates, whose clock may be ahead: from the latest one, if that is later than ``now``.
    """
    ended = accounts.filter(pl.col("status") == "disabled", pl.col("disabled_at").is_not_null())
    if ended.is_empty():
        return {}
    at = ended["disabled_at"].str.to_datetime(time_zone="UTC", strict=False)
    last = at.max()
    latest = max(now, last) if isinstance(last, datetime) else now
    recent = ended.select("kind", id="person_id").filter(at > latest - RECENT)
    if looked_at:
        recent = recent.join(of_keys(looked_at), on=["kind", "id"], how="anti")
    return {("disable", kind): count for kind, count in recent.group_by("kind").agg(pl.len()).iter_rows()}


def recent_losses(lost: Collection[tuple[str, str, str]], portal: PortalView) -> Recent:
    """Return how many students lost a year lately and are on the portal without it still. ``lost``: student, and role and id of
    the year, which must be the portal's still: after a change of year it is another loss.

    The portal has no dates of that: they are the journal's.
    """
    years = years_by_role(portal)
    left = [(student, role) for student, role, year in lost if years.get(role) == year]
    if not left:
        return {}
    students = portal.records["student-record"].select("id", "years")
    still = (
        pl.DataFrame(left, schema={"id": pl.String, "role": pl.String}, orient="row")
        .join(students, on="id")
        .filter(~pl.col("years").fill_null([]).list.contains(pl.col("role")))
    )
    return {("year", years[role]): count for role, count in still.group_by("role").agg(pl.len()).iter_rows()}


RECENT = timedelta(days=7)


def shrunk(
    operations: pl.DataFrame,
    accounts: Mapping[str, int],
    settings: LimitSettings,
    rekeyed: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    explained: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, tuple[int, int]]:
    """Return the tables of people of whom more would leave than a good read can explain: (working accounts, those that stay).

    Those who are back under another id (``rekeyed``) do not leave, and some a change of year explains (``explained``, by
    kind). People, not rows: a system that shows two years of four
    loses half of its rows and nobody (R39, case 57).
    """
    ends = operations.select("kind", "op").filter(pl.col("op") == "disable").group_by("kind").agg(pl.len())
    found = {}
    for kind, ended in ends.iter_rows():
        there, count = accounts.get(kind, 0), ended - len(rekeyed.get(kind, ())) - explained.get(kind, 0)
        limit = settings.shrink.of(there, settings.from_accounts)
        if limit is not None and count > limit:
            found[_TABLE[kind]] = (there, there - count)
    return dict(sorted(found.items()))


_TABLE = {person.kind: person.table for person in PERSONS}


def mass_rekeys(
    rekeyed: Mapping[str, Mapping[str, str]], accounts: Mapping[str, int], settings: LimitSettings
) -> dict[str, int]:
    """Return kind -> limit where more people have new ids than the limit allows; a few are no mass re-key."""
    limits = {kind: settings.rekey.of(accounts.get(kind, 0), settings.from_accounts) for kind in rekeyed}
    return {kind: limit for kind, limit in limits.items() if limit is not None and len(rekeyed[kind]) > limit}


def counts_of(operations: pl.DataFrame, refused: Collection[str]) -> dict[tuple[str, str], int]:
    """Return how many operations count, by op and kind. ``refused``: parents of whom somebody has refused a child.

    Their losing it is counted by itself, as ``refuse``; who is under a new name besides counts for both.
    """
    counts: dict[tuple[str, str], int] = {}
    for kind in ACCOUNT_KINDS:
        mine = of_kind(operations, kind)
        ops = mine["op"].filter(counted(mine) | (mine["op"] == "enable")).value_counts()
        counts |= {(op, kind): n for op, n in ops.iter_rows()}
        # An account that goes to another person is an identity that changes.
        counts["update", kind] = counts.get(("update", kind), 0) + counts.pop(("renew", kind), 0)
    if refused:
        losing = operations.filter(pl.col("kind") == "parent", pl.col("id").is_in(list(refused)))
        ends = losing.filter(pl.col("op") == "disable").height
        other = losing.filter(pl.col("op") == "update")
        only = other.filter(counted(other) & ~_renames(other["changes"])).height
        counts["refuse", "parent"] = losing.filter(pl.col("op").is_in(["disable", "update"])).height
        counts["disable", "parent"] = counts.get(("disable", "parent"), 0) - ends
        counts["update", "parent"] = counts.get(("update", "parent"), 0) - only
    return counts


def breaches(
    operations: pl.DataFrame,
    accounts: Mapping[str, int],
    settings: LimitSettings,
    suspicion: Suspicion | None = None,
    *,
    refused: Collection[str] = (),
    years: Mapping[str, str] = MappingProxyType({}),
    students: Mapping[str, int] = MappingProxyType({}),
    unlimited: Collection[str] = (),
    by_hand: bool = False,
    recent: Recent = MappingProxyType({}),
) -> list[Breach]:
    """Compare what counts with the limits. ``accounts``: accounts per kind that are not disabled.

    ``refused``: see ``counts_of``. ``years``: role -> id of the years the portal has; ``students``: role -> how many it
    has in that year, with an account or without. ``unlimited``: ops that nothing limits
    in this run. ``by_hand``: somebody has asked for just this, so that half of a small school may go.
    ``recent``: what the last days took: a slow leak is one.
    """
    doubt = suspicion or Suspicion()
    counts = counts_of(operations, refused)
    over: list[tuple[str, str, int, int, str | None, int]] = []

    def weigh(op: str, kind: str, count: int, there: int, *, year: str | None = None, emptying: bool = False) -> None:
        limit = _limit(op, kind, there, settings, doubt)
        if op in unlimited or limit is None:
            return
        before = recent.get((op, year or kind), 0) if count else 0
        # A small school has percentages of `from_accounts`; whoever asks for just this has looked.
        half = half_of(there) if emptying and not by_hand else limit
        if count > min(limit, half):
            over.append((op, kind, count, min(limit, half), year, 0))
        elif count + before > limit:
            over.append((op, kind, count, limit, year, before))

    rekeys = mass_rekeys(doubt.rekeyed, accounts, settings)
    for op in ("create", "update", "disable", "enable", "refuse"):
        for kind in ACCOUNT_KINDS:
            # Who is recognised under another id leaves nobody behind: that is looked at as a re-key.
            moved = len(doubt.rekeyed[kind]) if op == "disable" and kind in rekeys else 0
            weigh(op, kind, counts.get((op, kind), 0) - moved, accounts.get(kind, 0), emptying=op == "disable")
    for role, count in lost_years(operations).group_by("role").agg(pl.len()).sort("role").iter_rows():
        there = students.get(role, accounts.get("student", 0))
        weigh("year", "student", count, there, year=years.get(role, role), emptying=role == "active")
    over += [(REKEY, kind, len(doubt.rekeyed[kind]), limit, None, 0) for kind, limit in rekeys.items()]
    totals = {op: sum(count for o, _, count, *_ in over if o == op) for op in (*LIMITED, REKEY)}
    return [
        Breach(op, kind, count, limit, f"{op}={totals[op]}", year, before)
        for op, kind, count, limit, year, before in over
    ]


def students_in(portal: PortalView) -> dict[str, int]:
    """Return how many students the portal has in each year, by its role; a primary school has more of them than accounts."""
    roles = portal.records["student-record"]["years"].explode().drop_nulls().value_counts()
    return dict(roles.iter_rows())


def half_of(there: int) -> int:
    """Return how many of so many may leave at once, or lose the active year, whatever the percentages of a small school."""
    return max(1, there // 2)


def _limit(op: str, kind: str, there: int, settings: LimitSettings, doubt: Suspicion) -> int | None:
    """Return how many may go, None where nothing limits them. ``there``: working accounts of the kind."""
    if op == "create" and there < settings.from_accounts:
        return None  # a portal that is being filled for the first time
    if doubt.shrunk and (op, kind) in NOT_AFTER_A_SHRUNKEN_READ:
        return 0
    limit: int | None = getattr(settings, op).of(there, settings.from_accounts)
    return limit
