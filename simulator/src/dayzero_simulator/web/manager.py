"""Manage Accounts: the lists, and one person."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from sqlite3 import Connection
from typing import Any

from flask import Response, request

from dayzero_simulator.courses import demand, forms
from dayzero_simulator.courses.story import story
from dayzero_simulator.portal import directory, edits, history, outbox, sessions, signin, temporary
from dayzero_simulator.portal.changes import changes_of
from dayzero_simulator.portal.directory import SORTS, STATUS_FILTERS, Filter
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.portal.years import scheduling_year
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.spreadsheets import sheet
from dayzero_simulator.web.visit import Visit

__all__ = ["TABS", "manager_pages"]

ADMIN = ("admin",)
TABS = {"parents": "parent", "students": "student"}
"""R19: Manage Accounts opens on Parents."""
SYNCS = ("created_by", "brought_by", "changed_by", "disabled_by")
"""Which sync did what to an account."""
EXPORTED = (
    "kind", "person_id", "name", "login", "status", "grade_level", "next_grade_level", "last_login_at", "new"
)  # fmt: skip


_STEPS = {"submitted": "with-parent", "reviewed": "to-receive", "received": "to-approve"}
"""At which step of the queue a request in a state is."""


def manager_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/manage/<any(parents, students):tab>", "people", roles=ADMIN)(people)
    door.page("/manage/<any(parents, students):tab>.csv", "export", roles=ADMIN)(export)
    door.page("/manage/teachers", "teachers", roles=ADMIN)(teachers)
    account = "/manage/<any(parent, student):kind>/<id:person_id>"
    door.page(account, "person", roles=ADMIN)(person)
    door.page(f"{account}/reset-password", "reset_password", roles=ADMIN, methods=("POST",))(reset_password)
    door.page(f"{account}/log-on-as", "log_on_as", roles=ADMIN, methods=("POST",))(log_on_as)
    door.page("/log-on-as/stop", "stop_acting", roles=("student", "parent"), methods=("POST",))(stop_acting)


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
        everybody = directory.all_of(db, visit.school, TABS[tab])
    return visit.page(
        "people.html",
        everybody=everybody,
        tab=tab,
        kind=TABS[tab],
        people=[temporary.seen_by_school(p, settings, visit.now) for p in found.items],
        found=found,
        filters=asdict(by),
        grades=grades,
        statuses=STATUS_FILTERS,
    )


def export(visit: Visit, tab: str) -> Response:
    """Return the filtered list as CSV."""
    by = replace(_filter(), after="")
    with visit.writing() as db:
        found = directory.people(db, visit.school, TABS[tab], by, limit=-1)
        visit.note(db, "export", detail=f"{tab}: {found.total:,}")
    return sheet(tab, EXPORTED, ([_cell(p[column]) for column in EXPORTED] for p in found.items))


def _cell(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def teachers(visit: Visit) -> Response:
    """Say that teachers are not synced here."""
    return visit.page("teachers.html", tab="teachers")


def _found(visit: Visit, kind: str, person_id: str, *, earlier: int = 0) -> dict[str, Any]:
    with visit.reading() as db:
        found = directory.person(db, visit.school, kind, person_id, earlier=earlier)
    if found is None:
        raise RefusedAction("There is no such account.", status=404)
    return found


def person(visit: Visit, kind: str, person_id: str) -> Response:
    """Show one person whole: account, family, requests, why it is here, what changed, messages, edits and log-ons."""
    account = _found(visit, kind, person_id, earlier=whole_number(request.args.get("earlier", "")))
    with visit.reading() as db:
        settings = read_settings(db, visit.school)
        if kind == "parent":
            family = directory.children_of(db, visit.school, person_id)
        else:
            family = directory.parents_of(db, visit.school, person_id)
        syncs = {n: history.sync_of(db, visit.school, account[n]) for n in SYNCS}
        year = scheduling_year(db, visit.school)
        students = [p for p in family if p["in_scheduling"]] if kind == "parent" else _pupil(db, visit, person_id)
        shown: dict[str, Any] = {
            "changes": changes_of(db, visit.school, kind, person_id),
            "messages": outbox.messages_to(db, visit.school, kind, person_id),
            "edits": edits.edits_of(db, visit.school, kind, person_id),
            "requests": [_request(db, visit, year, pupil) for pupil in students] if year else [],
        }
    tab = "parents" if kind == "parent" else "students"
    return visit.page(
        "person.html",
        tab=tab, account=temporary.seen_by_school(account, settings, visit.now), family=family, syncs=syncs, year=year,
        steps=demand.STEPS, **shown,
    )  # fmt: skip


def _pupil(db: Connection, visit: Visit, student_id: str) -> list[dict[str, Any]]:
    """Return the student as who has a request, or nobody: a senior has none, unless they had one before they left."""
    found = directory.pupil(db, visit.school, student_id)
    return [found] if found and found["in_scheduling"] else []


def _request(db: Connection, visit: Visit, year: dict[str, Any], pupil: dict[str, Any]) -> dict[str, Any]:
    """Return what a student's page, and a parent's, says of a request: at which step it is, and what happened to it."""
    form = forms.form_of(db, visit.school, pupil["student_id"], year["id"])
    parents = directory.parents_of(db, visit.school, pupil["student_id"])
    step = _STEPS.get(form.state, form.state or "not-started")
    if form.state == "submitted" and not parents:
        step = "to-receive"
    told = story(db, visit.school, form)
    answers = {r["parent_id"]: r for r in form.reviews}
    return {
        "pupil": pupil,
        "form": form,
        "step": "withdrawn" if form.withdrawn else step,
        "told": told,
        "answers": answers,
    }


def reset_password(visit: Visit, kind: str, person_id: str) -> Response:
    """Give a person a new temporary password, seen once where the school hides them; their sessions end."""
    account = _found(visit, kind, person_id)
    name, back = account["name"] or person_id, visit.address("person", kind=kind, person_id=person_id)
    asked = visit.asks(
        f"Reset the password of {name}?", "Reset password",
        "The password they have stops at once, and they are signed out everywhere.", back=back,
    )  # fmt: skip
    if asked:
        return asked
    with visit.writing() as db:
        drawn = signin.reset_password(db, visit.school, account, visit.world.secrets, visit.now)
        visit.note(db, "reset-password", kind=kind, person_id=person_id)
    if temporary.is_hidden(kind, account["login"], visit.settings()):
        return visit.page("seen_once.html", name=name, secret=drawn, back=back)
    visit.says(f"Saved. {name} signs in with the temporary password below.")
    return visit.to("person", kind=kind, person_id=person_id)


def log_on_as(visit: Visit, kind: str, person_id: str) -> Response:
    """See what a person sees; nothing can be changed meanwhile."""
    if _found(visit, kind, person_id)["status"] == "disabled":
        raise RefusedAction("Nobody can log on to a disabled account.")
    with visit.writing() as db:
        sessions.act_as(db, visit.who, kind, person_id)
        visit.note(db, "log-on-as", kind=kind, person_id=person_id)
    return visit.to("home")


def stop_acting(visit: Visit) -> Response:
    """Be the admin again."""
    session = visit.who
    if session.acting_id is None:
        raise RefusedAction("You are logged on as yourself.", status=403)
    with visit.writing() as db:
        sessions.act_as(db, session, None, None)
        visit.note(db, "log-on-as-ended", kind=session.acting_kind or "", person_id=session.acting_id)
    return visit.to("person", kind=session.acting_kind, person_id=session.acting_id)
