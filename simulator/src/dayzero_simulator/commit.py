"""What a commit does: judge every operation on the state after the commit, apply the rest as one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from dayzero_simulator.operations import ACCOUNT_KINDS, FIELDS, LISTS, Operation

__all__ = ["apply_operations", "kept", "login_key"]

Key = tuple[str, str]

REMEDIES = {
    "login-taken": "Another account has this login; change one of the two in the SIS.",
    "invalid-login": "Give the account a login.",
    "unknown-account": "The portal has no such account; plan again.",
    "account-exists": "The portal has this account already; plan again.",
    "unknown-record": "The portal has no such record; plan again.",
    "record-exists": "The portal has this record already; plan again.",
}
"""Why a single record is rejected, and what to do. The rest of the sync goes through."""


def login_key(login: object) -> str | None:
    """Return the form in which logins are compared: trimmed and case-folded."""
    return login.strip().casefold() or None if isinstance(login, str) else None


def apply_operations(
    db: sqlite3.Connection, school: str, sync_id: str, now: str, operations: list[Operation]
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Apply operations inside the caller's transaction; return the counts applied and what was rejected."""
    accounts = {
        (row["kind"], row["person_id"]): (row["status"], row["login_key"], row["last_login_at"])
        for row in db.execute(
            "select kind, person_id, status, login_key, last_login_at from accounts where school = ?", [school]
        )
    }
    records = {
        (row["kind"], row["id"]) for row in db.execute("select kind, id from records where school = ?", [school])
    }
    reasons = _refused_alone(operations, accounts, records)
    _refuse_taken_logins(operations, accounts, reasons)
    accepted = [o for o in operations if (o.kind, o.id) not in reasons]
    _write_accounts(db, school, sync_id, now, [o for o in accepted if o.kind in ACCOUNT_KINDS], accounts)
    _write_records(db, school, [o for o in accepted if o.kind not in ACCOUNT_KINDS])
    rejected = [
        {"kind": kind, "id": key, "reason": reason, "remedy": REMEDIES[reason]}
        for (kind, key), reason in reasons.items()
    ]
    return _counts(accepted), rejected


def _refused_alone(operations: Iterable[Operation], accounts: dict[Key, Any], records: set[Key]) -> dict[Key, str]:
    reasons: dict[Key, str] = {}
    for o in operations:
        key: Key = (o.kind, o.id)
        account = o.kind in ACCOUNT_KINDS
        exists = key in accounts if account else key in records
        if (o.op == "create") == exists:
            what = "account" if account else "record"
            reasons[key] = f"{what}-exists" if exists else f"unknown-{what}"
        elif (account and "login" in (after := o.after()) and login_key(after["login"]) is None) or (
            account and o.op == "create" and "login" not in o.after()
        ):
            reasons[key] = "invalid-login"
    return reasons


def _refuse_taken_logins(operations: list[Operation], accounts: dict[Key, Any], reasons: dict[Key, str]) -> None:
    """Reject who would take a login that another account has after the commit.

    A rejected account stays as it was, which may take its old login from a third: repeat until nothing changes.
    """
    by_key: dict[Key, Operation] = {(o.kind, o.id): o for o in operations if o.kind in ACCOUNT_KINDS}
    while True:
        holders: dict[tuple[str, str], list[tuple[bool, Key]]] = defaultdict(list)
        for key, (status, login, _) in accounts.items():
            holds = _login_after(None if key in reasons else by_key.get(key), status, login)
            if holds is not None:
                holders[key[0], holds].append((holds != login or status == "disabled", key))
        for key, o in by_key.items():
            if o.op == "create" and key not in reasons and (login := login_key(o.after().get("login"))):
                holders[o.kind, login].append((True, key))
        taken = [key for holding in holders.values() if len(holding) > 1 for takes, key in sorted(holding)[1:] if takes]
        if not taken:
            return
        reasons.update(dict.fromkeys(taken, "login-taken"))


def _login_after(operation: Operation | None, status: str, login: str | None) -> str | None:
    """Return the login an existing account holds after the commit; a disabled account holds none."""
    if operation is None:
        return None if status == "disabled" else login
    if operation.op == "disable" or (operation.op == "update" and status == "disabled"):
        return None
    after = operation.after()
    return login_key(after["login"]) if "login" in after else login


def _write_accounts(
    db: sqlite3.Connection, school: str, sync_id: str, now: str, operations: list[Operation], accounts: dict[Key, Any]
) -> None:
    created = [o for o in operations if o.op == "create"]
    columns = FIELDS["student"]
    db.executemany(
        f"insert into accounts (school, kind, person_id, login_key, status, created_at, created_by, {', '.join(columns)})"  # noqa: S608 - our own names
        f" values (?, ?, ?, ?, 'pending', ?, ?{', ?' * len(columns)})",
        (
            (school, o.kind, o.id, login_key(o.after()["login"]), now, sync_id, *_values(o.after(), columns))
            for o in created
        ),
    )
    shapes: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for o in operations:
        if o.op == "create":
            continue
        after = o.after()
        sets = kept(after)
        if o.op == "disable":
            sets |= {"status": "disabled", "disabled_by": sync_id}
        elif o.op == "enable":
            # Back to what it was: the same account, password and history (R18, R33).
            sets |= {"status": "active" if accounts[o.kind, o.id][2] else "pending", "disabled_by": None}
        sets["changed_by"] = sync_id
        shapes[tuple(sets)].append((*sets.values(), school, o.kind, o.id))
    for names, rows in shapes.items():
        assignments = ", ".join(f"{n} = ?" for n in names)
        db.executemany(f"update accounts set {assignments} where school = ? and kind = ? and person_id = ?", rows)  # noqa: S608 - our own names


def _write_records(db: sqlite3.Connection, school: str, operations: list[Operation]) -> None:
    bodies: list[tuple[str, str, str, str]] = []
    for o in operations:
        if o.op == "remove":
            db.execute("delete from records where school = ? and kind = ? and id = ?", (school, o.kind, o.id))
            continue
        body: dict[str, object] = dict.fromkeys(FIELDS[o.kind])
        if o.op == "update":
            row = db.execute(
                "select body from records where school = ? and kind = ? and id = ?", (school, o.kind, o.id)
            ).fetchone()
            body |= json.loads(row["body"])
        bodies.append((school, o.kind, o.id, json.dumps(body | o.after(), ensure_ascii=False)))
    db.executemany("insert or replace into records values (?, ?, ?, ?)", bodies)


def kept(fields: Mapping[str, object]) -> dict[str, object]:
    """Return fields of an account as the state keeps them: with a login goes the form in which logins are compared."""
    columns = {name: _stored(name, value) for name, value in fields.items()}
    if "login" in fields:
        columns["login_key"] = login_key(fields["login"])
    return columns


def _values(after: dict[str, object], columns: tuple[str, ...]) -> list[object]:
    return [_stored(name, after.get(name)) for name in columns]


def _stored(name: str, value: object) -> object:
    if name == "years":
        return json.dumps(value or [])
    return json.dumps(value) if name in LISTS and value is not None else value


def _counts(operations: list[Operation]) -> dict[str, Any]:
    counted: Counter[tuple[str, str]] = Counter(
        (o.kind if o.kind in ACCOUNT_KINDS else "records", o.op) for o in operations
    )
    ops = {
        **dict.fromkeys(ACCOUNT_KINDS, ("create", "update", "disable", "enable")),
        "records": ("create", "update", "remove"),
    }
    return {kind: {op: counted[kind, op] for op in of_kind} for kind, of_kind in ops.items()}
