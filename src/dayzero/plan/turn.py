"""The year turns: the active year is the one that was the scheduling year. It is told, guarded, and moves everybody. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, PortalView, canonical, working
from dayzero.people import Population
from dayzero.plan.cascade import ROLES, turned_years

__all__ = ["TURN", "Turn", "explained", "moved_on", "told", "turn_of"]

TURN = "change-of-year"
"""What releases a change of year that comes too early, as ``--allow`` names it."""


@dataclass(frozen=True)
class Turn:
    """A change of year: the ids of the year that was active and of the one that is. ``early``: nobody expected it now."""

    before: str
    now: str
    early: bool


def turn_of(active: str, portal: PortalView, today: date, summer_bridge_days: int) -> Turn | None:
    """Return the change of year that ``active`` makes of what the portal has; None where it is the portal's active year.

    It is expected from so many days before the old year's end, to the scheduling year where the portal has one, and never back
    to a year that is past.
    """
    years = {row["id"]: row for row in portal.records["school-year"].iter_rows(named=True)}
    roles = {row["role"]: ident for ident, row in years.items()}
    before = roles.get("active")
    if before is None or before == active:
        return None
    comes_next = roles.get("scheduling", active) == active and (active not in years or years[active]["role"] != "past")
    ends_on = years[before]["ends_on"]
    expected = ends_on is None or today >= date.fromisoformat(ends_on) - timedelta(days=summer_bridge_days)
    return Turn(before, active, early=not (comes_next and expected))


def told(turn: Turn | None, population: Population, portal: PortalView) -> dict[str, Any] | None:
    """Return a change of year as documents tell it: who has left for good, who left early, who is new in the active year."""
    if turn is None:
        return None
    had = portal.records["student-record"].select("id", "years")
    here = population.students.filter("in_active")["student_id"]
    was_active = pl.col("years").list.contains("active")
    was_next = pl.col("years").list.contains("scheduling")
    gone = had.filter(~pl.col("id").is_in(here.implode()))
    return {
        "from": turn.before,
        "to": turn.now,
        "graduates": gone.filter(was_active, ~was_next)["id"].sort().to_list(),
        "leavers": gone.filter(was_next)["id"].sort().to_list(),
        "arrived": here.filter(~here.is_in(had.filter(was_active)["id"].implode())).sort().to_list(),
    }


def explained(
    operations: pl.DataFrame, portal: PortalView, turn: Turn | None, *, looked_at: bool = True
) -> dict[str, int]:
    """Return how many of those who leave a change of year explains, by kind, so that the read need not be a bad one: at a
    ``turn`` as many as arrive, and whoever is in no year since the last one.

    ``looked_at``: no read has shrunk since then, or somebody has looked at it: else they are held for that until somebody does.
    """
    who = operations.select("kind", "op", person_id="id")
    leave = who.filter(pl.col("op") == "disable")
    if leave.is_empty():
        return {}
    nowhere = portal.accounts.select("kind", "person_id").filter(portal.accounts["years"].list.len() == 0)
    left = leave.join(nowhere, on=["kind", "person_id"], how="semi") if looked_at else leave.clear()
    arrive = who.filter(pl.col("op") == "create") if turn else who.clear()
    return dict(pl.concat([left, arrive]).group_by("kind").agg(pl.len()).iter_rows())


def moved_on(
    operations: pl.DataFrame, portal: PortalView, untouched: pl.DataFrame, ending: pl.DataFrame
) -> pl.DataFrame:
    """Return the operations of a change of year with everybody's years rewritten by what was true.

    Who is held or ``untouched`` (``kind``, ``person_id``) keeps account, record and links, in the year that has come: what
    was the scheduling year is the active one, what was active is past. Of whom a change is held, what the calendar moves goes.
    So it does of parents whose account was ``ending`` (``kind``, ``id``), or who are untouched, and of whom no more is left than
    that somebody refused them a child. This is never held.
    """
    held = operations.filter("held", pl.col("op").is_in(["disable", "remove"])).select("kind", "id")
    operations = _calendar_alone(operations, portal)
    frozen = untouched.select("kind", id="person_id")
    records = frozen.filter(pl.col("kind") == "student").with_columns(kind=pl.lit("student-record"))
    stays = pl.concat([held, frozen, records]).unique()
    going = operations.filter(~pl.col("held"))
    refusing = going.filter(pl.col("kind") == "parent", pl.col("op") == "update").join(
        pl.concat([stays, ending]).unique(), on=["kind", "id"], how="semi"
    )
    refused = {(row["kind"], row["id"]): json.loads(row["changes"]) for row in refusing.iter_rows(named=True)}
    others = going.select("kind", "id").join(refusing, on=["kind", "id"], how="anti")
    keys = pl.concat([stays, refusing.select("kind", "id")]).unique().join(others, on=["kind", "id"], how="anti")
    rows = [
        {"kind": kind, "id": ident, "turned": canonical(changes | refused.get((kind, ident), {})).decode()}
        for kind, ident, changes in _rewritten(keys, portal)
    ]
    if not rows:
        return operations
    turned = pl.DataFrame(rows)
    kept = operations.join(turned, on=["kind", "id"], how="anti", maintain_order="left")
    made = turned.select(op=pl.lit("update"), kind="kind", id="id", changes="turned", held=pl.lit(value=False))
    return pl.concat([kept, made.select(operations.columns)]).sort("kind", "id")


def _calendar_alone(operations: pl.DataFrame, portal: PortalView) -> pl.DataFrame:
    """Return the operations with held updates of accounts cut down to what the calendar moves."""
    held = operations.filter("held", pl.col("op") == "update", pl.col("kind").is_in(ACCOUNT_KINDS))
    if held.is_empty():
        return operations
    known = portal.accounts.select("kind", "years", id="person_id")
    going = []
    for row in held.join(known, on=["kind", "id"]).iter_rows(named=True):
        changes = {name: pair for name, pair in json.loads(row["changes"]).items() if name in _CALENDAR}
        if row["kind"] == "parent":  # the children they keep have moved on, too
            had = row["years"] or []
            has = changes.get("years", [had, had])[1] or []
            years = [role for role in ROLES if role in has or role in turned_years(had)]
            changes |= {"years": [had, years]}
            if "new" in changes:
                changes["new"][1] = "active" not in years
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            going.append({"kind": row["kind"], "id": row["id"], "calendar": canonical(changes).decode()})
    if not going:
        return operations
    rows = operations.join(pl.DataFrame(going), on=["kind", "id"], how="left", maintain_order="left")
    goes = pl.col("calendar").is_not_null()
    return rows.with_columns(changes=pl.coalesce("calendar", "changes"), held=pl.col("held") & ~goes).select(
        operations.columns
    )


_CALENDAR = ("grade_level", "new", "next_grade_level", "years")
"""What changes with the year, whatever becomes of names, logins and children."""


def _rewritten(keys: pl.DataFrame, portal: PortalView) -> Iterator[tuple[str, str, dict[str, Any]]]:
    accounts = working(portal.accounts).rename({"person_id": "id"})
    records = portal.records["student-record"].with_columns(kind=pl.lit("student-record"), new=pl.lit(None, pl.Boolean))
    fields = ["kind", "id", "years", "new", "grade_level", "next_grade_level"]
    known = pl.concat([accounts.select(fields), records.select(fields)])
    for row in known.join(keys, on=["kind", "id"], how="semi").iter_rows(named=True):
        becomes = _next_year(row)
        changes = {name: [row[name], value] for name, value in becomes.items() if row[name] != value}
        if changes:
            yield row["kind"], row["id"], changes


def _next_year(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is true of somebody in the year that has come, by what the portal has of them."""
    years = turned_years(row["years"])
    becomes: dict[str, Any] = {"years": years, "next_grade_level": None}
    if years and row["next_grade_level"] is not None:
        becomes["grade_level"] = row["next_grade_level"]
    if row["new"]:
        becomes["new"] = False
    return becomes
