"""What an admin changes of a synced account on the portal itself: to the next sync it is drift (R18, case 55)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from dayzero_simulator.columns import kept
from dayzero_simulator.operations import FIELDS, STATUSES
from dayzero_simulator.portal import directory
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["edit_account", "refuse_taken_login"]


def edit_account(
    db: sqlite3.Connection, school: str, kind: str, person_id: str, fields: Mapping[str, object], now: str
) -> None:
    """Change synced fields of an account, or its ``status``, at ``now``; raise RefusedAction for a login or status that cannot be.

    KeyError: there is no such account. TypeError: nothing of that name is synced.
    """
    directory.known(db, school, kind, person_id)
    if strange := sorted(set(fields) - {*FIELDS[kind], "status"}):
        raise TypeError(f"no {kind} has a field {', '.join(strange)} that is synced")
    columns = kept(fields)
    if "login" in fields and columns["login_key"] is None:
        raise RefusedAction("An account needs a login.", status=422)
    if "status" in fields:
        if fields["status"] not in STATUSES:
            raise RefusedAction(f"A status is one of {', '.join(STATUSES)}.", status=422)
        columns["disabled_by"] = None  # no sync did it
        columns["disabled_at"] = now if fields["status"] == "disabled" else None
    key = [school, kind, person_id]
    for name, value in columns.items():
        db.execute(f"update accounts set {name} = ? where school = ? and kind = ? and person_id = ?", [value, *key])  # noqa: S608 - our own names
    refuse_taken_login(db, key)
    directory.index_account(db, school, kind, person_id)


def refuse_taken_login(db: sqlite3.Connection, key: list[str]) -> None:
    """Raise RefusedAction where another account, not disabled, has the login of an account: school, kind, id."""
    taken = db.execute(
        "select 1 from accounts a join accounts o using (school, kind, login_key) where a.school = ? and a.kind = ?"
        " and a.person_id = ? and o.person_id != a.person_id and a.status != 'disabled' and o.status != 'disabled'",
        key,
    ).fetchone()
    if taken:
        raise RefusedAction("Another account has this login.")
