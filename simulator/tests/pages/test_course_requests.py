"""Course Requests (R27-R30, cases 24, 26, 48-54): who may do what in which state, and what is said where not."""

from __future__ import annotations

from typing import Any

import pytest
from counsel import GOOD, act, items, school
from oak import account, change, pupil

pytestmark = pytest.mark.slow

SETTINGS = {
    "min_credits": "5",
    "max_credits": "8",
    "max_alternates": "3",
    "submit_by": "student-or-parent",
    "parent_review": "any",
}


def test_r27_r28_case_48_a_newcomer_sees_course_requests_and_no_empty_shells(portal: Any) -> None:
    home = portal.person("student", "new").get("/home").words
    assert "Choose courses" in home
    assert "Schedule" not in home
    assert "rades are" not in home
    returning = portal.person("student", "ret").get("/home").words
    assert "Schedule" in returning


def test_r30_the_form_is_of_the_scheduling_years_grade(portal: Any) -> None:
    newcomer, returning = portal.person("student", "new"), portal.person("student", "ret")
    assert "English 9" in newcomer.get("/courses/new").words
    assert "English 10" not in newcomer.get("/courses/new").words
    assert "English 10" in returning.get("/courses/ret").words
    assert "Algebra" not in returning.get("/courses/ret").words


def test_case_24_a_senior_has_no_form(portal: Any) -> None:
    senior = portal.person("student", "sen")
    assert "Course Requests" not in senior.get("/home").words
    assert senior.get("/courses/sen").status == 404


def test_required_courses_are_chosen_and_the_form_is_checked_when_it_is_submitted(portal: Any) -> None:
    student = portal.person("student", "new")
    few = act(student, "new", "submit", **{"course:ART": "yes"})
    assert few.status == 422
    assert "2 credits are chosen; at least 5" in few.words
    assert 'name="course:ART" value="yes" data-worth="1.0" data-title="Studio Art" checked' in few.text
    many = act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes", "course:BAND": "yes"})
    assert many.status == 200
    assert [(i["course_id"], i["rank"], i["alternate"], i["status"]) for i in sorted(items(portal), key=str)] != []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({**GOOD, "course:BAND": "1", "course:ART": "1"}, "same rank"),
        ({"course:MAT": "yes", "course:ART": "yes", "course:BAND": "7"}, ""),
    ],
)
def test_alternates_are_ranked(portal: Any, fields: dict[str, str], says: str) -> None:
    page = act(portal.person("student", "new"), "new", "submit", **fields)
    assert page.status == (422 if says else 200)
    assert says in page.words
    if not says:
        assert [(i["course_id"], i["rank"]) for i in items(portal) if i["alternate"]] == [("BAND", 1)]


def test_a_course_of_another_grade_cannot_be_smuggled_in(portal: Any) -> None:
    act(portal.person("student", "new"), "new", "submit", **GOOD, **{"course:TEN": "yes"})
    assert "TEN" not in {i["course_id"] for i in items(portal)}


def test_r29_submitted_reviewed_received_returned_and_approved(portal: Any) -> None:
    student, parent, admin = portal.person("student", "new"), portal.person("parent", "pn"), portal.admin()
    assert "draft is saved" in act(student, "new", "save", **GOOD).words
    assert {i["status"] for i in items(portal)} == {"draft"}
    assert "Submitted" in act(student, "new", "submit", **GOOD).words
    assert "Thank you" in act(parent, "new", "review", comment="Fine with us").words
    assert {i["status"] for i in items(portal)} == {"reviewed"}
    assert school(admin, "new", "approve").status == 409
    assert "Received." in school(admin, "new", "receive").words
    assert "Say in the note" in school(admin, "new", "return", note=" ").words
    school(admin, "new", "return", note="Band is full.")
    assert "Band is full." in student.get("/courses/new").words
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    assert "Pat Newcomer: no answer yet" in admin.get("/requests/of/new").words
    act(parent, "new", "review")
    school(admin, "new", "receive")
    assert "Approved." in school(admin, "new", "approve").words
    assert {(i["course_id"], i["status"]) for i in items(portal, status="approved")} == {
        ("ENG", "approved"),
        ("MAT", "approved"),
        ("ART", "approved"),
    }
    history = admin.get("/requests/of/new").words
    for word in (
        "Nia Newcomer saved a draft",
        "Pat Newcomer agreed",
        "Portal Administrator returned it",
        "Band is full.",
    ):
        assert word in history


