"""States of earlier versions: what is done to them, step by step, until they are of this one.

``STEPS`` has for each version what makes room before the tables of this version are made, and what is carried over then.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from dayzero_simulator import staging
from dayzero_simulator.operations import decode_part

__all__ = ["STEPS", "Step"]


@dataclass(frozen=True)
class Step:
    """From one version to the next."""

    make_room: Callable[[sqlite3.Connection], None]
    take_over: Callable[[sqlite3.Connection], None]


def _set_parts_aside(db: sqlite3.Connection) -> None:
    db.execute("alter table parts rename to parts_before")


def _count_parts(db: sqlite3.Connection) -> None:
    """Count the operations of parts, and stage those of open syncs: before, lines were read when a sync was committed."""
    parts = db.execute(
        "select p.sync_id, p.number, p.digest, s.state = 'open' as waits from parts_before p join syncs s using (sync_id)"
    )
    for sync_id, number, digest, waits in parts.fetchall():
        (body,) = db.execute(
            "select body from parts_before where sync_id = ? and number = ?", [sync_id, number]
        ).fetchone()
        operations = decode_part(body)
        staging.keep_part(db, sync_id, number, digest, body, operations)
        if waits:
            staging.stage(db, sync_id, number, operations)
    db.execute("drop table parts_before")


ADDED = {
    "accounts": (
        "temporary_at text", "brought_by text", "brought_years text not null default '[]'", "brought_new integer",
        "name_key text", "disabled_at text",
    ),
    "admins": ("temporary_at text",),
    "outbox": ("secret text",),
    "syncs": ("at_yes integer",),
}  # fmt: skip
"""Columns that a state of version 4 lacks."""


def _add_columns(db: sqlite3.Connection) -> None:
    """Add columns; end sessions, forget tries and whatever is made of the accounts by themselves."""
    for table, columns in ADDED.items():
        for column in columns:
            _add_column(db, table, column)
    for table in ("attempts", "sessions", "pupils", "directories"):
        db.execute(f"drop table if exists {table}")
    for index in ("accounts_by_name", "accounts_by_status"):
        db.execute(f"drop index if exists {index}")


def _add_column(db: sqlite3.Connection, table: str, column: str) -> None:
    there = {row["name"] for row in db.execute(f"pragma table_info({table})")}
    if column.partition(" ")[0] not in there:
        db.execute(f"alter table {table} add column {column}")


def _part_from_secrets(db: sqlite3.Connection) -> None:
    """Take temporary passwords out of letters, date them by the letter, and name the sync that brought an account."""
    for number, body in db.execute(
        "select number, body from outbox where body like '%Temporary password: %'"
    ).fetchall():
        found = re.search(r"^Temporary password: (\S+)$", body, re.MULTILINE)
        if found:
            text = body.replace(found[0], "{secret}")
            db.execute("update outbox set body = ?, secret = ? where number = ?", [text, found[1], number])
    db.execute(
        "update accounts set temporary_at = coalesce((select max(o.at) from outbox o where o.school = accounts.school"
        " and o.kind = accounts.kind and o.person_id = accounts.person_id and o.secret = accounts.temporary), created_at)"
        " where temporary is not null"
    )
    db.execute(
        "update admins set temporary_at = created_at where temporary is not null and admin_id != 'plusportaladmin'"
    )
    db.execute(
        "update accounts set disabled_at = (select touched_at from syncs where sync_id = disabled_by)"
        " where status = 'disabled'"
    )
    db.execute("update accounts set brought_by = created_by, brought_years = years, brought_new = new")


def _number_once(db: sqlite3.Connection) -> None:
    """Tell holders of an account apart, and give no number of an edit or a letter twice: a page may have it open still."""
    _add_column(db, "accounts", "holder integer not null default 0")
    for table in ("edits", "outbox"):
        (made_by,) = db.execute("select sql from sqlite_master where name = ?", [table]).fetchone()
        if "autoincrement" in made_by:
            continue
        db.execute(f"alter table {table} rename to {table}_before")
        db.execute(made_by.replace("integer primary key", "integer primary key autoincrement", 1))
        db.execute(f"insert into {table} select * from {table}_before")  # noqa: S608 - our own names
        db.execute(f"drop table {table}_before")


def _nothing(db: sqlite3.Connection) -> None:
    """Carry nothing over: all was done when room was made."""


STEPS = {
    3: Step(_set_parts_aside, _count_parts),
    4: Step(_add_columns, _part_from_secrets),
    5: Step(_number_once, _nothing),
}
"""By the version they begin at, in the order in which they are done."""
