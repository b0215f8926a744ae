"""Issue "a sync you can trust": `dayzero undo` takes a run back through the same review and limits."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, TinySchool

pytestmark = pytest.mark.slow


def undo(school: TinySchool, run: Any, *options: str) -> Any:
    """Undo a run that a sync's outcome names."""
    return school.run("undo", run.doc["run_id"], "--yes", *options)


def records(school: TinySchool) -> dict[str, Any]:
    """Return the student records on the portal by id."""
    return {r["id"]: r for r in school.get("/students", limit=10_000)["items"]}


def test_the_portal_is_as_before(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"]).sync()
    before, records_before = tiny_school.accounts(), records(tiny_school)
    tiny_school.student("s1", given_name="Renamed").student("s2", enrolled={}).student("s3")
    synced = tiny_school.contact("c1", "new@homes.example", children=["s1", "s3"]).sync()
    assert tiny_school.accounts() != before
    undone = undo(tiny_school, synced)
    assert undone.exit_code == 0
    assert undone.doc["undoes"] == synced.doc["run_id"]
    after = tiny_school.accounts()
    assert after.pop(("student", "s3"))["status"] == "disabled", "nothing is deleted on a portal"
    assert after == before
    assert records(tiny_school) == records_before, "a removed record comes back with its values"


def test_password_and_history_survive(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.sign_in("student", "s1")
    gone = tiny_school.student("s1", enrolled={}).sync()
    assert undo(tiny_school, gone).exit_code == 0
    assert tiny_school.status("student", "s1") == "active"
    assert tiny_school.has_password("student", "s1", "Day0-secret")


def test_what_changed_since_stays_and_is_shown(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    first = tiny_school.student("s1", "second@pupils.example", given_name="Second").sync()
    tiny_school.student("s1", "second@pupils.example", given_name="Third").sync()
    undone = undo(tiny_school, first)
    assert undone.exit_code == 1
    assert [(c["kind"], c["field"], c["expected"], c["found"]) for c in undone.doc["conflicts"]] == [
        ("student", "given_name", "Second", "Third"),
        ("student-record", "given_name", "Second", "Third"),
    ]
    account = tiny_school.account("student", "s1")
    assert (account["given_name"], account["login"]) == ("Third", "s1@pupils.example")


def test_limits_hold_an_undo_too(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 2
    tiny_school.sync()
    for number in range(3):
        tiny_school.student(f"n{number}", **NEWCOMER)
    synced = tiny_school.sync(yes=True)
    held = undo(tiny_school, synced)
    assert held.exit_code == 3
    assert {"n0", "n1", "n2"} <= tiny_school.working("student")
    assert undo(tiny_school, synced, "--allow", "disable=3").exit_code == 0
    assert tiny_school.working("student") == {"s0"}


def test_an_undo_is_written_reviewed_and_applied_exactly(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    synced = tiny_school.student("s1", **PROMOTED).sync()
    file = tiny_school.folder / "back.plan"
    planned = tiny_school.run("undo", synced.doc["run_id"], "--out", str(file))
    assert (planned.exit_code, tiny_school.status("student", "s1")) == (0, "pending")
    applied = tiny_school.run("sync", "--plan", str(file), "--expect", planned.doc["plan_id"])
    assert (applied.exit_code, tiny_school.status("student", "s1")) == (0, "disabled")
    assert tiny_school.run("history", applied.doc["run_id"]).doc["undoes"] == synced.doc["run_id"]


def test_an_undo_can_be_undone(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    changed = tiny_school.student("s1", given_name="Renamed").sync()
    back = undo(tiny_school, changed)
    assert undo(tiny_school, back).exit_code == 0
    assert tiny_school.account("student", "s1")["given_name"] == "Renamed"
    assert tiny_school.sync().doc["operations"] == []


def test_what_is_undone_already_is_left_alone(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    synced = tiny_school.student("s1").sync()
    assert undo(tiny_school, synced).doc["applied"]["student"]["disable"] == 1
    again = undo(tiny_school, synced)
    assert (again.exit_code, again.doc["operations"], again.doc["conflicts"]) == (0, [], [])


def test_what_the_portal_rejected_is_not_undone(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "one@pupils.example").sync()
    gone = tiny_school.student("s1", "one@pupils.example", enrolled={}).sync()
    tiny_school.student("s2", "one@pupils.example").sync()
    back = undo(tiny_school, gone)
    assert (back.exit_code, [(r["id"], r["reason"]) for r in back.doc["rejected"]]) == (1, [("s1", "login-taken")])
    assert undo(tiny_school, back).operation("student", "s1") is None


def test_a_run_that_changed_nothing_is_not_undone(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    idle = tiny_school.sync()
    refused = undo(tiny_school, idle)
    assert refused.exit_code == 2
    assert "nothing to undo" in refused.stderr


def test_nobody_to_ask_and_no_such_run_are_said(tiny_school: TinySchool) -> None:
    synced = tiny_school.sync()
    assert tiny_school.run("undo", synced.doc["run_id"]).exit_code == 2
    assert "no run" in tiny_school.run("undo", "elsewhere", "--yes").stderr


def test_history_says_who_when_from_where_and_what_for_a_person(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "registrar")
    tiny_school.student("s1", enrolled={ACTIVE: "9"}).sync()
    renamed = tiny_school.student("s1", given_name="Renamed").sync()
    told = tiny_school.run("history", "--person", "s1").doc["changes"]
    assert [(c["op"], c["kind"]) for c in told] == [
        ("create", "student"), ("create", "student-record"), ("update", "student"), ("update", "student-record"),
    ]  # fmt: skip
    assert {(c["who"], c["source"], c["state"], c["rejected"]) for c in told} == {
        ("registrar", "csv", "committed", None)
    }
    one = tiny_school.run("history", renamed.doc["run_id"], "--person", "s1").doc["changes"]
    assert [c["changes"] for c in one] == [{"given_name": ["Given s1", "Renamed"]}] * 2
