"""What happened to a request, in words, and what is still to come."""

from __future__ import annotations

import sqlite3
from typing import Any

from dayzero_simulator.courses.forms import Form
from dayzero_simulator.names import full_name

__all__ = ["NEXT", "answers", "story"]

WHAT = {
    "save": "{who} saved a draft",
    "submit": "{who} submitted",
    "take-back": "{who} took it back to change it",
    "review": "{who} answered",
    "receive": "{who} received it",
    "approve": "{who} approved it",
    "return": "{who} returned it",
    "reopen": "{who} reopened it",
}
NEXT = {
    "": ("The family chooses and submits", "A parent agrees, or not", "You receive it", "You approve it"),
    "draft": ("The family submits", "A parent agrees, or not", "You receive it", "You approve it"),
    "returned": ("The family changes and submits it", "A parent agrees, or not", "You receive it", "You approve it"),
    "submitted": ("A parent agrees, or not", "You receive it", "You approve it"),
    "reviewed": ("You receive it", "You approve it"),
    "received": ("You approve it, or return it",),
    "approved": (),
}
"""What comes after a state, the next thing first."""


def story(db: sqlite3.Connection, school: str, form: Form) -> list[dict[str, Any]]:
    """Return what happened to a request, earliest first: each with ``at``, ``said``, ``note`` and the ``state`` after it."""
    names = _names(db, school, form)
    told = {
        (r["parent_id"], r["at"]): "agreed" if r["agrees"] else "did not agree" for r in (*form.past, *form.reviews)
    }
    found = []
    for event in form.events:
        who = names.get((event["actor_kind"], event["actor_id"]), "")
        if event["actor_kind"].startswith("former:"):
            who = f"A former holder of {event['actor_id']}"
        said = WHAT.get(event["action"], "{who}: " + event["action"]).format(
            who=who or f"{event['actor_kind']} {event['actor_id']}"
        )
        if event["action"] == "review" and (answer := told.get((event["actor_id"], event["at"]))):
            said = said.removesuffix("answered") + answer
        found.append({**event, "said": said})
    return found


def _names(db: sqlite3.Connection, school: str, form: Form) -> dict[tuple[str, str], str]:
    """Return what those are called who did something with a request."""
    rows = db.execute(
        "select distinct e.actor_kind, e.actor_id, m.name, coalesce(a.given_name, p.given_name) as given_name,"
        " coalesce(a.family_name, p.family_name) as family_name from form_events e"
        " left join admins m on e.actor_kind = 'admin' and m.school = e.school and m.admin_id = e.actor_id"
        " left join accounts a on a.school = e.school and a.kind = e.actor_kind and a.person_id = e.actor_id"
        " left join pupils p on e.actor_kind = 'student' and p.school = e.school and p.student_id = e.actor_id"
        " where e.school = ? and e.student_id = ? and e.year_id = ?",
        [school, form.student_id, form.year_id],
    )
    return {(r["actor_kind"], r["actor_id"]): r["name"] or full_name(r["given_name"], r["family_name"]) for r in rows}


def answers(form: Form, parents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every parent with their answer, or None; those who answered and have no access any more last, without a name.

    A former holder's answer is nobody's any more.
    """
    given = {r["parent_id"]: r for r in form.reviews if not r["parent_id"].startswith("former:")}
    there = [
        {"person_id": p["person_id"], "name": p["name"] or p["person_id"], "answer": given.pop(p["person_id"], None)}
        for p in parents
    ]
    return [*there, *({"person_id": i, "name": "", "answer": answer} for i, answer in given.items())]
