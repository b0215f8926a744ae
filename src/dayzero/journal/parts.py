"""The parts that runs sent, as the very bytes. A plan is sorted: the keys a part begins and ends with say who may be in it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from dayzero.gradebook import PERSON_KINDS, canonical
from dayzero.journal.database import Database, Scope
from dayzero.portal import Part, part_of_lines

__all__ = ["Operation", "Parts", "keep_part"]

Operation: TypeAlias = dict[str, Any]

_COLUMNS = "number, operations, first_kind, first_id, last_kind, last_id, digest, packed"


class Parts:
    """The parts that the runs of one school on one portal sent."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._ours = [scope.school, scope.portal_url]

    def digests(self, run_id: str) -> list[str]:
        """Return the digests of a run's parts, in order."""
        rows = self._database.read.execute("select digest from parts where run_id = ? order by number", [run_id])
        return [digest for (digest,) in rows]

    def of_run(self, run_id: str) -> Iterator[Part]:
        """Yield a run's parts in order, one at a time."""
        rows = self._database.read.execute("select rowid from parts where run_id = ? order by number", [run_id])
        for (rowid,) in rows.fetchall():
            yield _part(self._database.read, rowid)

    def operations_of(self, run_id: str) -> list[Operation]:
        """Return a run's operations, by kind and id."""
        found = [operation for part in self.of_run(run_id) for operation in _operations(part)]
        return sorted(found, key=lambda o: (o["kind"], o["id"]))

    def of_kind(self, run_id: str, kind: str) -> list[Operation]:
        """Return a run's operations of one kind; parts that cannot have any stay packed."""
        rows = self._database.read.execute(
            "select rowid from parts where run_id = ? and ? between first_kind and last_kind order by number",
            [run_id, kind],
        )
        found = (
            operation for (rowid,) in rows.fetchall() for operation in _operations(_part(self._database.read, rowid))
        )
        return [o for o in found if o["kind"] == kind]

    def operations_on(self, person_id: str) -> list[tuple[str, Operation]]:
        """Return every operation on a person, with its run's id, oldest first."""
        db = self._database.read
        return [
            (run_id, operation)
            for rowid, run_id in self._may_name(db, person_id)
            for operation in _operations(_part(db, rowid))
            if _is_on(operation, person_id)
        ]

    def forget(self, db: sqlite3.Connection, person_id: str) -> int:
        """Take a person out of every part, also out of the children of recorded parents; return of how many operations."""
        gone = 0
        said = json.dumps(person_id, ensure_ascii=False).encode()
        for rowid, run_id in self._may_name(db, person_id, or_have_parents=True):
            part = _part(db, rowid)
            if said not in part.ndjson:
                continue
            operations = _operations(part)
            left = [o for o in operations if not _is_on(o, person_id)]
            touched = len(operations) - len(left) + sum(_forget_child(o, person_id) for o in left)
            if touched:
                gone += touched
                db.execute("delete from parts where rowid = ?", [rowid])
                if left:
                    keep_part(db, run_id, _rewritten(part.number, left), rowid)
        return gone

    def _may_name(
        self, db: sqlite3.Connection, person_id: str, *, or_have_parents: bool = False
    ) -> list[tuple[int, str]]:
        """Return (rowid, run_id) of the parts that may have an operation on a person, oldest first."""
        reach = ["(first_kind, first_id) <= (?, ?) and (?, ?) <= (last_kind, last_id)"] * len(PERSON_KINDS)
        keys = [value for kind in PERSON_KINDS for value in (kind, person_id) * 2]
        if or_have_parents:
            reach.append("'parent' between first_kind and last_kind")
        return db.execute(
            f"select rowid, run_id from parts where ({' or '.join(reach)})"  # noqa: S608 - our own words
            " and run_id in (select run_id from runs where school = ? and portal = ?) order by rowid",
            [*keys, *self._ours],
        ).fetchall()


def keep_part(db: sqlite3.Connection, run_id: str, part: Part, rowid: int | None = None) -> None:
    """Record a part of a run, as the latest or in the place of one that was taken away."""
    row = (rowid, run_id, part.number, part.operations, *part.first, *part.last, part.digest, part.packed)
    db.execute(f"insert into parts (rowid, run_id, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - our own names


def _part(db: sqlite3.Connection, rowid: int) -> Part:
    row = db.execute(f"select {_COLUMNS} from parts where rowid = ?", [rowid]).fetchone()  # noqa: S608 - our own names
    number, operations, first_kind, first_id, last_kind, last_id, digest, packed = row
    return Part(number, operations, (first_kind, first_id), (last_kind, last_id), digest, packed)


def _operations(part: Part) -> list[Operation]:
    try:
        ndjson = part.ndjson
    except (OSError, EOFError, zlib.error) as error:
        raise sqlite3.DatabaseError("a part of a run is not as it was written") from error
    if hashlib.sha256(ndjson).hexdigest() != part.digest:
        raise sqlite3.DatabaseError("a part of a run is not as it was written")
    return msgspec.json.Decoder(Operation).decode_lines(ndjson)


def _rewritten(number: int, operations: Iterable[Operation]) -> Part:
    return part_of_lines(number, [((o["kind"], o["id"]), canonical(o)) for o in operations])


def _is_on(operation: Operation, person_id: str) -> bool:
    return operation["id"] == person_id and operation["kind"] in PERSON_KINDS


def _forget_child(operation: Operation, person_id: str) -> bool:
    """Take a student out of a parent's children, before and after; say whether they were among them."""
    pair = operation["changes"].get("children") or []
    if operation["kind"] != "parent" or not any(person_id in children for children in pair if children):
        return False
    operation["changes"]["children"] = [c and [i for i in c if i != person_id] for c in pair]
    return True
