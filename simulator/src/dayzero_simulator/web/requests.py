"""The school's side of Course Requests: overview, demand, receive, return, approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from sqlite3 import Connection
from typing import Any

from flask import Response, request

from dayzero_simulator.courses import demand, forms
from dayzero_simulator.courses.catalog import credits_of, offered, scheduling_year
from dayzero_simulator.courses.demand import Asked
from dayzero_simulator.courses.forms import Actor
from dayzero_simulator.courses.rules import ACTIONS, refusal
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.baseline import Changes, compared
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["request_pages"]

ADMIN = ("admin",)
SCHOOLS = {n: a for n, a in ACTIONS.items() if "admin" in a.roles}
DONE_WORDS = {"receive": "received", "approve": "approved", "return": "returned"}
BULK = ("receive", "approve")
AFTER = {"receive": "Received.", "approve": "Approved."}
FINAL = "An approved request is final: neither the family nor the school changes it any more."
NAMED = 20
"""So many names a message has; how many there are it always says."""


def request_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/requests", "requests", roles=ADMIN)(overview)
    door.page("/requests/demand", "demand", roles=ADMIN, methods=("GET", "POST"), keeps=True)(courses)
    door.page("/requests/list", "request_list", roles=ADMIN, methods=("GET", "POST"))(listing)
    door.page("/requests/of/<id:student_id>", "request_of", roles=ADMIN, methods=("GET", "POST"), keeps=True)(one)


def _year(visit: Visit) -> dict[str, Any]:
    with visit.reading() as db:
        year = scheduling_year(db, visit.school)
    if year is None:
        raise RefusedAction(
            "There is no scheduling year on the portal. Course Requests belong to it: sync with Send Scheduling Year"
            " Student Data = Yes.",
            status=404,
        )
    return year


def overview(visit: Visit) -> Response:
    """Show how far each grade is."""
    year = _year(visit)
    with visit.reading() as db:
        rows = demand.overview(db, visit.school, year["id"])
    return visit.page("requests.html", year=year, rows=rows, columns=demand.COLUMNS)


def courses(visit: Visit) -> Response:
    """Show how many want each course, against a capacity that may be typed in."""
    year, refused = _year(visit), None
    if request.method == "POST":
        try:
            with visit.writing() as db:
                _keep_capacities(visit, db, year["id"])
            return visit.to("demand", done="saved")
        except RefusedAction as error:
            refused = error
    with visit.reading() as db:
        rows = demand.demand(db, visit.school, year["id"])
    now, titles = _there(rows)
    changes = _changed(visit, now)
    refused = refused or changes.clash(now, titles)
    return visit.page("demand.html", refused=refused, year=year, rows=rows, now=now, typed={**now, **changes.mine})


def _keep_capacities(visit: Visit, db: Connection, year_id: str) -> None:
    """Save the capacities that were changed on the page; raise RefusedAction, and save none, where one cannot be."""
    now, titles = _there(demand.demand(db, visit.school, year_id))
    changes = _changed(visit, now)
    changes.require_no_clash(now, titles)
    demand.set_capacities(db, visit.school, year_id, changes.mine, titles)
    for course_id, text in changes.mine.items():
        visit.note(db, "capacity", detail=f"{titles[course_id]}: {now[course_id] or 'none'} to {text or 'none'}")


def _there(rows: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return each course's capacity, as it is typed, and title."""
    capacities = {c["course_id"]: "" if c["capacity"] is None else str(c["capacity"]) for c in rows}
    return capacities, {c["course_id"]: c["title"] for c in rows}


def _changed(visit: Visit, now: Mapping[str, str]) -> Changes:
    return compared(_capacities(visit, "capacity", now), _capacities(visit, "was:capacity", now), now)


def _capacities(visit: Visit, field: str, now: Mapping[str, str]) -> dict[str, str]:
    """Return what a field of the form says of each course; leading zeros say nothing."""
    found = {c: visit.typed[f"{field}:{c}"].strip() for c in now if f"{field}:{c}" in visit.typed}
    return {c: (text.lstrip("0") or "0") if text.isdecimal() else text for c, text in found.items()}


