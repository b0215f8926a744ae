"""What each sync did to whom, read from the parts it sent: what is out of the ordinary first, what is equal only once."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

import msgspec

from dayzero_simulator.names import full_name
from dayzero_simulator.operations import ACCOUNT_KINDS, RECORD_KINDS
from dayzero_simulator.portal.words import counted
from dayzero_simulator.staging import lines_of

__all__ = [
    "FORMER",
    "OPS",
    "TITLES",
    "Fold",
    "Parts",
    "folds",
    "formers_at",
    "last_of",
    "people_of",
    "rejected",
    "removed",
    "said_of",
    "story",
    "sync_detail",
    "sync_of",
    "syncs",
]

_ACCOUNT_OF = {"student-record": "student"}
SHOWN = 20
"""People listed per group on the page of one sync; the counts are whole, and a page of its own has everybody."""
LOOKED_AT = 1_000
"""So many different values of one sort of change are told apart to find the rare ones."""
TITLES = {
    "create": "Appeared", "renew": "Given to another person", "enable": "Came back", "update": "Changed",
    "disable": "Left", "remove": "Removed",
}  # fmt: skip
OPS = ("create", "renew", "update", "enable", "disable")
"""What is done to accounts."""
UNUSUAL = ("login", "given_name", "family_name")
"""What changes of a person: looked at one by one. Years, grades and children follow the calendar."""
FORMER = "a former holder"
"""What is said instead of a name, and of a value, that was somebody's who had the account before."""


_STORY = {
    "create": ("appears", "appear"), "update": ("changes", "change"), "enable": ("comes back", "come back"),
    "disable": ("leaves", "leave"),
}  # fmt: skip
"""What happens to people, of one and of many, in the order in which it is told."""


class _Line(msgspec.Struct):
    """An operation as it was sent. ``changes`` are read of those alone that are shown."""

    op: str
    kind: str
    id: str
    changes: msgspec.Raw = msgspec.Raw(b"{}")


_LINES = msgspec.json.Decoder(_Line)
_ENCODED = msgspec.json.Encoder(order="sorted").encode
Parts: TypeAlias = dict[int, list[_Line]]
"""The parts of one sync that were read, by number: a page looks at them more than once."""


