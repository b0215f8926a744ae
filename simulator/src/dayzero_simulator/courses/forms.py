"""Requests as they are kept: one form per student and year, its choices, reviews and history.

Every change carries the version it was made from: of two people who work on one form, the second is told (never lost).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayzero_simulator.courses import answers
from dayzero_simulator.courses.catalog import Choice, offered, problems, scheduling_year
from dayzero_simulator.courses.rules import ACTIONS, FAMILY, NOTHING, Action, refusal
from dayzero_simulator.courses.window import closed
from dayzero_simulator.portal.directory import person, pupil
from dayzero_simulator.portal.moments import in_short, zone_of
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import Settings, for_grade

__all__ = [
    "Actor",
    "Form",
    "act",
    "changed_meanwhile",
    "form_of",
    "note_lacking",
    "objecting",
    "refused_to",
    "whose_form",
]

LONGEST = 500
"""Characters of what a family writes to the school."""


@dataclass(frozen=True)
class Actor:
    """Who does something: ``kind`` is ``student``, ``parent`` or ``admin``."""

    kind: str
    person_id: str


@dataclass(frozen=True)
class Form:
    """A student's request for a year. ``state`` is empty where nobody has begun; ``version`` is 0 then.

    ``reviews`` are the parents' answers to the choices as they are; ``past`` those to earlier ones, each with its ``version``.
    ``submitted``: the version that was submitted last, 0 where none was. ``message``: the family's to the school.
    """

    student_id: str
    year_id: str
    state: str
    version: int
    withdrawn: bool
    note: str
    updated_at: str
    choices: tuple[Choice, ...]
    reviews: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    past: tuple[dict[str, Any], ...] = ()
    message: str = ""

    @property
    def submitted(self) -> int:
        """The version in which it was submitted last."""
        return answers.submitted_at(self.events)


def whose_form(db: sqlite3.Connection, school: str, student_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the pupil and the scheduling year that a form is of; raise RefusedAction for who has none."""
    found, year = pupil(db, school, student_id), scheduling_year(db, school)
    if year is None or found is None or not found["in_scheduling"]:
        # R30, case 24: a graduating senior has no form of next year.
        raise RefusedAction(
            "There are no Course Requests for this student now: they are for the next year, and the student is not in it."
            " You do not have to do anything.",
            status=404,
        )
    return found, year


def form_of(db: sqlite3.Connection, school: str, student_id: str, year_id: str) -> Form:
    """Return a student's form; an empty one where nobody has begun."""
    key = [school, student_id, year_id]
    row = db.execute("select * from forms where school = ? and student_id = ? and year_id = ?", key).fetchone()
    if row is None:
        return Form(student_id, year_id, NOTHING, 0, False, "", "", (), (), ())
    chosen = db.execute(
        "select course_id, rank, alternate from course_requests where school = ? and student_id = ? and year_id = ?"
        " order by alternate, rank, course_id",
        key,
    )
    reviews = db.execute(
        "select * from reviews where school = ? and student_id = ? and year_id = ? order by at, parent_id", key
    )
    said = db.execute(
        "select message from form_messages where school = ? and student_id = ? and year_id = ?", key
    ).fetchone()
    events = db.execute(
        "select * from form_events where school = ? and student_id = ? and year_id = ? order by number", key
    )
    return Form(
        student_id,
        year_id,
        row["state"],
        row["version"],
        bool(row["withdrawn"]),
        row["note"] or "",
        row["updated_at"],
        tuple(Choice(c["course_id"], c["rank"] if c["alternate"] else 0) for c in chosen),
        tuple(dict(r) for r in reviews),
        # What a former holder wrote is theirs.
        tuple({**dict(e), "note": "" if e["actor_kind"].startswith("former:") else e["note"]} for e in events),
        answers.past_answers(db, key),
        said["message"] if said else "",
    )


def act(
    db: sqlite3.Connection,
    school: str,
    actor: Actor,
    name: str,
    form: Form,
    *,
    version: int,
    grade: str | None,
    settings: Settings,
    now: datetime,
    choices: Sequence[Choice] = (),
    note: str = "",
    agrees: bool = True,
    message: str | None = None,
    quiet: bool = False,
) -> Form:
    """Do one thing with a form, or raise RefusedAction with the reason; return the form as it is then.

    ``message``: to the school, with what is chosen; None leaves it as it is. ``quiet``: one of many drafts that a page saves by
    itself; the history has the last of them.
    """
    action, settings, key = ACTIONS[name], for_grade(settings, grade), _key(school, form)
    if version != form.version:
        raise RefusedAction(changed_meanwhile(form, settings, now))
    if reason := refused_to(action, actor, form, settings, now):
        raise RefusedAction(reason)
    state = action.to
    if action.edits:
        _choose(db, school, form, choices, grade, settings, complete=name == "submit")
        if message is not None:
            _say(db, key, message)
    if name == "submit":
        answers.keep_submission(db, key, form.version + 1, choices)
    if name == "review":
        answers.answer(db, key, actor.person_id, now, agrees=agrees, comment=note)
        state = "reviewed" if answers.are_enough(db, key, settings) else "submitted"
    if not note.strip() and (lacking := note_lacking(db, school, name, form)):
        raise RefusedAction(lacking, status=422)
    if action.edits or name == "take-back":  # an answer is to what was chosen then
        answers.put_past(db, key, form.submitted)
    if quiet and form.events and _is_own_draft(form.events[-1], actor):
        db.execute(
            "delete from form_events where school = ? and student_id = ? and year_id = ? and number = ?",
            [*key, form.events[-1]["number"]],
        )
    _write(db, school, form, actor, name, state, note.strip(), now)
    return form_of(db, school, form.student_id, form.year_id)