def listing(visit: Visit) -> Response:
    """List the requests, and receive or approve those ticked; who could not be is said by name."""
    year, by, refused = _year(visit), _filters(), None
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        name, ticked = request.form.get("action", ""), request.form.getlist("ticked")[:10_000]
        if name not in BULK:
            raise RefusedAction("There is no such action.", status=400)
        if not ticked:
            refused = RefusedAction(f"Nothing is ticked: tick the requests to {name} first.", status=422)
        elif name == "approve" and (asked := visit.asks(_approves(len(ticked)), f"Approve {len(ticked):,}", FINAL)):
            return asked
        else:
            done, problems = _act_on_all(visit, year, name, ticked)
            said = f"{AFTER[name]} {_listed(done)}." if done else ""
            if not problems:
                visit.says(said)
                return visit.to("request_list", **asdict(by))
            reasons = f"Not done for {len(problems):,}:"
            refused = RefusedAction(f"{said} {reasons}".strip())
    with visit.reading() as db:
        found = demand.requests_in(db, visit.school, year["id"], by)
        grades = directory.grades(db, visit.school)
    return visit.page(
        "request_list.html",
        refused=refused,
        year=year, found=found, filters=asdict(by), states=demand.COLUMNS, grades=grades, problems=problems,
    )  # fmt: skip


def _act_on_all(
    visit: Visit, year: dict[str, Any], name: str, ticked: list[str]
) -> tuple[list[str], list[dict[str, str]]]:
    """Do one thing with every request that is ticked; return the names of those done, and why others were not."""
    done, problems = [], []
    for one_of_them in ticked:
        student_id, _, version = one_of_them.rpartition(":")
        try:
            done.append(_act(visit, year, student_id, name, version, ""))
        except RefusedAction as refused:
            with visit.reading() as db:
                pupil = directory.pupil(db, visit.school, student_id)
            problems.append(
                {"name": pupil["name"] if pupil else "", "student_id": student_id, "reason": refused.reason}
            )
    return done, problems


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} request{'' if len(names) == 1 else 's'}: {', '.join(names[:NAMED])}{more}"


def _approves(number: int) -> str:
    return f"Approve {number:,} request{'' if number == 1 else 's'}?"


def _filters() -> Asked:
    asked = {f.name: request.args.get(f.name, "")[:300] for f in fields(Asked)}
    return Asked(**{**asked, "sort": asked["sort"] if asked["sort"] in demand.SORTS else "name"})


def one(visit: Visit, student_id: str) -> Response:
    """Show one request with its history; receive, approve, or return it with a note."""
    year, refused = _year(visit), None
    with visit.reading() as db:
        pupil = directory.pupil(db, visit.school, student_id)
    if request.method == "POST":
        name = request.form.get("action", "")
        if name not in SCHOOLS:
            raise RefusedAction("There is no such action.", status=400)
        whose = f"Approve the request of {pupil['name'] if pupil else student_id}?"
        if name == "approve" and (asked := visit.asks(whose, "Approve", FINAL)):
            return asked
        try:
            _act(visit, year, student_id, name, request.form.get("version", ""), request.form.get("note", "")[:500])
            return visit.to("request_of", student_id=student_id, done=DONE_WORDS[name])
        except RefusedAction as error:
            refused = error
    with visit.reading() as db:
        form = forms.form_of(db, visit.school, student_id, year["id"])
        if pupil is None and form.version == 0:
            raise RefusedAction("There is no such student.", status=404)
        catalog = offered(db, visit.school, year["id"], None)
        parents = directory.parents_of(db, visit.school, student_id)
    may = {n: refusal(a, "admin", form.state, withdrawn=form.withdrawn) is None for n, a in SCHOOLS.items()}
    return visit.page(
        "request_of.html",
        409 if refused else 200,
        problem=refused.reason if refused else "",
        year=year, form=form, pupil=pupil, parents=parents, may=may, note=visit.typed.get("note", ""),
        titles={c["course_id"]: c for c in catalog}, credits=credits_of(form.choices, catalog),
    )  # fmt: skip


def _act(visit: Visit, year: dict[str, Any], student_id: str, name: str, version: str, note: str) -> str:
    """Do one thing with a request, and note it; return the student's name."""
    with visit.writing() as db:
        form = forms.form_of(db, visit.school, student_id, year["id"])
        pupil = directory.pupil(db, visit.school, student_id)
        forms.act(
            db,
            visit.school,
            Actor("admin", visit.who.person_id or ""),
            name,
            form,
            version=whole_number(version, otherwise=-1),
            grade=pupil["next_grade_level"] if pupil else None,
            settings=read_settings(db, visit.school),
            now=visit.now,
            note=note,
        )
        visit.note(db, name, kind="student", person_id=student_id)
    return pupil["name"] if pupil else student_id
