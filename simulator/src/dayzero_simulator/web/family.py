"""What students and parents see: home, and a child's Course Requests."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from dayzero_simulator.courses import forms
from dayzero_simulator.courses.catalog import Choice, credits_of, offered, problems, scheduling_year
from dayzero_simulator.courses.forms import Actor, Form
from dayzero_simulator.courses.rules import ACTIONS, refusal
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import roles_of
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import SIGNED_IN, Door, Visit

__all__ = ["family_pages"]

AFTER = {"save": "draft", "submit": "submitted", "review": "reviewed", "take-back": "saved"}


def family_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/home", "home", roles=SIGNED_IN)(home)
    door.page("/courses/<id:student_id>", "courses", roles=("student", "parent"), methods=("GET", "POST"), child=True)(
        courses
    )


def home(visit: Visit) -> Response:
    """Show what is there for this person, and nothing that is not (R28)."""
    session = visit.who
    if session.role == "admin":
        return visit.to("people", tab="parents")
    with visit.reading() as db:
        settings = read_settings(db, visit.school)
        year = scheduling_year(db, visit.school)
        if session.role == "student":
            found = directory.pupil(db, visit.school, session.person)
            pupils = [found] if found else []
        else:
            pupils = directory.children_of(db, visit.school, session.person)
        cards = [
            {
                **p,
                "form": forms.form_of(db, visit.school, p["student_id"], year["id"])
                if year and p["in_scheduling"]
                else None,
            }
            for p in pupils
        ]
        own = directory.person(db, visit.school, session.role or "", session.person)
        roles = roles_of(db, visit.school, session.kind or "", session.person_id or "", session.login_key or "")
    hidden = settings[f"transition_{session.role}"] == "yes"
    return visit.page("home.html", cards=cards, own=own, year=year, hidden=hidden, roles=roles)


def courses(visit: Visit, student_id: str) -> Response:
    """Show a student's request form of the scheduling year, and do what is asked with it."""
    scene = _scene(visit, student_id)
    if request.method == "GET":
        return _show(visit, scene)
    choices, name = _chosen(scene["courses"]), request.form.get("action", "")
    if name not in AFTER:
        raise RefusedAction("There is no such action.", status=400)
    try:
        with visit.writing() as db:
            form = forms.form_of(db, visit.school, student_id, scene["year"]["id"])
            forms.act(
                db,
                visit.school,
                Actor(visit.who.role or "", visit.who.person),
                name,
                form,
                version=_number(request.form.get("version", "")),
                grade=scene["pupil"]["next_grade_level"],
                settings=scene["settings"],
                now=visit.now,
                choices=choices,
                note=request.form.get("comment", "")[:500],
                agrees=request.form.get("agrees", "yes") == "yes",
            )
    except RefusedAction as refused:
        keep = choices if ACTIONS[name].edits and refused.status == 422 else None
        return _show(visit, _scene(visit, student_id), problem=refused.reason, status=refused.status, choices=keep)
    return visit.to("courses", student_id=student_id, done=AFTER[name])


def _scene(visit: Visit, student_id: str) -> dict[str, Any]:
    with visit.reading() as db:
        pupil, year = forms.whose_form(db, visit.school, student_id)
        settings = read_settings(db, visit.school)
        return {
            "pupil": pupil,
            "year": year,
            "settings": settings,
            "courses": offered(db, visit.school, year["id"], pupil["next_grade_level"]),
            "form": forms.form_of(db, visit.school, student_id, year["id"]),
            "closed": forms.closed(settings, visit.now),
        }


def _show(
    visit: Visit, scene: dict[str, Any], *, problem: str = "", status: int = 200, choices: list[Choice] | None = None
) -> Response:
    form: Form = scene["form"]
    shown = list(form.choices) if choices is None else choices
    if form.version == 0 and choices is None:
        shown = [Choice(c["course_id"]) for c in scene["courses"] if c["required"]]
    role = visit.who.role or ""
    may = {n: refusal(a, role, form.state, withdrawn=form.withdrawn) is None for n, a in ACTIONS.items()}
    if scene["closed"] or (role == "parent" and scene["settings"]["submit_by"] == "student"):
        may["save"] = may["submit"] = False
    if scene["closed"]:
        may = dict.fromkeys(may, False)
    return visit.page(
        "courses.html",
        status,
        **scene,
        chosen={c.course_id: c.rank for c in shown},
        credits=credits_of(shown, scene["courses"]),
        lacking=problems(shown, scene["courses"], scene["settings"]),
        may=may,
        problem=problem,
    )


def _chosen(courses: list[dict[str, Any]]) -> list[Choice]:
    """Read the form: per course nothing, ``yes``, or the rank of an alternate. Required ones are chosen always."""
    found = []
    for course in courses:
        value = request.form.get(f"course:{course['course_id']}", "")
        if course["required"] or value == "yes":
            found.append(Choice(course["course_id"]))
        elif value.isdecimal() and 0 < int(value) < 100:
            found.append(Choice(course["course_id"], int(value)))
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1
