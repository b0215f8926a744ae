"""Every plan says how many course requests it would withdraw, and a hold keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, SCHOOL, TinySchool

pytestmark = pytest.mark.slow

NONE = {"draft": 0, "submitted": 0, "approved": 0}


@pytest.fixture
def choosing(tiny_school: TinySchool) -> TinySchool:
    """A school whose next year's students have asked for courses."""
    tiny_school.row("courses", course_id="ENG1", year_id=SCHEDULING, title="English", credits="5", grade_levels="10|11")
    for n in range(14):
        tiny_school.student(f"p{n}", **PROMOTED)
    tiny_school.sync(yes=True)
    tiny_school.cloud.change_settings(SCHOOL, min_credits="0")
    for n, state in enumerate(("submitted", "received", "approved", "submitted")):
        tiny_school.cloud.request_courses(SCHOOL, f"p{n}", "ENG1", state=state)
    return tiny_school


def states(school: TinySchool) -> list[str]:
    return sorted(r["status"] for r in school.get("/course-requests", limit=100)["items"])


def test_nothing_is_withdrawn_where_nobody_leaves(choosing: TinySchool) -> None:
    choosing.cloud.requests.clear()
    assert choosing.plan(yes=True).doc["requests"] == NONE
    assert "listCourseRequests" not in [r["operation"] for r in choosing.cloud.requests]


def loses_next_year(school: TinySchool, ident: str) -> None:
    school.remove("enrollments", student_id=ident, year_id=SCHEDULING)


def withdraws(school: TinySchool, ident: str) -> None:
    school.code(ident, ACTIVE, 90, "W").code(ident, SCHEDULING, 90, "W")


GOES = pytest.mark.parametrize("goes", [loses_next_year, withdraws, TinySchool.forget_student])


@GOES
def test_what_was_handed_in_is_held_with_the_person_until_somebody_looks(choosing: TinySchool, goes: Any) -> None:
    for n in range(14):
        choosing.contact(f"mp{n}", children=[f"p{n}"])
    choosing.sync(yes=True)
    before, had = choosing.accounts(), choosing.get("/students")["items"]
    for ident in ("p0", "p1", "p2", "p9"):
        goes(choosing, ident)
    planned = choosing.plan(yes=True)
    assert (planned.exit_code, planned.doc["requests"]) == (3, {"draft": 0, "submitted": 2, "approved": 1})
    [held] = planned.doc["held"]
    assert (held["op"], held["kind"], held["count"], held["allow"]) == ("requests", "student", 3, "requests=3")
    assert choosing.sync(yes=True).doc["requests"] == planned.doc["requests"]
    assert states(choosing) == ["approved", "received", "submitted", "submitted"]
    kept = [(k, i) for k, i in before if i[-2:] in ("p0", "p1", "p2")]
    assert {key: choosing.accounts()[key] for key in kept} == {key: before[key] for key in kept}
    there = {r["id"]: r for r in choosing.get("/students")["items"]}
    assert [there[r["id"]] for r in had if r["id"] in ("p0", "p1", "p2")] == [
        r for r in had if r["id"] in ("p0", "p1", "p2")
    ]
    assert "scheduling" not in (choosing.account("student", "p9")["years"] or []) or (
        choosing.status("student", "p9") == "disabled"
    ), "who has asked for nothing goes"
    assert choosing.sync("--allow", "requests=2", yes=True).exit_code == 3
    released = choosing.sync("--allow", "requests=3", yes=True)
    assert (released.exit_code, released.doc["requests"]) == (0, planned.doc["requests"])
    assert states(choosing) == ["submitted", "withdrawn", "withdrawn", "withdrawn"]
    assert choosing.sync(yes=True).doc["operations"] == []


def test_requests_of_a_year_that_has_come_are_history(choosing: TinySchool) -> None:
    turned = choosing.activate().year("2029", "scheduling")
    for n in range(14):
        turned.student(f"p{n}", enrolled={SCHEDULING: "10", "2029": "11"})
    turned.student("s0", enrolled={SCHEDULING: "11", "2029": "12"}, entry={"2029": 0})
    assert turned.sync(yes=True).exit_code == 0
    before = states(choosing)
    gone = turned.forget_student("p2").sync(yes=True)
    assert (gone.exit_code, gone.doc["requests"], states(choosing)) == (0, NONE, before)


