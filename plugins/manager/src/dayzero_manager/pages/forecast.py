"""Change of year: what will happen on the day the scheduling year becomes the active one, and what to do before."""

from __future__ import annotations

from flask import render_template

from dayzero_manager.door import Door
from dayzero_manager.office import Office
from dayzero_manager.view import forecast as forecast_of
from dayzero_manager.view import named, planned

__all__ = ["mount"]

NAMED = 30


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def forecast() -> str:
        shown, now = forecast_of(office), planned(office)
        turned = shown.plan.change_of_year
        groups = {}
        for what in ("graduates", "leavers", "arrived"):
            ids = list((turned or {}).get(what, ()))
            who = now.who("student", ids[:NAMED])
            groups[what] = {
                "ids": ids,
                "some": [{**who.get(i, {}), "person_id": i, "name": named(who.get(i, {}))} for i in ids[:NAMED]],
            }
        return render_template(
            "forecast.html", shown=shown, now=now, turned=turned, groups=groups, change=now.report.change_of_year
        )

    door.mount("/forecast", "forecast", forecast)
