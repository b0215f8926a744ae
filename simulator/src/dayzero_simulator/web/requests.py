"""The school's side of Course Requests: overview, the list and what is done with many of it, one request after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from sqlite3 import Connection
from typing import Any

from flask import Response, request

from dayzero_simulator.courses import demand, forms, queue
from dayzero_simulator.courses.catalog import credits_of, offered, scheduling_year, worth
from dayzero_simulator.courses.forms import Actor, Form
from dayzero_simulator.courses.queue import CHIPS, MOST, SORTS, Asked, Matching
from dayzero_simulator.courses.rules import ACTIONS, refusal
from dayzero_simulator.courses.story import NEXT, answers, story
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.moments import in_short
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["request_pages", "year_of"]

ADMIN = ("admin",)
SCHOOLS = {n: a for n, a in ACTIONS.items() if "admin" in a.roles}


@dataclass(frozen=True)
class Many:
    """What may be done with many requests at once: the word on its button, what is said when it is done, and what it means."""

    button: str
    done: str
    means: str
    needs_note: bool = False


MANY = {
    "receive": Many("Receive", "received", "Families cannot change them then. You can still return each one."),
    "approve": Many("Approve", "approved", "Families cannot change them then. You can reopen each one with a reason."),
    "return": Many(
        "Return", "returned", "Every one of these families reads this note and can change the request.", True
    ),
}
DONE_WORDS = {"receive": "received", "approve": "approved", "return": "returned", "reopen": "reopened"}
FINAL = "The family cannot change it then. You can reopen it with a reason."
AGAIN = "It is not approved any more, and does not go back to the SIS until you approve it again."
NAMED = 20
"""So many names a message has; how many there are it always says."""


def request_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/requests", "requests", roles=ADMIN)(overview)
    door.page("/requests/list", "request_list", roles=ADMIN, methods=("GET", "POST"), keeps=True)(listing)
    door.page("/requests/of/<id:student_id>", "request_of", roles=ADMIN, methods=("GET", "POST"), keeps=True)(one)


def year_of(visit: Visit) -> dict[str, Any]:
    """Return the scheduling year; raise RefusedAction where there is none."""
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
    """Show how far each grade is, and whose turn it is."""
    year = year_of(visit)
    with visit.reading() as db:
        rows = demand.overview(db, visit.school, year["id"])
        against = demand.disagreements(db, visit.school, year["id"])
    steps = {s: t for s, t in demand.STEPS.items() if s != "withdrawn"}
    return visit.page(
        "requests.html",
        year=year,
        rows=rows,
        steps=steps,
        counts=demand.together(rows),
        against=against,
        when=_when(visit),
    )


def _when(visit: Visit) -> Callable[[str], str]:
    """Return what says a moment as a list does: March 4, 8:21 PM."""
    return lambda at: in_short(at, visit.zone, visit.now) if at else ""


def _filters() -> Asked:
    asked = {f.name: request.args.get(f.name, "")[:300] for f in fields(Asked)}
    return Asked(**{**asked, "sort": asked["sort"] if asked["sort"] in SORTS else "name"})


def _in_address(by: Asked, **more: str) -> dict[str, str]:
    """Return what of the list's filters stands in an address: an empty one need not."""
    return {n: v for n, v in {**asdict(by), **more}.items() if v and (n, v) != ("sort", "name")}


def listing(visit: Visit) -> Response:
    """List the requests; receive, approve or return those ticked or all that match, and say by name what was done."""
    year, by, refused = year_of(visit), _filters(), None
    if request.method == "POST" or visit.typed.get("action"):
        try:
            return _many(visit, year, by)
        except RefusedAction as error:
            refused = error
    with visit.reading() as db:
        chips = queue.chips(db, visit.school, year["id"], by)
        found = queue.requests_in(db, visit.school, year["id"], by, counted=chips)
        grades = directory.grades(db, visit.school)
    return visit.page(
        "request_list.html",
        refused=refused,
        year=year, found=found, by=by, here=_in_address(replace(by, after="")), chips=chips, titles=CHIPS, sorts=SORTS,
        grades=grades, many=MANY, steps=demand.STEPS, may=_may_many(by), when=_when(visit),
    )  # fmt: skip


def _may_many(by: Asked) -> list[str]:
    """Return what can be done with all that match: what the chip's step allows, or anything where several are shown."""
    only = {
        "to-receive": ["receive", "return"],
        "with-parent": ["receive", "return"],
        "to-approve": ["approve", "return"],
    }
    some = {"": ["receive", "approve"], "disagreement": ["return"]}
    return {**only, **some}.get(by.state, [])


def _many(visit: Visit, year: dict[str, Any], by: Asked) -> Response:
    """Do one thing with many requests, or ask before."""
    name, ticked = visit.typed.get("action", ""), visit.typed.getlist("ticked")[:10_000]
    if name not in MANY:
        raise RefusedAction("There is no such action.", status=400)
    everybody, note = visit.typed.get("all") == "yes", visit.typed.get("note", "").strip()[:500]
    if not ticked and not everybody:
        raise RefusedAction(f"Nothing is ticked: tick the requests to {name} first.", status=422)
    asks_first = visit.typed.get("ask") == "first" and name != "receive"
    lacks_note = MANY[name].needs_note and not note
    if everybody or asks_first or lacks_note or request.method == "GET":
        with visit.reading() as db:
            if everybody:
                found = queue.matching(db, visit.school, year["id"], by, name)
            else:
                found = queue.those(db, visit.school, year["id"], ticked, name)
        lacking = lacks_note and "note" in visit.typed
        return _ask(visit, by, name, found, everybody=everybody, note=note, lacking=lacking)
    done, problems = _act_on_all(visit, year, name, ticked, note)
    if not problems and len(done) <= NAMED:
        visit.says(f"{_counted(len(done))} {MANY[name].done}: {', '.join(d['name'] for d in done)}.")
        return visit.to("request_list", **_in_address(by))
    reasons: dict[str, list[dict[str, str]]] = {}
    for problem in problems:
        reasons.setdefault(problem["reason"], []).append(problem)
    return visit.page(
        "request_done.html", 409 if problems else 200,
        year=year, here=_in_address(by), what=MANY[name], done=done, problems=problems, reasons=reasons, number=_counted,
    )  # fmt: skip


