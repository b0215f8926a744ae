"""Admin accounts, and what admins did."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal import admins, audit, temporary
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["admin_pages"]

ADMIN = ("admin",)
SHOWN = 50


def admin_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/manage/admins", "admins", roles=ADMIN, methods=("GET", "POST"), keeps=True)(accounts)
    door.page("/manage/admins/<admin_id>/delete", "delete_admin", roles=ADMIN, methods=("POST",))(delete)
    door.page("/manage/consent", "consent", roles=ADMIN, methods=("POST",))(consent)
    door.page("/audit", "audit", roles=ADMIN)(log)


def accounts(visit: Visit) -> Response:
    """List Admin accounts, and create one: only they have that (R21)."""
    refused, made = None, ""
    login, name = (visit.typed.get(field, "").strip() for field in ("login", "name"))
    if request.method == "POST":
        try:
            with visit.writing() as db:
                made = admins.create(db, visit.school, login, name, rng=visit.world.secrets, now=visit.now)
                visit.note(db, "create-admin", kind="admin", person_id=made, detail=name)
            login = name = ""
        except RefusedAction as error:
            refused = error
    settings = visit.settings()
    with visit.reading() as db:
        found = admins.admins_of(db, visit.school)
    # A hidden temporary password is seen once, on the page that made it.
    shown = [a if a["admin_id"] == made else temporary.seen_by_school(a, settings, visit.now) for a in found]
    return visit.page(
        "admins.html",
        refused=refused,
        tab="admins", admins=shown, master=admins.MASTER, login=login, name=name, made=made,
        consents=next((a["consents"] for a in found if a["admin_id"] == visit.who.person_id), 0),
    )  # fmt: skip


def delete(visit: Visit, admin_id: str) -> Response:
    """Delete an Admin account, but neither the master nor one's own."""
    with visit.reading() as db:
        name = next((a["name"] for a in admins.admins_of(db, visit.school) if a["admin_id"] == admin_id), admin_id)
    asked = visit.asks(
        f"Delete the Admin account of {name}?", f"Delete {name}",
        "It cannot be brought back; they are signed out at once.", back=visit.address("admins"),
    )  # fmt: skip
    if asked:
        return asked
    with visit.writing() as db:
        if admins.delete(db, visit.school, admin_id, by=visit.who.person_id):
            visit.note(db, "delete-admin", kind="admin", person_id=admin_id, detail=name)
    return visit.to("admins", done="saved")


def consent(visit: Visit) -> Response:
    """Let one's own Admin account be linked with other roles of the same login, or not."""
    linked = request.form.get("consents") == "yes"
    with visit.writing() as db:
        admins.consent(db, visit.school, visit.who.person_id, linked=linked)
        visit.note(db, "consent", kind="admin", person_id=visit.who.person_id or "", detail="yes" if linked else "no")
    return visit.to("admins", done="saved")


def log(visit: Visit) -> Response:
    """List what admins did: who, when, for whom."""
    number, about = whole_number(request.args.get("before", "")), request.args.get("about", "").strip()[:200]
    with visit.reading() as db:
        found = audit.entries(db, visit.school, about=about, before=number, limit=SHOWN + 1)
    more = found[SHOWN - 1]["number"] if len(found) > SHOWN else None
    return visit.page("audit.html", tab="audit", entries=found[:SHOWN], about=about, more=more)
