"""The plan: who appears, changes, comes back and leaves, before and after, and the button that sends exactly this one."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.service import SyncRequest
from dayzero_manager.changes import with_names
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.view import ALIKE, Paged, Shown, asked_for, folded

__all__ = ["chosen", "mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def plan() -> str:
        session = door.session()
        said = request.args.get("setting")
        shown = asked_for(office)
        looked_for = session.kept.get("plan", "") if session else ""
        rows, filters = chosen(shown, looked_for)
        page = Paged.of_frame(rows, request.args.get("page", 1, int))
        return render_template(
            "plan.html", shown=shown, rows=with_names(shown.who, page.rows), page=page, filters=filters,
            looked_for=looked_for, what_if=said, offered=_offered(shown), ALIKE=ALIKE,
        )  # fmt: skip

    def find() -> Response:
        session = door.session()
        if session:
            session.kept["plan"] = request.form.get("q", "").strip()[:200]
        return to("plan")

    def anew() -> Response:
        office.ask_anew()
        return to("plan")

    def send() -> Response:
        plan_id = request.form.get("plan_id", "")
        return begin(office, "All Data (Since Year Start)", SyncRequest(expect=plan_id))

    door.mount("/plan", "plan", plan)
    door.mount("/plan/find", "plan_find", find, sends=True)
    door.mount("/plan/anew", "plan_anew", anew, sends=True)
    door.mount("/plan/send", "plan_send", send, role=FULL, sends=True)


def chosen(shown: Shown, looked_for: str) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the changes that the address and the search ask for, and what was asked; many alike are one row."""
    filters = {
        name: request.args[name]
        for name in ("does", "kind", "reason", "grade", "held", "alike")
        if request.args.get(name)
    }
    rows = shown.changes
    for name in ("does", "kind", "reason", "grade"):
        if name in filters:
            rows = rows.filter(pl.col(name) == filters[name])
    rows = rows.filter("held") if filters.get("held") else rows
    for word in folded(looked_for):
        rows = rows.filter(pl.col("key").str.contains(word, literal=True))
    if "alike" in filters:
        rows = rows.filter(pl.col("group") == filters["alike"])
    if "alike" in filters or looked_for:
        return rows.with_columns(alike=1), filters
    rows = rows.with_columns(alike=pl.when(pl.col("group").is_null()).then(1).otherwise(pl.len().over("group")))
    rows = rows.with_columns(alike=pl.when(pl.col("alike") < ALIKE).then(1).otherwise("alike"))
    first = pl.int_range(pl.len()).over("group") == 0
    return rows.filter(first | (pl.col("alike") == 1)), filters


def _offered(shown: Shown) -> dict[str, list[tuple[str, int]]]:
    """Return what the changes may be narrowed to, with how many there are."""
    found = {}
    for name in ("does", "kind", "reason", "grade"):
        counted = shown.changes.drop_nulls(name).group_by(name).agg(pl.len()).sort(name)
        found[name] = [(str(value), n) for value, n in counted.iter_rows()]
    return found
