"""What a commit does: judge every operation on the state after the commit, apply the rest as one transaction.

All of it is done to columns of staged rows at once. SQLite keeps no statistics here and would sooner read every account
than the few that are sent: `cross join` and `materialized` say what is looked at first.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import msgspec

from dayzero_simulator.operations import ACCOUNT_KINDS, FIELDS, LEFT_OUT, OPS, RECORD_KINDS
from dayzero_simulator.portal import formers
from dayzero_simulator.staging import SENT
from dayzero_simulator.store import ACCOUNT_INDEXES, account_index
from dayzero_simulator.tallies import counted_at_the_end

__all__ = ["apply_staged"]

REMEDIES = {
    "login-taken": "Another account has this login; change one of the two in the SIS.",
    "invalid-login": "Give the account a login.",
    "unknown-account": "The portal has no such account; plan again.",
    "account-exists": "The portal has this account already; plan again.",
    "unknown-record": "The portal has no such record; plan again.",
    "record-exists": "The portal has this record already; plan again.",
}
"""Why a single record is rejected, and what to do. The rest of the sync goes through."""
BULK = 10_000
"""So many operations on accounts, and a third as many as there are accounts, are a bulk: indexes are made anew."""
_COLUMNS = FIELDS["student"]
_ACCOUNTS, _RECORDS = str(ACCOUNT_KINDS), str(RECORD_KINDS)
"""As SQL writes a list too."""
_CHANGES_LOGIN = f"s.changed & {1 << _COLUMNS.index('login')}"
_RENEWED = (
    f"select a.rowid from {SENT} s cross join accounts a on a.school = :school and a.kind = s.kind and a.person_id = s.id"  # noqa: S608 - our own words
    f" where s.op = 'renew' and s.kind in {_ACCOUNTS} and s.reason is null"
)
"""Accounts that go to another person."""


def apply_staged(
    db: sqlite3.Connection, school: str, sync_id: str, now: str
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Apply what is staged of a sync inside the caller's transaction; return the counts applied and what was rejected.

    Every account and record has one operation at most. Rejected are first those that are wrong for themselves, then those
    whose login is taken, each in the order they were sent.
    """
    (number,) = db.execute("select number from syncs where sync_id = ?", [sync_id]).fetchone()
    names = {"school": school, "sync_id": sync_id, "now": now, "before_sync": number}
    counts, former = _sent(db, names), formers.last(db)
    _refuse_alone(db, names)
    bulk = _is_bulk(db, counts)
    with counted_at_the_end(db) if bulk else nullcontext():
        _apply_to_accounts(db, names, bulk=bulk, renews=any(counts[kind]["renew"] for kind in ACCOUNT_KINDS))
        formers.keep_students(db, names, after=former)
        _apply_to_records(db, names)
    formers.put_away(db, school, after=former)
    refused = db.execute(
        f"select kind, id, op, reason from {SENT} where reason is not null"  # noqa: S608 - our own words
        " order by reason = 'login-taken', number, row",
        names,
    ).fetchall()
    for row in refused:
        counts[_counted_as(row["kind"])][_counted(row["kind"], row["op"])] -= 1
    return counts, [
        {"kind": row["kind"], "id": row["id"], "reason": row["reason"], "remedy": REMEDIES[row["reason"]]}
        for row in refused
    ]


