"""The progress dialog: how far the sync is, how it ended, and the button that stops it."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from flask import Response, render_template

from dayzero.errors import LockedError, StalePlanError
from dayzero.service import SyncRequest
from dayzero.sync.outcome import Outcome
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.office import Office
from dayzero_manager.view import DOES, named

__all__ = ["begin", "mount"]

NAMED = 100
"""So many newcomers are named at once; the others are on the run's own page."""


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def progress() -> str:
        job = office.work.sending
        if job is None or not job.over:
            return render_template("progress.html", job=job)
        if job.error is not None:
            stale, locked = isinstance(job.error, StalePlanError), isinstance(job.error, LockedError)
            return render_template("failed.html", job=job, stale=stale, locked=locked)
        return render_template("done.html", job=job, outcome=job.value, **_told(job.value))

    def stop() -> Response:
        if office.work.sending is not None:
            office.work.sending.stop()
        return to("progress")

    door.mount("/progress", "progress", progress)
    door.mount("/progress/stop", "stop", stop, role=FULL, sends=True)


def begin(office: Office, title: str, request: SyncRequest) -> Response:
    """Begin a sync, and go where it can be watched. Raises LockedError while another is under way here."""
    office.work.send("sync", title, lambda job: office.service(job).sync(request))
    return to("progress")


def _told(outcome: Outcome) -> dict[str, Any]:
    """Return who appeared, by name, and how many did what; what the portal rejected is not among them."""
    rejected = {(r["kind"], r["id"]) for r in outcome.result.rejected}
    made = outcome.plan.going.filter(pl.col("op") == "create", pl.col("kind").is_in(["student", "parent"]))
    appeared = []
    for kind, ident, changes in (
        made.sort("kind", "id", descending=[True, False])
        .head(NAMED + len(rejected))
        .select("kind", "id", "changes")
        .iter_rows()
    ):
        if (kind, ident) not in rejected:
            fields = {name: pair[1] for name, pair in json.loads(changes).items()}
            appeared.append(
                {
                    "kind": kind,
                    "person_id": ident,
                    "name": named(fields),
                    "new": fields.get("new"),
                    "by": _order(fields),
                }
            )
    applied = outcome.result.applied
    numbers = {
        DOES[op]: {kind: applied[kind][op] for kind in ("student", "parent")}
        for op in ("create", "update", "enable", "disable")
    }
    appeared.sort(key=lambda p: (p["kind"] == "parent", p["by"]))
    return {"appeared": appeared[:NAMED], "numbers": numbers}


def _order(fields: dict[str, Any]) -> tuple[str, ...]:
    """Return what people are sorted by: the family's name first, case aside."""
    return tuple((fields.get(name) or "").casefold() for name in ("family_name", "given_name"))
