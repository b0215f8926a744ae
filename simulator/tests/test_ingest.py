"""How parts are kept: a state of the version before, what a small commit looks at, what a page of history reads."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dayzero_simulator.portal import history
from dayzero_simulator.world import World

SCHOOL = "hampden"


def part(op: str, idents: Sequence[str], login: str = "{}@x.example") -> bytes:
    """Return a part that does one thing to the accounts of students."""
    lines = ({"op": op, "kind": "student", "id": i, "changes": {"login": [None, login.format(i)]}} for i in idents)
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def put(world: World, *parts: bytes) -> str:
    """Open a sync and put its parts; return its id."""
    base = world.school(SCHOOL)["revision"]
    sync_id = str(world.open_sync(SCHOOL, kind="all-data", base_revision=base, plan_id="p", client="c")["sync_id"])
    for number, body in enumerate(parts, start=1):
        world.put_part(SCHOOL, sync_id, number, body, received=gzip.compress(body))
    return sync_id


def commit(world: World, sync_id: str) -> dict[str, Any]:
    """Commit the parts of a sync."""
    parts = world.sync(SCHOOL, sync_id)["parts"]
    digests = "".join(parts[number] for number in sorted(parts, key=int))
    return world.commit(SCHOOL, sync_id, parts=len(parts), digest=hashlib.sha256(digests.encode()).hexdigest())


def as_before_staging(state: Path) -> None:
    """Make a state what the version before left: its parts, and nothing of what is in them."""
    with closing(sqlite3.connect(state, isolation_level=None)) as db:
        parts = db.execute("select sync_id, number, digest, body from parts").fetchall()
        db.executescript(
            "drop table parts; drop table staging; drop table staged; pragma user_version = 3; create table parts ("
            " sync_id text not null, number integer not null, digest text not null, body blob not null,"
            " primary key (sync_id, number))"
        )
        db.executemany("insert into parts values (?, ?, ?, ?)", [(*p[:3], gzip.decompress(p[3])) for p in parts])


def test_a_state_of_the_version_before_is_taken_over_with_its_open_sync(tmp_path: Path) -> None:
    state = tmp_path / "portal.sqlite"
    before = World(state)
    first = put(before, part("create", "ab"), part("create", "c"))
    commit(before, first)
    waiting = put(before, part("update", "b", "new"), part("create", "d"))
    document = before.sync(SCHOOL, waiting)
    before.close()
    as_before_staging(state)
    world = World(state)
    assert world.sync(SCHOOL, waiting) == document
    assert commit(world, waiting)["applied"]["student"] == {
        "create": 1,
        "update": 1,
        "renew": 0,
        "enable": 0,
        "disable": 0,
    }
    logins = {a["person_id"]: a["login"] for a in world.accounts(SCHOOL)["items"]}
    assert logins == {"a": "a@x.example", "b": "new", "c": "c@x.example", "d": "d@x.example"}
    with world.reading() as db:
        assert [p["person_id"] for p in history.sync_detail(db, SCHOOL, first)["create"]] == ["a", "b", "c"]
    world.close()


def test_a_state_of_yet_another_version_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "portal.sqlite"
    with closing(sqlite3.connect(state)) as db:
        db.executescript("create table schools (school text); pragma user_version = 2")
    with pytest.raises(sqlite3.DatabaseError, match="another version"):
        World(state)


def test_nothing_is_staged_any_more_when_a_sync_has_ended() -> None:
    world = World()
    commit(world, put(world, part("create", "ab")))
    world.abandon(SCHOOL, put(world, part("create", "cd")))
    with world.reading() as db:
        assert [db.execute(f"select count(*) from {t}").fetchone()[0] for t in ("staged", "staging")] == [0, 0]
    world.close()


@pytest.mark.parametrize("op", ["update", "create"])
def test_a_small_commit_does_not_look_at_all_accounts(op: str) -> None:
    """Steps of SQLite's machine, and not seconds: the same for a school a hundred times as big."""
    steps: dict[int, int] = {}
    for students in (20, 2000):
        world = World()
        commit(world, put(world, part("create", [f"s{n:04}" for n in range(students)])))
        sync_id = put(world, part(op, ["s0007", "s0011"] if op == "update" else ["t1", "t2"], "new-{}"))
        counted = [0]

        def count(counted: list[int] = counted) -> int:
            counted[0] += 1
            return 0

        with world.reading() as db:
            db.set_progress_handler(count, 10)
        assert commit(world, sync_id)["applied"]["student"][op] == 2
        steps[students] = counted[0]
        world.close()
    assert steps[2000] < 1.5 * steps[20]


def test_a_page_of_history_reads_the_parts_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SHOWN", 2)
    world = World()
    commit(world, put(world, part("create", "a")))
    sync_id = put(world, part("create", "bc"), part("create", "de"), part("update", "a", "new"))
    commit(world, sync_id)
    with world.writing() as db:
        db.execute("update parts set body = 'not looked at' where sync_id = ? and number = 2", [sync_id])
        shown = history.sync_detail(db, SCHOOL, sync_id)
    assert [p["person_id"] for p in shown["create"]] == ["b", "c"]
    assert [p["person_id"] for p in shown["update"]] == ["a"]
    world.close()
