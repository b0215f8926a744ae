"""What each sync did to whom, read from the parts it sent."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import msgspec

from dayzero_simulator.operations import ACCOUNT_KINDS
from dayzero_simulator.staging import lines_of

__all__ = ["sync_detail", "sync_of", "syncs"]

SHOWN = 200
"""People listed per group on one page of one sync; the counts are always whole."""


def syncs(db: sqlite3.Connection, school: str, limit: int = 50) -> list[dict[str, Any]]:
    """Return the latest syncs, newest first."""
    rows = db.execute("select * from syncs where school = ? order by number desc limit ?", [school, limit])
    return [_document(r) for r in rows]


def sync_of(db: sqlite3.Connection, school: str, sync_id: str | None) -> dict[str, Any] | None:
    """Return one sync, or None."""
    row = db.execute("select * from syncs where school = ? and sync_id = ?", [school, sync_id]).fetchone()
    return _document(row) if row else None


def sync_detail(db: sqlite3.Connection, school: str, sync_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return who appeared, changed (field, before, after), came back or was disabled, up to ``SHOWN`` of each."""
    groups: dict[str, list[dict[str, Any]]] = {"create": [], "update": [], "enable": [], "disable": []}
    rejected = sync_of(db, school, sync_id)
    refused = {(r["kind"], r["id"]) for r in (rejected["rejected"] if rejected else [])}
    parts = db.execute("select number, counts from parts where sync_id = ? order by number", [sync_id])
    for number, counts in parts.fetchall():
        ops = {op for kind, of_kind in json.loads(counts).items() if kind in ACCOUNT_KINDS for op in of_kind}
        if all(len(groups[op]) == SHOWN for op in ops):
            continue  # it has nothing that would still be shown: it need not be read
        for operation in _operations(db, sync_id, number):
            if operation["kind"] not in ACCOUNT_KINDS or (operation["kind"], operation["id"]) in refused:
                continue
            group = groups[operation["op"]]
            if len(group) < SHOWN:
                group.append(_change(db, school, operation))
    return groups


def _operations(db: sqlite3.Connection, sync_id: str, number: int) -> list[dict[str, Any]]:
    (received,) = db.execute("select body from parts where sync_id = ? and number = ?", [sync_id, number]).fetchone()
    return msgspec.json.Decoder(dict[str, Any]).decode_lines(lines_of(received))


def _change(db: sqlite3.Connection, school: str, operation: dict[str, Any]) -> dict[str, Any]:
    row = db.execute(
        "select given_name, family_name, new from accounts where school = ? and kind = ? and person_id = ?",
        [school, operation["kind"], operation["id"]],
    ).fetchone()
    name = f"{row['given_name'] or ''} {row['family_name'] or ''}".strip() if row else ""
    fields = [{"field": f, "before": _said(b), "after": _said(a)} for f, (b, a) in sorted(operation["changes"].items())]
    new = operation["changes"].get("new", [None, None])[1]
    return {"kind": operation["kind"], "person_id": operation["id"], "name": name, "fields": fields, "new": bool(new)}


def _said(value: Any) -> str:
    if value is None or value == []:
        return "none"
    return ", ".join(value) if isinstance(value, list) else {True: "yes", False: "no"}.get(value, str(value))


def _document(row: sqlite3.Row) -> dict[str, Any]:
    document = dict(row)
    document["applied"] = json.loads(row["applied"]) if row["applied"] else None
    document["rejected"] = json.loads(row["rejected"]) if row["rejected"] else []
    return document
