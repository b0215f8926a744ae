"""What students and parents see: home, and a child's Course Requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from dayzero_simulator.courses import forms
from dayzero_simulator.courses.catalog import Choice, bounds, credits_of, offered, problems, scheduling_year
from dayzero_simulator.courses.forms import Actor, Form
from dayzero_simulator.courses.rules import ACTIONS, refusal
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import roles_of
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import SIGNED_IN, Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.today import today
from dayzero_simulator.web.visit import Visit

__all__ = ["family_pages"]

AFTER = {"save": "draft", "submit": "submitted", "review": "reviewed", "take-back": "saved"}


def family_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/home", "home", roles=SIGNED_IN)(home)
    form = "/courses/<id:student_id>"
    door.page(form, "courses", roles=("student", "parent"), methods=("GET", "POST"), child=True, keeps=True)(courses)


def home(visit: Visit) -> Response:
    """Show what is there for this person, and nothing that is not (R28)."""
    session = visit.who
    if session.role == "admin":
        return today(visit)
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
        return _show(visit, scene, refused=_outdated(visit, scene))
    name = request.form.get("action", "")
    if name not in AFTER:
        raise RefusedAction("There is no such action.", status=400)
    if name == "take-back" and (
        asked := visit.asks("Take the request back?", "Take back", *_lost(visit, scene["form"]))
    ):
        return asked
    try:
        with visit.writing() as db:
            form = forms.form_of(db, visit.school, student_id, scene["year"]["id"])
            forms.act(
                db,
                visit.school,
                Actor(visit.who.role or "", visit.who.person),
                name,
                form,
                version=whole_number(request.form.get("version", ""), otherwise=-1),
                grade=scene["pupil"]["next_grade_level"],
                settings=scene["settings"],
                now=visit.now,
                choices=_chosen(scene["courses"], visit.typed),
                note=request.form.get("comment", "")[:500],
                agrees=request.form.get("agrees", "yes") == "yes",
            )
    except RefusedAction as refused:
        return _show(visit, _scene(visit, student_id), refused=refused)
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


def _outdated(visit: Visit, scene: dict[str, Any]) -> RefusedAction | None:
    """Return why what was typed before the session ended no longer fits what is there, or None."""
    form: Form = scene["form"]
    if not visit.typed or whole_number(visit.typed.get("version", ""), otherwise=-1) == form.version:
        return None
    return RefusedAction(forms.changed_meanwhile(form, scene["settings"]))


def _lost(visit: Visit, form: Form) -> list[str]:
    """Return what goes when a request is taken back."""
    said = {True: "agreed", False: "did not agree"}
    reviews = [
        f"{'Your review is' if r['parent_id'] == visit.who.person else 'The review of a parent is'} lost:"
        f" {'you' if r['parent_id'] == visit.who.person else 'they'} {said[bool(r['agrees'])]}."
        for r in form.reviews
    ]
    return ["It is a draft again: the school does not see it until it is submitted anew.", *reviews]


def _show(visit: Visit, scene: dict[str, Any], *, refused: RefusedAction | None = None) -> Response:
    """Show the form: as it is there, or as it was typed and could not be sent; then what is there stands beside it."""
    form: Form = scene["form"]
    action = ACTIONS.get(visit.typed.get("action", ""))
    typed = action is not None and action.edits
    shown = _chosen(scene["courses"], visit.typed) if typed else list(form.choices)
    if form.version == 0 and not typed:
        shown = [Choice(c["course_id"]) for c in scene["courses"] if c["required"]]
    role = visit.who.role or ""
    may = {n: refusal(a, role, form.state, withdrawn=form.withdrawn) is None for n, a in ACTIONS.items()}
    if role == "parent" and scene["settings"]["submit_by"] == "student":
        may["save"] = may["submit"] = False
    if scene["closed"]:
        may = dict.fromkeys(may, False)
    theirs = form.choices if typed and refused is not None and refused.status == 409 else None
    return visit.page(
        "courses.html",
        200 if request.method == "GET" else refused.status if refused else 200,
        problem=refused.reason if refused else "",
        **scene,
        chosen={c.course_id: c.rank for c in shown},
        theirs=theirs,
        yours=shown if typed else (),
        titles={c["course_id"]: c["title"] for c in scene["courses"]},
        credits=credits_of(shown, scene["courses"]),
        asked=bounds(scene["courses"], scene["settings"]),
        lacking=problems(shown, scene["courses"], scene["settings"]),
        comment=visit.typed.get("comment", "")[:500],
        agrees=visit.typed.get("agrees", "yes") == "yes",
        may=may,
    )


def _chosen(courses: list[dict[str, Any]], typed: Mapping[str, str]) -> list[Choice]:
    """Read the form: per course nothing, ``yes``, or the rank of an alternate. Required ones are chosen always."""
    found = []
    for course in courses:
        value = typed.get(f"course:{course['course_id']}", "")
        if course["required"] or value == "yes":
            found.append(Choice(course["course_id"]))
        elif value.isascii() and value.isdecimal() and len(value) < 3 and int(value) > 0:
            found.append(Choice(course["course_id"], int(value)))
    return found
