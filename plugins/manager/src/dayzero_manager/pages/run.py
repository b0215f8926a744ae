"""The progress dialog: how far the sync is, how it ended, and the button that stops it."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from flask import Response, render_template

from dayzero.errors import LockedError, StalePlanError
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.service import SyncRequest
from dayzero.sync.outcome import Outcome
from dayzero_manager.changes import named
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.office import Office

__all__ = ["begin", "mount"]

NAMED = 100
"""So many people are named at once; the others are on the run's own page."""


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
    """Return who appeared, came back and left, by name, and how many did what; what the portal rejected is not among them."""
    rejected = pl.DataFrame(
        [(r["kind"], r["id"]) for r in outcome.result.rejected],
        schema={"kind": pl.String, "id": pl.String},
        orient="row",
    )
    accounts = outcome.plan.going.filter(pl.col("kind").is_in(ACCOUNT_KINDS)).join(
        rejected, on=["kind", "id"], how="anti"
    )
    applied = outcome.result.applied
    numbers = {does: sum(applied[kind][op] for kind in ACCOUNT_KINDS for op in ops) for does, ops in DONE_BY.items()}
    return {
        "people": {
            does: _named(accounts.filter(pl.col("op") == op), outcome)
            for does, op in (("appear", "create"), ("back", "enable"), ("leave", "disable"))
        },
        "numbers": numbers,
        "made": {kind: applied[kind]["create"] for kind in ACCOUNT_KINDS},
    }


DONE_BY = {"appear": ("create",), "change": ("update", "renew"), "back": ("enable",), "leave": ("disable",)}
"""Operations by what they are to whom they are about."""


def _named(operations: pl.DataFrame, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the first people of some operations, students before parents, by the family's name."""
    some = operations.sort("kind", "id", descending=[True, False]).head(NAMED)
    names = {kind: outcome.plan.names.parts(kind, some.filter(pl.col("kind") == kind)["id"]) for kind in ACCOUNT_KINDS}
    people = []
    for kind, ident, changes in some.select("kind", "id", "changes").iter_rows():
        given, family = names[kind].get(ident, (None, None))
        new = json.loads(changes).get("new", (None, None))[1]
        who = {"kind": kind, "person_id": ident, "given_name": given, "family_name": family, "new": new}
        people.append({**who, "name": named(who)})
    return sorted(people, key=lambda p: (p["kind"] == "parent", _folded(p["family_name"]), _folded(p["given_name"])))


def _folded(name: str | None) -> str:
    return (name or "").casefold()
