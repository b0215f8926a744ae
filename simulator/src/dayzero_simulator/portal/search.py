"""Who is found by a name, an id or a login: those with an account, and students who have none, with what is known of why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.names import full_name, sorted_as
from dayzero_simulator.portal import directory, places
from dayzero_simulator.portal.admins import admins_of
from dayzero_simulator.portal.directory import Filter, People

__all__ = ["Found", "find"]

SHOWN = 10
"""Accounts of a kind that are shown; the lists of Manage Accounts have all of them."""
PAGE = 50
_REASONS = {
    "login-taken": "its login is another account's",
    "invalid-login": "it has no login",
    "unknown-account": "the portal had no such account",
    "account-exists": "the portal had the account already",
}


@dataclass(frozen=True)
class Found:
    """What is found. ``without``: a page of the students without an account, each with ``why``; ``next``: the one after it."""

    students: People
    parents: People
    admins: list[dict[str, Any]]
    without: list[dict[str, Any]]
    without_total: int
    next: str

    @property
    def accounts(self) -> int:
        """How many accounts are found."""
        return self.students.total + self.parents.total + len(self.admins)

    @property
    def total(self) -> int:
        """How many people are found."""
        return self.accounts + self.without_total


def find(db: sqlite3.Connection, school: str, text: str, *, after: str = "") -> Found:
    """Return whoever has a name, an id or a login of which every word that was typed begins a word."""
    by = Filter(search=text)
    words = sorted_as(text).split()
    own = [a for a in admins_of(db, school) if _begins(words, f"{a['name']} {a['login']} {a['admin_id']}")]
    without, total, following = _without_account(db, school, words, after)
    return Found(
        directory.people(db, school, "student", by, limit=SHOWN),
        directory.people(db, school, "parent", by, limit=SHOWN),
        own, without, total, following,
    )  # fmt: skip


def _begins(words: list[str], text: str) -> bool:
    there = sorted_as(text).split()
    return bool(words) and all(any(one.startswith(word) for one in there) for word in words)


def _without_account(
    db: sqlite3.Connection, school: str, words: list[str], after: str
) -> tuple[list[dict[str, Any]], int, str]:
    """Return students whom the SIS sent and who have no account: a page, how many, and where the next page begins."""
    if not words:
        return [], 0, ""
    where = (
        "from pupils p where p.school = :school and not exists (select 1 from accounts a where a.school = p.school"
        " and a.kind = 'student' and a.person_id = p.student_id)"
    )
    values: dict[str, Any] = {"school": school, "limit": PAGE + 1}
    for n, word in enumerate(words):
        # Every word begins a word of the name, or of the id.
        where += (
            f" and (instr(' ' || replace(p.name_key, char(31), ' '), ' ' || :word{n})"
            f" or instr(lower(p.student_id), :word{n}) = 1)"
        )
        values[f"word{n}"] = word
    (total,) = db.execute(f"select count(*) {where}", values).fetchone()
    if after:
        name, ident = places.read(after, 2)
        where += " and (p.name_key, p.student_id) > (:name, :ident)"
        values |= {"name": name, "ident": ident}
    rows = db.execute(f"select p.* {where} order by p.name_key, p.student_id limit :limit", values).fetchall()
    shown = rows[:PAGE]
    following = places.written([shown[-1]["name_key"], shown[-1]["student_id"]]) if len(rows) > PAGE else ""
    refused = _refusals(db, school) if shown else {}
    return [_student(db, school, row, refused) for row in shown], total, following


def _student(
    db: sqlite3.Connection, school: str, row: sqlite3.Row, refused: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[str, Any]:
    return {
        **dict(row), "name": full_name(row["given_name"], row["family_name"]) or row["student_id"],
        "parents": directory.parents_of(db, school, row["student_id"]),
        "refused": refused.get(("student", row["student_id"])),
    }  # fmt: skip


def _refusals(db: sqlite3.Connection, school: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the accounts that syncs could not make, by kind and id, each as the latest sync said."""
    rows = db.execute(
        "select sync_id, number, rejected from syncs where school = ? and state = 'committed'"
        " and rejected is not null and rejected != '[]' order by number desc limit 50",
        [school],
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        for one in json.loads(row["rejected"]):
            said = {
                **one,
                "said": _REASONS.get(one["reason"], one["reason"]),
                "sync_id": row["sync_id"],
                "number": row["number"],
            }
            found.setdefault((one["kind"], one["id"]), said)
    return found
