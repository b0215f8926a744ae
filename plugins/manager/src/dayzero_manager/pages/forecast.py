"""Change of year: what will happen on the day the scheduling year becomes the active one, and what to do before."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import render_template

from dayzero_manager.changes import named
from dayzero_manager.door import Door
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
        return render_template(
            "forecast.html", shown=shown, now=now, groups=groups, change=now.report.change_of_year,
            held=sum(len(group["held"]) for group in leave), leave=sum(len(group["ids"]) for group in leave),
        )  # fmt: skip

    door.mount("/forecast", "forecast", forecast)


def _group(shown: Shown, now: Shown, what: str) -> dict[str, Any]:
    """Return students of whom the change of year tells: their ids, who of them is held, and the first by name."""
    ids = list((shown.plan.change_of_year or {}).get(what, ()))
    waits = shown.held.filter(pl.col("kind") == "student", pl.col("does") == "leave")["person_id"]
    held = set(waits.filter(waits.is_in(ids)))
    who = now.who("student", ids[:NAMED])
    some = [{**who.get(i, {}), "person_id": i, "name": named(who.get(i, {})), "held": i in held} for i in ids[:NAMED]]
    return {"ids": ids, "held": held, "some": some}
