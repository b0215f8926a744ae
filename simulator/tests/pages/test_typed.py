"""What somebody typed is not lost: the session ends, another is quicker, or a button is pressed too soon."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from oak import ADMIN, OWN, account, change, fields_of, pupil

pytestmark = pytest.mark.slow

CHOSEN = {"course:MAT": "yes", "course:BAND": "2", "course:ART": "1"}


def act(browser: Any, student: str, action: str, **fields: Any) -> Any:
    page = browser.get(f"/courses/{student}")
    version = page.hidden("version") if 'name="version"' in page.text else "0"
    return browser.send(f"/courses/{student}", page, action=action, version=version, **fields)


def chosen(page: Any) -> dict[str, str]:
    return {name: value for name, value in fields_of(page).items() if name.startswith("course:") and value}


def test_a_session_that_ended_says_so_and_leads_back(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    clock.forward(minutes=61)
    page = student.get("/courses/new")
    assert page.path == "/portal/oak/"
    assert "Your session has ended." in page.words
    assert student.sign_in("nia@oak.example", OWN).path == "/portal/oak/courses/new"
    assert "not been sent" not in student.get("/courses/new").words
    stranger = portal.browser()
    stranger.get("/courses/new")
    assert "ended" not in stranger.get("/").words
    assert stranger.sign_in("nia@oak.example", OWN).path == "/portal/oak/home"


@pytest.mark.parametrize("action", ["save", "submit"])
def test_choices_survive_the_end_of_a_session(portal: Any, clock: Any, action: str) -> None:
    student = portal.person("student", "new")
    form = student.get("/courses/new")
    clock.forward(minutes=61)
    ended = student.send("/courses/new", form, action=action, version="0", **CHOSEN)
    assert "Your session has ended. Sign in to go on where you were; what you typed is kept." in ended.words
    student.sign_in("nia@oak.example", "Wrong-pass1")
    back = student.sign_in("nia@oak.example", OWN)
    assert back.path == "/portal/oak/courses/new"
    assert chosen(back) == CHOSEN
    assert "has not been sent yet" in back.words
    assert chosen(student.get("/courses/new")) == CHOSEN, "until it is sent"
    sent = student.send("/courses/new", back, action="save", version=back.hidden("version"), **chosen(back))
    assert "The draft is saved" in sent.words
    assert "has not been sent" not in student.get("/courses/new").words


@pytest.mark.parametrize("ident", ["2027/0042", "..", "100%", "a?b#c d", "Ø\\1", "a&b=c"])
def test_whatever_the_sis_calls_people_they_are_led_back(portal: Any, clock: Any, ident: str) -> None:
    portal.sync(
        pupil(ident, "Odd Number", None, "9"),
        account("student", ident, "odd@oak.example", "Odd Number", years=["scheduling"], new=True),
    )
    student = portal.person("student", ident)
    address = html.unescape(re.findall(r'href="([^"]*/courses/[^"]*)"', student.get("/home").text)[0])
    form = student.get(address)
    clock.forward(minutes=61)
    student.send(address, form, action="save", version="0", **CHOSEN)
    assert chosen(student.sign_in("odd@oak.example", OWN)) == CHOSEN
    admin = portal.admin()
    query = {"search": "a&b=c d%", "sort": "login"}
    admin.get("/manage/parents", **query)
    clock.forward(minutes=61)
    admin.get("/manage/parents", **query)
    assert 'value="a&amp;b=c d%"' in admin.sign_in(*ADMIN).text


def test_a_page_left_open_in_one_tab_while_another_signs_in_anew(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    form = student.get("/courses/new")
    clock.forward(minutes=61)
    student.get("/home")
    student.sign_in("nia@oak.example", OWN)
    back = student.send("/courses/new", form, action="save", version="0", **CHOSEN)
    assert back.path == "/portal/oak/courses/new"
    assert chosen(back) == CHOSEN
    assert "not been sent yet" in back.words
    assert "draft is saved" in student.send("/courses/new", back, action="save", version="0", **chosen(back)).words


def test_the_other_tab_only_came_to_the_sign_in_page(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    form = student.get("/courses/new")
    clock.forward(minutes=61)
    student.get("/home")
    assert "what you typed is kept" in student.send("/courses/new", form, action="save", version="0", **CHOSEN).words
    assert chosen(student.sign_in("nia@oak.example", OWN)) == CHOSEN


def test_what_was_typed_is_shown_to_nobody_else_on_that_device(portal: Any, clock: Any) -> None:
    """A shared computer: a parent typed a comment; the child signs in next."""
    act(portal.person("student", "new"), "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    parent = portal.person("parent", "pn")
    form = parent.get("/courses/new")
    clock.forward(minutes=61)
    parent.send(
        "/courses/new", form, action="review", version=form.hidden("version"), comment="Between us", agrees="no"
    )
    other = parent.sign_in("nia@oak.example", OWN)
    assert other.path == "/portal/oak/home"
    assert "Between us" not in parent.get("/courses/new").text
    parent.send("/sign-out", parent.get("/home"))
    assert "Between us" not in parent.sign_in("pat@home.test", OWN).text


def test_a_forged_form_is_kept_by_nobody(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    clock.forward(minutes=61)
    student.client.post("/portal/oak/courses/new", data={"csrf": "guess", "action": "submit", "version": "0", **CHOSEN})
    assert chosen(student.sign_in("nia@oak.example", OWN)) == {}
    forged = student.client.post(
        "/portal/oak/courses/new", data={"csrf": "guess", "action": "submit", "version": "0", **CHOSEN}
    )
    assert forged.status_code == 400


def test_another_person_s_form_is_kept_by_nobody(portal: Any) -> None:
    form = portal.person("parent", "pn").get("/courses/new")
    other = portal.person("parent", "pm")
    assert other.send("/courses/new", form, action="save", version="0", **CHOSEN).status == 400


@pytest.mark.parametrize(
    ("who", "path", "fields", "shown"),
    [
        ("parent", "/courses/new", {"action": "review", "comment": "Less music", "agrees": "no"}, "Less music</textarea>"),
        ("parent", "/demographics", {"email": "pat@new.test"}, 'value="pat@new.test"'),
        ("admin", "/requests/of/new", {"action": "return", "note": "Add an art."}, "Add an art.</textarea>"),
        ("admin", "/settings", {"lock_message_student": "Back soon"}, 'value="Back soon"'),
        ("admin", "/settings", {"lock_student": "yes"}, 'name="lock_student" value="yes" checked'),
        ("admin", "/requests/demand", {"capacity:MAT": "31"}, 'value="31"'),
        ("admin", "/manage/admins", {"name": "Olga Office", "login": "olga@oak.example"}, 'value="Olga Office"'),
    ],
)  # fmt: skip
def test_whatever_is_typed_survives(
    portal: Any, clock: Any, who: str, path: str, fields: dict[str, str], shown: str
) -> None:
    act(portal.person("student", "new"), "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    browser = portal.admin() if who == "admin" else portal.person("parent", "pn")
    page = browser.get(path)
    clock.forward(minutes=61)
    assert "what you typed is kept" in browser.send(path, page, **{**fields_of(page), **fields}).words
    back = browser.sign_in(*(ADMIN if who == "admin" else ("pat@home.test", OWN)))
    assert back.path == f"/portal/oak{path}"
    assert shown in back.text
    assert "has not been sent yet" in back.words


def test_no_password_is_kept(portal: Any, clock: Any) -> None:
    student = portal.person("student", "new")
    page = student.get("/password")
    clock.forward(minutes=61)
    student.send("/password", page, old=OWN, new="Secret-pass9", again="Secret-pass9")
    assert b"Secret-pass9" not in portal.cloud.world.snapshot()
    assert student.sign_in("nia@oak.example", OWN).path == "/portal/oak/password"


def test_of_two_the_second_sees_theirs_and_keeps_the_own(portal: Any) -> None:
    student, parent = portal.person("student", "new"), portal.person("parent", "pn")
    stale = parent.get("/courses/new")
    act(student, "new", "save", **{"course:MAT": "yes"})
    told = parent.send("/courses/new", stale, action="save", version="0", **CHOSEN)
    assert told.status == 409
    assert "was changed by the student (save" in told.words
    theirs = told.words.split("What is there now")[1].split("Below is what you chose")[0]
    assert "Algebra" in theirs
    assert "Studio Art" not in theirs
    assert chosen(told) == CHOSEN
    saved = parent.send("/courses/new", told, action="save", version=told.hidden("version"), **chosen(told))
    assert "draft is saved" in saved.words
    assert chosen(student.get("/courses/new")) == CHOSEN


def test_of_two_the_second_is_too_late_and_still_sees_the_own(portal: Any) -> None:
    student, parent = portal.person("student", "new"), portal.person("parent", "pn")
    stale = parent.get("/courses/new")
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    told = parent.send("/courses/new", stale, action="save", version="0", **{"course:MAT": "yes", "course:BAND": "yes"})
    assert told.status == 409
    assert "Concert Band" in told.words.split("What you chose")[1]


def test_expiry_and_conflict_at_once(portal: Any, clock: Any) -> None:
    parent = portal.person("parent", "pn")
    form = parent.get("/courses/new")
    clock.forward(minutes=61)
    student = portal.person("student", "new")
    act(student, "new", "save", **{"course:ART": "yes"})
    parent.send("/courses/new", form, action="save", version="0", **CHOSEN)
    back = parent.sign_in("pat@home.test", OWN)
    assert "was changed by the student (save" in back.words
    assert "Studio Art" in back.words.split("What is there now")[1].split("Below")[0]
    assert chosen(back) == CHOSEN
    parent.send("/courses/new", back, action="save", version=back.hidden("version"), **chosen(back))
    assert chosen(student.get("/courses/new")) == CHOSEN


def test_a_late_note_or_comment_is_shown_back(portal: Any) -> None:
    student, parent, admin = portal.person("student", "new"), portal.person("parent", "pn"), portal.admin()
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    review, request = parent.get("/courses/new"), admin.get("/requests/of/new")
    act(student, "new", "take-back")
    late = parent.send(
        "/courses/new", review, action="review", version=review.hidden("version"), comment="Less music", agrees="no"
    )
    assert (late.status, "Less music" in late.words) == (409, True)
    late = admin.send(
        "/requests/of/new", request, action="return", version=request.hidden("version"), note="Add an art."
    )
    assert (late.status, "Add an art." in late.words) == (409, True)


def asked(page: Any) -> dict[str, str]:
    """The form of a page that asks, as it is sent by saying yes."""
    assert "No, " in page.words
    return fields_of(page)


def with_ask(page: Any, **fields: str) -> dict[str, str]:
    """A form that is sent from its own page, with the button that asks first."""
    assert 'name="ask" value="first"' in page.text
    return {"ask": "first", **fields}


def test_taking_back_asks_and_says_what_is_lost(portal: Any) -> None:
    student, one, two = portal.person("student", "new"), portal.person("parent", "pn"), portal.person("parent", "pm")
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    act(two, "new", "review", agrees="no", comment="Too much")
    page = one.get("/courses/new")
    question = one.send("/courses/new", page, **with_ask(page, action="take-back", version=page.hidden("version")))
    assert question.status == 200
    assert "1 answer is for the earlier choices" in question.words
    assert "The other parent did not agree" in question.words
    assert "no longer counts" in question.words
    assert "Too much" not in question.words
    assert "submitted" in one.get("/courses/new").words.lower()
    taken = one.send("/courses/new", question, **asked(question))
    assert "Draft" in taken.words
    page = two.get("/courses/new")
    assert "did not agree" not in page.words


@pytest.mark.parametrize("many", [False, True])
def test_approving_asks(portal: Any, many: bool) -> None:
    student, admin = portal.person("student", "new"), portal.admin()
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    admin.send("/requests/of/new", action="receive", version="1")
    path = "/requests/list" if many else "/requests/of/new"
    page = admin.get(path)
    fields = {"ticked": "new:2"} if many else {"version": "2"}
    question = admin.send(path, page, **with_ask(page, action="approve", **fields))
    assert "cannot change" in question.words
    assert ("1 request?" if many else "Nia Newcomer?") in question.words
    assert "Received" in student.get("/courses/new").words
    said = "1 request approved: Nia Newcomer." if many else "Approved."
    assert said in admin.send(path, question, **asked(question)).words
    assert "Approved" in student.get("/courses/new").words


def test_receiving_does_not_ask(portal: Any) -> None:
    student, admin = portal.person("student", "new"), portal.admin()
    act(student, "new", "submit", **{"course:MAT": "yes", "course:ART": "yes"})
    page = admin.get("/requests/of/new")
    assert "Received." in admin.send("/requests/of/new", page, **with_ask(page, action="receive", version="1")).words


def test_resetting_a_password_and_deleting_an_admin_ask(portal: Any) -> None:
    portal.person("student", "new")
    admin = portal.admin()
    admin.send("/manage/admins", name="Olga Office", login="olga@oak.example")
    ident = portal.admins()["Olga Office"]["admin_id"]
    for page_path, path, says in (
        ("/manage/student/new", "/manage/student/new/reset-password", "Reset the password of Nia Newcomer?"),
        ("/manage/admins", f"/manage/admins/{ident}/delete", "Delete the Admin account of Olga Office?"),
    ):
        before = (portal.stored("student", "new", "password"), len(portal.admins()))
        page = admin.get(page_path)
        question = admin.send(path, page, **with_ask(page))
        assert says in question.words
        assert f'href="/portal/oak{page_path}"' in question.text
        assert before == (portal.stored("student", "new", "password"), len(portal.admins()))
        assert admin.send(path, question, **asked(question)).status == 200
        assert before != (portal.stored("student", "new", "password"), len(portal.admins()))


def test_locking_and_hiding_ask_and_nothing_typed_is_lost_by_it(portal: Any) -> None:
    admin = portal.admin()
    page = admin.get("/settings")
    typed = {
        **fields_of(page),
        "lock_student": "yes",
        "hide_temporary_passwords": "yes",
        "lock_message_student": "Back soon",
    }
    question = admin.send("/settings", page, **with_ask(page, **typed))
    assert "Lock Students and hide temporary passwords?" in question.words
    assert "3 students cannot sign in" in question.words
    assert "cannot be undone" in question.words
    assert fields_of(admin.get("/settings")).get("lock_student") is None
    assert "Saved." in admin.send("/settings", question, **asked(question)).words
    saved = fields_of(admin.get("/settings"))
    assert (saved["lock_student"], saved["lock_message_student"]) == ("yes", "Back soon")
    page = admin.get("/settings")
    unlocked = {k: v for k, v in fields_of(page).items() if k != "lock_student"}
    assert "Saved." in admin.send("/settings", page, **with_ask(page, **unlocked)).words


def test_nothing_ticked_is_said_and_results_have_numbers_and_names(portal: Any) -> None:
    portal.cloud.change_settings("oak", min_credits="0")
    ids = [f"m{n:02}" for n in range(25)]
    portal.sync(*(pupil(i, f"Given Family{i}", None, "9") for i in ids))
    for i in ids:
        portal.cloud.request_courses("oak", i, "ENG")
    admin = portal.admin()
    for action in ("receive", "approve"):
        nothing = admin.send("/requests/list", admin.get("/requests/list"), action=action)
        assert (nothing.status, f"tick the requests to {action}" in nothing.words) == (422, True)
    done = admin.send("/requests/list", action="receive", ticked=[f"{i}:1" for i in ids])
    assert "25 requests received." in done.words
    assert all(f"Given Family{i}" in done.words for i in ids)
    assert "25 requests received" not in admin.get("/requests/list").words
    mixed = admin.send("/requests/list", action="approve", ticked=["m00:2", "m01:1", "ret:0"])
    assert mixed.status == 409
    for words in (
        "1 request approved; 2 not.",
        "Not done for 2 This request was changed",
        "look at it as it is now. Given Familym01 m01",
        "Nothing has been chosen yet. Rex Returning ret",
        "Approved Given Familym00",
    ):
        assert words in mixed.words


def test_a_login_that_changes_ends_the_session_and_says_so(portal: Any) -> None:
    parent = portal.person("parent", "pn")
    page = parent.get("/courses/new")
    portal.sync(change("parent", "pn", login=["pat@home.test", "patricia@home.test"]))
    ended = parent.send("/courses/new", page, action="save", version="0", **CHOSEN)
    assert "Your session has ended" in ended.words
    assert chosen(parent.sign_in("patricia@home.test", OWN)) == CHOSEN


def test_who_has_several_roles_is_led_back_in_the_one_they_had(portal: Any, clock: Any) -> None:
    portal.sync(account("student", "both", "max@home.test", "Max Learner"))
    portal.person("parent", "pm", "Same-pass1")
    both = portal.person("student", "both", "Same-pass1")
    both.send("/role", both.get("/role"), role="parent:pm")
    form = both.get("/courses/new")
    clock.forward(minutes=61)
    both.send("/courses/new", form, action="save", version="0", **CHOSEN)
    back = both.sign_in("max@home.test", "Same-pass1")
    assert back.path == "/portal/oak/courses/new"
    assert chosen(back) == CHOSEN
