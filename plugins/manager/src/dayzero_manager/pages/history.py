"""History: what was sent, by whom, how it ended, and how to take it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.errors import UsageError
from dayzero.gradebook import ACCOUNT_KINDS, RENEWED_RECORD, Difference, canonical
from dayzero.plan import Names, Plan
from dayzero.service import Service, SyncRequest
from dayzero_manager.changes import named, stays_as, with_names
from dayzero_manager.door import FULL, Door
from dayzero_manager.held import DOES, KEY
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.view import Paged
from dayzero_manager.words import held_title

__all__ = ["mount"]

MOST = 1_000
"""So many runs are looked through, newest first."""
PAGE = 40
FIRST = 5
"""So many are named at once; the others are one click away."""


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
            all=len(runs), undone={r.took_back: r for r in reversed(runs) if r.took_back}, begun={r.run_id: r.started_at for r in runs},
        )  # fmt: skip

    def run() -> str:
        run_id = request.args.get("id", "")
        found, rows = office.looked(f"run:{run_id}", "Looking at a run", lambda service: _run(service, run_id))
        does = request.args.get("does")
        some = rows.filter(pl.col("does") == does) if does else rows
        page = Paged.of_frame(some, request.args.get("page", 1, int))
        counts = dict(rows.group_by("does").agg(pl.len()).iter_rows())
        people = with_names(_who(office), page.rows)
        service = office.service()
        return render_template(
            "run.html", run=found, page=page, rows=people, counts=counts, does=does, undone_by=service.undone_by(run_id),
            of=service.run(found.undoes) if found.undoes else None,
        )  # fmt: skip

    def undo() -> str:
        taken = _undone(request.args.get("id", ""))
        first = {does: with_names(taken["who"], rows.head(FIRST).to_dicts()) for does, rows in taken["people"].items()}
        return render_template("undo.html", **taken, first=first, FIRST=FIRST)

    def undo_names() -> str:
        taken, does = _undone(request.args.get("id", "")), request.args.get("does", "")
        if does not in taken["people"]:
            raise UsageError("Nobody of that kind is taken back.", remedy="Look at the run again.")
        page = Paged.of_frame(taken["people"][does], request.args.get("page", 1, int))
        rows = with_names(taken["who"], page.rows)
        return render_template("undo_names.html", run=taken["run"], does=does, page=page, rows=rows)

    def _undone(run_id: str) -> dict[str, Any]:
        title = "Working out what would be taken back"
        return office.looked(f"undo:{run_id}", title, lambda service: _taken_back(service, run_id))  # type: ignore[no-any-return]

    def take_back() -> Response:
        allow = {op: request.form.get(f"allow-{op}", 0, int) for op in request.form.getlist("allow")}
        asked = SyncRequest(undo=request.form.get("id", ""), expect=request.form.get("plan_id", ""), allow=allow)
        return begin(office, "Taking a sync back", asked)

    door.mount("/history", "history", history)
    door.mount("/history/run", "run", run)
    door.mount("/history/undo", "undo", undo)
    door.mount("/history/undo/names", "undo_names", undo_names)
    door.mount("/history/undo/now", "undo_now", take_back, role=FULL, sends=True)


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
    rows = _called(service.names(), rows)
    schema = dict.fromkeys(("kind", "person_id", "op", "does", "given_name", "family_name", "changes"), pl.String)
    order = {"leave": 0, "change": 1, "back": 2, "appear": 3}
    frame = pl.DataFrame(rows, schema=schema)
    return service.run(run_id), frame.sort(pl.col("does").replace_strict(order, default=9), "kind", "person_id")


def _taken_back(service: Service, run_id: str) -> dict[str, Any]:
    """Return what the page of an undo shows: who would be taken back and how, who has signed in since, what stays."""
    undone = service.inverse(run_id)
    plan, known = undone.plan, service.accounts()
    accounts = plan.operations.filter(pl.col("kind").is_in(ACCOUNT_KINDS)).rename({"id": "person_id"})
    rows = accounts.join(known.drop("status"), on=KEY, how="left").with_columns(does=pl.col("op").replace(DOES))
    rows = rows.sort("family_name", "given_name", "person_id", nulls_last=True)
    leaving = rows.filter(pl.col("op") == "disable").select(KEY)
    since = known.filter(pl.col("status") == "active").join(leaving, on=KEY, how="semi")
    return {
        "run": service.run(run_id),
        "plan_id": plan.plan_id,
        "people": {does: mine for does in DOES.values() if (mine := rows.filter(pl.col("does") == does)).height},
        "number": accounts.height,
        "stay": _staying(undone.conflicts, plan.names),
        "since": [{**row, "name": named(row)} for row in since.head(FIRST).to_dicts()],
        "signed_in": since.height,
        "over": [held_title(op, number, number) for op, number in _allowing(plan).items()],
        "allow": _allowing(plan),
        "who": lambda kind, ids: {
            row["person_id"]: row
            for row in known.filter(pl.col("kind") == kind, pl.col("person_id").is_in(list(ids))).iter_rows(named=True)
        },
    }


def _allowing(plan: Plan) -> dict[str, int]:
    """Return what releases all that is held of an undo."""
    return {one.op: int(one.allow.split("=")[1]) for one in plan.waiting}


def _staying(conflicts: Sequence[Difference], names: Names) -> list[dict[str, Any]]:
    """Return who or what stays as it is, because it changed since: each once, with what differs in words."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in conflicts:
        kind = {RENEWED_RECORD: "student"}.get(one.kind, one.kind)
        called = names.of(kind, [one.id]).get(one.id, "") if kind in ACCOUNT_KINDS else ""
        said = found.setdefault((kind, one.id), {"kind": kind, "id": one.id, "name": called, "said": []})["said"]
        if (text := stays_as(one)) not in said:
            said.append(text)
    return list(found.values())


def _who(office: Office) -> Any:
    """Return what gives children by id, as this side saw the portal last."""

    def who(kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        parts = office.service().names().parts(kind, ids)
        return {ident: {"given_name": given, "family_name": family} for ident, (given, family) in parts.items()}

    return who


def _called(names: Names, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with what people are called on the portal, where a row does not say it: most changes are of something else."""
    nameless = [row for row in rows if not (row["given_name"] or row["family_name"])]
    found = {k: names.parts(k, [r["person_id"] for r in nameless if r["kind"] == k]) for k in ACCOUNT_KINDS}
    called = ("given_name", "family_name")
    return [{**row, **dict(zip(called, found[row["kind"]].get(row["person_id"], ()), strict=False))} for row in rows]


def _after(operation: Any, field: str) -> str | None:
    return (operation["changes"].get(field) or (None, None))[1]
