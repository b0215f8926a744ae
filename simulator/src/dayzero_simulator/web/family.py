"""What students and parents see: home, and a child's Course Requests - to choose, to check, to answer, or to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from flask import Response, jsonify, request

from dayzero_simulator.courses import answers, forms
from dayzero_simulator.courses.catalog import (
    Choice,
    bounds,
    credits_of,
    in_words,
    offered,
    problems,
    scheduling_year,
    worth,
)
from dayzero_simulator.courses.forms import Actor, Form
from dayzero_simulator.courses.progress import Looker, Turn, mine_of, steps, turn
from dayzero_simulator.courses.rules import ACTIONS, NOTHING
from dayzero_simulator.courses.window import closed, window_of
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.moments import at_length, in_short
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import roles_of
from dayzero_simulator.portal.settings import for_grade, read_settings
from dayzero_simulator.web.choosing import ARRANGES, arranged, chosen, differences, is_about_choices
from dayzero_simulator.web.door import SIGNED_IN, Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.today import today
from dayzero_simulator.web.visit import Visit, here

__all__ = ["family_pages"]

AFTER = {"save": "draft", "submit": "", "review": "", "take-back": "draft-again"}
"""What is said once it is done; where the next page says it in its heading, nothing."""


def family_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/home", "home", roles=SIGNED_IN)(home)
    form = "/courses/<id:student_id>"
    door.page(form, "courses", roles=("student", "parent"), methods=("GET", "POST"), child=True, keeps=True)(courses)


# -- home


def home(visit: Visit) -> Response:
    """Show what is there for this person, whose turn it is, and nothing that is not (R28)."""
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
        cards = [{**p, **_card(visit, db, p, year, settings)} for p in pupils]
        own = directory.person(db, visit.school, session.role or "", session.person)
        roles = roles_of(db, visit.school, session.kind or "", session.person_id or "", session.login_key or "")
    hidden = settings[f"transition_{session.role}"] == "yes"
    return visit.page(
        "home.html", cards=cards, own=own, year=year, hidden=hidden, roles=roles,
        yours=[c for c in cards if c["turn"] and c["turn"].yours],
    )  # fmt: skip


def _card(
    visit: Visit, db: Connection, pupil: dict[str, Any], year: dict[str, Any] | None, settings: Mapping[str, str]
) -> dict[str, Form | Turn | None]:
    """Return a student's ``form`` and whose ``turn`` it is with it; None where there is none to be made."""
    if year is None or not pupil["in_scheduling"]:
        return {"form": None, "turn": None}
    form = forms.form_of(db, visit.school, pupil["student_id"], year["id"])
    own = for_grade(settings, pupil["next_grade_level"])
    who = _looker(visit, db, pupil)
    may_choose = forms.refused_to(ACTIONS["save"], Actor(who.role, who.person_id), form, own, visit.now) is None
    return {"form": form, "turn": turn(form, who, own, may_choose=may_choose)}


def _looker(visit: Visit, db: Connection, pupil: Mapping[str, Any]) -> Looker:
    called = pupil["given_name"] or pupil["name"] or pupil["student_id"]
    parents = directory.parents_of(db, visit.school, pupil["student_id"])
    own = directory.person(db, visit.school, "student", pupil["student_id"])
    alone = own is None or own["status"] == "disabled"
    return Looker(visit.who.role or "", visit.who.person, called, parents, visit.zone, visit.now, alone)


# -- a child's request


@dataclass(frozen=True)
class Scene:
    """A student's request as it is there, for whoever looks at it. ``settings``: those of the student's grade."""

    pupil: dict[str, Any]
    year: dict[str, Any]
    settings: dict[str, str]
    courses: list[dict[str, Any]]
    form: Form
    who: Looker
    earlier: tuple[dict[str, Any], tuple[Choice, ...] | None] | None
    """What a parent has answered last, to choices that are not those of now, and which these were."""

    @property
    def actor(self) -> Actor:
        """Who looks, as somebody who does something."""
        return Actor(self.who.role, self.who.person_id)

    def may(self, name: str) -> bool:
        """Say whether whoever looks may do something now."""
        return forms.refused_to(ACTIONS[name], self.actor, self.form, self.settings, self.who.now) is None


def courses(visit: Visit, student_id: str) -> Response:
    """Show a student's request form of the scheduling year, and do what is asked with it."""
    scene = _scene(visit, student_id)
    if request.method == "GET":
        return _show(visit, scene, refused=_outdated(visit, scene))
    name = request.form.get("action", "")
    quiet = name == "save" and bool(request.form.get("quiet"))
    if name not in AFTER and not is_about_choices(name):
        raise RefusedAction("There is no such action.", status=400)
    if name == "take-back" and request.form.get("ask") == "first":
        return visit.page("courses_change.html", scene=scene, when=_when(visit), again=here())
    try:
        form = _do(visit, scene, name, quiet=quiet)
    except RefusedAction as refused:
        if quiet:
            return _told(refused)
        return _show(visit, _scene(visit, student_id), refused=refused)
    if quiet:
        return jsonify(version=form.version, said=f"Draft saved, {in_short(form.updated_at, visit.zone, visit.now)}")
    if name == "check":
        return visit.to("courses", student_id=student_id, step="check")
    if name not in AFTER:
        return visit.to("courses", student_id=student_id, _anchor="alternates")
    asked = {"done": AFTER[name]} if AFTER[name] else {"see": "request"} if name == "submit" else {}
    return visit.to("courses", student_id=student_id, **asked)


