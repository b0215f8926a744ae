"""Signing in: temporary passwords (R22), locks (R25), throttling.

Nothing said here gives away who exists: a wrong login and a wrong password are one message, and take as long.
"""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from dayzero_simulator.columns import login_key
from dayzero_simulator.portal import passwords, sessions
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import Role, candidates, row_of
from dayzero_simulator.portal.settings import Settings, read_settings
from dayzero_simulator.store import Transactions

__all__ = [
    "change_password",
    "note_attempt",
    "require_open",
    "require_patience",
    "reset_password",
    "set_password",
    "sign_in",
]

WINDOW = timedelta(minutes=15)
TRIES = {"login": 5, "address": 30}
"""How many wrong tries one login and one address have within the window."""
WRONG = "This e-mail or user name and this password do not go together."


def require_patience(db: sqlite3.Connection, school: str, login: str, address: str, now: datetime) -> None:
    """Raise RefusedAction while there were too many wrong tries for a login or from an address."""
    since = (now - WINDOW).isoformat()
    for what, subject in (("login", login_key(login) or ""), ("address", address)):
        rows = db.execute(
            "select at from attempts where school = ? and subject = ? and at > ? order by at",
            [school, f"{what} {subject}", since],
        ).fetchall()
        if len(rows) >= TRIES[what]:
            wait = datetime.fromisoformat(rows[-TRIES[what]]["at"]) + WINDOW - now
            minutes = max(1, -(-int(wait.total_seconds()) // 60))
            raise RefusedAction(f"Too many tries. Please wait {minutes} minutes and try again.", status=429)


def note_attempt(db: sqlite3.Connection, school: str, login: str, address: str, now: datetime) -> None:
    """Remember a wrong try; forget those that no longer count."""
    db.execute("delete from attempts where at <= ?", [(now - WINDOW).isoformat()])
    for subject in (f"login {login_key(login) or ''}", f"address {address}"):
        db.execute("insert into attempts values (?, ?, ?)", [school, subject, now.isoformat()])


def sign_in(world: Transactions, school: str, login: str, password: str, address: str, now: datetime) -> list[Role]:
    """Return the accounts that login and password open, at least one, each welcomed; else raise RefusedAction."""
    with world.reading() as db:
        require_patience(db, school, login, address, now)
        found = candidates(db, school, login)
        settings = read_settings(db, school)
    matched = _matches(found, password)  # outside the lock: it is slow on purpose
    if not matched:
        with world.writing() as db:
            note_attempt(db, school, login, address, now)
        raise RefusedAction(WRONG, status=403)
    entered = [role for role in matched if _closed(role, settings) is None]
    if not entered:
        require_open(matched[0], settings)
    with world.writing() as db:
        for role in entered:
            _welcome(db, school, role, now)
    return entered


def _matches(found: list[Role], password: str) -> list[Role]:
    """Return the accounts the password opens. With none to try, take as long as with one."""
    if not found:
        passwords.matches(password, None)
    return [role for role in found if role.opens_with(password)]


def require_open(role: Role, settings: Settings) -> None:
    """Raise RefusedAction for a disabled account or a locked group; only whoever knows the password gets to see it."""
    if reason := _closed(role, settings):
        raise RefusedAction(reason, status=403)


def _closed(role: Role, settings: Settings) -> str | None:
    if role.status == "disabled":
        return "This account is disabled. Please ask the school's office."
    if settings.get(f"lock_{role.kind}") == "yes":
        # R25, case 54: the group's lock is independent of any sync.
        return settings[f"lock_message_{role.kind}"] or "The school has locked the portal for now."
    return None


def _welcome(db: sqlite3.Connection, school: str, role: Role, now: datetime) -> None:
    """Record that somebody signed in to an account with its own password."""
    table, its, key = row_of(school, role.kind, role.person_id)
    activated = ", status = 'active'" if table == "accounts" else ""
    db.execute(
        f"update {table} set last_login_at = ?, proved_login = ?{activated} where {its}",  # noqa: S608 - our own names
        [now.isoformat(), role.login_key, *key],
    )
    db.execute("insert into sign_ins values (?, ?, ?, ?)", [school, role.kind, role.person_id, now.isoformat()])


def change_password(role: Role, old: str | None, new: str, confirmation: str, settings: Settings) -> str:
    """Return the hash of a new password; raise RefusedAction naming everything it lacks. ``old`` None: already proved."""
    if role.temporary is None and settings.get(f"own_password_{role.kind}", "yes") != "yes":
        raise RefusedAction("The school does not let you change your password yourself. Please ask the office.")
    if old is not None and not role.opens_with(old):
        raise RefusedAction("Your present password is not right.", status=422)
    if lacking := passwords.unmet(new, confirmation, temporary=role.temporary):
        raise RefusedAction("The new password still needs " + ", ".join(lacking) + ".", status=422)
    return passwords.hashed(new)


def set_password(db: sqlite3.Connection, school: str, role: Role, password_hash: str, *, but: str = "") -> None:
    """Keep a password of one's own: a temporary one is over, and so are the sessions begun before, ``but`` this one."""
    table, its, key = row_of(school, role.kind, role.person_id)
    db.execute(f"update {table} set password = ?, temporary = null where {its}", [password_hash, *key])  # noqa: S608 - our own names
    sessions.end_all_of(db, school, role.kind, role.person_id, but=but)


def reset_password(db: sqlite3.Connection, school: str, account: dict[str, Any], rng: random.Random) -> None:
    """Give a student or parent a new temporary password in place of theirs; their sessions end."""
    if account["status"] == "disabled":
        raise RefusedAction("A disabled account needs no password; it comes back with its own.")
    kind, person_id = account["kind"], account["person_id"]
    db.execute(
        "update accounts set password = null, temporary = ? where school = ? and kind = ? and person_id = ?",
        [passwords.temporary_password(rng), school, kind, person_id],
    )
    sessions.end_all_of(db, school, kind, person_id)
