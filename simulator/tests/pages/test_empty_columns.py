"""Columns that a SIS may leave empty (departments, credits, grades, one of two names): every page goes on working."""

from __future__ import annotations

import re
from typing import Any

import pytest
from oak import account, record

pytestmark = pytest.mark.slow


def bare(ident: str, **fields: Any) -> dict[str, Any]:
    """A course of which the SIS says no more than it must."""
    return record("course", f"2028/{ident}", course_id=ident, year_id="2028", **fields)


COURSES = {
    "nothing but titles": [bare("A", title="Art"), bare("B", title="Band"), bare("R", title="Reading", required=True)],
    "no titles": [bare("A", credits=1.0, grade_levels=["11"]), bare("B", title="Band", grade_levels=["11"])],
    "some departments": [
        bare("A", title="Art", department="Arts"), bare("B", title="Band"), bare("C", title="Chorus", department="Arts"),
        bare("D", title="Drama"),
    ],
    "some credits": [bare("A", title="Art", credits=0.5), bare("B", title="Band"), bare("R", title="Reading", required=True)],
    "required above the most": [bare(c, title=c, credits=3.0, required=True) for c in "ABCD"],
    "no course at all": [],
}  # fmt: skip


@pytest.fixture(params=COURSES.values(), ids=COURSES)
def sparse(request: Any, portal: Any) -> Any:
    """Oak with a student of grade 11 whose courses lack what may be lacking, and a parent with a single name."""
    portal.sync(
        *request.param,
        record("student-record", "only", family_name="Madonna", grade_level="10", next_grade_level="11", years=["active", "scheduling"]),
        {"op": "create", "kind": "student", "id": "only", "changes": {"login": [None, "only@oak.example"], "family_name": [None, "Madonna"], "years": [None, ["active", "scheduling"]]}},
        {"op": "create", "kind": "parent", "id": "po", "changes": {"login": [None, "po@home.test"], "given_name": [None, "Cher"], "years": [None, ["active", "scheduling"]], "children": [None, ["only"]]}},
        account("parent", "none", "none@home.test", "No Body", years=[], new=None),
    )  # fmt: skip
    return portal


ADMIN_PAGES = (
    "/manage/parents", "/manage/students", "/manage/student/only", "/manage/parent/po", "/manage/parent/none", "/requests",
    "/requests/list", "/requests/list?sort=grade", "/requests/demand", "/requests/of/only", "/syncs", "/settings", "/audit",
    "/manage/students/login-details?channel=print&criterion=all", "/approval-center", "/manage/parents.csv",
)  # fmt: skip


def test_every_page_opens_and_says_none_nowhere(sparse: Any) -> None:
    admin, student, parent = sparse.admin(), sparse.person("student", "only"), sparse.person("parent", "po")
    pages = [*((admin, path) for path in (*ADMIN_PAGES, f"/syncs/{sparse.syncs[-1]}"))]
    pages += [(student, "/home"), (student, "/courses/only"), (parent, "/home"), (parent, "/courses/only")]
    for browser, path in pages:
        page = browser.get(path)
        assert page.status == 200, path
        assert "None" not in page.words.replace("None yet", "").replace("None.", ""), path
    assert "Welcome, Madonna" in student.get("/home").words
    assert "Welcome, Cher" in parent.get("/home").words


def test_a_request_can_be_submitted_with_what_there_is(sparse: Any) -> None:
    student, admin = sparse.person("student", "only"), sparse.admin()
    page = student.get("/courses/only")
    wanted = dict.fromkeys(re.findall(r'name="(course:[^"]+)"', page.text), "yes")
    sent = student.send("/courses/only", page, action="submit", version="0", **wanted)
    assert "Submitted, Monday, March 1, 8:00 AM" in sent.words, sent.words
    page = admin.get("/requests/of/only")
    assert "Received." in admin.send("/requests/of/only", page, action="receive", version="1").words
    assert "Approved." in admin.send("/requests/of/only", page, action="approve", version="2").words


def test_credits_are_asked_for_where_there_are_enough(portal: Any) -> None:
    portal.sync(bare("X", title="Extra", grade_levels=["9"]))
    student = portal.person("student", "new")
    few = student.send("/courses/new", action="submit", version="0", **{"course:ART": "yes", "course:X": "yes"})
    assert "2 credits are chosen; at least 5 are needed." in few.words


def test_no_credits_are_spoken_of_where_no_course_has_any(portal: Any) -> None:
    portal.sync(
        bare("A", title="Art", grade_levels=["11"]),
        record("student-record", "only", family_name="Madonna", next_grade_level="11", years=["scheduling"]),
    )
    portal.sync(account("student", "only", "only@oak.example", "Ada Madonna", years=["scheduling"], new=True))
    form = portal.person("student", "only").get("/courses/only")
    assert "credit" not in form.words.split("Ada Madonna")[-1].split("How a school asks")[0]
