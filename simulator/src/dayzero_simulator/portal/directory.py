"""Who is on the portal: the lists of Manage Accounts, searched, filtered, sorted and paged by SQLite.

The search index and the tables of families follow when the revision moved: a commit itself stays as fast as it is.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.names import full_name
from dayzero_simulator.portal import places
from dayzero_simulator.tallies import tallies

__all__ = [
    "SORTS",
    "STATUS_FILTERS",
    "Filter",
    "People",
    "all_of",
    "bring_up_to_date",
    "children_of",
    "index_account",
    "is_known",
    "known",
    "parents_of",
    "people",
    "person",
    "working",
]

PAGE = 50
SIGN_INS = 20
STATUS_FILTERS = {
    "": "Any status",
    "active": "Active",
    "pending": "Pending",
    "not-active": "Does not contain Active",
    "disabled": "Disabled",
    "new": "Newcomers",
    "new-not-active": "Newcomers who never signed in",
    "new-untold": "Newcomers who have no login details yet",
    "new-told": "Newcomers who have login details and never signed in",
}
"""R20: "Does not contain Active" lists exactly those who may sign in and never did. Newcomers who left are none."""
_STATUSES = {
    "active": "a.status = 'active'",
    "pending": "a.status = 'pending'",
    "not-active": "a.status = 'pending'",
    "disabled": "a.status = 'disabled'",
    "new": "a.new = 1 and a.status in ('pending', 'active')",
    "new-not-active": "a.new = 1 and a.status = 'pending'",
    "new-untold": "a.new = 1 and a.status = 'pending' and a.temporary_at is null",
    "new-told": "a.new = 1 and a.status = 'pending' and a.temporary_at is not null",
}
_REACHES = {
    "anyhow": "a.status != 'disabled'",
    "email": "a.status != 'disabled' and instr(coalesce(a.login, ''), '@') > 0",
    "paper": "a.status != 'disabled' and instr(coalesce(a.login, ''), '@') = 0",
}
SORTS = {
    "name": ("name_key", "person_id"),
    "login": ("login_key", "person_id"),
    "last": ("last_login_at", "person_id"),
}
_COLUMNS = (
    "a.kind, a.person_id, a.login, a.given_name, a.family_name, a.grade_level, a.next_grade_level, a.years, a.new,"
    " a.children, a.status, a.created_at, a.last_login_at, a.created_by, a.changed_by, a.disabled_by, a.temporary,"
    " a.temporary_at, a.password is not null as own_password, a.brought_by, a.brought_years, a.brought_new,"
    " a.login_key, a.name_key, a.holder"
)


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to and ordered by. ``grade``: of the student, or of a parent's child. ``after``: a page's end.

    ``reach``: those alone who may get in and can be written to: ``anyhow``, by ``email``, or on ``paper`` because they have none.
    """

    search: str = ""
    status: str = ""
    grade: str = ""
    sort: str = "name"
    after: str = ""
    reach: str = ""


@dataclass(frozen=True)
class People:
    """One page. ``next``: where the next page begins, or empty. ``total``: how many the filters leave."""

    items: list[dict[str, Any]]
    next: str
    total: int


def is_known(db: sqlite3.Connection, school: str) -> bool:
    """Say whether there is such a school on the portal."""
    return db.execute("select 1 from schools where school = ?", [school]).fetchone() is not None


def working(db: sqlite3.Connection, school: str, kind: str) -> int:
    """Return how many accounts of a kind are not disabled."""
    return sum(tallies(db, school).get((kind, status), 0) for status in ("pending", "active"))


def all_of(db: sqlite3.Connection, school: str, kind: str) -> int:
    """Return how many accounts of a kind there are, disabled ones too."""
    return sum(number for (of, status), number in tallies(db, school).items() if of == kind and status)