def test_requests_of_released_leavers_go_with_them(choosing: TinySchool) -> None:
    for n in range(14):
        choosing.forget_student(f"p{n}")
    held = choosing.sync(yes=True)
    assert [h["allow"] for h in held.doc["held"]] == ["disable=14"]
    assert choosing.sync("--allow", "disable=14", yes=True).exit_code == 0
    assert states(choosing) == ["withdrawn"] * 4


def test_requests_of_those_whose_lost_year_was_released_go_too(choosing: TinySchool) -> None:
    for n in range(14):
        loses_next_year(choosing, f"p{n}")
    held = choosing.sync(yes=True)
    assert [h["allow"] for h in held.doc["held"]] == ["year=14"]
    assert choosing.sync("--allow", "year=14", yes=True).exit_code == 0
    assert states(choosing) == ["withdrawn"] * 4


def test_the_office_that_says_no_makes_history_of_them(choosing: TinySchool) -> None:
    choosing.write(yes=True)
    before = states(choosing)
    said = choosing.run("settings", "send-scheduling-year", "no", "--yes")
    assert (said.exit_code, said.doc["requests"], states(choosing)) == (0, NONE, before)


def test_an_undo_withdraws_nothing_that_was_handed_in(choosing: TinySchool) -> None:
    run = choosing.student("late", **NEWCOMER).sync(yes=True).doc["run_id"]
    choosing.edit("courses", {"course_id": "ENG1"}, grade_levels="9|10|11").sync(yes=True)
    choosing.cloud.request_courses(SCHOOL, "late", "ENG1", state="submitted")
    held = choosing.run("undo", run, "--yes")
    assert (held.exit_code, held.doc["requests"]["submitted"]) == (3, 1)
    assert ("student", "late") in choosing.accounts()
    assert "late" in choosing.working("student")
    assert choosing.run("undo", run, "--yes", "--allow", "requests=1").exit_code == 0
    assert "late" not in choosing.working("student")


def test_a_saved_plan_knows_nothing_of_what_is_handed_in_after_it(choosing: TinySchool) -> None:
    file = str(choosing.folder / "tonight.plan")
    loses_next_year(choosing, "p9")
    assert choosing.plan("--out", file, yes=True).exit_code == 0
    choosing.cloud.request_courses(SCHOOL, "p9", "ENG1", state="submitted")
    refused = choosing.run("sync", "--plan", file)
    assert (refused.exit_code, refused.doc["error"]["differs"]) == (3, ["requests"])
    assert choosing.plan("--out", file, yes=True).doc["held"][0]["allow"] == "requests=1"
    assert choosing.run("sync", "--plan", file).exit_code == 3
    assert "withdrawn" not in states(choosing)
    choosing.plan("--out", file, yes=True)
    assert choosing.run("sync", "--plan", file, "--allow", "requests=1").exit_code == 0
    assert states(choosing).count("withdrawn") == 1


def test_a2_who_is_held_keeps_their_requests(choosing: TinySchool) -> None:
    for n in range(14):
        for year in (ACTIVE, SCHEDULING):
            choosing.edit("enrollments", {"student_id": f"p{n}", "year_id": year}, status="inactive")
    before = states(choosing)
    held = choosing.sync(yes=True)
    assert (held.exit_code, held.doc["requests"]) == (3, NONE)
    assert states(choosing) == before


def test_a3_no_after_yes_withdraws_nothing_while_it_is_held(choosing: TinySchool) -> None:
    before = states(choosing)
    assert choosing.sync().exit_code == 3
    assert states(choosing) == before


def test_at_a_change_of_year_they_become_history(choosing: TinySchool) -> None:
    before = states(choosing)
    turned = choosing.activate().sync(yes=True)
    assert (turned.exit_code, turned.doc["requests"]) == (0, NONE)
    assert states(choosing) == before
