"""Which accounts one login opens, and which of them one person may choose between (R16)."""

from __future__ import annotations

import hmac
import sqlite3
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.columns import login_key
from dayzero_simulator.names import full_name
from dayzero_simulator.portal import passwords
from dayzero_simulator.portal.admins import MASTER

__all__ = ["Role", "candidates", "role_of", "roles_of", "row_of"]


@dataclass(frozen=True)
class Role:
    """One account that a login opens."""

    kind: str
    person_id: str
    name: str
    login_key: str
    password: str | None
    temporary: str | None
    temporary_at: str | None
    status: str
    proved_login: str | None
    consents: bool = True

    @property
    def must_choose(self) -> bool:
        """Whether a password of their own is to be chosen first (R22). The master's is given by who runs the server."""
        return self.password is None and (self.kind, self.person_id) != ("admin", MASTER)

    def is_still(self, before: Role) -> bool:
        """Say whether this is the account it was, opened by the same password."""
        return (self.kind, self.person_id, self.password, self.temporary) == (
            before.kind, before.person_id, before.password, before.temporary
        )  # fmt: skip

    def opens_with(self, password: str) -> bool:
        """Say whether the password is this account's own; takes as long where there is none."""
        return passwords.matches(password, self.password) or self.was_given(password)

    def was_given(self, password: str) -> bool:
        """Say whether the password is the temporary one."""
        return self.temporary is not None and hmac.compare_digest(
            password.encode(errors="surrogatepass"), self.temporary.encode()
        )


def candidates(db: sqlite3.Connection, school: str, login: str) -> list[Role]:
    """Return every account with this login, those that are not disabled first."""
    key = login_key(login)
    if key is None:
        return []
    rows = db.execute(
        "select kind, person_id, given_name, family_name, login_key, password, temporary, temporary_at,"
        " status, proved_login, 1 as consents"
        " from accounts where school = ? and kind in ('student', 'parent') and login_key = ? union all"
        " select 'admin', admin_id, name, '', login_key, password, temporary, temporary_at, 'active', proved_login, consents"
        " from admins where school = ? and login_key = ?",
        [school, key, school, key],
    )
    found = [
        Role(
            r["kind"],
            r["person_id"],
            full_name(r["given_name"], r["family_name"]),
            r["login_key"],
            r["password"],
            r["temporary"],
            r["temporary_at"],
            r["status"],
            r["proved_login"],
            bool(r["consents"]),
        )
        for r in rows
    ]
    return sorted(found, key=lambda role: role.status == "disabled")


def role_of(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> Role | None:
    """Return one account as a role, or None."""
    table, its, key = row_of(school, kind, person_id)
    row: Any = db.execute(f"select login_key from {table} where {its}", key).fetchone()  # noqa: S608 - our own names
    found = candidates(db, school, row["login_key"]) if row else []
    return next((r for r in found if (r.kind, r.person_id) == (kind, person_id)), None)


def row_of(school: str, kind: str, person_id: str) -> tuple[str, str, list[str]]:
    """Return where an account is kept: the table, the condition that holds for it alone, and the condition's values."""
    if kind == "admin":
        return "admins", "school = ? and admin_id = ?", [school, person_id]
    return "accounts", "school = ? and kind = ? and person_id = ?", [school, kind, person_id]


def roles_of(db: sqlite3.Connection, school: str, kind: str, person_id: str, key: str) -> list[Role]:
    """Return the roles a signed-in person may take: this one, and those linked by the same login.

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