def _sent(db: sqlite3.Connection, names: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return how many operations were sent, by kind of account or ``records``, and op."""
    counts = {_counted_as(kind): {_counted(kind, op): 0 for op in ops} for kind, ops in OPS.items()}
    for (text,) in db.execute("select counts from parts where sync_id = :sync_id", names):
        for kind, ops in json.loads(text).items():
            for op, number in ops.items():
                counts[_counted_as(kind)][_counted(kind, op)] += number
    return counts


def _counted_as(kind: str) -> str:
    return kind if kind in ACCOUNT_KINDS else "records"


def _counted(kind: str, op: str) -> str:
    """Return as which op one is counted: a record that is renewed is updated."""
    return "update" if op == "renew" and kind not in ACCOUNT_KINDS else op


def _is_bulk(db: sqlite3.Connection, sent: Mapping[str, Mapping[str, int]]) -> bool:
    on_accounts = sum(number for kind in ACCOUNT_KINDS for number in sent[kind].values())
    (there,) = db.execute("select coalesce(max(rowid), 0) from accounts").fetchone()  # no account is ever deleted
    return bool(on_accounts >= max(BULK, there / 3))


def _refuse_alone(db: sqlite3.Connection, names: Mapping[str, Any]) -> None:
    """Refuse what is there already, what is not there, and accounts without a login."""
    for what, kinds, there in (
        ("account", _ACCOUNTS, "accounts t on t.school = :school and t.kind = s.kind and t.person_id = s.id"),
        ("record", _RECORDS, "records t on t.school = :school and t.kind = s.kind and t.id = s.id"),
    ):
        reason = (
            "case when t.kind is not null and s.op = 'create' then '{0}-exists'"
            " when t.kind is null and s.op != 'create' and (s.op != 'renew' or s.kind != 'student-record') then 'unknown-{0}'"
            f" when s.kind in {_ACCOUNTS} and s.login_key is null and (s.op = 'create' or {_CHANGES_LOGIN})"
            " then 'invalid-login' end"
        ).format(what)
        db.execute(
            "with refused as materialized"  # noqa: S608 - our own words
            f" (select s.row, {reason} as why from {SENT} s left join {there} where s.kind in {kinds} and why is not null)"
            " update staged set reason = why from refused where staged.row = refused.row",
            names,
        )


def _apply_to_accounts(db: sqlite3.Connection, names: Mapping[str, Any], *, bulk: bool, renews: bool) -> None:
    """Write accounts as though no login were taken; where one is, take it back, refuse who takes it, write anew.

    A refused account stays as it was, which may take its old login from a third: repeat until nothing changes.
    """
    if bulk:
        for name in ACCOUNT_INDEXES:
            db.execute(f"drop index {name}")
    while True:
        db.execute("savepoint judged")
        _write_accounts(db, names, renews=renews)
        if bulk:
            db.execute(account_index("accounts_by_login"))
        rivals = [] if bulk and not _is_any_shared(db, names) else _rivals(db, names)
        if not rivals:
            break
        db.execute("rollback to judged")
        taking = _taking(db, names, rivals)
        if not taking:
            _write_accounts(db, names, renews=renews)
            break
        db.executemany("update staged set reason = 'login-taken' where row = ?", [(row,) for row in taking])
        db.execute("release judged")
    db.execute("release judged")
    if bulk:
        for name in ACCOUNT_INDEXES:
            db.execute(account_index(name))


def _write_accounts(db: sqlite3.Connection, names: Mapping[str, Any], *, renews: bool) -> None:
    if renews:
        formers.keep(db, _RENEWED, names)
    fields = ", ".join(_COLUMNS)
    db.execute(
        f"insert into accounts (school, kind, person_id, status, created_at, created_by, brought_by, brought_years,"  # noqa: S608 - our own names
        f" brought_new, login_key, {fields}) select :school, kind, id, 'pending', :now, :sync_id, :sync_id, years, new,"
        f" login_key, {fields} from {SENT}"
        f" where op = 'create' and kind in {_ACCOUNTS} and reason is null",
        names,
    )
    values = {f: f"iif(s.changed & {1 << bit}, s.{f}, accounts.{f})" for bit, f in enumerate(_COLUMNS)}
    values["login_key"] = f"iif({_CHANGES_LOGIN}, s.login_key, accounts.login_key)"
    # Enabled, it is back to what it was: the same account, password and history (R18, R33).
    enabled = "iif(accounts.last_login_at is null, 'pending', 'active')"
    values["status"] = (
        f"case s.op when 'disable' then 'disabled' when 'enable' then {enabled} when 'renew' then 'pending'"
        " else accounts.status end"
    )
    comes = "s.op in ('enable', 'renew')"
    values["disabled_by"] = f"case when s.op = 'disable' then :sync_id when {comes} then null else disabled_by end"
    values["disabled_at"] = f"case when s.op = 'disable' then :now when {comes} then null else accounts.disabled_at end"
    values["changed_by"] = "iif(s.op = 'renew', null, :sync_id)"
    for column, value in (("by", ":sync_id"), ("years", values["years"]), ("new", values["new"])):
        values[f"brought_{column}"] = f"iif({comes}, {value}, accounts.brought_{column})"
    db.execute(
        f"with s as materialized (select a.rowid as account, s.* from {SENT} s cross join accounts a"  # noqa: S608 - our own words
        "  on a.school = :school and a.kind = s.kind and a.person_id = s.id"
        f" where s.op != 'create' and s.kind in {_ACCOUNTS} and s.reason is null)"
        f" update accounts set {', '.join(f'{column} = {value}' for column, value in values.items())}"
        " from s where accounts.rowid = s.account",
        names,
    )
    if renews:
        formers.hand_over(db, _RENEWED, names)


def _is_any_shared(db: sqlite3.Connection, names: Mapping[str, Any]) -> bool:
    """Say whether any two accounts have one login: one look along the index, where a bulk would look into it row by row."""
    shared = db.execute(
        "select 1 from accounts indexed by accounts_by_login where school = :school and login_key is not null"
        " group by kind, login_key having count(*) > 1 limit 1",
        names,
    )
    return shared.fetchone() is not None


def _rivals(db: sqlite3.Connection, names: Mapping[str, Any]) -> list[sqlite3.Row]:
    """Return the operations whose accounts, as they are now, have a login that another account has too.

    ``row``, ``op``, ``kind``, ``id``, ``login_key``, and how many working accounts have that login (``holders``). An
    operation that is not on the login and brings no account back takes nothing from anybody.
    """
    having_it = (
        "(select count(*) from accounts o indexed by accounts_by_login"
        " where o.school = :school and o.kind = a.kind and o.login_key = a.login_key"
    )
    return db.execute(
        "select s.row, s.op, s.kind, s.id, a.login_key,"  # noqa: S608 - our own words
        f" {having_it} and o.status != 'disabled') as holders"
        f" from {SENT} s cross join accounts a on a.school = :school and a.kind = s.kind and a.person_id = s.id"
        f" where s.kind in {_ACCOUNTS} and s.reason is null and (s.op in ('create', 'enable', 'renew') or {_CHANGES_LOGIN})"
        f" and a.status != 'disabled' and {having_it}) > 1 and holders > 1",
        names,
    ).fetchall()


def _taking(db: sqlite3.Connection, names: Mapping[str, Any], rivals: list[sqlite3.Row]) -> list[int]:
    """Return the rows of those rivals that would take a login from who has it; of several without one, the first gets it.

    The state is as it was before the commit.
    """
    sharing: dict[tuple[str, str], list[tuple[bool, str, int]]] = defaultdict(list)
    holders: dict[tuple[str, str], int] = {}
    for rival in rivals:
        before = db.execute(
            "select status, login_key from accounts where school = ? and kind = ? and person_id = ?",
            [names["school"], rival["kind"], rival["id"]],
        ).fetchone()
        takes = before is None or before["status"] == "disabled" or before["login_key"] != rival["login_key"]
        login = rival["kind"], rival["login_key"]
        sharing[login].append((takes, rival["id"], rival["row"]))
        holders[login] = rival["holders"]
    return [
        row
        for login, those in sharing.items()
        for takes, _, row in sorted(those)[0 if holders[login] > len(those) else 1 :]
        if takes
    ]


def _apply_to_records(db: sqlite3.Connection, names: Mapping[str, Any]) -> None:
    db.create_function("with_changes", 3, _with_changes, deterministic=True)
    db.execute(
        "delete from records where school = :school and (kind, id) in"  # noqa: S608 - our own words
        f" (select kind, id from {SENT} where op = 'remove' and reason is null)",
        names,
    )
    db.execute(
        "insert into records select :school, kind, id, body"  # noqa: S608 - our own words
        f" from {SENT} where op = 'create' and kind in {_RECORDS} and reason is null",
        names,
    )
    db.execute(
        # Whoever has an id now may find no record of the former holder: it went when they left.
        "insert into records select :school, s.kind, s.id, with_changes(s.kind, coalesce(r.body, '{}'), s.body)"  # noqa: S608 - our own words
        f" from {SENT} s left join records r on r.school = :school and r.kind = s.kind and r.id = s.id"
        f" where s.op in ('update', 'renew') and s.kind in {_RECORDS} and s.reason is null"
        # Not `or replace`: that would take a record away without a word.
        " on conflict (school, kind, id) do update set body = excluded.body",
        names,
    )


def _with_changes(kind: str, body: str, changes: str) -> str:
    document = dict.fromkeys(FIELDS[kind]) | msgspec.json.decode(body) | msgspec.json.decode(changes)
    there = {f: value for f, value in document.items() if value is not None or f not in LEFT_OUT}
    return msgspec.json.encode(there).decode()
