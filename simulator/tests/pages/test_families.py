"""What families meet: cards, a check before submitting, answers that are kept per choices, windows per grade, whose turn it is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from counsel import GOOD, act, items, school
from oak import Browser, Page, account, fields_of, pupil, record


def typed(page: Page) -> dict[str, str]:
    """What a page would send of the choices."""
    return {n: v for n, v in fields_of(page).items() if n.startswith("course:")}


def rows_in(portal: Any, table: str) -> list[dict[str, Any]]:
    with portal.cloud.world.reading() as db:
        return [dict(r) for r in db.execute(f"select * from {table}")]


def lived_course(ident: str, **words: str) -> dict[str, Any]:
    """An elective of grade 9 that says something of itself."""
    return record(
        "course", f"2028/{ident}", course_id=ident, year_id="2028", title=f"Course {ident}", department="Languages",
        credits=1.0, grade_levels=["9"], required=False, **words,
    )  # fmt: skip


# -- choosing


def test_each_part_of_a_card_is_there_when_the_course_says_it_and_not_when_it_does_not(portal: Any) -> None:
    words = {"code": "LAN210", "description": "Stories & films.", "prerequisite": "Spanish I", "term": "One semester"}
    portal.sync(lived_course("FULL", **words), lived_course("BARE"))
    page = portal.inside("student", "new").get("/courses/new")
    full, bare = (
        next(c for c in re.findall(r'<label class="choice">.*?</label>', page.text, re.DOTALL) if f"course:{i}" in c)
        for i in ("FULL", "BARE")
    )
    assert Page(0, "", full, {}).words.split() == (
        [
            "Course",
            "FULL",
            "LAN210",
            "·",
            "1.0",
            "credit",
            "·",
            "One",
            "semester",
            "Stories",
            "&",
            "films.",
            "Needs:",
            "Spanish",
            "I",
        ]
    )
    assert Page(0, "", bare, {}).words.split() == ["Course", "BARE", "1.0", "credit"]
    assert "None" not in page.words
    rows = portal.admin().get("/requests/demand").rows()
    assert {"Course FULL LAN210 Languages 0 0 0", "Course BARE BARE Languages 0 0 0"} <= set(rows), (
        "a code, where there is one"
    )


def test_required_courses_are_apart_and_the_meter_says_in_words_what_is_lacking(portal: Any) -> None:
    student = portal.inside("student", "new")
    page = student.get("/courses/new")
    assert 'name="course:ENG"' not in page.text
    assert "Already on your list 1.0 credit" in page.words
    assert "so choose 4 to 7 more here" in page.words
    assert "1.0 credit: 4.0 more needed. Allowed: 5 to 8." in page.words
    act(student, "new", "save", **{"course:MAT": "yes", "course:ART": "yes"})
    assert "5.0 credits: enough." in student.get("/courses/new").words


def test_to_check_the_answers_keeps_them_says_what_is_lacking_and_submits_nothing(portal: Any) -> None:
    student = portal.inside("student", "new")
    few = act(student, "new", "check", **{"course:ART": "yes"}, message="No gym on Fridays.")
    assert (few.status, few.path) == (200, "/portal/oak/courses/new")
    assert "2 credits are chosen; at least 5 are needed." in few.words
    assert 'value="submit"' not in few.text
    assert typed(student.get("/courses/new")) == {"course:ART": "yes"}
    page = act(student, "new", "check", **GOOD, message="No gym on Fridays.")
    assert "3 courses, 5.0 credits. Nothing is missing." in page.words
    assert "1. Concert Band (2.0)" in page.words
    assert "No gym on Fridays." in page.words
    assert {i["status"] for i in items(portal)} == {"draft"}
    assert "Check your answers" in student.get("/courses/new", step="check").words, "it can be loaded anew"
    sent = student.send("/courses/new", page, **{**fields_of(page), "action": "submit"})
    assert "Submitted, Monday, March 1, 8:00 AM" in sent.words
    assert {(i["course_id"], i["alternate"]) for i in items(portal)} == {
        ("ENG", False), ("MAT", False), ("ART", False), ("BAND", True),
    }  # fmt: skip
    assert "No gym on Fridays." in portal.inside("parent", "pn").get("/courses/new").words
    assert "No gym on Fridays." in portal.admin().get("/requests/of/new").words


def test_alternates_are_arranged_without_a_script_and_what_else_is_typed_stays(portal: Any) -> None:
    portal.sync(lived_course("FRE"), lived_course("SPA"))
    student = portal.inside("student", "new")
    page = student.get("/courses/new")
    for course_id in ("FRE", "SPA", "BAND"):
        page = student.send(
            "/courses/new", page, **{**fields_of(page), "action": "add", "add": course_id, "course:ART": "yes"}
        )
    assert typed(page) == {"course:ART": "yes", "course:FRE": "1", "course:SPA": "2", "course:BAND": "3"}
    for button, order in (
        ("up:BAND", ["FRE", "BAND", "SPA"]), ("down:FRE", ["BAND", "FRE", "SPA"]), ("up:BAND", ["BAND", "FRE", "SPA"]),
        ("drop:FRE", ["BAND", "SPA"]), ("drop:NOSUCH", ["BAND", "SPA"]), ("add", ["BAND", "SPA"]),
    ):  # fmt: skip
        page = student.send("/courses/new", page, **{**fields_of(page), "action": button, "message": "Hello"})
        assert page.status == 200
        ranks = {f"course:{course_id}": str(rank) for rank, course_id in enumerate(order, start=1)}
        assert typed(page) == {"course:ART": "yes", **ranks}, button
    both = {**fields_of(page), "course:BAND": ["1", "yes"]}
    assert typed(student.send("/courses/new", page, **{**both, "action": "save"}))["course:BAND"] == "yes"
    assert "Hello</textarea>" in student.get("/courses/new").text


def test_drafts_save_themselves_in_one_line_of_history_and_a_conflict_is_told(portal: Any) -> None:
    student, parent = portal.inside("student", "new"), portal.inside("parent", "pn")
    form = {**fields_of(student.get("/courses/new")), "action": "save", "quiet": "yes"}
    for version, chosen in ((1, "ART"), (2, "BAND")):
        said = student.send("/courses/new", **{**form, f"course:{chosen}": "yes", "version": version - 1})
        assert json.loads(said.text) == {"version": version, "said": "Draft saved, March 1, 8:00 AM"}
    assert typed(student.get("/courses/new")) == {"course:BAND": "yes"}
    assert [e["number"] for e in rows_in(portal, "form_events")] == [2]
    act(parent, "new", "save", **{"course:MAT": "yes"})
    late = student.send("/courses/new", **{**form, "course:ART": "yes", "version": "2"})
    assert late.status == 409
    assert "was changed by a parent" in json.loads(late.text)["problem"]
    assert typed(student.get("/courses/new")) == {"course:MAT": "yes"}
    assert [e["actor_kind"] for e in rows_in(portal, "form_events")] == ["student", "parent"]


# -- answers


def answered_and_changed(portal: Any) -> tuple[Browser, Browser, Browser]:
    """Nia submits, both parents answer, she chooses anew; return her browser and theirs."""
    student, one, two = (portal.inside(*who) for who in (("student", "new"), ("parent", "pn"), ("parent", "pm")))
    act(student, "new", "submit", **GOOD)
    act(one, "new", "review", agrees="yes")
    act(two, "new", "review", agrees="no", comment="Too much music")
    act(student, "new", "take-back")
    act(student, "new", "submit", **{"course:MAT": "yes", "course:BAND": "yes", "course:ART": "1"})
    return student, one, two


def test_an_answer_counts_for_the_choices_it_was_given_on_and_stays_on_record_for_them(portal: Any) -> None:
    _, one, _ = answered_and_changed(portal)
    assert {i["status"] for i in items(portal)} == {"submitted"}, "nobody has agreed to these"
    past = [(r["version"], r["parent_id"], r["agrees"], r["comment"]) for r in rows_in(portal, "past_reviews")]
    assert past == [(1, "pm", 0, "Too much music"), (1, "pn", 1, "")]
    assert rows_in(portal, "reviews") == []
    page = one.get("/courses/new")
    assert "Nia chose 3 courses, 6.0 credits. Do you agree?" in page.words
    assert "You agreed on Monday, March 1, 8:00 AM, to earlier choices" in page.words
    for words in (
        "New since then: Concert Band",
        "Not chosen any more: Studio Art",
        "courses if one is full are others",
    ):
        assert words in page.words
    assert "Too much music" not in page.words
    act(one, "new", "review", agrees="no", comment="Less, please")
    assert "did not agree with Nia’s courses" in one.get("/courses/new").words
    assert {r["version"] for r in rows_in(portal, "past_reviews")} == {1}
    act(one, "new", "take-back")
    assert [(r["version"], r["agrees"]) for r in rows_in(portal, "past_reviews") if r["parent_id"] == "pn"] == [
        (1, 1),
        (5, 0),
    ]


def test_a_parent_changes_their_answer_and_reads_the_request(portal: Any) -> None:
    student, one = portal.inside("student", "new"), portal.inside("parent", "pn")
    act(student, "new", "submit", **GOOD)
    thanks = act(one, "new", "review", agrees="yes")
    assert "Thank you. You agreed to Nia’s courses." in thanks.words
    assert "You: agreed, March 1, 8:00 AM The other parent: not yet" in thanks.words
    assert "Max" not in thanks.words, "parents are not told who the other one is"
    again = one.get("/courses/new", answer="again")
    assert "You agreed, March 1, 8:00 AM. A new answer takes its place." in again.words
    one.send("/courses/new", again, **{**fields_of(again), "agrees": "no", "comment": "Too much"})
    assert [(r["agrees"], r["comment"]) for r in rows_in(portal, "reviews")] == [(0, "Too much")]
    document = one.get("/courses/new", see="request")
    assert "Nia Newcomer, grade 9 Submitted" in document.words
    assert "Pat Newcomer: did not agree" in student.get("/courses/new").words
    assert "Too much" not in student.get("/courses/new").words


def test_earlier_answers_choices_and_words_go_with_the_id_and_come_back_with_it(portal: Any) -> None:
    student, *_ = answered_and_changed(portal)
    act(student, "new", "take-back")
    act(student, "new", "save", **GOOD, message="Nia writes.")
    mine = {table: rows_in(portal, table) for table in ("past_reviews", "submissions", "form_messages")}
    assert {table: len(rows) for table, rows in mine.items()} == {
        "past_reviews": 2,
        "submissions": 2,
        "form_messages": 1,
    }
    portal.sync(
        {"op": "renew", "kind": "student", "id": "new", "changes": {"login": ["nia@oak.example", "next@oak.example"]}},
        {"op": "renew", "kind": "student-record", "id": "new", "changes": {"given_name": ["Nia", "Next"]}},
    )
    assert [rows_in(portal, table) for table in mine] == [[], [], []]
    assert "Nia writes." not in portal.inside("student", "new").get("/courses/new").text
    [former] = portal.cloud.former_holders("oak")
    portal.cloud.give_back("oak", former["number"])
    assert {table: rows_in(portal, table) for table in mine} == mine


def test_a_parent_s_earlier_answer_is_not_the_next_holder_s(portal: Any) -> None:
    answered_and_changed(portal)
    portal.sync({"op": "renew", "kind": "parent", "id": "pn", "changes": {"login": ["pat@home.test", "kim@home.test"]}})
    assert [r["parent_id"] for r in rows_in(portal, "past_reviews")] == ["pm"]
    page = portal.inside("parent", "pn").get("/courses/new")
    assert "to earlier choices" not in page.words
    assert "Do you agree?" in page.words


def test_an_answer_that_counted_when_its_parent_left_is_an_earlier_one_if_the_choices_moved_on(portal: Any) -> None:
    student, one = portal.inside("student", "new"), portal.inside("parent", "pn")
    act(student, "new", "submit", **GOOD)
    act(one, "new", "review", agrees="yes")
    portal.sync({"op": "renew", "kind": "parent", "id": "pn", "changes": {"login": ["pat@home.test", "kim@home.test"]}})
    portal.clock.forward(minutes=5)
    act(student, "new", "take-back")
    act(student, "new", "submit", **GOOD)
    portal.cloud.give_back("oak", portal.cloud.former_holders("oak")[0]["number"])
    assert rows_in(portal, "reviews") == []
    assert [(r["version"], r["parent_id"]) for r in rows_in(portal, "past_reviews")] == [(1, "pn")]


# -- when, and for whom


def test_a_grade_has_a_window_credits_and_words_of_its_own(portal: Any) -> None:
    admin = portal.admin()
    page = admin.get("/settings")
    assert "Grade 9: as for the whole school" in page.words
    own = {
        "requests_close_at@9": "2027-03-12T16:00",
        "max_credits@9": "6",
        "requests_text@9": "Two years\r\nof a language.",
    }
    saved = admin.send("/settings", page, **{**fields_of(page), **own, "requests_close_at": "2027-03-05T09:00"})
    assert "Saved." in saved.words
    assert "Grade 9: something is different" in admin.get("/settings").words
    assert "Most credits, grade 9: none to 6" in admin.get("/audit").words
    nia, rex = portal.inside("student", "new").get("/courses/new"), portal.inside("student", "ret").get("/courses/ret")
    assert "Until Friday, March 12, 4:00 PM, in 11 days." in nia.words
    assert "Two years of a language." in nia.words
    assert "Until Friday, March 5, 9:00 AM, in 4 days." in rex.words
    assert "Two years" not in rex.words
    student = portal.inside("student", "new")
    many = act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes", "course:BAND": "yes"})
    assert "7 credits are chosen; no more than 6 are possible." in many.words
    portal.clock.forward(days=6)
    assert "Course Requests closed" in portal.inside("student", "ret").get("/courses/ret").words
    assert "Until Friday" in portal.inside("student", "new").get("/courses/new").words
    cleared = portal.admin().send("/settings", **dict.fromkeys(own, ""))
    assert "Grade 9: as for the whole school" in cleared.words


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("min_credits@9", "9", "Fewest credits is more than most credits for grade 9."),
        ("max_credits@9", "many", "Most credits, grade 9: a number"),
        ("requests_close_at@9", "soon", "Closed from, grade 9: a day and time"),
        ("requests_decided_by", "2027-4-1", "Approved by: a day"),
        ("requests_open_at@9", "2028-01-01T00:00", "Course Requests close before they open for grade 9."),
    ],
)
def test_a_setting_of_a_grade_is_checked_as_any_other(portal: Any, name: str, value: str, says: str) -> None:
    portal.cloud.change_settings("oak", requests_close_at="2027-06-01T00:00")
    admin = portal.admin()
    page = admin.get("/settings")
    refused = admin.send("/settings", page, **{**fields_of(page), name: value})
    assert (refused.status, says in refused.words) == (422, True), refused.words
    assert f'value="{value}"' in refused.text, "what was typed is still there"
    assert rows_in(portal, "portal_settings") == [
        {"school": "oak", "name": "requests_close_at", "value": "2027-06-01T00:00"}
    ]


def test_times_are_the_school_s_and_say_how_far_away_they_are(portal: Any) -> None:
    portal.cloud.change_settings("oak", timezone="America/New_York", requests_close_at="2027-03-02T00:30")
    student = portal.inside("student", "new")
    assert "Until Tuesday, March 2, 12:30 AM, tomorrow." in student.get("/courses/new").words
    act(student, "new", "submit", **GOOD)
    assert "Submitted, Monday, March 1, 3:00 AM" in student.get("/courses/new").words
    portal.cloud.change_settings("oak", requests_close_at="2028-01-15T12:00")
    assert "until January 15, 2028, 12:00 PM" in portal.inside("parent", "pn").get("/courses/new").words


def test_what_is_closed_is_a_document_and_never_empty_boxes(portal: Any) -> None:
    student = portal.inside("student", "new")
    act(student, "new", "save", **GOOD)
    portal.cloud.change_settings("oak", requests_close_at="2027-02-01T00:00")
    for who in (("student", "new"), ("parent", "pn")):
        browser = portal.inside(*who)
        draft = browser.get("/courses/new")
        assert "What was chosen was not submitted. Please ask the school." in draft.words
        assert "Algebra" in draft.words
        assert not re.search(r"<(select|textarea|fieldset)|type=\"(checkbox|radio)\"", draft.text)
    nothing = portal.inside("parent", "pm").get("/courses/ret")
    assert "Course Requests closed February 1" in nothing.words
    assert "Nothing was chosen. Please ask the school." in nothing.words
    assert not re.search(r"<(select|textarea|fieldset|table)", nothing.text)


def test_before_it_opens_the_day_is_told_and_nothing_is_asked(portal: Any) -> None:
    portal.cloud.change_settings("oak", requests_open_at="2027-03-08T08:00")
    for who in (("student", "new"), ("parent", "pn")):
        page = portal.inside(*who).get("/courses/new")
        assert "Course Requests open March 8, 8:00 AM." in page.words
        assert "You do not have to do anything before." in page.words
        home = portal.inside(*who).get("/home")
        assert "Nothing waits for you." in home.words


def test_a_parent_who_has_nothing_to_answer_yet_is_told_so(portal: Any) -> None:
    portal.cloud.change_settings("oak", submit_by="student")
    page = portal.inside("parent", "pn").get("/courses/new")
    assert "Nia has not submitted yet." in page.words
    assert "You do not have to do anything before." in page.words
    assert "<form" not in page.text.split('<main id="content"')[1]


def test_a_student_without_a_form_is_told_why_and_that_nothing_is_asked(portal: Any) -> None:
    senior, parent = portal.inside("student", "sen"), portal.inside("parent", "ps")
    refused = senior.get("/courses/sen")
    assert refused.status == 404
    assert "the student is not in it. You do not have to do anything." in refused.words
    assert (
        "No course requests: you are not in the next year. You do not have to do anything." in senior.get("/home").words
    )
    assert "No course requests: Sam is not in the next year." in parent.get("/home").words


# -- home


def test_home_says_whose_turn_it_is_for_each_child_with_the_next_step_and_its_date(portal: Any) -> None:
    portal.sync(
        pupil("kid", "Kit Loginless", None, "9"), account("parent", "pq", "q@home.test", "Q Many", children=["kid", "new", "ret", "sen"])
    )  # fmt: skip
    portal.cloud.change_settings("oak", requests_close_at="2027-03-12T16:00")
    parent, student = portal.inside("parent", "pq"), portal.inside("student", "new")
    assert "Kit’s course requests wait for you." in parent.get("/home").words
    assert (
        "Choose your courses for next year. Until Friday, March 12, 4:00 PM, in 11 days." in student.get("/home").words
    )
    act(student, "new", "submit", **GOOD)
    assert "Nothing waits for you." in student.get("/home").words
    assert "Now it is your parents’ turn." in student.get("/home").words
    home = parent.get("/home").words
    assert "The course requests of 2 children wait for you." in home
    assert "Do you agree with what Nia chose? Until Friday, March 12, 4:00 PM, in 11 days. Answer for Nia" in home
    act(parent, "new", "review")
    assert "You agreed. You do not have to do anything." in parent.get("/home").words
    school(portal.admin(), "new", "receive")
    assert "The school has received the request." in parent.get("/home").words


def test_whoever_looks_as_a_family_sees_the_form_and_no_button(portal: Any) -> None:
    admin = portal.admin()
    admin.send("/manage/student/new/log-on-as", admin.get("/manage/student/new"))
    form = admin.get("/courses/new").text.split('<main id="content"')[1]
    assert '<fieldset class="stack" disabled>' in form
    assert 'name="action"' not in form


def test_what_the_school_writes_to_the_family_when_it_approves_is_read_by_the_family(portal: Any) -> None:
    act(portal.inside("student", "new"), "new", "submit", **GOOD)
    act(portal.inside("parent", "pn"), "new", "review", agrees="no", comment="French, please.")
    admin = portal.admin()
    school(admin, "new", "receive")
    school(admin, "new", "approve", note="We talked: Spanish it is.")
    for kind, ident in (("student", "new"), ("parent", "pn")):
        words = portal.inside(kind, ident).get("/courses/new", see="request").words
        assert "We talked: Spanish it is." in words
    assert "French, please." not in portal.inside("student", "new").get("/courses/new").words


def test_what_was_done_is_said_once(portal: Any) -> None:
    student = portal.inside("student", "new")
    page = act(student, "new", "save", **GOOD)
    assert "The draft is saved." in page.words
    assert "The draft is saved." not in student.get(page.path).words
    admin = portal.admin()
    act(student, "new", "submit", **GOOD)
    page = school(admin, "new", "receive")
    assert "Received." in page.words
    assert "Received." not in admin.get(page.path).words


def test_an_alternate_that_is_picked_and_not_added_is_wanted_all_the_same(portal: Any) -> None:
    student = portal.inside("student", "new")
    page = act(student, "new", "check", **{"course:MAT": "yes", "course:ART": "yes", "add": "BAND"})
    assert "1. Concert Band (2.0)" in page.words


def test_a_parent_who_chose_is_not_asked_about_the_childs_choice(portal: Any) -> None:
    parent = portal.inside("parent", "pn")
    act(parent, "new", "submit", **GOOD)
    assert "You submitted it for Nia. Please confirm that you agree." in parent.get("/home").words
    words = parent.get("/courses/new").words
    assert "You chose 3 courses, 5.0 credits for Nia. Do you agree with them?" in words
    assert "Nia chose" not in words
