"""Demographics, where a family edits its e-mail, and the Approval Center, where the school decides (case 46)."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal import directory, edits
from dayzero_simulator.portal.address import is_email
from dayzero_simulator.portal.edits import CLOSED, DECISIONS
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["edit_pages"]

AFTER = {"approve": "edit-approved", "delete": "edit-deleted"}
SHOWN = 100
CLOSED_SHOWN = 20


def edit_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/demographics", "demographics", roles=("student", "parent"), methods=("GET", "POST"), keeps=True)(
        demographics
    )
    door.page("/approval-center", "approval_center", roles=("admin",))(approval_center)
    door.page("/approval-center/<number:number>", "decide_edit", roles=("admin",), methods=("POST",))(decide)


def demographics(visit: Visit) -> Response:
    """Show one's own e-mail and what became of an edit of it, and submit another."""
    kind, person_id, problem, typed = visit.who.role or "", visit.who.person, None, visit.typed.get("email", "")
    if request.method == "POST":
        try:
            with visit.writing() as db:
                edits.submit(db, visit.school, kind, person_id, typed, visit.now)
            return visit.to("demographics", done="edit-submitted")
        except RefusedAction as refused:
            problem = refused
    with visit.reading() as db:
        own = directory.person(db, visit.school, kind, person_id)
        latest = edits.latest_of(db, visit.school, kind, person_id)
    return visit.page(
        "demographics.html",
        refused=problem,
        own=own, latest=latest, typed=typed,
        editable=bool(own and is_email(own["login"] or "")),
    )  # fmt: skip


def approval_center(visit: Visit) -> Response:
    """List the edits that wait for the school, those it has to enter in the SIS, and those that are closed."""
    after = {state: whole_number(request.args.get(state, "")) for state in (*edits.WAITING, "closed")}
    with visit.reading() as db:
        waiting = {
            state: edits.edits_in(db, visit.school, [state], after=after[state], limit=SHOWN + 1)
            for state in edits.WAITING
        }
        closed = edits.edits_in(
            db, visit.school, CLOSED, latest_first=True, after=after["closed"], limit=CLOSED_SHOWN + 1
        )
    more = {state: after[state] + SHOWN if len(rows) > SHOWN else None for state, rows in waiting.items()}
    more["closed"] = after["closed"] + CLOSED_SHOWN if len(closed) > CLOSED_SHOWN else None
    return visit.page(
        "approval_center.html",
        submitted=waiting["submitted"][:SHOWN], approved=waiting["approved"][:SHOWN], closed=closed[:CLOSED_SHOWN],
        more=more, after=after,
    )  # fmt: skip


def decide(visit: Visit, number: int) -> Response:
    """Approve or delete one edit."""
    name = request.form.get("action", "")
    if name not in DECISIONS:
        raise RefusedAction("There is no such action.", status=400)
    with visit.reading() as db:
        edit = edits.edit_of(db, visit.school, number)
    with visit.writing() as db:
        edits.decide(db, visit.school, number, name, visit.who.person_id or "", visit.now)
        visit.note(db, f"{name}-edit", kind=edit["kind"], person_id=edit["person_id"], detail=f"number {number}")
    return visit.to("approval_center", done=AFTER[name])
