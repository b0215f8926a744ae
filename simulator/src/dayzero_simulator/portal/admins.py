"""Admin accounts: the school's master, and those that admins create and delete (R21)."""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime
from typing import Any

from dayzero_simulator.columns import login_key
from dayzero_simulator.portal import sessions
from dayzero_simulator.portal.address import is_email
from dayzero_simulator.portal.passwords import temporary_password
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["MASTER", "admins_of", "consent", "create", "delete", "ensure_master"]

MASTER = "plusportaladmin"


def ensure_master(db: sqlite3.Connection, school: str, password: str, now: datetime) -> None:
    """Make the school's master admin account where it is not there yet."""
    db.execute(
        "insert into admins (school, admin_id, login, login_key, name, temporary, created_at)"
        " values (?, ?, ?, ?, 'Portal Administrator', ?, ?)"
        " on conflict do update set temporary = excluded.temporary where password is null",
        [school, MASTER, MASTER, MASTER, password, now.isoformat()],
    )


def admins_of(db: sqlite3.Connection, school: str) -> list[dict[str, Any]]:
    """Return a school's Admin accounts."""
    rows = db.execute("select * from admins where school = ? order by admin_id", [school])
    return [dict(row) for row in rows]


def create(db: sqlite3.Connection, school: str, login: str, name: str, *, rng: random.Random, now: datetime) -> None:
    """Create an Admin account with a temporary password; raise RefusedAction with what is wrong with it."""
    if not is_email(login) or not name:
        raise RefusedAction("An Admin account needs a name and an e-mail.", status=422)
    key = login_key(login)
    if db.execute("select 1 from admins where school = ? and login_key = ?", [school, key]).fetchone():
        raise RefusedAction("There is an Admin account with this e-mail already.", status=422)
    admin_id = f"admin-{rng.getrandbits(32):08x}"
    db.execute(
        "insert into admins (school, admin_id, login, login_key, name, temporary, created_at) values (?, ?, ?, ?, ?, ?, ?)",
        [school, admin_id, login, key, name, temporary_password(rng), now.isoformat()],
    )


def delete(db: sqlite3.Connection, school: str, admin_id: str, *, by: str | None) -> None:
    """Delete an Admin account and end its sessions; raise RefusedAction for the master's, and for one's own."""
    if admin_id in (MASTER, by):
        raise RefusedAction("The master account and your own cannot be deleted.")
    db.execute("delete from admins where school = ? and admin_id = ?", [school, admin_id])
    sessions.end_all_of(db, school, "admin", admin_id)


def consent(db: sqlite3.Connection, school: str, admin_id: str | None, *, linked: bool) -> None:
    """Let one's own Admin account be linked with other roles of the same login, or not."""
    db.execute("update admins set consents = ? where school = ? and admin_id = ?", [int(linked), school, admin_id])
