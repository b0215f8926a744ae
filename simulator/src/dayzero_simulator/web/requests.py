"""The school's side of Course Requests: overview, demand, receive, return, approve."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from dayzero_simulator.courses import demand, forms
from dayzero_simulator.courses.catalog import credits_of, offered, scheduling_year
from dayzero_simulator.courses.forms import Actor
from dayzero_simulator.courses.rules import ACTIONS, refusal
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door, Visit

__all__ = ["request_pages"]

ADMIN = ("admin",)
SCHOOLS = {n: a for n, a in ACTIONS.items() if "admin" in a.roles}
AFTER = {"receive": "received", "approve": "approved", "return": "returned"}


def request_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/requests", "requests", roles=ADMIN)(overview)
    door.page("/requests/demand", "demand", roles=ADMIN, methods=("GET", "POST"))(courses)
    door.page("/requests/list", "request_list", roles=ADMIN, methods=("GET", "POST"))(listing)
    door.page("/requests/of/<id:student_id>", "request_of", roles=ADMIN, methods=("GET", "POST"))(one)


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
    year = _year(visit)
    if request.method == "POST":
        with visit.writing() as db:
            for course in offered(db, visit.school, year["id"], None):
                text = request.form.get(f"capacity:{course['course_id']}", "").strip()
                if text and not (text.isdecimal() and len(text) < 6):
                    raise RefusedAction(f"The capacity of {course['title']} is a number.", status=422)
                demand.set_capacity(db, visit.school, year["id"], course["course_id"], int(text) if text else None)
        return visit.to("demand", done="saved")
    with visit.reading() as db:
        rows = demand.demand(db, visit.school, year["id"])
    return visit.page("demand.html", year=year, rows=rows)


def listing(visit: Visit) -> Response:
    """List the requests, and receive or approve those ticked; who could not be is said by name."""
    year, by, problems = _year(visit), _filters(), []
    if request.method == "POST":
        name = request.form.get("action", "")
        if name not in ("receive", "approve"):
            raise RefusedAction("There is no such action.", status=400)
        for ticked in request.form.getlist("ticked")[:10_000]:
            student_id, _, version = ticked.rpartition(":")
            try:
                _act(visit, year, student_id, name, version, "")
            except RefusedAction as refused:
                problems.append({"student_id": student_id, "reason": refused.reason})
        if not problems:
            return visit.to("request_list", done=AFTER[name], **by)
    with visit.reading() as db:
        rows = demand.requests_in(db, visit.school, year["id"], state=by["state"], grade=by["grade"])
        grades = directory.grades(db, visit.school)
    return visit.page(
        "request_list.html",
        409 if problems else 200,
        year=year, rows=rows, filters=by, states=demand.COLUMNS, grades=grades, problems=problems,
    )  # fmt: skip


def _filters() -> dict[str, str]:
    return {n: request.args.get(n, "")[:40] for n in ("state", "grade")}


def one(visit: Visit, student_id: str) -> Response:
    """Show one request with its history; receive, approve, or return it with a note."""
    year, problem = _year(visit), ""
    if request.method == "POST":
        name = request.form.get("action", "")
        if name not in SCHOOLS:
            raise RefusedAction("There is no such action.", status=400)
        try:
            _act(visit, year, student_id, name, request.form.get("version", ""), request.form.get("note", "")[:500])
            return visit.to("request_of", student_id=student_id, done=AFTER[name])
        except RefusedAction as refused:
            problem = refused.reason
    with visit.reading() as db:
        form = forms.form_of(db, visit.school, student_id, year["id"])
        pupil = directory.pupil(db, visit.school, student_id)
        if pupil is None and form.version == 0:
            raise RefusedAction("There is no such student.", status=404)
        catalog = offered(db, visit.school, year["id"], None)
        parents = directory.parents_of(db, visit.school, student_id)
    may = {n: refusal(a, "admin", form.state, withdrawn=form.withdrawn) is None for n, a in SCHOOLS.items()}
    return visit.page(
        "request_of.html",
        409 if problem else 200,
        year=year, form=form, pupil=pupil, parents=parents, may=may, problem=problem,
        titles={c["course_id"]: c for c in catalog}, credits=credits_of(form.choices, catalog),
    )  # fmt: skip


def _act(visit: Visit, year: dict[str, Any], student_id: str, name: str, version: str, note: str) -> None:
    with visit.writing() as db:
        form = forms.form_of(db, visit.school, student_id, year["id"])
        pupil = directory.pupil(db, visit.school, student_id)
        forms.act(
            db,
            visit.school,
            Actor("admin", visit.who.person_id or ""),
            name,
            form,
            version=int(version) if version.isdecimal() and len(version) < 10 else -1,
            grade=pupil["next_grade_level"] if pupil else None,
            settings=read_settings(db, visit.school),
            now=visit.now,
            note=note,
        )
