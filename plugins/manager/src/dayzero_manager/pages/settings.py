"""Send (Sync) Settings: Yes or No, what it would do, and Done, which saves it and starts the All Data sync."""

from __future__ import annotations

from flask import Response, render_template, request

from dayzero.errors import DayzeroError, UsageError
from dayzero.service import SyncRequest
from dayzero_manager.door import FULL, Door
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.view import planned

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def settings() -> str:
        now = office.config.sync.send_scheduling_year
        shown, why = None, None
        try:
            shown = planned(office, not now)
        except DayzeroError as error:  # such as: no scheduling year yet; the page says so, and No can be chosen still
            why = error
        years = shown.decided.population.years if shown else None
        return render_template(
            "settings.html", config=office.config, now=now, other=not now, shown=shown, why=why, years=years
        )

    def done() -> Response:
        said = request.form.get("yes")
        if said not in ("yes", "no"):
            raise UsageError("Choose Yes or No. Nothing was saved.")
        yes, was = said == "yes", request.form.get("was") == "yes"
        now = office.config.sync.send_scheduling_year
        if was != now:
            raise UsageError(
                f"Somebody has set it to {'Yes' if now else 'No'} since you opened the page. Nothing of yours was saved.",
                remedy="Look at the settings again.",
            )
        title = f"Send Scheduling Year Student Data: {'Yes' if yes else 'No'}"
        if yes == now:
            return begin(office, title, SyncRequest())
        expected = request.form.get("plan_id") or None
        return begin(office, title, SyncRequest(send_scheduling_year=yes, expect=expected))

    door.mount("/settings", "settings", settings)
    door.mount("/settings/done", "settings_done", done, role=FULL, sends=True)
