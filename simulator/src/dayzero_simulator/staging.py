"""Parts and what is staged of them: rows in the order they came, from when a part is put until its sync ends.

Rows are only ever appended: a part's are neighbours, and its keys are never looked for one by one.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from dayzero_simulator.columns import login_key, stored
from dayzero_simulator.operations import LEFT_OUT, UNCHANGED, AccountChanges, OnAccount, Operation, changed

__all__ = ["SENT", "keep_part", "lines_of", "repeated_key", "stage", "unstage"]

_ACCOUNT = "row, op, kind, id, changed, login, login_key, given_name, family_name, grade_level, next_grade_level, years, new, children"
_RECORD = "row, op, kind, id, body"
SENT = (
    "(select s.*, p.number from staging p cross join staged s on s.row between p.first_row and p.last_row"
    " where p.sync_id = :sync_id)"
)
"""What is staged of a sync, in the order it was sent."""
_GZIP = b"\x1f\x8b"
"""No line of JSON begins like this."""


def keep_part(
    db: sqlite3.Connection, sync_id: str, number: int, digest: str, received: bytes, operations: Sequence[Operation]
) -> None:
    """Keep a part for good: as it was received, packed or not, with how many operations of which sort it has."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for (kind, op), number_of in Counter((o.kind, o.op) for o in operations).items():
        counts[kind][op] = number_of
    db.execute("insert into parts values (?, ?, ?, ?, ?)", (sync_id, number, digest, json.dumps(counts), received))


def lines_of(received: bytes) -> bytes:
    """Return the NDJSON of a part as it was received."""
    return gzip.decompress(received) if received.startswith(_GZIP) else received


def stage(db: sqlite3.Connection, sync_id: str, number: int, operations: Sequence[Operation]) -> None:
    """Append a part's operations to what is staged, with the keys they begin and end with."""
    if not operations:
        return
    (first,) = db.execute("select coalesce(max(row), 0) + 1 from staged").fetchone()
    db.executemany(_insert(_ACCOUNT), _account_rows(first, operations))
    db.executemany(_insert(_RECORD), _record_rows(first, operations))
    keys = [(o.kind, o.id) for o in operations]
    grows = all(one < next_one for one, next_one in pairwise(keys))
    db.execute(
        "insert into staging values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (sync_id, number, first, first + len(operations) - 1, *keys[0], *keys[-1], grows),
    )


def _insert(columns: str) -> str:
    return f"insert into staged ({columns}) values ({', '.join('?' * len(columns.split(', ')))})"  # noqa: S608 - our own names


def _account_rows(first: int, operations: Sequence[Operation]) -> Iterator[tuple[Any, ...]]:
    for row, o in enumerate(operations, start=first):
        if isinstance(o, OnAccount):
            c = o.changes
            login, new = c.login.after, c.new.after
            yield (
                row, o.op, o.kind, o.id, None if o.op == "create" else _bits(c), login, login_key(login),
                c.given_name.after, c.family_name.after, c.grade_level.after, c.next_grade_level.after,
                stored("years", c.years.after), None if new is None else int(new), stored("children", c.children.after),
            )  # fmt: skip


def _bits(changes: AccountChanges) -> int:
    """Return which fields change, a bit for each in the order of ``FIELDS``."""
    fields = enumerate(changes.__struct_fields__)
    return sum(1 << bit for bit, field in fields if getattr(changes, field) is not UNCHANGED)


def _record_rows(first: int, operations: Sequence[Operation]) -> Iterator[tuple[Any, ...]]:
    """Yield rows of records: a new one with all its fields, another with those that change."""
    for row, o in enumerate(operations, start=first):
        if not isinstance(o, OnAccount):
            named = o.changes.__struct_fields__ if o.op == "create" else changed(o)
            body = {f: getattr(o.changes, f).after for f in named}
            if o.op == "create":
                body = {f: value for f, value in body.items() if value is not None or f not in LEFT_OUT}
            yield row, o.op, o.kind, o.id, msgspec.json.encode(body).decode()


def repeated_key(db: sqlite3.Connection, sync_id: str) -> tuple[str, str] | None:
    """Return the first (kind, id) that has more than one operation in a sync, None where every one has one.

    Where keys grow within every part and from part to part, as those of a plan do, nothing more need be looked at.
    """
    parts = db.execute(
        "select first_kind, first_id, last_kind, last_id, grows from staging where sync_id = ? order by number",
        [sync_id],
    ).fetchall()
    grow_on = all(tuple(part[2:4]) < tuple(following[0:2]) for part, following in pairwise(parts))
    if grow_on and all(part["grows"] for part in parts):
        return None
    found = db.execute(
        "select kind, id from (select kind, id, number, row, row_number() over (partition by kind, id order by number, row)"  # noqa: S608 - our own words
        f" as nth from {SENT}) where nth = 2 order by number, row limit 1",
        {"sync_id": sync_id},
    ).fetchone()
    return tuple(found) if found else None


def unstage(db: sqlite3.Connection, sync_id: str) -> None:
    """Take away what is staged of a sync."""
    rows = db.execute("select first_row, last_row from staging where sync_id = ?", [sync_id]).fetchall()
    db.execute("delete from staging where sync_id = ?", [sync_id])
    if db.execute("select 1 from staging").fetchone() is None:
        db.execute("delete from staged")  # the whole table at once, which SQLite does without looking at a row
    else:
        db.executemany("delete from staged where row between ? and ?", rows)
