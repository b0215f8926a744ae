"""When two logins are the same, and who has one that several want."""

from __future__ import annotations

import polars as pl

from dayzero.config import SyncSettings
from dayzero.gradebook import working
from dayzero.people.eligibility import ending

__all__ = ["login_key", "settle_logins"]


def login_key(login: str) -> pl.Expr:
    """Return the form in which logins are compared: trimmed and case-folded (case 40)."""
    text = pl.col(login).str.strip_chars()
    # Polars lower-cases; the few logins beyond ASCII are folded by Python, where ß and SS are one.
    plain = text.str.len_bytes() == text.str.len_chars()
    folded = pl.when(~plain).then(text).map_batches(_casefolded, return_dtype=pl.String)
    return pl.when(plain).then(text.str.to_lowercase()).otherwise(folded)


def _casefolded(texts: pl.Series) -> pl.Series:
    if texts.null_count() == texts.len():
        return texts
    return pl.Series(texts.name, [None if t is None else t.casefold() for t in texts], dtype=pl.String)


def settle_logins(
    seen: pl.DataFrame,
    there: pl.DataFrame,
    stuck: pl.DataFrame,
    kind: str,
    settings: SyncSettings,
    *,
    may_disable: bool,
) -> pl.DataFrame:
    """Return who must yield a login: ``person_id`` and the ``other`` who has it.

    Whoever holds a login on the portal and stays with it keeps it. Among the rest, students yield both, parents by
    ``shared_parent_login``. One who yields stays with the old login, which may take that from a third: repeat until
    nothing changes. People only ever join the yielding, so this ends.
    """
    seen = seen.with_columns(key=login_key("login"))
    holders = (
        working(there)
        .select("person_id", held=login_key("login"))
        .join(seen.select("person_id", "key", "reason"), on="person_id", how="left")
        .join(stuck.with_columns(stuck=pl.lit(value=True)), on="person_id", how="left")
    )
    stays = pl.col("stuck").fill_null(value=False) | pl.col("reason").is_not_null()
    leaves = pl.col("reason").is_in(ending(kind)).fill_null(value=False) & ~pl.col("stuck").fill_null(value=False)
    holders = holders.filter(~leaves) if may_disable else holders
    moving = ~stays & (pl.col("key") != pl.col("held")).fill_null(value=True)
    movers = holders.filter(moving)
    keeping = holders.filter(~moving).select(other="person_id", key="held")
    wants = (
        seen.filter(pl.col("reason").is_null())
        .join(stuck, on="person_id", how="anti")
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
