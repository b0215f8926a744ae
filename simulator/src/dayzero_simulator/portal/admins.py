"""Admin accounts: the school's master, and those that admins create and delete (R21)."""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime
from typing import Any

from dayzero_simulator.columns import login_key
from dayzero_simulator.names import sorted_as
from dayzero_simulator.portal import sessions, temporary
from dayzero_simulator.portal.address import is_email
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["MASTER", "admins_of", "consent", "create", "delete", "ensure_master"]

MASTER = "plusportaladmin"
LONGEST_NAME = 200


def ensure_master(db: sqlite3.Connection, school: str, password: str, now: datetime) -> None:
    """Make the school's master admin account where it is not there yet."""
    db.execute(
        "insert into admins (school, admin_id, login, login_key, name, temporary, created_at)"
        " values (?, ?, ?, ?, 'Portal Administrator', ?, ?)"
        " on conflict do update set temporary = excluded.temporary where password is null",
        [school, MASTER, MASTER, MASTER, password, now.isoformat()],
    )


def admins_of(db: sqlite3.Connection, school: str) -> list[dict[str, Any]]:
    """Return a school's Admin accounts, by name."""
    rows = db.execute("select *, 'admin' as kind from admins where school = ? order by admin_id", [school])
    return sorted((dict(row) for row in rows), key=lambda a: sorted_as(a["name"]))


def create(db: sqlite3.Connection, school: str, login: str, name: str, *, rng: random.Random, now: datetime) -> str:
    """Create an Admin account with a temporary password and return its id; raise RefusedAction with what is wrong."""
    if not is_email(login) or not name:
        raise RefusedAction("An Admin account needs a name and an e-mail.", status=422)
    if len(name) > LONGEST_NAME:
        raise RefusedAction(f"A name has no more than {LONGEST_NAME} characters.", status=422)
    key = login_key(login)
    if db.execute("select 1 from admins where school = ? and login_key = ?", [school, key]).fetchone():
        raise RefusedAction("There is an Admin account with this e-mail already.", status=422)
    admin_id = f"admin-{rng.getrandbits(64):016x}"
    db.execute(
        "insert into admins (school, admin_id, login, login_key, name, temporary, temporary_at, created_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        [school, admin_id, login, key, name, temporary.drawn(rng), now.isoformat(), now.isoformat()],
    )
    return admin_id


def delete(db: sqlite3.Connection, school: str, admin_id: str, *, by: str | None) -> bool:
    """Delete an Admin account and end its sessions; say whether it was there.

    RefusedAction is raised for the master's, and for one's own.
    """
    if admin_id in (MASTER, by):
        raise RefusedAction("The master account and your own cannot be deleted.")
    gone = db.execute("delete from admins where school = ? and admin_id = ?", [school, admin_id]).rowcount
    sessions.end_all_of(db, school, "admin", admin_id)
    return gone > 0


def consent(db: sqlite3.Connection, school: str, admin_id: str | None, *, linked: bool) -> None:
    """Let one's own Admin account be linked with other roles of the same login, or not."""
    db.execute("update admins set consents = ? where school = ? and admin_id = ?", [int(linked), school, admin_id])