def _ask(visit: Visit, by: Asked, name: str, found: Matching, *, everybody: bool, note: str, lacking: bool) -> Response:
    """Ask before something is done with many: how many, who, and who is left out."""
    refused = RefusedAction("Say in the note what the family should change.", status=422) if lacking else None
    if not found.rows and refused is None:
        refused = RefusedAction(f"There is nothing to {name} here.", status=422)
    return visit.page(
        "request_ask.html",
        refused=refused,
        name=name, what=MANY[name], found=found, by=by, here=_in_address(by), everybody=everybody, note=note, titles=CHIPS,
        named=NAMED, most=MOST, number=_counted,
    )  # fmt: skip


def _counted(number: int) -> str:
    return f"{number:,} request{'' if number == 1 else 's'}"


def _act_on_all(
    visit: Visit, year: dict[str, Any], name: str, ticked: list[str], note: str
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Do one thing with every request that is ticked; return those done, and with reasons the others."""
    done, problems = [], []
    for one_of_them in ticked:
        student_id, _, version = one_of_them.rpartition(":")
        try:
            whose = _act(visit, year, student_id, name, version, note)
            done.append({"student_id": student_id, "name": whose})
        except RefusedAction as refused:
            with visit.reading() as db:
                pupil = directory.pupil(db, visit.school, student_id)
            whose = pupil["name"] if pupil else ""
            problems.append({"student_id": student_id, "name": whose, "reason": refused.reason})
    return done, problems


def one(visit: Visit, student_id: str) -> Response:
    """Show one request as a document, with its history; receive, approve, return or reopen it; go on to the next."""
    year, refused, by = year_of(visit), None, replace(_filters(), after="")
    place = request.args.get("place", "")[:600]
    with visit.reading() as db:
        beside = queue.neighbours(db, visit.school, year["id"], by, student_id, place=place)
        pupil = _whose(db, visit.school, student_id)
        form = forms.form_of(db, visit.school, student_id, year["id"])
    if request.method == "POST":
        name = request.form.get("action", "")
        if name not in SCHOOLS:
            raise RefusedAction("There is no such action.", status=400)
        with visit.reading() as db:
            lacks = not request.form.get("note", "").strip() and forms.note_lacking(db, visit.school, name, form)
        if not lacks and (asked := _asked(visit, name, pupil["name"] if pupil else student_id)):
            return asked
        try:
            _act(visit, year, student_id, name, request.form.get("version", ""), request.form.get("note", "")[:500])
            stays = _in_address(by, place=beside.place if beside else "")
            return visit.to("request_of", student_id=student_id, done=DONE_WORDS[name], **stays)
        except RefusedAction as error:
            refused = error
    with visit.reading() as db:
        form = forms.form_of(db, visit.school, student_id, year["id"])
        if pupil is None and form.version == 0:
            raise RefusedAction("There is no such student.", status=404)
        if pupil and form.version == 0 and not pupil.get("in_scheduling"):
            raise RefusedAction(
                f"{pupil['name']} is not in the next year: there is nothing to choose, and nothing to do.", status=404
            )
        catalog = offered(db, visit.school, year["id"], None)
        parents = directory.parents_of(db, visit.school, student_id)
        told = story(db, visit.school, form)
        against = forms.objecting(db, visit.school, form)
        steps = demand.counts(db, visit.school, year["id"], "s.student_id = :student", {"student": student_id})
    may = {n: refusal(a, "admin", form.state, withdrawn=form.withdrawn) is None for n, a in SCHOOLS.items()}
    return visit.page(
        "request_of.html",
        refused=refused,
        year=year, form=form, pupil=pupil, name=pupil["name"] if pupil else student_id, may=may,
        note=visit.typed.get("note", ""), titles={c["course_id"]: c for c in catalog},
        credits=credits_of(form.choices, catalog), worth=worth, answers=answers(form, parents), told=told, against=against,
        settled=form.state not in ("submitted", "reviewed", "received"),
        coming=_coming(form, against),
        step=next((s for s in demand.STEPS if steps[s]), "not-started"), steps=demand.STEPS, beside=beside,
        here=_in_address(by), list_title=CHIPS.get(by.state, by.state.capitalize()), when=_when(visit),
    )  # fmt: skip


def _coming(form: Form, against: list[str]) -> tuple[str, ...]:
    """Return what comes after what happened, the next thing first."""
    if form.withdrawn:
        return ()
    steps = NEXT.get(form.state, ())
    return ("You settle it with the family", *(s for s in steps if s.startswith("You"))) if against and steps else steps


def _asked(visit: Visit, name: str, whose: str) -> Response | None:
    """Ask before a request is approved or reopened."""
    if name == "approve":
        return visit.asks(f"Approve the request of {whose}?", "Approve", FINAL)
    if name == "reopen":
        return visit.asks(f"Reopen the request of {whose}?", "Reopen", AGAIN)
    return None


def _whose(db: Connection, school: str, student_id: str) -> dict[str, Any] | None:
    """Return the student of a request; of one whom the SIS sends no more, what the account says."""
    found = directory.pupil(db, school, student_id) or directory.person(db, school, "student", student_id)
    return {**found, "name": found["name"] or student_id} if found else None


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
