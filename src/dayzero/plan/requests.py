"""Who loses the next year loses their course requests with it: how many would be withdrawn, and which a plan keeps. Pure.

What a family has submitted is not withdrawn without somebody having looked: at the change of year it becomes history, and with
a leaver who was released it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from dayzero.gradebook import PortalView
from dayzero.plan.cascade import lost_years, years_by_role
from dayzero.plan.limits import REKEY, REQUESTS, Breach

__all__ = ["REQUESTS_SCHEMA", "REQUEST_STATES", "Withdrawing", "losing_next_year", "losing_years", "withdrawing"]

REQUEST_STATES = ("draft", "submitted", "approved")
"""States of course requests that somebody still counts on."""

COUNTED_ON = ("submitted", "approved")
"""What a family has handed in."""

REQUESTS_SCHEMA: dict[str, type[pl.DataType]] = {"student_id": pl.String, "year_id": pl.String, "status": pl.String}


def losing_years(going: pl.DataFrame) -> pl.Series:
    """Return the ids of students who lose a year by operations that go, whichever it is."""
    return pl.concat([_removed(going), lost_years(going)["id"]])


def losing_next_year(going: pl.DataFrame, portal: PortalView) -> pl.Series:
    """Return the ids of students who lose the scheduling year, and with it their course requests, by operations that go.

    A year that becomes active, or goes as a whole, leaves its requests as history.
    """
    nobody = pl.Series("id", [], dtype=pl.String)
    next_year = years_by_role(portal).get("scheduling")
    if next_year is None:
        return nobody
    of_year = going.filter(pl.col("kind") == "school-year", pl.col("id") == next_year)
    turns = (pl.col("op") == "remove") | pl.col("changes").str.contains('"role":[', literal=True)
    if not of_year.filter(turns).is_empty():
        return nobody
    lost, removed = lost_years(going).filter(pl.col("role") == "scheduling")["id"], _removed(going)
    if removed.is_empty():
        return lost
    theirs = portal.records["student-record"].filter(pl.col("id").is_in(removed.implode()))
    return pl.concat([theirs.filter(pl.col("years").list.contains("scheduling"))["id"].alias(removed.name), lost])


@dataclass(frozen=True)
class Withdrawing:
    """What a plan would do to course requests: ``lost``, by state; ``held``: that some of them were handed in, and
    ``students``, who therefore stay as they are."""

    lost: Mapping[str, int]
    held: tuple[Breach, ...] = ()
    students: frozenset[str] = frozenset()


def withdrawing(
    operations: pl.DataFrame, portal: PortalView, requests: pl.DataFrame, released: Collection[str] = ()
) -> Withdrawing:
    """Return what the operations that are not held would do to ``requests`` (``REQUESTS_SCHEMA``).

    ``released``: ops that somebody has looked at; the requests of released leavers go with them.
    """
    if requests.is_empty():
        return Withdrawing(dict.fromkeys(REQUEST_STATES, 0))
    going = operations.filter(~pl.col("held"))
    next_year = pl.lit(years_by_role(portal).get("scheduling"), dtype=pl.String)
    theirs = requests.filter(
        pl.col("year_id") == next_year,  # those of years before are history
        pl.col("student_id").is_in(losing_next_year(going, portal).implode()),
    )
    lost = {state: int((theirs["status"] == state).sum()) for state in REQUEST_STATES}
    leaving = pl.col("student_id").is_in(_removed(going).implode())
    handed_in = theirs.filter(pl.col("status").is_in(COUNTED_ON))
    if {"disable", REKEY} & set(released):
        handed_in = handed_in.filter(~leaving)
    if "year" in released:
        handed_in = handed_in.filter(leaving)
    count = handed_in.height
    if not count or REQUESTS in released:
        return Withdrawing(lost)
    breach = Breach(REQUESTS, "student", count, 0, f"{REQUESTS}={count}")
    return Withdrawing(lost, (breach,), frozenset(handed_in["student_id"]))


def _removed(going: pl.DataFrame) -> pl.Series:
    return going.filter(pl.col("kind") == "student-record", pl.col("op") == "remove")["id"]
