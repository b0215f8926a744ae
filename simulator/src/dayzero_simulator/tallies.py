"""How many accounts and records a school has: counted as they come and go, so that nobody counts a million of them to know.

Triggers keep the numbers. A bulk does without, and is counted once when it is done.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["counted_at_the_end", "prepare", "tallies"]

_COME = (
    "insert into tallies values (new.school, new.kind, {status}, 1)"
    " on conflict (school, kind, status) do update set number = number + 1"
)
_GO = "update tallies set number = number - 1 where school = old.school and kind = old.kind and status = {status}"
_ACCOUNT_COMES, _ACCOUNT_GOES = _COME.format(status="new.status"), _GO.format(status="old.status")
_TRIGGERS = {
    "account_came": f"after insert on accounts begin {_ACCOUNT_COMES}; end",
    "account_went": f"after delete on accounts begin {_ACCOUNT_GOES}; end",
    "account_changed": "after update of status on accounts when old.status is not new.status"
    f" begin {_ACCOUNT_GOES}; {_ACCOUNT_COMES}; end",
    "record_came": f"""after insert on records begin {_COME.format(status="''")}; end""",
    "record_went": f"""after delete on records begin {_GO.format(status="''")}; end""",
}


def prepare(db: sqlite3.Connection) -> None:
    """Make what keeps the numbers; a state that comes without is counted."""
    if db.execute("select 1 from sqlite_master where name = 'tallies'").fetchone() is None:
        db.execute(
            "create table tallies (school text not null, kind text not null, status text not null,"
            " number integer not null, primary key (school, kind, status)) without rowid"
        )
        _count(db)
    _keep(db)


def tallies(db: sqlite3.Connection, school: str) -> dict[tuple[str, str], int]:
    """Return how many accounts of a school there are by (kind, status), and records by (kind, nothing)."""
    rows = db.execute("select kind, status, number from tallies where school = ?", [school])
    return {(kind, status): number for kind, status, number in rows}


@contextmanager
def counted_at_the_end(db: sqlite3.Connection) -> Iterator[None]:
    """Keep no numbers meanwhile, and count when it is done; call it in a transaction."""
    for name in _TRIGGERS:
        db.execute(f"drop trigger {name}")
    yield
    _count(db)
    _keep(db)


def _keep(db: sqlite3.Connection) -> None:
    for name, body in _TRIGGERS.items():
        db.execute(f"create trigger if not exists {name} {body}")


def _count(db: sqlite3.Connection) -> None:
    db.execute("delete from tallies")
    db.execute(
        "insert into tallies select school, kind, status, count(*) from accounts group by school, kind, status"
        " union all select school, kind, '', count(*) from records group by school, kind"
    )