@dataclass
class Fold:
    """Equal changes: the same fields of the same kind. ``values``: those with equal values, how many, and some of them."""

    kind: str
    fields: tuple[str, ...]
    count: int = 0
    values: dict[bytes, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def unusual(self) -> bool:
        """Whether somebody's name or login changed."""
        return any(name in UNUSUAL for name in self.fields)


def syncs(db: sqlite3.Connection, school: str, *, before: int = 0, limit: int = 50) -> list[dict[str, Any]]:
    """Return syncs, newest first, those with a smaller number than ``before``."""
    rows = db.execute(
        "select * from syncs where school = ? and (? = 0 or number < ?) order by number desc limit ?",
        [school, before, before, limit],
    )
    return [_document(r) for r in rows]


def sync_of(db: sqlite3.Connection, school: str, sync_id: str | None) -> dict[str, Any] | None:
    """Return one sync, or None."""
    row = db.execute("select * from syncs where school = ? and sync_id = ?", [school, sync_id]).fetchone()
    return _document(row) if row else None


def last_of(db: sqlite3.Connection, school: str) -> dict[str, Any] | None:
    """Return the latest sync that went through, or None."""
    row = db.execute(
        "select * from syncs where school = ? and state = 'committed' order by number desc limit 1", [school]
    ).fetchone()
    return _document(row) if row else None


def story(sync: Mapping[str, Any]) -> str:
    """Return what a sync did to people in one sentence: 22 changes: 7 people appear, 11 change, 1 comes back, 3 leave."""
    if sync["applied"] is None:
        return "It is under way; nothing has changed yet." if sync["state"] == "open" else "It ended; nothing changed."
    numbers = {op: sum(sync["applied"][kind].get(op, 0) for kind in ACCOUNT_KINDS) for op in OPS}
    told = [f"{numbers[op]:,} {one if numbers[op] == 1 else many}" for op, (one, many) in _STORY.items() if numbers[op]]
    if told:
        number, verb = told[0].split(" ", 1)
        told[0] = f"{number} {'person' if number == '1' else 'people'} {verb}"
    if numbers["renew"]:
        told.append(f"{counted(numbers['renew'], 'account goes', 'accounts go')} to another person")
    if told:
        return f"{counted(sum(numbers.values()), 'change')}: {', '.join(told)}."
    records = sum(sync["applied"]["records"].values())
    return f"Nobody changes; {counted(records, 'record does', 'records do')}." if records else "Nothing changes."


def sync_detail(
    db: sqlite3.Connection, school: str, sync_id: str, parts: Parts | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return who appeared, changed (field, before, after), came back or was disabled, up to ``SHOWN`` of each."""
    parts = {} if parts is None else parts
    return {op: people_of(db, school, sync_id, op, limit=SHOWN, parts=parts) for op in OPS}


def people_of(
    db: sqlite3.Connection,
    school: str,
    sync_id: str,
    op: str,
    *,
    kind: str = "",
    fields: str = "",
    after: int = 0,
    limit: int,
    parts: Parts | None = None,
) -> list[dict[str, Any]]:
    """Return the accounts that a sync did something to, in the order they were sent, ``after`` so many of them.

    ``kind`` and ``fields`` (joined by commas) narrow them to those of one ``Fold``.
    """
    wanted = (
        o
        for o in _sent(db, school, sync_id, op, (kind,) if kind else ACCOUNT_KINDS, parts)
        if not fields or ",".join(sorted(o["changes"])) == fields
    )
    return [_change(db, school, o) for o in islice(wanted, after, after + limit)]


def folds(
    db: sqlite3.Connection, school: str, sync_id: str, parts: Parts | None = None, *, some: int = 5
) -> list[Fold]:
    """Return what was changed, the unusual first and then the rare, each with ``some`` of those it happened to."""
    found: dict[tuple[str, tuple[str, ...]], Fold] = {}
    for operation in _sent(db, school, sync_id, "update", (*ACCOUNT_KINDS, *RECORD_KINDS), parts):
        key = operation["kind"], tuple(sorted(operation["changes"]))
        fold = found.setdefault(key, Fold(*key))
        values = _ENCODED(operation["changes"])
        fold.count += 1
        fold.counts[values] += 1
        if (values in fold.values or len(fold.values) < LOOKED_AT) and len(fold.values[values]) < some:
            fold.values[values].append(operation)
    for fold in found.values():
        shown = sorted(fold.values, key=lambda v: fold.counts[v])[:SHOWN]
        fold.values = {v: [_change(db, school, o) for o in fold.values[v]] for v in shown}
    return sorted(found.values(), key=lambda f: (not f.unusual, f.count, f.kind, f.fields))


def removed(db: sqlite3.Connection, school: str, sync_id: str, parts: Parts | None = None) -> list[dict[str, Any]]:
    """Return the records that a sync removed, with the names of those who have an account still."""
    return [_change(db, school, o) for o in _sent(db, school, sync_id, "remove", RECORD_KINDS, parts)]


def rejected(db: sqlite3.Connection, school: str, sync: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what of a sync did not go through, with the name of whom it is about and the kind of their ``account``."""
    theirs, _ = formers_at(db, school, sync["number"])
    found = []
    for one in sync["rejected"]:
        of = _ACCOUNT_OF.get(one["kind"], one["kind"])
        named = None if (of, one["id"]) in theirs else _named(db, school, of, one["id"])
        found.append({**one, "name": named[0] if named else "", "account": of if named and named[1] else ""})
    return found


def _named(db: sqlite3.Connection, school: str, kind: str, person_id: str) -> tuple[str, bool] | None:
    """Return what somebody is called, and whether they have an account; None where the portal knows nobody of that id."""
    key = [school, kind, person_id]
    row = db.execute(
        "select given_name, family_name from accounts where school = ? and kind = ? and person_id = ?", key
    ).fetchone()
    if row is not None:
        return full_name(row["given_name"], row["family_name"]), True
    return (name, False) if kind == "student" and (name := _pupil_name(db, school, person_id)) else None


def _sent(
    db: sqlite3.Connection, school: str, sync_id: str, op: str, kinds: tuple[str, ...], read: Parts | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the operations of a sort that went through; parts that have none of it are not read. ``read``: those that were, by number."""
    read = {} if read is None else read
    sync = sync_of(db, school, sync_id)
    refused = {(r["kind"], r["id"]) for r in (sync["rejected"] if sync else [])}
    theirs, given = formers_at(db, school, sync["number"]) if sync else (set(), set())
    changed_hands = theirs | given
    parts = db.execute("select number, counts from parts where sync_id = ? order by number", [sync_id])
    for number, counts in parts.fetchall():
        if not any(op in of_kind for kind, of_kind in json.loads(counts).items() if kind in kinds):
            continue
        if number not in read:
            body = db.execute("select body from parts where sync_id = ? and number = ?", [sync_id, number]).fetchone()[
                0
            ]
            read[number] = _LINES.decode_lines(lines_of(body))
        for line in read[number]:
            kind = line.kind
            if line.op == op and kind in kinds and (kind, line.id) not in refused:
                account, changes = (_ACCOUNT_OF.get(kind, kind), line.id), msgspec.json.decode(line.changes)
                if account in changed_hands:
                    after = FORMER if account in theirs else None
                    changes = {f: [FORMER, after or a] for f, (_, a) in changes.items()}
                yield {"kind": kind, "id": line.id, "changes": changes, "former": account in theirs, "theirs": theirs}


def formers_at(db: sqlite3.Connection, school: str, number: int) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return who had an account when sync ``number`` was made and has it no more, and who lost theirs by that sync."""
    rows = db.execute(
        "select kind, person_id, before_sync = :number as given from formers"
        " where school = :school and since_sync <= :number and before_sync >= :number",
        {"school": school, "number": number},
    ).fetchall()
    theirs, given = (
        {(_ACCOUNT_OF.get(r["kind"], r["kind"]), r["person_id"]) for r in rows if bool(r["given"]) is which}
        for which in (False, True)
    )
    return theirs, given


def _change(db: sqlite3.Connection, school: str, operation: dict[str, Any]) -> dict[str, Any]:
    of, former = _ACCOUNT_OF.get(operation["kind"], operation["kind"]), operation["former"]
    row = (
        None
        if former
        else db.execute(
            "select given_name, family_name, new from accounts where school = ? and kind = ? and person_id = ?",
            [school, of, operation["id"]],
        ).fetchone()
    )
    name = full_name(row["given_name"], row["family_name"]) if row else FORMER if former else ""
    theirs = operation["theirs"]
    fields = [
        {"field": f, "before": said_of(db, school, f, b, theirs), "after": said_of(db, school, f, a, theirs)}
        for f, (b, a) in sorted(operation["changes"].items())
    ]
    new = operation["changes"].get("new", [None, None])[1]
    return {
        "kind": operation["kind"], "person_id": operation["id"], "name": name, "fields": fields, "new": new is True,
        "account": (row is not None and of) or "",
    }  # fmt: skip


def said_of(db: sqlite3.Connection, school: str, field: str, value: Any, theirs: set[tuple[str, str]]) -> str:
    """Return a value of a field in words: children by their names, those who had the id before as a former holder."""
    if field != "children" or not isinstance(value, list):
        return _said(value)
    names = (FORMER if ("student", i) in theirs else _pupil_name(db, school, i) or f"student {i}" for i in value)
    return _said(list(names))


def _pupil_name(db: sqlite3.Connection, school: str, student_id: str) -> str:
    row = db.execute(
        "select given_name, family_name from pupils where school = ? and student_id = ?", [school, student_id]
    ).fetchone()
    return full_name(row["given_name"], row["family_name"]) if row else ""


def _said(value: Any) -> str:
    if value is None or value == []:
        return "none"
    return ", ".join(value) if isinstance(value, list) else {True: "yes", False: "no"}.get(value, str(value))


def _document(row: sqlite3.Row) -> dict[str, Any]:
    document = dict(row)
    document["applied"] = json.loads(row["applied"]) if row["applied"] else None
    document["rejected"] = json.loads(row["rejected"]) if row["rejected"] else []
    document["setting"] = {None: "", 0: "No", 1: "Yes"}[row["at_yes"]]
    return document
