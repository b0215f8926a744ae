"""The e-mail that a family edits on the portal: submitted, approved or deleted, done once the SIS has it (case 46).

Documented: such an edit waits in the Approval Center as Submitted until the school approves or deletes it, and only then
reaches the SIS. Simulated: a sync never writes to the SIS (R40), so somebody at the school enters what was approved, and
the edit is done when a sync brings it. Until then the login is what the SIS says: nothing here touches an account.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayzero_simulator.columns import login_key
from dayzero_simulator.portal.address import is_email
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = [
    "CLOSED",
    "DECISIONS",
    "WAITING",
    "Decision",
    "decide",
    "edit_of",
    "edits_in",
    "edits_of",
    "follow_sis",
    "latest_of",
    "submit",
]

WAITING = ("submitted", "approved")
CLOSED = ("done", "deleted", "replaced")


@dataclass(frozen=True)
class Decision:
    """What the school does with an edit: it may in the states ``of``; the edit is ``to`` afterwards."""

    of: tuple[str, ...]
    to: str


DECISIONS = {"approve": Decision(("submitted",), "approved"), "delete": Decision(WAITING, "deleted")}
_WHY_NOT = {
    "approved": "This edit is approved already.",
    "done": "The SIS has this e-mail already.",
    "deleted": "This edit was deleted.",
    "replaced": "The family has replaced this edit by another one. Look at that one.",
}


def submit(db: sqlite3.Connection, school: str, kind: str, person_id: str, email: str, now: datetime) -> int:
    """Let an e-mail wait for the school and return its number; raise RefusedAction with the reason.

    It takes the place of one not yet decided. Whether somebody else has that e-mail is not said here: it would tell who is
    on the portal. The school sees it.
    """
    email = email.strip()
    [(login, key)] = db.execute(
        "select login, login_key from accounts where school = ? and kind = ? and person_id = ?",
        [school, kind, person_id],
    )
    if not is_email(login or ""):
        raise RefusedAction("You sign in with a user name, which the school gives. Please ask its office.", status=422)
    if not is_email(email):
        raise RefusedAction("That is no e-mail address.", status=422)
    if login_key(email) == key:
        raise RefusedAction("That is the e-mail the school has already.", status=422)
    before = latest_of(db, school, kind, person_id)
    if before and before["state"] == "approved":
        raise RefusedAction(f"The school has approved {before['after']}. If that is wrong, please ask its office.")
    if before and before["state"] == "submitted":
        if before["after"] == email:
            return int(before["number"])
        # A new number, not a new value: whoever approves number 7 approves what they saw under it.
        _write(db, before["number"], "replaced", None, now)
    [(number,)] = db.execute(
        "insert into edits (school, kind, person_id, before, after, after_key, state, submitted_at, changed_at)"
        " values (?, ?, ?, ?, ?, ?, 'submitted', ?, ?) returning number",
        [school, kind, person_id, login, email, login_key(email), now.isoformat(), now.isoformat()],
    )
    return int(number)


def decide(db: sqlite3.Connection, school: str, number: int, name: str, admin_id: str, now: datetime) -> None:
    """Approve or delete an edit; raise RefusedAction where that is not possible (any more)."""
    row = db.execute("select state from edits where school = ? and number = ?", [school, number]).fetchone()
    if row is None:
        raise RefusedAction("There is no such edit.", status=404)
    decision = DECISIONS[name]
    if row["state"] not in decision.of:
        raise RefusedAction(_WHY_NOT[row["state"]])
    _write(db, number, decision.to, admin_id, now)


def follow_sis(db: sqlite3.Connection, school: str, now: datetime) -> None:
    """Call an edit done whose account has that login by now; a sync brought it, approved here or not."""
    db.execute(
        "update edits set state = 'done', changed_at = ? where school = ? and state in ('submitted', 'approved')"
        " and after_key = (select a.login_key from accounts a"
        " where a.school = edits.school and a.kind = edits.kind and a.person_id = edits.person_id)",
        [now.isoformat(), school],
    )


def latest_of(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> dict[str, Any] | None:
    """Return somebody's latest edit, or None."""
    row = db.execute(
        "select * from edits where school = ? and kind = ? and person_id = ? order by number desc limit 1",
        [school, kind, person_id],
    ).fetchone()
    return dict(row) if row else None


def edits_of(db: sqlite3.Connection, school: str, kind: str, person_id: str, limit: int = 5) -> list[dict[str, Any]]:
    """Return somebody's latest edits, latest first."""
    rows = db.execute(
        "select * from edits where school = ? and kind = ? and person_id = ? order by number desc limit ?",
        [school, kind, person_id, limit],
    )
    return [dict(row) for row in rows]


def edits_in(
    db: sqlite3.Connection,
    school: str,
    states: Sequence[str],
    *,
    latest_first: bool = False,
    after: int = 0,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Return edits with the person's name, present ``login``, ``taken``: another account of the kind has the e-mail, and
    ``by_name``: the admin who decided.

    ``after``: so many come before them.
    """
    rows = db.execute(
        "select e.*, a.login, trim(coalesce(a.given_name, '') || ' ' || coalesce(a.family_name, '')) as name,"  # noqa: S608 - our own words
        " exists (select 1 from accounts o where o.school = e.school and o.kind = e.kind and o.login_key = e.after_key"
        " and o.person_id != e.person_id and o.status != 'disabled') as taken"
        ", coalesce((select m.name from admins m where m.school = e.school and m.admin_id = e.changed_by), e.changed_by) as by_name"
        " from edits e join accounts a on a.school = e.school and a.kind = e.kind and a.person_id = e.person_id"
        f" where e.school = ? and e.state in ({', '.join('?' * len(states))})"
        f" order by {'e.changed_at desc, e.number desc' if latest_first else 'e.number'} limit ? offset ?",
        [school, *states, limit, after],
    )
    return [dict(row) for row in rows]


def edit_of(db: sqlite3.Connection, school: str, number: int) -> dict[str, Any]:
    """Return one edit with the person's name; raise RefusedAction where there is none."""
    row = db.execute(
        "select e.*, trim(coalesce(a.given_name, '') || ' ' || coalesce(a.family_name, '')) as name from edits e"
        " join accounts a using (school, kind, person_id) where school = ? and e.number = ?",
        [school, number],
    ).fetchone()
    if row is None:
        raise RefusedAction("There is no such edit.", status=404)
    return dict(row)


def _write(db: sqlite3.Connection, number: int, state: str, admin_id: str | None, now: datetime) -> None:
    db.execute(
        "update edits set state = ?, changed_by = ?, changed_at = ? where number = ?",
        [state, admin_id, now.isoformat(), number],
    )
