"""Manage Accounts: the lists, a person, credentials, admins, the outbox."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields, replace
from typing import Any

from flask import Response, make_response, request

from dayzero_simulator.portal import admins, directory, history, outbox, sessions, signin
from dayzero_simulator.portal.directory import SORTS, STATUS_FILTERS, Filter
from dayzero_simulator.portal.passwords import without_hidden
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door, Visit

__all__ = ["manager_pages"]

ADMIN = ("admin",)
TABS = {"parents": "parent", "students": "student"}
"""R19: Manage Accounts opens on Parents."""
EXPORTED = ("kind", "person_id", "name", "login", "status", "grade_level", "next_grade_level", "last_login_at")


def manager_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/manage/<any(parents, students):tab>", "people", roles=ADMIN)(people)
    door.page("/manage/<any(parents, students):tab>.csv", "export", roles=ADMIN)(export)
    door.page("/manage/teachers", "teachers", roles=ADMIN)(teachers)
    door.page("/manage/admins", "admins", roles=ADMIN, methods=("GET", "POST"))(admin_accounts)
    door.page("/manage/admins/<admin_id>/delete", "delete_admin", roles=ADMIN, methods=("POST",))(delete_admin)
    door.page("/manage/consent", "consent", roles=ADMIN, methods=("POST",))(consent)
    account = "/manage/<any(parent, student):kind>/<id:person_id>"
    door.page(account, "person", roles=ADMIN)(person)
    door.page(f"{account}/reset-password", "reset_password", roles=ADMIN, methods=("POST",))(reset_password)
    door.page(f"{account}/log-on-as", "log_on_as", roles=ADMIN, methods=("POST",))(log_on_as)
    door.page("/log-on-as/stop", "stop_acting", roles=("student", "parent"), methods=("POST",))(stop_acting)
    details = "/manage/<any(parents, students):tab>/login-details"
    door.page(details, "login_details", roles=ADMIN, methods=("GET", "POST"))(login_details)
    door.page("/outbox", "outbox", roles=ADMIN)(outbox_page)
    door.page("/outbox/<int:number>", "message", roles=ADMIN)(message)


def _filter() -> Filter:
    asked = {f.name: request.args.get(f.name, "")[:300] for f in fields(Filter)}
    return Filter(**{**asked, "sort": asked["sort"] if asked["sort"] in SORTS else "name"})


def people(visit: Visit, tab: str) -> Response:
    """List one kind of account."""
    by = _filter()
    with visit.reading() as db:
        settings = read_settings(db, visit.school)
        found = directory.people(db, visit.school, TABS[tab], by)
        grades = directory.grades(db, visit.school)
    return visit.page(
        "people.html",
        tab=tab,
        kind=TABS[tab],
        people=[without_hidden(p, settings) for p in found.items],
        found=found,
        filters=asdict(by),
        grades=grades,
        statuses=STATUS_FILTERS,
    )


def export(visit: Visit, tab: str) -> Response:
    """Return the filtered list as CSV; a cell that a spreadsheet would take for a formula is neutralised (case 61)."""
    by = replace(_filter(), after="")
    with visit.reading() as db:
        found = directory.people(db, visit.school, TABS[tab], by, limit=-1)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(EXPORTED)
    writer.writerows([_harmless(p[column]) for column in EXPORTED] for p in found.items)
    answer = make_response(out.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{tab}.csv"'
    return answer


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def teachers(visit: Visit) -> Response:
    """Say that teachers are not synced here."""
    return visit.page("teachers.html", tab="teachers")


def admin_accounts(visit: Visit) -> Response:
    """List Admin accounts, and create one: only they have that (R21)."""
    problem = None
    if request.method == "POST":
        login, name = request.form.get("login", "").strip(), request.form.get("name", "").strip()
        try:
            with visit.writing() as db:
                admins.create(db, visit.school, login, name, rng=visit.world.rng, now=visit.now)
            return visit.to("admins", done="saved")
        except RefusedAction as refused:
            problem = refused
    with visit.reading() as db:
        found = admins.admins_of(db, visit.school)
    return visit.page(
        "admins.html",
        problem.status if problem else 200,
        tab="admins", admins=found, problem=problem.reason if problem else "", master=admins.MASTER,
    )  # fmt: skip


def delete_admin(visit: Visit, admin_id: str) -> Response:
    """Delete an Admin account, but neither the master nor one's own."""
    with visit.writing() as db:
        admins.delete(db, visit.school, admin_id, by=visit.who.person_id)
    return visit.to("admins", done="saved")