def bring_up_to_date(db: sqlite3.Connection, school: str) -> None:
    """Bring the search index and the tables of families up to the school's revision, if it moved since."""
    row = db.execute("select revision from schools where school = ?", [school]).fetchone()
    revision = row["revision"] if row else ""
    known = db.execute("select revision, sync_number from directories where school = ?", [school]).fetchone()
    if known is not None and known["revision"] == revision:
        return
    _index_synced(db, school, known["sync_number"] if known else 0)
    for table in ("pupils", "families", "parent_grades"):
        db.execute(f"delete from {table} where school = ?", [school])  # noqa: S608 - our own names
    db.execute(
        "insert into pupils select school, id, body ->> 'given_name', body ->> 'family_name', body ->> 'grade_level',"
        " body ->> 'next_grade_level', instr(body -> 'years', '\"active\"') > 0, instr(body -> 'years', '\"scheduling\"') > 0,"
        " name_key(body ->> 'given_name', body ->> 'family_name')"
        " from records where school = ? and kind = 'student-record'",
        [school],
    )
    db.execute(
        "insert into families select a.school, a.person_id, c.value from accounts a, json_each(a.children) c"
        " where a.school = ? and a.kind = 'parent' and a.children is not null",
        [school],
    )
    db.execute(
        "insert or ignore into parent_grades select f.school, coalesce(p.grade_level, p.next_grade_level), f.parent_id"
        " from families f join pupils p using (school, student_id)"
        " where f.school = ? and coalesce(p.grade_level, p.next_grade_level) is not null",
        [school],
    )
    db.execute(
        "insert or replace into directories select ?, ?, coalesce(max(number), 0) from syncs where school = ?",
        [school, revision, school],
    )


def _index_synced(db: sqlite3.Connection, school: str, since: int) -> None:
    """Index the accounts that syncs later than number ``since`` made or changed: on most days a handful."""
    since_then = "select sync_id from syncs where school = :school and number > :since"
    condition = f"school = :school and coalesce(changed_by, created_by) in ({since_then})"
    _index(db, condition, {"school": school, "since": since})


