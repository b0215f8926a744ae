"""Change of year: what will happen on the day the scheduling year becomes the active one, and what to do before."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import render_template

from dayzero.gradebook import RENEWED_RECORD
from dayzero.people import RULES
from dayzero_manager.changes import named
from dayzero_manager.door import Door
from dayzero_manager.held import KEY
from dayzero_manager.office import Office
from dayzero_manager.view import Shown, planned
from dayzero_manager.view import forecast as forecast_of

__all__ = ["mount"]

NAMED = 30


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def forecast() -> str:
        shown, now = forecast_of(office), planned(office)
        groups = {what: _group(shown, now, what) for what in ("graduates", "leavers", "arrived")}
        leave = groups["graduates"], groups["leavers"]
        held, stay = (sum(len(group[what]) for group in leave) for what in ("held", "stay"))
        return render_template(
            "forecast.html", shown=shown, now=now, groups=groups, change=now.report.change_of_year,
            held=held, stay=stay, alone=sum(len(group["ids"]) for group in leave) - held - stay, anyway=_anyway(shown, now),
        )  # fmt: skip

    door.mount("/forecast", "forecast", forecast)


def _anyway(shown: Shown, now: Shown) -> int:
    """Return how many are to be corrected now, and get an account that day though they are not."""
    to_correct = now.plan.withheld.filter(pl.col("reason").is_in([rule.code for rule in RULES if rule.fixable]))
    appear = shown.changes.filter(~pl.col("held"), pl.col("does") == "appear")
    return to_correct.join(appear, on=KEY, how="semi").height


def _group(shown: Shown, now: Shown, what: str) -> dict[str, Any]:
    """Return students of whom the change of year tells: their ids, and the first by name. ``held``: who waits for a decision;
    ``stay``: whom nothing is done about, because there is a doubt about them or they could not be read."""
    ids = list((shown.plan.change_of_year or {}).get(what, ()))
    student = pl.col("kind").is_in(["student", RENEWED_RECORD])
    ends = shown.plan.going.filter(student, pl.col("op").is_in(["disable", "remove"]))["id"]
    waits = shown.held.filter(pl.col("kind") == "student", pl.col("does") == "leave")["person_id"]
    held = {*waits.filter(waits.is_in(ids))}
    stay = {*ids} - held - {*ends.filter(ends.is_in(ids))} if what != "arrived" else set()
    who = now.who("student", ids[:NAMED])
    some = [
        {**who.get(i, {}), "person_id": i, "name": named(who.get(i, {})), "held": i in held, "stays": i in stay}
        for i in ids[:NAMED]
    ]
    return {"ids": ids, "held": held, "stay": stay, "some": some}
