"""One run of a school at a time: the lock on this machine, the portal's 409 towards another one (case 4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tiny_school import SCHOOL, TinySchool

from dayzero.clock import Clock, SystemClock
from dayzero.errors import RefusedError
from dayzero.sync.lock import SchoolLock

NOON = datetime(2027, 8, 1, 12, tzinfo=UTC)


class Waiting:
    """A clock that moves when it is waited for; ``then`` happens after the second wait."""

    def __init__(self, then=lambda: None) -> None:
        self.time, self._then, self.waits = NOON, then, 0

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.waits += 1
        if self.waits == 2:
            self._then()


def lock_of(folder: Path, clock: Clock, who: str) -> SchoolLock:
    return SchoolLock(folder, school="s", portal_url="https://portal.example", clock=clock, who=who)


def test_case_4_a_second_run_is_refused_and_told_who_runs_since_when(tiny_school: TinySchool) -> None:
    tiny_school.write()
    other = SchoolLock(
        tiny_school.folder / ".dayzero",
        school=SCHOOL,
        portal_url=tiny_school.cloud.url,
        clock=SystemClock(),
        who="registrar",
    )
    with other.held():
        for command in (
            ["sync", "--yes"],
            ["settings", "send-scheduling-year", "yes", "--yes"],
            ["undo", "X", "--yes"],
        ):
            refused = tiny_school.run(*command)
            assert refused.exit_code == 3
            assert "by registrar" in refused.stderr
        assert refused.doc["error"]["owner"]["who"] == "registrar"
        assert tiny_school.run("plan").exit_code == 0, "looking is free"
    assert tiny_school.accounts() == {}
    assert tiny_school.sync().exit_code == 0


def test_waiting_ends_when_the_other_run_does(tmp_path: Path) -> None:
    other = lock_of(tmp_path, Waiting(), "one")
    with other.held():
        clock = Waiting(then=lambda: other._lock.release())
        with lock_of(tmp_path, clock, "two").held(wait_seconds=10):
            assert clock.waits == 2


def test_waiting_has_an_end(tmp_path: Path) -> None:
    clock = Waiting()
    mine = lock_of(tmp_path, clock, "two").held(wait_seconds=3)
    with lock_of(tmp_path, Waiting(), "one").held(), pytest.raises(RefusedError, match="since 3 s"):
        mine.__enter__()
    assert clock.waits == 3


def test_one_who_holds_the_lock_may_take_it_again(tmp_path: Path) -> None:
    lock = lock_of(tmp_path, Waiting(), "one")
    with lock.held(), lock.held():
        pass
    with lock_of(tmp_path, Waiting(), "two").held():
        pass


def test_case_4_another_machine_s_open_sync_is_respected(tiny_school: TinySchool) -> None:
    revision = tiny_school.revision()
    theirs = {"kind": "all-data", "base_revision": revision, "plan_id": "x", "client": "another machine"}
    tiny_school.cloud.world.open_sync(SCHOOL, **theirs)
    refused = tiny_school.sync()
    assert (refused.exit_code, tiny_school.accounts()) == (5, {})
    assert "another machine" in refused.stderr
    assert [s["state"] for s in tiny_school.cloud.syncs(SCHOOL)] == ["open"]


def test_state_files_are_their_owner_s_alone(tiny_school: TinySchool) -> None:
    tiny_school.sync("--wait", "1")
    state = tiny_school.folder / ".dayzero"
    assert state.stat().st_mode & 0o077 == 0
    assert [f.name for f in state.iterdir() if f.stat().st_mode & 0o077] == []
