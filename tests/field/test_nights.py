"""Several nights, and several things at once: what was looked at, or is another loss, is not added up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from field.test_holds import crowd, going_on, records, without_next_year
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

from dayzero.clock import SystemClock

pytestmark = pytest.mark.slow


def held(run: Any) -> list[tuple[Any, ...]]:
    return [(h["op"], h["kind"], h["count"], h.get("before", 0), h["limit"]) for h in run.doc["held"]]


def test_i1_the_setting_said_again_is_no_release(tiny_school: TinySchool) -> None:
    ids = going_on(tiny_school, 15)
    without_next_year(tiny_school, ids).write(yes=True)
    for command in (("plan", "--send-scheduling-year", "yes"), ("settings", "send-scheduling-year", "yes", "--yes")):
        assert tiny_school.run(*command).exit_code == 3, command
    assert sum("scheduling" in had for had in records(tiny_school).values()) == 16


def test_i11_graduates_of_a_saved_plan_are_no_leak(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12)
    for n in range(9):
        tiny_school.student(f"g{n}", enrolled={ACTIVE: "12"})
    tiny_school.sync(yes=True)
    file = str(tiny_school.folder / "turn.plan")
    assert tiny_school.activate().plan("--out", file, yes=True).exit_code == 0
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
    run = tiny_school.forget_student("p01").forget_student("p02").sync(yes=True)
    assert (run.exit_code, held(run)) == (0, [])


def test_i11_who_goes_by_the_setting_is_no_leak(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12)
    for n in range(9):
        tiny_school.student(f"n{n}", **NEWCOMER)
    tiny_school.sync(yes=True)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 0
    run = tiny_school.forget_student("p01").forget_student("p02").sync()
    assert (run.exit_code, held(run)) == (0, [])


def test_i11_a_night_with_the_clock_ahead_is_not_added_up_for_ever(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = going_on(tiny_school, 15)
    for who, days in ((ids[:8], 300), (ids[8:11], 60)):
        now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=days)
        monkeypatch.setattr(SystemClock, "now", lambda _, now=now: now)
        run = without_next_year(tiny_school, who).sync(yes=True)
    assert held(run) == []


def test_i11_a_year_lost_as_the_next_one_is_another_loss(tiny_school: TinySchool) -> None:
    both = {ACTIVE: "9", SCHEDULING: "10", "2029": "11"}
    ids = crowd(tiny_school, 30, enrolled=both, entry={"2029": 0})
    tiny_school.sync(yes=True)
    without_next_year(tiny_school, ids[:8]).sync(yes=True)
    tiny_school.activate().year("2029", "scheduling").sync(yes=True)
    for ident in ids[20:23]:
        tiny_school.remove("enrollments", student_id=ident, year_id=SCHEDULING)
    assert [h for h in held(tiny_school.sync(yes=True)) if h[0] == "year"] == []


def test_a4_students_without_an_account_are_counted_for_a_year(tiny_school: TinySchool) -> None:
    """Where children have no logins, as in a primary school, half of the accounts is nobody."""
    ids = [f"p{n:02}" for n in range(20)]
    for ident in ids:
        tiny_school.student(ident, "", enrolled={ACTIVE: "9", SCHEDULING: "10"}, entry={SCHEDULING: 0})
        tiny_school.contact(f"m{ident}", children=[ident])
    tiny_school.sync(yes=True)
    for ident in ids[:2]:
        tiny_school.edit("enrollments", {"student_id": ident, "year_id": ACTIVE}, status="inactive")
    file = str(tiny_school.folder / "tonight.plan")
    assert tiny_school.plan("--out", file, yes=True).doc["held"] == []
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
