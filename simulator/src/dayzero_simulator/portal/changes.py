"""What the latest syncs did to one account."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from dayzero_simulator.portal.history import FORMER, TITLES, formers_at, said_of
from dayzero_simulator.staging import lines_of

__all__ = ["changes_of"]

SYNCS = 20
"""So many syncs are looked through."""


def changes_of(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> list[dict[str, Any]]:
    """Return what the latest syncs did to an account, latest first: the sync's number, id and time, op, fields before and after.

    ``SYNCS`` syncs are looked through. Nothing is told that was done while somebody else had the account.
    """
    rows = db.execute(
        "select sync_id, number, opened_at, rejected from syncs where school = ? and state = 'committed'"
        " order by number desc limit ?",
        [school, SYNCS],
    )
    found = []
    for sync in rows.fetchall():
        theirs, _ = formers_at(db, school, sync["number"])
        if (kind, person_id) in theirs:
            break
        refused = {(r["kind"], r["id"]) for r in json.loads(sync["rejected"] or "[]")}
        operation = None if (kind, person_id) in refused else _sent_to(db, sync["sync_id"], kind, person_id)
        if operation is not None:
            given = operation["op"] == "renew"
            fields = [
                {
                    "field": f,
                    "before": FORMER if given else said_of(db, school, f, b, theirs),
                    "after": said_of(db, school, f, a, theirs),
                }
                for f, (b, a) in sorted(operation["changes"].items())
            ]
            found.append({**dict(sync), "op": operation["op"], "title": TITLES[operation["op"]], "fields": fields})
    return found


def _sent_to(db: sqlite3.Connection, sync_id: str, kind: str, person_id: str) -> dict[str, Any] | None:
    """Return the operation on an account that a sync sent, or None: lines without its id are not taken apart."""
    names = {json.dumps(person_id, ensure_ascii=ascii_only).encode() for ascii_only in (True, False)}
    parts = db.execute("select number, counts from parts where sync_id = ? order by number", [sync_id])
    for number, counts in parts.fetchall():
        if kind not in json.loads(counts):
            continue
        (body,) = db.execute("select body from parts where sync_id = ? and number = ?", [sync_id, number]).fetchone()
        for line in _lines_with(lines_of(body), names):
            operation: dict[str, Any] = msgspec.json.decode(line)
            if operation["kind"] == kind and operation["id"] == person_id:
                return operation
    return None


def _lines_with(body: bytes, names: set[bytes]) -> Iterator[bytes]:
    """Yield the lines in which one of the names stands."""
    for name in sorted(names):
        at = body.find(name)
        while at >= 0:
            end = body.find(b"\n", at)
            end = len(body) if end < 0 else end
            yield body[body.rfind(b"\n", 0, at) + 1 : end]
            at = body.find(name, end)
