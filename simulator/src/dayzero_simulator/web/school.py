"""The school's settings and its sync history."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal import history
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import SETTINGS, read_settings, write_settings
from dayzero_simulator.web.door import Door, Visit

__all__ = ["school_pages"]

ADMIN = ("admin",)


def school_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/settings", "settings", roles=ADMIN, methods=("GET", "POST"))(settings)
    door.page("/syncs", "syncs", roles=ADMIN)(syncs)
    door.page("/syncs/<sync_id>", "sync", roles=ADMIN)(sync)


def settings(visit: Visit) -> Response:
    """Show and save the settings."""
    problem, typed = "", {}
    if request.method == "POST":
        typed = {s.name: request.form.get(s.name, "no" if s.kind == "yes-no" else "").strip() for s in SETTINGS}
        try:
            with visit.writing() as db:
                write_settings(db, visit.school, typed)
            return visit.to("settings", done="saved")
        except RefusedAction as refused:
            problem = refused.reason
    with visit.reading() as db:
        values = {**read_settings(db, visit.school), **typed}
    sections = list(dict.fromkeys(s.section for s in SETTINGS))
    return visit.page(
        "settings.html",
        422 if problem else 200,
        tab="settings", sections=sections, settings=SETTINGS, values=values, problem=problem,
    )  # fmt: skip


def syncs(visit: Visit) -> Response:
    """List the syncs."""
    with visit.reading() as db:
        found = history.syncs(db, visit.school)
    return visit.page("syncs.html", syncs=found)


def sync(visit: Visit, sync_id: str) -> Response:
    """Show what one sync did to whom."""
    with visit.reading() as db:
        found = history.sync_of(db, visit.school, sync_id)
        if found is None:
            raise RefusedAction("There is no such sync.", status=404)
        groups = history.sync_detail(db, visit.school, sync_id)
    return visit.page("sync.html", sync=found, groups=groups, shown=history.SHOWN)