def test_case_49_a_parent_cannot_review_before_submission_nor_after_approval(portal: Any) -> None:
    student, parent, admin = portal.person("student", "new"), portal.person("parent", "pn"), portal.admin()
    assert "Nothing has been chosen yet" in act(parent, "new", "review").words
    act(student, "new", "save", **GOOD)
    assert "not been submitted yet" in act(parent, "new", "review").words
    act(student, "new", "submit", **GOOD)
    school(admin, "new", "receive")
    school(admin, "new", "approve")
    refused = act(parent, "new", "review")
    assert refused.status == 409
    assert "it is final" in refused.words


def test_case_50_after_receipt_the_student_edits_nothing(portal: Any) -> None:
    student, admin = portal.person("student", "new"), portal.admin()
    act(student, "new", "submit", **GOOD)
    before = items(portal)
    school(admin, "new", "receive")
    for action in ("save", "submit", "take-back"):
        refused = act(student, "new", action, **{"course:MAT": "yes"})
        assert refused.status == 409
        assert "The school has received the request" in refused.words
    assert {i["course_id"] for i in items(portal)} == {i["course_id"] for i in before}


@pytest.mark.parametrize(("rule", "state"), [("any", "reviewed"), ("all", "submitted")])
def test_case_51_two_parents_who_disagree_are_both_shown_and_one_rule_decides(
    portal: Any, rule: str, state: str
) -> None:
    student, one, two = portal.person("student", "new"), portal.person("parent", "pn"), portal.person("parent", "pm")
    admin = portal.admin()
    admin.send("/settings", **{**SETTINGS, "parent_review": rule})
    act(student, "new", "submit", **GOOD)
    act(one, "new", "review", agrees="yes", comment="Yes please")
    act(two, "new", "review", agrees="no", comment="Too much music")
    assert {i["status"] for i in items(portal)} == {state}
    seen = admin.get("/requests/of/new").words
    assert "Pat Newcomer: agrees (“Yes please”)" in seen
    assert "Max Newcomer: does not agree (“Too much music”)" in seen
    for_one = one.get("/courses/new").words
    assert "The other parent: did not agree" in for_one
    assert "Too much music" not in for_one
    assert "max@home.test" not in for_one


def test_case_52_case_26_a_student_who_left_keeps_the_request_and_it_cannot_be_received(portal: Any) -> None:
    student, admin = portal.person("student", "new"), portal.admin()
    act(student, "new", "submit", **GOOD)
    portal.sync(
        change("student-record", "new", op="remove"), change("student", "new", op="disable"),
        change("parent", "pm", children=[["new", "ret"], ["ret"]]),
    )  # fmt: skip
    assert {i["status"] for i in items(portal)} == {"withdrawn"}
    refused = school(admin, "new", "receive")
    assert refused.status == 409
    assert "no longer in the scheduling year" in refused.words
    portal.sync(pupil("new", "Nia Newcomer", None, "9"), change("student", "new", op="enable"))
    assert {i["status"] for i in items(portal)} == {"submitted"}
    assert "Received." in school(admin, "new", "receive").words


def test_case_53_transition_mode_hides_schedules_and_not_course_requests(portal: Any) -> None:
    student = portal.person("student", "ret")
    portal.admin().send("/settings", transition_student="yes", **SETTINGS)
    assert "hides schedules" in student.get("/home").words
    assert student.get("/courses/ret").status == 200


def test_a_parent_may_submit_for_a_child_without_a_login_unless_the_school_says_students_only(portal: Any) -> None:
    portal.sync(pupil("kid", "Kit Loginless", None, "9"), change("parent", "pn", children=[["new"], ["kid", "new"]]))
    parent = portal.person("parent", "pn")
    assert "Kit Loginless" in parent.get("/home").words
    assert "Submitted" in act(parent, "kid", "submit", **GOOD).words
    assert {i["submitted_by"] for i in items(portal) if i["student_id"] == "kid"} == {"parent:pn"}
    portal.admin().send("/settings", **{**SETTINGS, "submit_by": "student"})
    assert "the student fills in" in act(parent, "new", "submit", **GOOD).words


