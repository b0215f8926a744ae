"""Signing in: temporary passwords (R22), locks (R25), throttling.

Nothing said here gives away who exists: a wrong login and a wrong password are one message, and take as long.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from dayzero_simulator.commit import login_key
from dayzero_simulator.portal import passwords
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import TABLES, Role
from dayzero_simulator.portal.settings import Settings

__all__ = [
    "change_password",
    "find_matches",
    "note_attempt",
    "require_open",
    "require_patience",
    "set_password",
    "welcome",
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


def find_matches(found: list[Role], password: str) -> list[Role]:
    """Return the accounts the password opens. With none to try, take as long as with one."""
    if not found:
        passwords.matches(password, None)
    return [role for role in found if role.opens_with(password)]


def require_open(role: Role, settings: Settings) -> None:
    """Raise RefusedAction for a disabled account or a locked group; only whoever knows the password gets to see it."""
    if role.status == "disabled":
        raise RefusedAction("This account is disabled. Please ask the school's office.", status=403)
    if settings.get(f"lock_{role.kind}") == "yes":
        # R25, case 54: the group's lock is independent of any sync.
        raise RefusedAction(
            settings[f"lock_message_{role.kind}"] or "The school has locked the portal for now.", status=403
        )


def welcome(db: sqlite3.Connection, school: str, role: Role, now: datetime) -> None:
    """Record that somebody signed in to an account with its own password."""
    table, key = TABLES[role.kind]
    activated = ", status = 'active'" if table == "accounts" else ""
    scope = " and kind = ?" if table == "accounts" else ""
    db.execute(
        f"update {table} set last_login_at = ?, proved_login = ?{activated} where school = ? and {key} = ?{scope}",  # noqa: S608 - our own names
        [now.isoformat(), role.login_key, school, role.person_id, *([role.kind] if scope else [])],
    )
    db.execute("insert into sign_ins values (?, ?, ?, ?)", [school, role.kind, role.person_id, now.isoformat()])


def set_password(db: sqlite3.Connection, school: str, kind: str, person_id: str, password_hash: str) -> None:
    """Keep a password of one's own; a temporary one is over."""
    table, key = TABLES[kind]
    scope = " and kind = ?" if table == "accounts" else ""
    db.execute(
        f"update {table} set password = ?, temporary = null where school = ? and {key} = ?{scope}",  # noqa: S608 - our own names
        [password_hash, school, person_id, *([kind] if scope else [])],
    )


def change_password(role: Role, old: str | None, new: str, confirmation: str, settings: Settings) -> str:
    """Return the hash of a new password; raise RefusedAction naming everything it lacks. ``old`` None: already proved."""
    if role.temporary is None and settings.get(f"own_password_{role.kind}", "yes") != "yes":
        raise RefusedAction("The school does not let you change your password yourself. Please ask the office.")
    if old is not None and not role.opens_with(old):
        raise RefusedAction("Your present password is not right.", status=422)
    if lacking := passwords.unmet(new, confirmation, temporary=role.temporary):
        raise RefusedAction("The new password still needs " + ", ".join(lacking) + ".", status=422)
    return passwords.hashed(new)
