"""Every plan says how many course requests it would withdraw, and a hold keeps them."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, PROMOTED, SCHEDULING, SCHOOL, TinySchool

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


def test_who_leaves_takes_their_requests_along_and_the_plan_says_so(choosing: TinySchool) -> None:
    for ident in ("p0", "p1", "p2", "p9"):
        choosing.remove("enrollments", student_id=ident, year_id=SCHEDULING)
    planned = choosing.plan(yes=True)
    assert (planned.exit_code, planned.doc["requests"]) == (0, {"draft": 0, "submitted": 2, "approved": 1})
    assert choosing.sync(yes=True).doc["requests"] == planned.doc["requests"]
    assert states(choosing) == ["submitted", "withdrawn", "withdrawn", "withdrawn"]


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
