"""Signing in: temporary passwords (R22), locks (R25), and patience with those who try.

Nothing said here gives away who exists: a wrong login and a wrong password are one message, and take as long.
"""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime
from typing import Any

from dayzero_simulator.portal import devices, passwords, patience, sessions, temporary
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.roles import Role, candidates, row_of
from dayzero_simulator.portal.settings import Settings, read_settings
from dayzero_simulator.store import Transactions

__all__ = ["change_password", "require_open", "reset_password", "set_password", "sign_in", "welcome"]

WRONG = "This e-mail or user name and this password do not go together."
TOO_OLD = "This temporary password is too old. Please ask the school's office for new Login Details."
LOOKED_AT = 3
"""So many passwords are tried on every refusal: as many as there are kinds of account that share a login."""


def sign_in(
    world: Transactions, school: str, login: str, password: str, address: str, now: datetime, *, device: str = ""
) -> list[Role]:
    """Return the accounts that login and password open, at least one, each welcomed; else raise RefusedAction.

    ``device``: the token of the browser's device, if it has one.
    """
    with world.writing() as db:
        trusted = device if devices.known(db, school, login, device, now) else None
        counters = patience.sign_in_by(school, login, address, trusted)
        patience.count(db, counters, now)
        found = candidates(db, school, login)[:LOOKED_AT]
        settings = read_settings(db, school)
    matched = _matches(found, password)  # outside the lock: it is slow on purpose
    with world.writing() as db:
        # Meanwhile an account may have been disabled, or got another login or password.
        matched = [now_is for role in matched for now_is in candidates(db, school, login) if now_is.is_still(role)]
        if not matched:
            raise RefusedAction(WRONG, status=403)
        patience.forgive(db, counters)
        entered = [role for role in matched if _closed(role, settings, now) is None]
        for role in entered:
            welcome(db, school, role, now)
    if not entered:
        require_open(matched[0], settings, now)
    return entered


def _matches(found: list[Role], password: str) -> list[Role]:
    """Return the accounts the password opens. Where there is none, take as long whoever and how many were tried."""
    matched = [role for role in found if role.opens_with(password)]
    if not matched:
        for _ in range(LOOKED_AT - len(found)):
            passwords.matches(password, None)
    return matched


def require_open(role: Role, settings: Settings, now: datetime) -> None:
    """Raise RefusedAction for a disabled account, a locked group or a temporary password that is too old.

    Only whoever knows the password gets to see which it is.
    """
    if reason := _closed(role, settings, now):
        raise RefusedAction(reason, status=403)


def _closed(role: Role, settings: Settings, now: datetime) -> str | None:
    if role.status == "disabled":
        return "This account is disabled. Please ask the school's office."
    if role.password is None and temporary.is_over(role.temporary_at, settings, now):
        return TOO_OLD
    if settings.get(f"lock_{role.kind}") == "yes":
        # R25, case 54: the group's lock is independent of any sync.
        return settings[f"lock_message_{role.kind}"] or "The school has locked the portal for now."
    return None


def welcome(db: sqlite3.Connection, school: str, role: Role, now: datetime) -> None:
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
    if role.password is not None and settings.get(f"own_password_{role.kind}", "yes") != "yes":
        raise RefusedAction("The school does not let you change your password yourself. Please ask the office.")
    if old is not None and not role.opens_with(old):
        raise RefusedAction("Your present password is not right.", status=422)
    if lacking := passwords.unmet(new, confirmation, temporary=role.temporary):
        raise RefusedAction("The new password still needs " + ", ".join(lacking) + ".", status=422)
    return passwords.hashed(new)


def set_password(db: sqlite3.Connection, school: str, role: Role, password_hash: str, *, but: str = "") -> None:
    """Keep a password of one's own: a temporary one is over, and so are the sessions begun before, ``but`` this one."""
    table, its, key = row_of(school, role.kind, role.person_id)
    db.execute(
        f"update {table} set password = ?, temporary = null, temporary_at = null where {its}",  # noqa: S608 - our own names
        [password_hash, *key],
    )
    sessions.end_all_of(db, school, role.kind, role.person_id, but=but)


def reset_password(
    db: sqlite3.Connection, school: str, account: dict[str, Any], rng: random.Random, now: datetime
) -> str:
    """Give a student or parent a new temporary password in place of theirs and return it; their sessions end."""
    if account["status"] == "disabled":
        raise RefusedAction("A disabled account needs no password; it comes back with its own.")
    kind, person_id, drawn = account["kind"], account["person_id"], temporary.drawn(rng)
    db.execute(
        "update accounts set password = null, temporary = ?, temporary_at = ?"
        " where school = ? and kind = ? and person_id = ?",
        [drawn, now.isoformat(), school, kind, person_id],
    )
    sessions.end_all_of(db, school, kind, person_id)
    devices.forget(db, school, account["login_key"])
    return drawn
