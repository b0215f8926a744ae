"""What people do on the portal, a function for each deed: judged by the rules of its pages, noted in the audit as there.

For whoever tells a story from outside: a test, or a demo its past. A deed is done at the world's time. Many of them may go
into one ``World.writing()``, and are one change then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from dayzero_simulator.courses import demand, forms
from dayzero_simulator.courses.catalog import Choice, offered, scheduling_year
from dayzero_simulator.courses.forms import Actor
from dayzero_simulator.portal import admins, audit, directory, edits, outbox, signin
from dayzero_simulator.portal.admins import MASTER
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import role_of
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.world import World

__all__ = [
    "come_in",
    "courses_for",
    "create_admin",
    "decide_email",
    "give_login_details",
    "last_moment",
    "set_capacities",
    "state_of_form",
    "work_on_form",
]


def come_in(world: World, school: str, kind: str, person_id: str, *, chosen: str) -> None:
    """Let somebody sign in of whom it is known who they are: their password is not tried, all else is as at the door.

    Trying one and hashing one are slow on purpose; the past of a school would take minutes. So whoever has a temporary
    password keeps ``chosen``, the hash of one of their own, and whoever has one of their own keeps that. Refused are those
    whom the door refuses: without a password, with a temporary one that is too old, disabled, or locked out with their group.
    """
    with world.writing() as db:
        own = role_of(db, school, kind, person_id)
        if own is None:
            raise KeyError(f"{school} has no {kind} {person_id}")
        if own.password is None and own.temporary is None:
            raise RefusedAction(signin.WRONG, status=403)
        now = world.now()
        signin.require_open(own, read_settings(db, school), now)
        signin.welcome(db, school, own, now)
        if own.password is None:
            signin.set_password(db, school, own, chosen)


def courses_for(world: World, school: str, student_id: str) -> list[dict[str, Any]]:
    """Return what is offered to a student next year; raise RefusedAction for who has no form."""
    with world.writing() as db:
        directory.bring_up_to_date(db, school)
        pupil, year = forms.whose_form(db, school, student_id)
        return offered(db, school, year["id"], pupil["next_grade_level"])


def state_of_form(world: World, school: str, student_id: str) -> str:
    """Return how far a student's form is: a state of ``courses.rules.STATES``, or empty where there is none yet."""
    with world.reading() as db:
        year = scheduling_year(db, school)
        return forms.form_of(db, school, student_id, year["id"]).state if year else ""


def work_on_form(
    world: World, school: str, actor: Actor, student_id: str, action: str, choices: Sequence[Choice] = (),
    *, note: str = "", agrees: bool = True, message: str | None = None,
) -> None:  # fmt: skip
    """Let somebody do one thing with a student's form as it is now: an action of ``courses.rules.ACTIONS``.

    ``message``: to the school, with what is chosen.
    """
    with world.writing() as db:
        directory.bring_up_to_date(db, school)
        pupil, year = forms.whose_form(db, school, student_id)
        if not _may_see(db, school, actor, student_id):
            raise RefusedAction("There is no such student.", status=404)
        form = forms.form_of(db, school, student_id, year["id"])
        forms.act(
            db, school, actor, action, form, version=form.version, grade=pupil["next_grade_level"],
            settings=read_settings(db, school), now=world.now(), choices=choices, note=note, agrees=agrees,
            message=message,
        )  # fmt: skip
        if actor.kind == "admin":
            audit.note(db, school, actor.person_id, action, world.now(), kind="student", person_id=student_id)


def _may_see(db: Connection, school: str, actor: Actor, student_id: str) -> bool:
    if actor.kind == "parent":
        return any(p["person_id"] == actor.person_id for p in directory.parents_of(db, school, student_id))
    return actor.kind != "student" or actor.person_id == student_id


def give_login_details(
    world: World, school: str, address: str, kind: str, channel: str, criterion: str,
    *, ticked: Sequence[str] = (), by: str = MASTER,
) -> int:  # fmt: skip
    """Mail or print Login Details for those whom a criterion means (R24); return for how many."""
    with world.writing() as db:
        directory.bring_up_to_date(db, school)
        found = outbox.recipients(db, school, kind, channel, criterion, grade="", ticked=ticked)
        sent = outbox.login_details(
            db, school, address, found.items, channel,
            settings=read_settings(db, school), rng=world.secrets, now=world.now(),
        )  # fmt: skip
        for letter in sent:
            audit.note(
                db, school, by, "login-details", world.now(), kind=kind, person_id=letter["person_id"], detail=channel
            )
        return len(sent)


def decide_email(world: World, school: str, number: int, decision: str, *, by: str = MASTER) -> None:
    """Let the school ``approve`` or ``delete`` an e-mail that a family has edited."""
    with world.writing() as db:
        edits.decide(db, school, number, decision, by, world.now())
        edit = edits.edit_of(db, school, number)
        audit.note(
            db, school, by, f"{decision}-edit", world.now(),
            kind=edit["kind"], person_id=edit["person_id"], detail=f"number {number}",
        )  # fmt: skip


def set_capacities(world: World, school: str, capacities: Mapping[str, int], *, by: str = MASTER) -> None:
    """Say how many students courses of the scheduling year can take."""
    with world.writing() as db:
        year = scheduling_year(db, school)
        if year is None:
            raise RefusedAction("There is no scheduling year on the portal.", status=404)
        there = {c["course_id"]: c for c in demand.demand(db, school, year["id"])}
        titles = {course_id: c["title"] for course_id, c in there.items()}
        demand.set_capacities(db, school, year["id"], {c: str(n) for c, n in capacities.items()}, titles)
        for course_id, number in capacities.items():
            before = there[course_id]["capacity"]
            said = f"{titles[course_id]}: {'none' if before is None else before} to {number}"
            audit.note(db, school, by, "capacity", world.now(), detail=said)


def create_admin(world: World, school: str, login: str, name: str, *, by: str = MASTER) -> str:
    """Create an Admin account, with a temporary password; return its id."""
    with world.writing() as db:
        admin_id = admins.create(db, school, login, name, rng=world.secrets, now=world.now())
        audit.note(db, school, by, "create-admin", world.now(), kind="admin", person_id=admin_id, detail=name)
        return admin_id


_MOMENTS = {
    "syncs": "touched_at",
    "sign_ins": "at",
    "sessions": "seen_at",
    "outbox": "at",
    "form_events": "at",
    "edits": "changed_at",
    "audit": "at",
}
"""What has a time at which something was done."""


def last_moment(world: World) -> datetime | None:
    """Return when anything was last done on the portal, at whatever school: a clock that goes on starts no earlier."""
    found = " union all ".join(f"select max({column}) as at from {table}" for table, column in _MOMENTS.items())  # noqa: S608 - our own names
    with world.reading() as db:
        (at,) = db.execute(f"select max(at) from ({found})").fetchone()  # noqa: S608 - our own names
    return datetime.fromisoformat(at) if at else None
