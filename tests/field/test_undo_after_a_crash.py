"""I13: an undo settles first what a crash left open; and no undo crosses a change of year."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from tiny_school import PROMOTED, TinySchool

pytestmark = pytest.mark.slow


def crashed(school: TinySchool, how: str) -> str:
    """Let a sync be applied whose end this side never learned; return its run."""
    if how == "killed":
        run_id = str(school.sync().doc["run_id"])
        with closing(sqlite3.connect(school.folder / ".dayzero" / "journal.sqlite")) as db, db:
            forgotten = "finished_at = null, revision = null, applied = null, rejected = null, exit_code = null"
            db.execute(f"update runs set state = 'running', {forgotten} where run_id = ?", [run_id])
        return run_id
    school.cloud.fault(operation="commitSync", effect="lost-reply", times=None)
    school.cloud.fault(operation="abandonSync", effect="status", status=503, times=None)
    assert school.sync().exit_code == 5
    school.cloud.clear_faults()
    return str(school.run("history").doc["runs"][0]["run_id"])


@pytest.mark.parametrize("how", ["killed", "reply lost"])
def test_i13_a_run_that_crashed_and_was_applied_is_settled_and_undone(tiny_school: TinySchool, how: str) -> None:
    tiny_school.student("s1").sync()
    before = tiny_school.everything()
    run_id = crashed(tiny_school.student("s1", given_name="Renamed").contact("c1", children=["s1"]), how)
    assert tiny_school.everything() != before
    undone = tiny_school.run("undo", run_id, "--yes")
    assert undone.exit_code == 0, undone.stderr
    assert [(r["run_id"], r["became"]) for r in undone.doc["recovered"]] == [(run_id, "committed")]
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"
    assert tiny_school.status("parent", "c1") == "disabled"
    assert [r["state"] for r in tiny_school.run("history").doc["runs"][:2]] == ["committed", "committed"]


def test_i13_its_undo_may_be_reviewed_in_a_file(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    run_id = crashed(tiny_school.student("s1", given_name="Renamed"), "killed")
    file = str(tiny_school.folder / "back.plan")
    written = tiny_school.run("undo", run_id, "--out", file)
    assert (written.exit_code, written.doc["counts"]["student"]["update"]) == (0, 1)
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"


def test_i13_a_run_that_was_not_applied_is_still_none_to_undo(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.cloud.fault(operation="putPart", effect="status", status=503, times=None)
    tiny_school.cloud.fault(operation="abandonSync", effect="status", status=503, times=None)
    assert tiny_school.student("s2").sync().exit_code == 5
    tiny_school.cloud.clear_faults()
    run_id = tiny_school.run("history").doc["runs"][0]["run_id"]
    refused = tiny_school.run("undo", run_id, "--yes")
    assert (refused.exit_code, "changed nothing" in refused.stderr) == (2, True)
    assert tiny_school.syncs("open") == []
    assert tiny_school.sync().exit_code == 0


def test_i13_an_earlier_run_is_undone_after_a_crash_of_a_later_one(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    first = tiny_school.student("s1", given_name="Renamed").sync().doc["run_id"]
    crashed(tiny_school.student("s2"), "reply lost")
    undone = tiny_school.run("undo", first, "--yes")
    assert undone.exit_code == 0
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"
    assert tiny_school.status("student", "s2") == "pending"


# -- a change of year


@pytest.fixture
def turned(tiny_school: TinySchool) -> tuple[TinySchool, dict[str, Any]]:
    """Return a school whose year has changed, and its runs: before, at and after it."""
    runs = {"before": tiny_school.student("s1", **PROMOTED).student("senior").sync(yes=True).doc["run_id"]}
    runs["renamed"] = tiny_school.student("s1", given_name="Renamed", **PROMOTED).sync(yes=True).doc["run_id"]
    runs["at"] = tiny_school.activate().sync(yes=True, allow="change-of-year=1").doc.get("run_id")
    if runs["at"] is None:
        runs["at"] = tiny_school.sync(yes=True).doc["run_id"]
    runs["after"] = tiny_school.student("s1", given_name="Again", **PROMOTED).sync(yes=True).doc["run_id"]
    return tiny_school, runs


@pytest.mark.parametrize("which", ["before", "renamed", "at"])
def test_i13_no_undo_crosses_a_change_of_year(turned: tuple[TinySchool, dict[str, Any]], which: str) -> None:
    school, runs = turned
    before = school.everything()
    for options in (["--yes"], ["--out", str(school.folder / "back.plan")]):
        refused = school.run("undo", runs[which], *options)
        assert (refused.exit_code, refused.doc["error"]["kind"]) == (3, "Refused")
        assert "the year 2027 has ended" in refused.doc["error"]["message"]
    assert school.everything() == before


def test_i13_what_came_after_it_is_undone(turned: tuple[TinySchool, dict[str, Any]]) -> None:
    school, runs = turned
    assert school.run("undo", runs["after"], "--yes").exit_code == 0
    assert school.account("student", "s1")["given_name"] == "Renamed"
