"""Links for a new password: who gets one, whose one is, and that it works once, for an hour."""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime, timedelta

from dayzero_simulator.portal import tokens
from dayzero_simulator.portal.roles import Role, candidates, role_of
from dayzero_simulator.portal.settings import Settings

__all__ = ["begin", "end_all_of", "find", "reachable"]

LASTS = timedelta(hours=1)


def reachable(db: sqlite3.Connection, school: str, login: str, settings: Settings) -> list[Role]:
    """Return the accounts of a login that can be mailed a link, and whose password is their own to change."""
    return [
        role
        for role in candidates(db, school, login)
        if "@" in role.login_key and role.status == "active" and role.password is not None
        and settings.get(f"own_password_{role.kind}", "yes") == "yes"
    ]  # fmt: skip


def begin(db: sqlite3.Connection, school: str, role: Role, rng: random.Random, now: datetime) -> str:
    """Begin a reset of an account's password; return the token that the link carries."""
    token = tokens.drawn(rng)
    db.execute(
        "insert into resets values (?, ?, ?, ?, ?)",
        [tokens.hashed(token), school, role.kind, role.person_id, (now + LASTS).isoformat()],
    )
    return token


def find(db: sqlite3.Connection, school: str, token: str, now: datetime) -> Role | None:
    """Return the account whose reset a token is, if it is of this school and still good."""
    row = db.execute(
        "select kind, person_id from resets where token_hash = ? and school = ? and expires_at > ?",
        [tokens.hashed(token), school, now.isoformat()],
    ).fetchone()
    role = role_of(db, school, row["kind"], row["person_id"]) if row else None
    return None if role is None or role.status == "disabled" else role


def end_all_of(db: sqlite3.Connection, school: str, role: Role) -> None:
    """End every reset of an account, such as when its password was set anew."""
    db.execute(
        "delete from resets where school = ? and kind = ? and person_id = ?", [school, role.kind, role.person_id]
    )