def index_account(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> None:
    """Index one account that something else than a sync has changed."""
    condition = "school = :school and kind = :kind and person_id = :person_id"
    _index(db, condition, {"school": school, "kind": kind, "person_id": person_id})


def _index(db: sqlite3.Connection, condition: str, values: dict[str, Any]) -> None:
    """Index the accounts that a condition leaves. Accounts are never deleted, so their rowids last."""
    touched = f"from accounts where {condition}"
    db.execute(f"update accounts set name_key = name_key(given_name, family_name) where {condition}", values)  # noqa: S608 - our own conditions
    db.execute(f"delete from found where rowid in (select rowid {touched})", values)  # noqa: S608 - our own conditions
    db.execute(
        "insert into found (rowid, person_id, name, login) select rowid, person_id,"
        f" coalesce(given_name, '') || ' ' || coalesce(family_name, ''), coalesce(login, '') {touched}",
        values,
    )


def people(db: sqlite3.Connection, school: str, kind: str, by: Filter, *, limit: int = PAGE) -> People:
    """Return a page of the accounts of one kind. ``limit`` -1: all."""
    source, where, values = "accounts a", ["a.school = ?", "a.kind = ?"], [school, kind]
    if terms := _terms(by.search):
        # `cross join` keeps the order: the few that are found first, their accounts second.
        source = "found cross join accounts a on a.rowid = found.rowid"
        where.insert(0, "found match ?")
        values.insert(0, terms)
    if by.status in _STATUSES:
        where.append(_STATUSES[by.status])
    if by.reach:
        where.append(_REACHES[by.reach])
    if by.grade and kind == "student":
        where.append("coalesce(a.grade_level, a.next_grade_level) = ?")
        values.append(by.grade)
    elif by.grade:
        where.append(
            "exists (select 1 from parent_grades g"
            " where g.school = a.school and g.grade = ? and g.parent_id = a.person_id)"
        )
        values.append(by.grade)
    condition = " and ".join(where)
    counting = f"select count(*) from {source} where {condition}", values  # noqa: S608 - our own names
    if kind == "parent" and by.grade and not terms and not by.status and not by.reach:
        # The same number, read from one index rather than by asking it once for every parent.
        counting = "select count(*) from parent_grades where school = ? and grade = ?", [school, by.grade]
    (total,) = db.execute(*counting).fetchone()
    columns = SORTS.get(by.sort, SORTS["name"])
    order, sign = ("desc", "<") if by.sort == "last" else ("asc", ">")
    if by.after:
        keys = ", ".join(f"coalesce(a.{c}, '')" for c in columns)
        condition += f" and ({keys}) {sign} ({', '.join('?' * len(columns))})"
        values += places.read(by.after, len(columns))
    ordering = ", ".join(f"a.{c} {order}" for c in columns)
    rows = db.execute(
        f"select {_COLUMNS} from {source} where {condition} order by {ordering} limit ?",  # noqa: S608 - our own names
        [*values, limit + 1 if limit >= 0 else -1],
    ).fetchall()
    more = limit >= 0 and len(rows) > limit
    shown = rows[:limit] if more else rows
    place = places.written([shown[-1][c] for c in columns]) if more else ""
    return People([_account(r) for r in shown], place, total)


def person(
    db: sqlite3.Connection, school: str, kind: str, person_id: str, *, earlier: int = 0
) -> dict[str, Any] | None:
    """Return one account with twenty times of its sign-ins, latest first, ``earlier`` so many of them; or None."""
    row = db.execute(
        f"select {_COLUMNS} from accounts a where a.school = ? and a.kind = ? and a.person_id = ?",  # noqa: S608
        [school, kind, person_id],
    ).fetchone()
    if row is None:
        return None
    times = db.execute(
        "select at from sign_ins where school = ? and kind = ? and person_id = ? order by at desc limit ? offset ?",
        [school, kind, person_id, SIGN_INS + 1, earlier],
    ).fetchall()
    return {
        **_account(row), "sign_ins": [t["at"] for t in times[:SIGN_INS]],
        "earlier": earlier + SIGN_INS if len(times) > SIGN_INS else None,
    }  # fmt: skip


def known(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> dict[str, Any]:
    """Return one account as ``person`` does; raise KeyError where there is none."""
    found = person(db, school, kind, person_id)
    if found is None:
        raise KeyError(f"{school} has no {kind} {person_id}")
    return found


def children_of(db: sqlite3.Connection, school: str, parent_id: str) -> list[dict[str, Any]]:
    """Return the pupils a parent may see: those who grant access, with or without an account of their own (R15)."""
    rows = db.execute(
        "select p.*, a.status, a.login from families f join pupils p using (school, student_id) left join accounts a"
        " on a.school = p.school and a.kind = 'student' and a.person_id = p.student_id"
        " where f.school = ? and f.parent_id = ? order by p.name_key, p.student_id",
        [school, parent_id],
    )
    return [_named(row) for row in rows]


def parents_of(db: sqlite3.Connection, school: str, student_id: str) -> list[dict[str, Any]]:
    """Return the parents with an account, not disabled, who may see a student."""
    # `cross join` keeps the order: a family's few first, and not all parents by name.
    rows = db.execute(
        "select a.person_id, a.given_name, a.family_name, a.login, a.status from families f cross join accounts a"
        " on a.school = f.school and a.kind = 'parent' and a.person_id = f.parent_id"
        " where f.school = ? and f.student_id = ? and a.status != 'disabled' order by a.name_key, a.person_id",
        [school, student_id],
    )
    return [_named(row) for row in rows]


def pupil(db: sqlite3.Connection, school: str, student_id: str) -> dict[str, Any] | None:
    """Return a sent student's name, grades and years, or None."""
    row = db.execute("select * from pupils where school = ? and student_id = ?", [school, student_id]).fetchone()
    return _named(row) if row else None


def grades(db: sqlite3.Connection, school: str) -> list[str]:
    """Return the grades there are, low to high."""
    rows = db.execute(
        "select distinct coalesce(grade_level, next_grade_level) as grade from pupils where school = ? and grade is not null",
        [school],
    )
    return sorted((r["grade"] for r in rows), key=lambda g: (not g.isdecimal(), len(g), g))


def _terms(search: str) -> str:
    """Return what was typed as an FTS query: every word begins a word of name, login or id."""
    words = "".join(c if c.isalnum() else " " for c in search).split()
    return " ".join(f'"{w}"*' for w in words)


def _account(row: sqlite3.Row) -> dict[str, Any]:
    account = dict(row)
    account["years"] = json.loads(account["years"])
    account["children"] = json.loads(account["children"] or "[]")
    account["new"] = bool(account["new"])
    account["brought_years"] = json.loads(account["brought_years"])
    account["name"] = full_name(account["given_name"], account["family_name"])
    return account


def _named(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "name": full_name(row["given_name"], row["family_name"])}