def test_the_window_opens_and_closes_for_families_and_never_for_the_school(portal: Any, clock: Any) -> None:
    student, admin = portal.person("student", "new"), portal.admin()
    admin.send("/settings", requests_open_at="2027-03-01T09:00", requests_close_at="2027-03-02T09:00", **SETTINGS)
    assert "open Monday, March 1, 9:00 AM, today" in act(student, "new", "submit", **GOOD).words
    clock.forward(minutes=60)
    student = portal.person("student", "new")
    assert "Submitted" in act(student, "new", "submit", **GOOD).words
    clock.forward(hours=24)
    student, admin = portal.person("student", "new"), portal.admin()
    assert "closed Tuesday, March 2, 9:00 AM" in act(student, "new", "take-back").words
    assert "Received." in school(admin, "new", "receive").words


def test_two_browsers_on_one_request_lose_nothing_in_silence(portal: Any) -> None:
    student, parent = portal.person("student", "new"), portal.person("parent", "pn")
    stale = parent.get("/courses/new")
    act(student, "new", "save", **GOOD)
    second = parent.send("/courses/new", stale, action="save", version=stale.hidden("version"), **{"course:MAT": "yes"})
    assert second.status == 409
    assert "was changed by the student (save" in second.words
    assert "Nothing of yours was saved" in second.words
    assert {i["course_id"] for i in items(portal)} == {"ENG", "MAT", "ART", "BAND"}


def test_bulk_says_by_name_what_could_not_be_done(portal: Any) -> None:
    student, parent, admin = portal.person("student", "new"), portal.person("parent", "pm"), portal.admin()
    act(student, "new", "submit", **GOOD)
    act(parent, "ret", "save", **{"course:ART": "yes"})
    page = admin.get("/requests/list")
    done = admin.send("/requests/list", page, action="receive", ticked=["new:1", "ret:1"])
    assert "Not done for 1" in done.words
    assert "The request has not been submitted yet. Rex Returning ret" in done.words
    assert "1 request received; 1 not." in done.words
    assert {i["status"] for i in items(portal) if i["student_id"] == "new"} == {"received"}
    approved = admin.send("/requests/list", admin.get("/requests/list"), action="approve", ticked=["new:2"])
    assert "1 request approved: Nia Newcomer." in approved.words


def test_overview_and_demand_count_what_there_is(portal: Any) -> None:
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    admin = portal.admin()
    overview = admin.get("/requests")
    assert "9 0 0 1 0 0 0 0 1" in overview.rows()
    assert "10 1 0 0 0 0 0 0 1" in overview.rows()
    assert "<svg" in overview.text
    demand = admin.get("/requests/demand")
    assert next(r for r in demand.rows() if "Algebra" in r).startswith("Algebra MAT All 1 0")
    assert next(r for r in demand.rows() if "Concert" in r).startswith("Concert Band BAND All 0 1")
    saved = admin.send("/requests/demand", demand, **{"capacity:MAT": "0", "capacity:ART": "30"})
    assert next(r for r in saved.rows() if "Algebra" in r).endswith("1 too many")
    assert next(r for r in saved.rows() if "Studio" in r).endswith("29 left")
    assert admin.send("/requests/demand", demand, **{"capacity:MAT": "many"}).status == 422


def test_r18_signing_in_and_requests_move_no_revision(portal: Any) -> None:
    before = portal.cloud.world.school("oak")["revision"]
    act(portal.person("student", "new"), "new", "submit", **GOOD)
    school(portal.admin(), "new", "receive")
    assert portal.cloud.world.school("oak")["revision"] == before


def test_r31_after_the_active_year_changed_the_request_is_history_and_the_account_the_same(portal: Any) -> None:
    student = portal.person("student", "new")
    act(student, "new", "submit", **GOOD)
    password = portal.stored("student", "new", "password")
    portal.sync(
        change("school-year", "2027", role=["active", "past"]), change("school-year", "2028", role=["scheduling", "active"]),
        change("student-record", "new", years=[["scheduling"], ["active"]], next_grade_level=["9", None]),
        change("student", "new", years=[["scheduling"], ["active"]], new=[True, False]),
    )  # fmt: skip
    assert portal.stored("student", "new", "password") == password
    assert "Course Requests" not in student.get("/home").words
    assert {i["status"] for i in items(portal)} == {"submitted"}


def test_accounts_of_other_children_show_only_them(portal: Any) -> None:
    """Case 36 at the portal: a parent switches between the children who grant access, and sees no other."""
    portal.sync(account("parent", "po", "oz@home.test", "Oz Other", children=["ret"]))
    parent = portal.person("parent", "po")
    assert "Rex Returning" in parent.get("/home").words
    assert "Nia" not in parent.get("/home").words
    assert parent.get("/courses/new").status == 404