def _do(visit: Visit, scene: Scene, name: str, *, quiet: bool) -> Form:
    """Do what a button says. To check the answers, and to arrange alternates, what is typed is saved as a draft."""
    choices = chosen(scene.courses, visit.typed)
    added = request.form.get("add", "")
    if name.partition(":")[0] in ARRANGES:
        choices = arranged(scene.courses, choices, name, added)
    elif added and not quiet:  # picked, and the button beside it was not pressed: it is wanted all the same
        choices = arranged(scene.courses, choices, "add", added)
    with visit.writing() as db:
        return forms.act(
            db,
            visit.school,
            scene.actor,
            name if name in AFTER else "save",
            forms.form_of(db, visit.school, scene.form.student_id, scene.year["id"]),
            version=whole_number(request.form.get("version", ""), otherwise=-1),
            grade=scene.pupil["next_grade_level"],
            settings=scene.settings,
            now=visit.now,
            choices=choices,
            note=request.form.get("comment", "")[:500],
            agrees=request.form.get("agrees", "yes") == "yes",
            message=_plain(request.form["message"])[:500] if "message" in request.form else None,
            quiet=quiet or name not in AFTER,
        )


def _told(refused: RefusedAction) -> Response:
    """Tell a page that saves by itself why its draft was not saved."""
    answer = jsonify(problem=refused.reason)
    answer.status_code = refused.status
    return answer


def _scene(visit: Visit, student_id: str) -> Scene:
    with visit.reading() as db:
        pupil, year = forms.whose_form(db, visit.school, student_id)
        form, who = forms.form_of(db, visit.school, student_id, year["id"]), _looker(visit, db, pupil)
        before = [r for r in form.past if who.role == "parent" and r["parent_id"] == who.person_id]
        key = [visit.school, student_id, year["id"]]
        return Scene(
            pupil,
            year,
            for_grade(read_settings(db, visit.school), pupil["next_grade_level"]),
            offered(db, visit.school, year["id"], pupil["next_grade_level"]),
            form,
            who,
            (before[-1], answers.submitted_as(db, key, before[-1]["version"])) if before else None,
        )


def _outdated(visit: Visit, scene: Scene) -> RefusedAction | None:
    """Return why what was typed before the session ended no longer fits what is there, or None."""
    if not visit.typed or whole_number(visit.typed.get("version", ""), otherwise=-1) == scene.form.version:
        return None
    return RefusedAction(forms.changed_meanwhile(scene.form, scene.settings, visit.now))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _when(visit: Visit) -> Any:
    def when(at: str | datetime) -> str:
        return at_length(at, visit.zone, visit.now)

    return when


def _show(visit: Visit, scene: Scene, *, refused: RefusedAction | None = None) -> Response:
    """Show the request: as it is there, or as it was typed and could not be sent; then what is there stands beside it."""
    form, action = scene.form, visit.typed.get("action", "")
    typed = is_about_choices(action)
    shown = chosen(scene.courses, visit.typed) if typed else list(form.choices)
    if form.version == 0 and not typed:
        shown = [Choice(c["course_id"]) for c in scene.courses if c["required"]]
    asked = bounds(scene.courses, scene.settings)
    acting = visit.who.acting_id is not None
    page = _page_of(scene, typed=bool(visit.typed))
    said = _changed_since(scene) if page in ("courses_agree.html", "courses_agreed.html") else None
    return visit.page(
        page,
        200 if request.method == "GET" else refused.status if refused else 200,
        problem=refused.reason if refused else "",
        scene=scene, pupil=scene.pupil, year=scene.year, settings=scene.settings, courses=scene.courses, form=form,
        who=scene.who, name=scene.who.student, window=window_of(scene.settings), closed=closed(scene.settings, visit.now),
        chosen={c.course_id: c.rank for c in shown},
        alternates=[c.course_id for c in sorted((c for c in shown if c.alternate), key=lambda c: c.rank)],
        by_id={c["course_id"]: c for c in scene.courses},
        theirs=form.choices if typed and refused is not None and refused.status == 409 else None,
        yours=shown if typed else (),
        titles={c["course_id"]: c["title"] for c in scene.courses},
        credits=credits_of(shown, scene.courses),
        asked=asked, meter=in_words(shown, scene.courses, asked), worth=worth,
        lacking=problems(shown, scene.courses, scene.settings),
        message=_plain(visit.typed["message"])[:500] if typed and "message" in visit.typed else form.message,
        comment=visit.typed.get("comment", "")[:500],
        agrees=visit.typed.get("agrees", "yes") == "yes",
        may={n: scene.may(n) and not acting for n in ACTIONS}, acting=acting,
        when=_when(visit), short=lambda at: in_short(at, visit.zone, visit.now),
        steps=steps(form, scene.who, scene.settings), mine=mine_of(form, scene.who), changed=said,
        turn=turn(form, scene.who, scene.settings, may_choose=scene.may("save")),
    )  # fmt: skip


def _page_of(scene: Scene, *, typed: bool) -> str:
    """Return which page a request is now for whoever looks at it."""
    if scene.may("save"):
        checks = request.method == "GET" and request.args.get("step") == "check" and not typed
        return "courses_check.html" if checks and scene.form.version else "courses.html"
    if scene.may("review") and request.args.get("see") != "request":
        answered = mine_of(scene.form, scene.who) is not None and request.args.get("answer") != "again"
        return "courses_agreed.html" if answered and request.method == "GET" and not typed else "courses_agree.html"
    there = scene.form.choices or scene.form.state not in (NOTHING, "draft", "returned")
    return "courses_document.html" if there else "courses_calm.html"


def _changed_since(scene: Scene) -> tuple[dict[str, Any], tuple[list[str], list[str], bool] | None] | None:
    """Return what a parent answered to earlier choices and what has come, gone and changed since, or None."""
    if scene.earlier is None:
        return None
    given, before = scene.earlier
    titles = {c["course_id"]: c["title"] for c in scene.courses}
    return given, differences(before, scene.form.choices, titles) if before is not None else None
