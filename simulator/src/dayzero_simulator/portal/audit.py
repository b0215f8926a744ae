"""What admins did: who, when, and for whom. It grows only, and holds no password and no value of a family's."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

__all__ = ["ACTIONS", "entries", "note"]

ACTIONS = {
    "log-on-as": "Logged on as",
    "log-on-as-ended": "Stopped being logged on as",
    "reset-password": "Reset the password",
    "login-details": "Gave Login Details",
    "settings": "Changed a setting",
    "lock": "Locked",
    "unlock": "Unlocked",
    "receive": "Received Course Requests",
    "approve": "Approved Course Requests",
    "return": "Returned Course Requests",
    "reopen": "Reopened Course Requests",
    "capacity": "Changed a capacity",
    "approve-edit": "Approved an edit",
    "delete-edit": "Deleted an edit",
    "create-admin": "Created an Admin account",
    "delete-admin": "Deleted an Admin account",
    "consent": "Changed the linking of roles",
    "export": "Exported a list",
}
"""What is noted, in the words of the page."""


def note(
    db: sqlite3.Connection,
    school: str,
    admin_id: str,
    action: str,
    now: datetime,
    *,
    kind: str = "",
    person_id: str = "",
    detail: str = "",
) -> None:
    """Note that an admin did something, for whom where it was for somebody."""
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is nothing that is noted")
    db.execute(
        "insert into audit (school, at, admin_id, action, kind, person_id, detail) values (?, ?, ?, ?, ?, ?, ?)",
        [school, now.isoformat(), admin_id, action, kind, person_id, detail],
    )


def entries(
    db: sqlite3.Connection, school: str, *, about: str = "", before: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return entries, latest first, those with a smaller number than ``before``; ``about``: whose id or name has it."""
    rows = db.execute(
        "select e.*, coalesce(by_admin.name, e.admin_id) as by_name,"
        " trim(coalesce(a.given_name, p.given_name, of_admin.name, '') || ' ' || coalesce(a.family_name, p.family_name, '')) as for_name"
        " from audit e left join admins by_admin on by_admin.school = e.school and by_admin.admin_id = e.admin_id"
        " left join accounts a on a.school = e.school and a.kind = e.kind and a.person_id = e.person_id"
        " left join pupils p on p.school = e.school and e.kind = 'student' and p.student_id = e.person_id"
        " left join admins of_admin on of_admin.school = e.school and e.kind = 'admin' and of_admin.admin_id = e.person_id"
        " where e.school = :school and (:before = 0 or e.number < :before) and (:about = ''"
        " or instr(lower(e.person_id || ' ' || e.admin_id || ' ' || for_name || ' ' || by_name), lower(:about)))"
        " order by e.number desc limit :limit",
        {"school": school, "before": before, "about": about, "limit": limit},
    )
    return [{**dict(row), "said": ACTIONS[row["action"]]} for row in rows]