def note_lacking(db: sqlite3.Connection, school: str, name: str, form: Form) -> str:
    """Return what a note has to say before this is done; nothing where none is needed."""
    if name == "approve" and (against := objecting(db, school, form)):
        who = " and ".join(against)
        do = "does" if len(against) == 1 else "do"
        return f"{who} {do} not agree. Say in the note how it was settled, or return the request."
    return {
        "return": "Say in the note what the family should change.",
        "reopen": "Say why it is reopened: the family reads it.",
    }.get(name, "")


def objecting(db: sqlite3.Connection, school: str, form: Form) -> list[str]:
    """Return the names of the parents who do not agree with what is chosen; a former holder's word counts no more."""
    against = [r["parent_id"] for r in form.reviews if not r["agrees"] and not r["parent_id"].startswith("former:")]
    named = ((i, person(db, school, "parent", i)) for i in against)
    return [(found and found["name"]) or i for i, found in named]


def refused_to(action: Action, actor: Actor, form: Form, settings: Settings, now: datetime) -> str | None:
    """Return why somebody may not do this with a form now, by the ``settings`` of its grade; None if they may."""
    if reason := refusal(action, actor.kind, form.state, withdrawn=form.withdrawn):
        return reason
    if actor.kind in FAMILY and (reason := closed(settings, now)):
        return reason
    if actor.kind == "parent" and action.edits and settings["submit_by"] == "student":
        return "At this school the student fills in and submits the form; parents review it."
    return None


def _is_own_draft(event: Mapping[str, Any], actor: Actor) -> bool:
    return event["action"] == "save" and (event["actor_kind"], event["actor_id"]) == (actor.kind, actor.person_id)


def _say(db: sqlite3.Connection, key: Sequence[str], message: str) -> None:
    db.execute("delete from form_messages where school = ? and student_id = ? and year_id = ?", key)
    if message.strip():
        db.execute("insert into form_messages values (?, ?, ?, ?)", [*key, message.strip()[:LONGEST]])


def _key(school: str, form: Form) -> list[str]:
    return [school, form.student_id, form.year_id]


def changed_meanwhile(form: Form, settings: Settings, now: datetime) -> str:
    """Return what is said to whoever worked on an earlier version of a form."""
    last = form.events[-1] if form.events else None
    known = {"admin": "the school", "parent": "a parent", "student": "the student"}
    who = known.get(last["actor_kind"], "somebody who is not here any more") if last else ""
    what = f" by {who} ({last['action']}, {in_short(last['at'], zone_of(settings['timezone']), now)})" if last else ""
    return f"This request was changed{what} while you had it open. Nothing of yours was saved; look at it as it is now."


def _choose(
    db: sqlite3.Connection,
    school: str,
    form: Form,
    choices: Sequence[Choice],
    grade: str | None,
    settings: Settings,
    *,
    complete: bool,
) -> None:
    courses = offered(db, school, form.year_id, grade)
    known = {c["course_id"] for c in courses}
    if any(c.course_id not in known for c in choices) or len({c.course_id for c in choices}) != len(choices):
        raise RefusedAction("A course was chosen twice, or is not offered to this grade.", status=422)
    if complete and (lacking := problems(choices, courses, settings)):
        raise RefusedAction(" ".join(lacking), status=422)
    db.execute("delete from course_requests where school = ? and student_id = ? and year_id = ?", _key(school, form))
    firsts = [c for c in choices if not c.alternate]
    seconds = sorted((c for c in choices if c.alternate), key=lambda c: c.rank)
    # Who has the id of somebody before them asks for other things than that one did, though it be the same course.
    (holder,) = db.execute(
        "select max(number) from (select holder as number from accounts where school = :school and kind = 'student'"
        " and person_id = :student and holder union all select max(number) from formers where school = :school"
        " and kind = 'student-record' and person_id = :student)",
        {"school": school, "student": form.student_id},
    ).fetchone()
    for alternate, group in ((0, firsts), (1, seconds)):
        for rank, choice in enumerate(group, start=1):
            text = "\x1f".join([*_key(school, form), choice.course_id, *([str(holder)] if holder else [])])
            request_id = f"cr-{hashlib.sha256(text.encode()).hexdigest()[:20]}"
            db.execute(
                "insert into course_requests values (?, ?, ?, ?, ?, ?, ?, '', null, '')",
                [school, request_id, form.student_id, form.year_id, choice.course_id, rank, alternate],
            )


def _write(
    db: sqlite3.Connection, school: str, form: Form, actor: Actor, action: str, state: str, note: str, now: datetime
) -> None:
    key, at = _key(school, form), now.isoformat()
    submitted = f"{actor.kind}:{actor.person_id}" if action == "submit" else None
    before = db.execute(
        "select submitted_by, note from forms where school = ? and student_id = ? and year_id = ?", key
    ).fetchone()
    submitted = submitted or (before["submitted_by"] if before else None)
    kept = (
        note
        if action in ("return", "reopen")
        else (before["note"] if before and state in ("draft", "returned") else "")
    )
    db.execute(
        "insert or replace into forms values (?, ?, ?, ?, ?, 0, ?, ?, ?)",
        [*key, state, form.version + 1, kept, at, submitted],
    )
    db.execute(
        "update course_requests set status = ?, submitted_by = ?, updated_at = ?"
        " where school = ? and student_id = ? and year_id = ?",
        [state, submitted, at, *key],
    )
    db.execute(
        "insert into form_events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*key, form.version + 1, at, actor.kind, actor.person_id, action, state, note],
    )
