"""History: what was sent, by whom, how it ended, and how to take it back."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.gradebook import ACCOUNT_KINDS, canonical
from dayzero.service import Service, SyncRequest
from dayzero_manager.door import FULL, Door
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.view import DOES, Paged, named

__all__ = ["mount"]

MOST = 1_000
"""So many runs are looked through, newest first."""
PAGE = 40


def mount(door: Door, office: Office) -> None:
    """Mount the pages."""

    def history() -> str:
        runs = office.service().history(MOST)
        which = request.args.get("which", "")
        some = [run for run in runs if WHICH[which][1](run)] if which in WHICH else runs
        number = max(1, request.args.get("page", 1, int))
        shown = some[(number - 1) * PAGE : number * PAGE]
        counts = [(key, text, sum(map(test, runs))) for key, (text, test) in WHICH.items()]
        return render_template(
            "history.html", runs=shown, number=number, pages=max(1, -(-len(some) // PAGE)), which=which, counts=counts,
            all=len(runs), held=HELD,
        )  # fmt: skip

    def run() -> str:
        run_id = request.args.get("id", "")
        found, rows = office.looked(f"run:{run_id}", "Looking at a run", lambda service: _run(service, run_id))
        does = request.args.get("does")
        some = rows.filter(pl.col("does") == does) if does else rows
        page = Paged.of_frame(some, request.args.get("page", 1, int))
        counts = dict(rows.group_by("does").agg(pl.len()).iter_rows())
        decoded = [{**row, "name": named(row), "changes": json.loads(row["changes"])} for row in page.rows]
        return render_template("run.html", run=found, page=page, rows=decoded, counts=counts, does=does)

    def undo() -> str:
        run_id = request.args.get("id", "")
        title = "Working out what would be taken back"
        taken = office.looked(f"undo:{run_id}", title, lambda service: _taken_back(service, run_id))
        return render_template("undo.html", **taken)

    def take_back() -> Response:
        allow = {op: request.form.get(f"allow-{op}", 0, int) for op in request.form.getlist("allow")}
        asked = SyncRequest(undo=request.form.get("id", ""), expect=request.form.get("plan_id", ""), allow=allow)
        return begin(office, "Taking a sync back", asked)

    door.mount("/history", "history", history)
    door.mount("/history/run", "run", run)
    door.mount("/history/undo", "undo", undo)
    door.mount("/history/undo/now", "undo_now", take_back, role=FULL, sends=True)


HELD = 3
WHICH: dict[str, tuple[str, Any]] = {
    "changes": ("With changes", lambda run: run.state == "committed"),
    "trouble": ("Held or failed", lambda run: run.exit_code not in (0, 1)),
}


def _run(service: Service, run_id: str) -> tuple[Any, pl.DataFrame]:
    """Return a run and what it did to accounts, a row each, the rare first."""
    rows = [
        {
            "kind": o["kind"], "person_id": o["id"], "op": o["op"], "does": DOES.get(o["op"], "change"),
            "given_name": _after(o, "given_name"), "family_name": _after(o, "family_name"),
            "changes": canonical(o["changes"]).decode(),
        }
        for o in service.operations_of(run_id)
        if o["kind"] in ACCOUNT_KINDS
    ]  # fmt: skip
    schema = dict.fromkeys(("kind", "person_id", "op", "does", "given_name", "family_name", "changes"), pl.String)
    order = {"leave": 0, "change": 1, "back": 2, "appear": 3}
    frame = pl.DataFrame(rows, schema=schema)
    return service.run(run_id), frame.sort(pl.col("does").replace_strict(order, default=9), "kind", "person_id")


def _taken_back(service: Service, run_id: str) -> dict[str, Any]:
    """Return what the page of an undo shows: what would be taken back, who has signed in since, what stays."""
    undone = service.inverse(run_id)
    plan, people = undone.plan, service.accounts()
    accounts = plan.operations.filter(pl.col("kind").is_in(ACCOUNT_KINDS))
    leaving = accounts.filter(pl.col("op") == "disable").select("kind", person_id="id")
    since = people.filter(pl.col("status") == "active").join(leaving, on=["kind", "person_id"], how="semi")
    some = undone.conflicts[:PAGE]
    known = people.filter(pl.col("person_id").is_in([c.id for c in some])).iter_rows(named=True)
    names = {(row["kind"], row["person_id"]): named(row) for row in known}
    return {
        "run": service.run(run_id),
        "plan_id": plan.plan_id,
        "counts": dict(accounts.group_by(pl.col("op").replace(DOES)).agg(pl.len()).iter_rows()),
        "number": accounts.height,
        "conflicts": [{"conflict": c, "name": names.get((c.kind, c.id), "")} for c in some],
        "of": len(undone.conflicts),
        "since": [named(row) for row in since.head(PAGE).to_dicts()],
        "signed_in": since.height,
        "allow": {one.op: int(one.allow.split("=")[1]) for one in plan.waiting},
    }


def _after(operation: Any, field: str) -> str | None:
    return (operation["changes"].get(field) or (None, None))[1]
