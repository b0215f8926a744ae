"""R18, case 55: what is known is not listed again; what others changed on the portal is shown, repaired or kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from tiny_school import NEWCOMER, PROMOTED, SCHOOL, TinySchool

pytestmark = pytest.mark.slow

LISTINGS = ("listAccounts", "listStudents", "listSchoolYears", "listCourses")


def asked(school: TinySchool) -> list[str]:
    """Return the operations requested since the last call."""
    log = [r["operation"] for r in school.cloud.requests]
    school.cloud.requests.clear()
    return log


def test_nothing_is_listed_and_nothing_sent_when_nobody_touched_anything(tiny_school: TinySchool) -> None:
    first = tiny_school.student("s1").contact("c1", children=["s1"]).student("s2", "").sync()
    asked(tiny_school)
    second = tiny_school.sync()
    assert asked(tiny_school) == ["getSchool"]
    assert (second.exit_code, second.doc["operations"], second.doc["listed"]) == (0, [], False)
    assert second.doc["withheld"] == first.doc["withheld"], "the answer is as full as ever"


def test_the_copy_follows_every_operation(tiny_school: TinySchool) -> None:
    mornings: list[dict[str, Any]] = [{"yes": False}, {"yes": True}, {"yes": True}, {"yes": False}]
    tiny_school.row("courses", course_id="ENG1", year_id="2028", title="English", credits="1.5", grade_levels="9|10")
    for number, morning in enumerate(mornings):
        tiny_school.student("s1", **(PROMOTED if number % 2 else {"enrolled": {}}))
        tiny_school.student("s2", given_name=f'Zoë "{number}"', **(NEWCOMER if number < 2 else PROMOTED))
        tiny_school.contact("c1", children=["s1", "s2"][: 1 + number % 2])
        assert tiny_school.sync(**morning).exit_code == 0
        asked(tiny_school)
        known, listed = tiny_school.run("plan").doc, None
        assert asked(tiny_school) == ["getSchool"]
        (tiny_school.folder / ".dayzero" / "journal.sqlite").rename(tiny_school.folder / "aside")
        listed = tiny_school.run("plan").doc
        (tiny_school.folder / "aside").rename(tiny_school.folder / ".dayzero" / "journal.sqlite")
        assert set(LISTINGS) <= set(asked(tiny_school))
        assert {**known, "listed": True} == listed


def test_drift_is_shown_and_repaired(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.cloud.edit(SCHOOL, "student", "s1", given_name="Somebody", status="disabled")
    synced = tiny_school.sync()
    assert [(d["field"], d["expected"], d["found"], d["kept"]) for d in synced.doc["drift"]] == [
        ("given_name", "Given s1", "Somebody", False),
        ("status", "working", "disabled", False),
    ]
    account = tiny_school.account("student", "s1")
    assert (account["given_name"], account["status"]) == ("Given s1", "pending")
    assert tiny_school.sync().doc["drift"] == []


def test_drift_may_be_kept(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["drift"] = "keep"
    tiny_school.student("s1").student("s2").sync()
    tiny_school.cloud.edit(SCHOOL, "student", "s1", given_name="Somebody")
    tiny_school.cloud.edit(SCHOOL, "student", "s2", status="disabled")
    kept = tiny_school.sync()
    assert [(d["id"], d["kept"]) for d in kept.doc["drift"]] == [("s1", True), ("s2", True)]
    assert kept.doc["operations"] == []
    tiny_school.student("s1", family_name="New")
    assert tiny_school.sync().op("student", "s1") == "update", "other fields follow the source"
    account = tiny_school.account("student", "s1")
    assert (account["given_name"], account["family_name"]) == ("Somebody", "New")
    assert tiny_school.status("student", "s2") == "disabled"
    tiny_school.sync_settings["drift"] = "repair"
    tiny_school.sync()
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"
    assert tiny_school.status("student", "s2") == "pending"


def test_what_a_killed_run_had_committed_is_no_drift(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.student("s1").sync()
    with closing(sqlite3.connect(tiny_school.folder / ".dayzero" / "journal.sqlite")) as journal:
        journal.execute("update runs set state = 'running' where rowid = (select max(rowid) from runs)")
        journal.execute("update portal set revision = 'before'")
        journal.commit()
    again = tiny_school.sync()
    assert (again.doc["drift"], [r["became"] for r in again.doc["recovered"]]) == ([], ["committed"])
    assert [r["state"] for r in tiny_school.run("history").doc["runs"]] == ["nothing-to-do", "committed", "committed"]
    assert tiny_school.sync().doc["listed"] is False


def test_a_plan_from_a_file_keeps_the_copy_true(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    file = tiny_school.folder / "tonight.plan"
    tiny_school.student("s1").plan("--out", str(file))
    assert tiny_school.run("sync", "--plan", str(file)).exit_code == 0
    again = tiny_school.sync()
    assert (again.doc["listed"], again.doc["drift"], again.doc["operations"]) == (False, [], [])
