"""Who has the login that several want."""

from __future__ import annotations

import polars as pl

from dayzero.config import SyncSettings
from dayzero.gradebook import working
from dayzero.people.eligibility import ending

__all__ = ["settle_logins"]


def settle_logins(
    seen: pl.DataFrame,
    there: pl.DataFrame,
    stuck: pl.Series,
    kind: str,
    settings: SyncSettings,
    *,
    may_disable: bool,
) -> pl.DataFrame:
    """Return who must yield a login: ``person_id`` and the ``other`` who has it.

    ``seen``: every candidate, ``person_id``, ``key`` (the login as it is compared), ``reason``. ``there``: their accounts, with ``row``, the
    candidate's row in ``seen``, and ``held``, the login there as it is compared. ``stuck``: ids of those whose account stays as it is.

    Whoever holds a login on the portal and stays with it keeps it. Among the rest, students yield both, parents by
    ``shared_parent_login``. One who yields stays with the old login, which may take that from a third: repeat until
    nothing changes. People only ever join the yielding, so this ends.
    """
    seen, holders = _contested(seen, working(there), stuck)
    stays = pl.col("stuck") | pl.col("reason").is_not_null()
    leaves = pl.col("reason").is_in(ending(kind)).fill_null(value=False) & ~pl.col("stuck")
    holders = holders.filter(~leaves) if may_disable else holders
    moving = ~stays & (pl.col("key") != pl.col("held")).fill_null(value=True)
    movers = holders.filter(moving)
    keeping = holders.filter(~moving).select(other="person_id", key="held")
    wants = (
        seen.filter(pl.col("reason").is_null(), ~pl.col("stuck"))
        .join(holders.filter(~moving).select("person_id"), on="person_id", how="anti")
        .select("person_id", "key")
    )
    yielding = pl.DataFrame(schema={"person_id": pl.String, "other": pl.String})
    while not wants.is_empty():
        lost = _losers(wants, keeping, kind, settings)
        if lost.is_empty():
            break
        yielding = pl.concat([yielding, lost])
        wants = wants.join(lost, on="person_id", how="anti")
        back = movers.join(lost, on="person_id", how="semi").select(other="person_id", key="held")
        keeping = pl.concat([keeping, back])
    return yielding


def _contested(seen: pl.DataFrame, there: pl.DataFrame, stuck: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those candidates, and those accounts, whose login somebody else may want: next to nobody at most schools.

    Equal logins have equal hashes; a hash that comes once is nobody else's. Both frames get ``key`` (what is wanted),
    ``reason`` and ``stuck``, the accounts ``held`` as well.
    """
    seen = seen.select("person_id", "reason", "key", stuck=pl.col("person_id").is_in(stuck.implode()))
    person = seen.select("reason", "key", "stuck")[there["row"]]
    there = there.select("person_id", "row", "held").hstack(person)
    wanted, held = seen["key"].hash(), there["held"].hash()
    free = seen["reason"].is_null() & ~seen["stuck"]
    content = there["reason"].is_null() & ~there["stuck"] & (there["key"] == there["held"]).fill_null(value=False)
    hashes = pl.concat([wanted.filter(free & seen["key"].is_not_null()), held.filter(~content)]).sort()
    several = hashes.filter((hashes == hashes.shift(1)).fill_null(value=False)).unique().implode()
    concerned = wanted.is_in(several) & seen["key"].is_not_null()
    concerned = concerned.scatter(there["row"].filter(held.is_in(several)), True)
    return seen.filter(concerned), there.filter(concerned.gather(there["row"]))


def _losers(wants: pl.DataFrame, keeping: pl.DataFrame, kind: str, settings: SyncSettings) -> pl.DataFrame:
    """Return who loses the login they want in one round, and to whom."""
    taken = wants.join(keeping.unique("key"), on="key", how="inner").select("person_id", "other")
    free = wants.join(taken, on="person_id", how="anti")
    rivals = free.filter(pl.col("key").is_duplicated()).sort("key", "person_id")
    if rivals.is_empty():
        return taken
    first = pl.col("person_id").first().over("key")
    second = pl.col("person_id").get(1).over("key")
    rivals = rivals.with_columns(
        other=pl.when(pl.col("person_id") == first).then(second).otherwise(first), first=pl.col("person_id") == first
    )
    if kind == "parent" and settings.shared_parent_login == "first":
        rivals = rivals.filter(~pl.col("first"))
    return pl.concat([taken, rivals.select("person_id", "other")])
