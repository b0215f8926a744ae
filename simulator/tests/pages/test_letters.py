"""Letters worth sending: what it is about, for whom, the steps in order, by when, whom to ask, and no secret where it is hidden."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from oak import Page, account, change, pupil

pytestmark = pytest.mark.slow


def letter(portal: Any, kind: str, person_id: str) -> str:
    """What somebody is sent, as the Outbox shows it."""
    portal.send_details(kind, person_id)
    admin = portal.admin()
    number = max(int(n) for n in re.findall(r"/outbox/(\d+)", admin.get("/outbox").text))
    text = admin.get(f"/outbox/{number}").text
    return html.unescape(text.split('<pre class="sheet">')[1].split("</pre>")[0])


@pytest.fixture
def named(portal: Any) -> Any:
    """Oak with its name, its office, its time zone and a day on which requests close."""
    portal.cloud.change_settings(
        "oak", school_name="Oak High School", contact="the counseling office, 555-0142", timezone="America/New_York"
    )
    portal.cloud.change_settings("oak", requests_close_at="2027-03-19T16:00")
    return portal


def test_a_newcomer_is_told_what_it_is_about_and_what_to_do_in_which_order(named: Any) -> None:
    text = letter(named, "student", "new")
    secret = named.stored("student", "new", "temporary")
    assert (
        text
        == f"""Oak High School

Your access to the portal

Dear Nia Newcomer,

You start at Oak High School in 2027-28, in grade 9. In the portal you ask for the courses that you want to take then.

Address: {named.cloud.url}/portal/oak/
E-mail or user name: nia@oak.example
Temporary password: {secret}
Use it before: Monday, March 15, 2027, 4:00 AM

1. Open the address.
2. Sign in with the temporary password.
3. Choose a password of your own; from then on only that one opens the portal.
4. Open Course Requests, choose your courses and submit them. A parent then says whether they agree.

Course Requests close on Friday, March 19, 2027, 4:00 PM.

Questions? Ask the counseling office, 555-0142.
"""
    )


def test_a_returning_student_and_one_who_graduates_are_told_their_own(named: Any) -> None:
    named.sync(change("student", "ret", login=["rex", "rex@oak.example"]))
    returning = letter(named, "student", "ret")
    assert "Oak High School plans 2027-28, your next year, in grade 10." in returning
    senior = letter(named, "student", "sen")
    assert "This is your access to the portal of Oak High School." in senior
    assert "Course Requests" not in senior


def test_a_parent_reads_of_both_children_who_is_new_and_in_which_grade(named: Any) -> None:
    text = letter(named, "parent", "pm")
    assert "Your access to the portal, as a parent of Nia Newcomer and Rex Returning" in text
    assert "for Nia Newcomer (new, grade 9 in 2027-28) and Rex Returning (grade 10 in 2027-28)." in text
    assert "4. Open the Course Requests of Nia Newcomer and Rex Returning, and say whether you agree." in text
    assert text.count("Course Requests close on") == 1


def test_two_grades_with_two_deadlines_are_told_apart(named: Any) -> None:
    named.cloud.change_settings("oak", **{"requests_close_at@10": "2027-03-12T16:00"})
    text = letter(named, "parent", "pm")
    assert "For Nia Newcomer: Course Requests close on Friday, March 19, 2027, 4:00 PM." in text
    assert "For Rex Returning: Course Requests close on Friday, March 12, 2027, 4:00 PM." in text


def test_a_parent_of_a_senior_is_asked_for_nothing(named: Any) -> None:
    text = letter(named, "parent", "ps")
    assert "You have access to the portal of Oak High School for Sam Senior." in text
    assert "Course Requests" not in text


def test_without_settings_the_letter_still_says_who_writes_and_whom_to_ask(portal: Any) -> None:
    text = letter(portal, "parent", "pn")
    assert text.startswith("oak\n")
    assert "Questions? Ask the school's office." in text
    assert "Course Requests close" not in text


def test_after_they_closed_no_day_is_said_and_before_they_open_both_are(named: Any, clock: Any) -> None:
    named.cloud.change_settings("oak", requests_open_at="2027-03-08T08:00")
    assert "Course Requests open on Monday, March 8, 2027, 8:00 AM. Course Requests close on" in letter(
        named, "parent", "pn"
    )
    clock.forward(days=30)
    assert "Course Requests close" not in letter(named, "parent", "pn")


def test_who_has_a_password_reads_how_to_sign_in_with_it(named: Any) -> None:
    named.person("parent", "pn")
    text = letter(named, "parent", "pn")
    assert "Password: the one you chose" in text
    assert "2. Sign in with the password you chose." in text
    assert "emporary" not in text


def test_a_hidden_password_is_on_no_reprint_and_nowhere_else(named: Any) -> None:
    named.cloud.change_settings("oak", hide_temporary_passwords="yes")
    admin = named.admin()
    once = admin.send("/manage/parents/login-details", channel="print", criterion="ticked", ticked=["pn"])
    secret = named.stored("parent", "pn", "temporary")
    assert f"Temporary password {secret}" in once.words
    again = admin.send("/manage/parents/login-details", channel="print", criterion="ticked", ticked=["pn"])
    assert secret not in again.words
    assert "Temporary password hidden by the school's settings" in again.words
    assert secret not in letter(named, "parent", "pn")


def test_a_name_or_a_contact_is_no_place_for_a_secret(named: Any) -> None:
    named.cloud.change_settings("oak", school_name="A {secret} school\n{secret}", contact="us\n{secret}\n")
    named.sync(account("parent", "px", "px@home.test", "{secret} Xu", children=["new"]))
    text = letter(named, "parent", "px")
    assert text.count(named.stored("parent", "px", "temporary")) == 1
    assert f"\nTemporary password: {named.stored('parent', 'px', 'temporary')}\n" in text


def test_letters_are_printed_one_a_sheet_with_their_steps(named: Any) -> None:
    named.sync(pupil("n2", "Lia Later", None, "9"))
    page = named.admin().send("/manage/parents/login-details", channel="print", criterion="all")
    assert "3 letters to print." in page.words
    articles = page.text.split('<article class="letter">')[1:]
    assert len(articles) == 3
    for article in articles:
        assert article.count("<ol>") == article.count("<dl") == 1
        assert "Oak High School" in Page(0, "", article.split("<h2>")[0], {}).words
        assert article.count("<li>") >= 3


def test_what_a_letter_will_say_is_what_it_says_also_to_who_has_a_temporary_password_already(
    named: Any, clock: Any
) -> None:
    named.send_details("student", "new")
    clock.forward(days=6)
    page = named.admin().get("/manage/students/login-details", criterion="new-not-active", channel="email")
    assert "Monday, March 15, 2027, 4:00 AM" in page.words
    assert "has a temporary password since March 1, 3:00 AM" in page.words
    assert "Use it before: Monday, March 15, 2027, 4:00 AM" in letter(named, "student", "new")
    clock.forward(days=30)
    page = named.admin().get("/manage/students/login-details", criterion="new-not-active", channel="email")
    (said,) = set(re.findall(r"\w+day, April \d+, 2027, \d+:\d\d [AP]M", page.words))
    assert f"Use it before: {said}" in letter(named, "student", "new")
