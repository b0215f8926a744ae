"""Demographics, where a family edits its e-mail, and the Approval Center, where the school decides (case 46)."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal import directory, edits
from dayzero_simulator.portal.address import is_email
from dayzero_simulator.portal.edits import CLOSED, DECISIONS
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.web.door import Door, Visit

__all__ = ["edit_pages"]

AFTER = {"approve": "edit-approved", "delete": "edit-deleted"}
SHOWN = 200
CLOSED_SHOWN = 20


def edit_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/demographics", "demographics", roles=("student", "parent"), methods=("GET", "POST"))(demographics)
    door.page("/approval-center", "approval_center", roles=("admin",))(approval_center)
    door.page("/approval-center/<int:number>", "decide_edit", roles=("admin",), methods=("POST",))(decide)


def demographics(visit: Visit) -> Response:
    """Show one's own e-mail and what became of an edit of it, and submit another."""
    kind, person_id, problem, typed = visit.who.role or "", visit.who.person, None, ""
    if request.method == "POST":
        typed = request.form.get("email", "")
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
        problem.status if problem else 200,
        own=own, latest=latest, typed=typed, problem=problem.reason if problem else "",
        editable=bool(own and is_email(own["login"] or "")),
    )  # fmt: skip


def approval_center(visit: Visit) -> Response:
    """List the edits that wait for the school, those it has to enter in the SIS, and the last that are closed."""
    with visit.reading() as db:
        submitted, approved = (edits.edits_in(db, visit.school, [state], limit=SHOWN) for state in edits.WAITING)
        closed = edits.edits_in(db, visit.school, CLOSED, latest_first=True, limit=CLOSED_SHOWN)
    return visit.page("approval_center.html", submitted=submitted, approved=approved, closed=closed, shown=SHOWN)


def decide(visit: Visit, number: int) -> Response:
    """Approve or delete one edit."""
    name = request.form.get("action", "")
    if name not in DECISIONS:
        raise RefusedAction("There is no such action.", status=400)
    with visit.writing() as db:
        edits.decide(db, visit.school, number, name, visit.who.person_id or "", visit.now)
    return visit.to("approval_center", done=AFTER[name])
