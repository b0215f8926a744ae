"""Signing in: who one is, which roles one login opens (R16), temporary passwords (R22), locks (R25), throttling.

Nothing said here gives away who exists: a wrong login and a wrong password are one message, and take as long.
"""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dayzero_simulator.commit import login_key
from dayzero_simulator.portal import passwords
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import Settings

__all__ = ["Role", "change_password", "find_matches", "roles_of", "welcome"]

WINDOW = timedelta(minutes=15)
TRIES = {"login": 5, "address": 30}
"""How many wrong tries one login and one address have within the window."""
WRONG = "This e-mail or user name and this password do not go together."
TABLES = {"student": ("accounts", "person_id"), "parent": ("accounts", "person_id"), "admin": ("admins", "admin_id")}


@dataclass(frozen=True)
class Role:
    """One account that a login opens."""

    kind: str
    person_id: str
    name: str
    login_key: str
    password: str | None
    temporary: str | None
    status: str
    proved_login: str | None
    consents: bool = True

    def opens_with(self, password: str) -> bool:
        """Say whether the password is this account's own; takes as long where there is none."""
        fits = passwords.matches(password, self.password)
        handed_out = self.temporary is not None and hmac.compare_digest(password.encode(), self.temporary.encode())
        return fits or handed_out


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


def candidates(db: sqlite3.Connection, school: str, login: str) -> list[Role]:
    """Return every account with this login, disabled ones too."""
    key = login_key(login)
    if key is None:
        return []
    rows = db.execute(
        "select kind, person_id, given_name, family_name, login_key, password, temporary, status, proved_login, 1 as consents"
        " from accounts where school = ? and kind in ('student', 'parent') and login_key = ? union all"
        " select 'admin', admin_id, name, '', login_key, password, temporary, 'active', proved_login, consents"
        " from admins where school = ? and login_key = ?",
        [school, key, school, key],
    )
    return [
        Role(
            r["kind"],
            r["person_id"],
            f"{r['given_name'] or ''} {r['family_name'] or ''}".strip(),
            r["login_key"],
            r["password"],
            r["temporary"],
            r["status"],
            r["proved_login"],
            bool(r["consents"]),
        )
        for r in rows
    ]


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


def roles_of(db: sqlite3.Connection, school: str, kind: str, person_id: str, key: str) -> list[Role]:
    """Return the roles a signed-in person may take: this one, and those linked by the same login (DESIGN 7).

    Linked are accounts that were each signed in to with their own password under that login; an Admin account only with
    that admin's consent, and never a disabled one.
    """
    found = candidates(db, school, key)
    here = next((r for r in found if (r.kind, r.person_id) == (kind, person_id)), None)
    if here is None:
        return []
    if not here.consents:
        return [here]
    linked = [r for r in found if r.proved_login == key and r.status != "disabled" and r.consents]
    return linked if here in linked else [here, *linked]


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


def role(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> Role | None:
    """Return one account as a role, or None."""
    table, key = TABLES[kind]
    scope = " and kind = ?" if table == "accounts" else ""
    row: Any = db.execute(
        f"select login_key from {table} where school = ? and {key} = ?{scope}",  # noqa: S608 - our own names
        [school, person_id, *([kind] if scope else [])],
    ).fetchone()
    found = candidates(db, school, row["login_key"]) if row else []
    return next((r for r in found if (r.kind, r.person_id) == (kind, person_id)), None)