def consent(visit: Visit) -> Response:
    """Let one's own Admin account be linked with other roles of the same login, or not."""
    with visit.writing() as db:
        admins.consent(db, visit.school, visit.who.person_id, linked=request.form.get("consents") == "yes")
    return visit.to("admins", done="saved")


def _found(visit: Visit, kind: str, person_id: str) -> dict[str, Any]:
    with visit.reading() as db:
        found = directory.person(db, visit.school, kind, person_id)
    if found is None:
        raise RefusedAction("There is no such account.", status=404)
    return found


def person(visit: Visit, kind: str, person_id: str) -> Response:
    """Show one account: family, sign-ins, and when, by which sync and why it appeared or was disabled."""
    account = _found(visit, kind, person_id)
    with visit.reading() as db:
        settings = read_settings(db, visit.school)
        if kind == "parent":
            family = directory.children_of(db, visit.school, person_id)
        else:
            family = directory.parents_of(db, visit.school, person_id)
        syncs = {n: history.sync_of(db, visit.school, account[n]) for n in ("created_by", "changed_by", "disabled_by")}
    tab = "parents" if kind == "parent" else "students"
    return visit.page("person.html", tab=tab, account=without_hidden(account, settings), family=family, syncs=syncs)


def reset_password(visit: Visit, kind: str, person_id: str) -> Response:
    """Give a person a new temporary password; their sessions end."""
    account = _found(visit, kind, person_id)
    with visit.writing() as db:
        signin.reset_password(db, visit.school, account, visit.world.rng)
    return visit.to("person", kind=kind, person_id=person_id, done="saved")


def log_on_as(visit: Visit, kind: str, person_id: str) -> Response:
    """See what a person sees; nothing can be changed meanwhile."""
    if _found(visit, kind, person_id)["status"] == "disabled":
        raise RefusedAction("Nobody can log on to a disabled account.")
    with visit.writing() as db:
        sessions.act_as(db, visit.who, kind, person_id)
    return visit.to("home")


def stop_acting(visit: Visit) -> Response:
    """Be the admin again."""
    session = visit.who
    if session.acting_id is None:
        raise RefusedAction("You are logged on as yourself.", status=403)
    with visit.writing() as db:
        sessions.act_as(db, session, None, None)
    return visit.to("person", kind=session.acting_kind, person_id=session.acting_id)


def login_details(visit: Visit, tab: str) -> Response:
    """Choose whom to give Login Details (R24), confirm, and mail or print them: into the outbox."""
    kind, source = TABS[tab], request.form if request.method == "POST" else request.args
    channel = "print" if source.get("channel") == "print" else "email"
    ticked, grade = source.getlist("ticked")[:10_000], source.get("grade", "")
    criterion = source.get("criterion") or ("ticked" if ticked else "not-active")
    with visit.writing() as db:
        settings = read_settings(db, visit.school)
        grades = directory.grades(db, visit.school)
        chosen = outbox.recipients(db, visit.school, kind, channel, criterion, grade=grade, ticked=ticked)
        if request.method == "POST":
            address = request.host_url.rstrip("/") + visit.address("sign_in")
            sent = outbox.login_details(db, visit.school, address, chosen, channel, rng=visit.world.rng, now=visit.now)
    if request.method == "POST" and channel == "print":
        return visit.page("printed.html", tab=tab, messages=sent, settings=settings)
    if request.method == "POST":
        return visit.to("outbox", done="saved")
    offered = [c for c in outbox.CRITERIA if kind in c.kinds and channel in c.channels]
    return visit.page(
        "login_details.html",
        tab=tab, kind=kind, channel=channel, criterion=criterion, criteria=offered, chosen=chosen,
        grades=grades, grade=grade, ticked=ticked,
    )  # fmt: skip


def outbox_page(visit: Visit) -> Response:
    """List what would have been sent."""
    before, to = request.args.get("before", ""), request.args.get("to", "").strip()[:200]
    number = int(before) if before.isdecimal() and len(before) < 15 else 0
    with visit.reading() as db:
        found = outbox.messages(db, visit.school, to=to, before=number)
    return visit.page("outbox.html", messages=found, to=to)


def message(visit: Visit, number: int) -> Response:
    """Show one message."""
    with visit.reading() as db:
        found = outbox.message(db, visit.school, number)
    if found is None:
        raise RefusedAction("There is no such message.", status=404)
    return visit.page("message.html", message=found)
