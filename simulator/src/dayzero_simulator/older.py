"""A state of the version before: there the lines of a part were read when its sync was committed, and at every look."""

from __future__ import annotations

import sqlite3

from dayzero_simulator import staging
from dayzero_simulator.operations import decode_part

__all__ = ["VERSION", "make_room", "take_over"]

VERSION = 3


def make_room(db: sqlite3.Connection) -> None:
    """Put its parts aside, so that the tables of this version can be made."""
    db.execute("alter table parts rename to parts_before")


def take_over(db: sqlite3.Connection) -> None:
    """Count the operations of its parts, and stage those of its open syncs."""
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
