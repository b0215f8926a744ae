"""Signing in, activation, roles, locks (R16, R17, R22, R25, R26, cases 28, 54; case 43 for the login)."""

from __future__ import annotations

from typing import Any

import pytest
from oak import OWN, Portal, account, change

from dayzero_simulator.portal import outbox

pytestmark = pytest.mark.slow


def test_r17_nobody_gets_in_before_login_details_were_given(portal: Any) -> None:
    page = portal.browser().sign_in("nia@oak.example", "")
    assert "do not go together" in page.words
    portal.person("student", "new")
    assert portal.stored("student", "new", "status") == "active"


@pytest.mark.parametrize(
    ("new", "again", "lacks"),
    [
        ("short1A", "short1A", ["at least 8 characters"]),
        ("alllower1", "alllower1", ["an upper-case letter"]),
        ("ALLUPPER1", "ALLUPPER1", ["a lower-case letter"]),
        ("NoDigits!", "NoDigits!", ["a digit"]),
        ("Own-pass1", "Own-pass2", ["the same password in both fields"]),
        ("", "", ["at least 8 characters", "a lower-case letter", "an upper-case letter", "a digit"]),
        ("A1a" * 80, "A1a" * 80, ["no more than 200 characters"]),
    ],
)
def test_r22_a_temporary_password_is_changed_first_and_each_unmet_requirement_is_said(
    portal: Any, new: str, again: str, lacks: list[str]
) -> None:
    portal.send_details("student", "new")
    temporary = portal.stored("student", "new", "temporary")
    browser = portal.browser()
    assert browser.sign_in("nia@oak.example", temporary).path.endswith("/password")
    assert browser.get("/home").status == 403
    refused = browser.send("/password", new=new, again=again)
    assert refused.status == 422
    for text in lacks:
        assert text in refused.words.split("Choose your own password", 1)[1].split("New password")[0]
    assert "another password" in browser.send("/password", new=temporary, again=temporary).words
    assert browser.send("/password", new=OWN, again=OWN).path.endswith("/home")
    assert portal.stored("student", "new", "temporary") is None
    assert portal.stored("student", "new", "password").startswith("$argon2")
    assert "do not go together" in portal.browser().sign_in("nia@oak.example", temporary).words


def test_logins_are_compared_trimmed_and_case_folded(portal: Any) -> None:
    portal.person("student", "new")
    assert portal.browser().sign_in("  NIA@Oak.Example ", OWN).path.endswith("/home")


def test_wrong_logins_and_wrong_passwords_are_told_apart_by_nobody(portal: Any) -> None:
    portal.person("student", "new")
    pages = [portal.browser().sign_in(login, "Wrong-pass1") for login in ("nia@oak.example", "none@oak.example")]
    assert pages[0].text.replace("nia@", "none@").split("csrf")[0] == pages[1].text.split("csrf")[0]
    assert [p.status for p in pages] == [403, 403]


def test_r16_one_login_with_two_roles_chooses_and_switches_after_each_was_signed_in_to(portal: Any) -> None:
    """A grown-up student who is a parent: the sync alone links nothing."""
    portal.sync(account("student", "both", "max@home.test", "Max Learner"))
    parent = portal.person("parent", "pm")
    assert "Switch role" not in parent.get("/home").words
    student = portal.browser()
    portal.send_details("student", "both")
    student.sign_in("max@home.test", portal.stored("student", "both", "temporary"))
    page = student.send("/password", new="Other-pass2", again="Other-pass2")
    assert page.path.endswith("/role")
    assert "Parent: Max Newcomer" in page.words
    assert "Student: Max Learner" in page.words
    home = student.send("/role", role="parent:pm")
    assert "Nia Newcomer" in home.words
    assert "Switch role" in home.words
    assert student.send("/role", role="parent:ps").status == 403


def test_a_disabled_role_is_no_role(portal: Any) -> None:
    portal.sync(account("student", "both", "max@home.test", "Max Learner"))
    portal.person("parent", "pm")
    student = portal.person("student", "both")
    portal.sync(change("parent", "pm", op="disable"))
    assert "Parent: Max" not in student.get("/role").words
    assert student.send("/role", role="parent:pm").status == 403


def test_an_admin_account_is_linked_only_with_that_admins_consent(portal: Any) -> None:
    owner = portal.admin()
    owner.send("/manage/admins", name="Max Admin", login="max@home.test")
    temporary = portal.admins()["Max Admin"]["temporary"]
    parent = portal.person("parent", "pm")
    admin = portal.browser()
    assert admin.sign_in("max@home.test", temporary).path.endswith("/password")
    admin.send("/password", new="Admins-pass1", again="Admins-pass1")
    assert "Admin: Max" not in parent.get("/role").words
    admin.send("/manage/consent", admin.get("/manage/admins"), consents="yes")
    assert "Admin: Max Admin" in parent.get("/role").words


def test_case_28_schools_do_not_link_one_login(portal: Any) -> None:
    """Whoever types an address into one school's SIS must not get into the other's by it: each has its own password."""
    portal.person("parent", "pm")
    elm = Portal(portal.cloud, portal.clock, school="elm")
    elm.sync(account("parent", "pm", "max@home.test", "Max Newcomer"))
    at_elm = portal.browser()
    assert "do not go together" in at_elm.send("/portal/elm/", login="max@home.test", password=OWN).words
    login, temporary = portal.cloud.login_details("elm", "parent", "pm")
    at_elm.send("/portal/elm/", login=login, password=temporary)
    home = at_elm.send("/portal/elm/password", new="Other-pass2", again="Other-pass2")
    assert home.path == "/portal/elm/home"
    assert "Switch role" not in home.words
    assert "oak" not in at_elm.get("/portal/elm/role").words
    assert at_elm.get("/home").path == "/portal/oak/"
    assert "Switch role" not in portal.person("parent", "pm").get("/home").words
    elm.sync(change("parent", "pm", op="disable"))
    assert portal.browser().sign_in("max@home.test", OWN).path == "/portal/oak/home"


def test_r25_case_54_a_locked_group_is_told_why_and_the_sync_does_not_care(portal: Any) -> None:
    student = portal.person("student", "new")
    admin = portal.admin()
    shown = {
        "min_credits": "5",
        "max_credits": "8",
        "max_alternates": "3",
        "submit_by": "student",
        "parent_review": "any",
    }
    admin.send("/settings", lock_student="yes", lock_message_student="Back on Monday.", **shown)
    assert "Back on Monday." in portal.browser().sign_in("nia@oak.example", OWN).words
    assert "Back on Monday." in student.get("/courses/new").words
    assert portal.person("parent", "pn").get("/home").status == 200
    portal.sync(change("student", "new", given_name=["Nia", "Nina"]))
    assert "Back on Monday." in portal.browser().sign_in("nia@oak.example", OWN).words


def test_a_disabled_account_is_told_to_those_who_know_its_password_only(portal: Any) -> None:
    browser = portal.person("student", "new")
    portal.sync(change("student", "new", op="disable"))
    assert browser.get("/home").path == "/portal/oak/"
    assert "disabled" in portal.browser().sign_in("nia@oak.example", OWN).words
    assert "do not go together" in portal.browser().sign_in("nia@oak.example", "Wrong-pass1").words
    portal.sync(change("student", "new", op="enable"))
    assert portal.browser().sign_in("nia@oak.example", OWN).path.endswith("/home")


def test_case_43_a_changed_login_keeps_the_password_and_the_old_one_stops(portal: Any) -> None:
    browser = portal.person("parent", "pn")
    portal.sync(change("parent", "pn", login=["pat@home.test", "patricia@home.test"]))
    assert browser.get("/home").path == "/portal/oak/"
    assert "do not go together" in portal.browser().sign_in("pat@home.test", OWN).words
    assert portal.browser().sign_in("patricia@home.test", OWN).path.endswith("/home")


def test_a_forgotten_password_is_reset_by_a_link_that_works_once_for_an_hour(portal: Any, clock: Any) -> None:
    old = portal.person("parent", "pn")
    said = [
        portal.browser().send("/forgot", login=login).words for login in ("pat@home.test", "nobody@home.test", "rex")
    ]
    assert said[0] == said[1] == said[2]
    admin = portal.admin()
    [number] = numbers(portal)
    link = admin.get(f"/outbox/{number}").words.split("within one hour: ")[1].split()[0]
    path = "/portal" + link.split("/portal")[1]
    browser = portal.browser()
    assert "needs" in browser.send(path, new="weak", again="weak").words
    assert "changed" in browser.send(path, new="New-pass22", again="New-pass22").words
    assert old.get("/home").path == "/portal/oak/"
    assert browser.get(path).status == 404
    assert portal.browser().sign_in("pat@home.test", "New-pass22").path.endswith("/home")
    portal.browser().send("/forgot", login="pat@home.test")
    clock.forward(minutes=61)
    later = portal.admin().get(f"/outbox/{number + 1}").words.split("within one hour: ")[1].split()[0]
    assert portal.browser().get("/portal" + later.split("/portal")[1]).status == 404


def numbers(portal: Any) -> list[int]:
    """The numbers of the messages with a link for a new password."""
    with portal.cloud.world.reading() as db:
        found = outbox.messages(db, "oak", limit=-1)
    return [m["number"] for m in found if m["channel"] == "email" and m["subject"].startswith("Can")]


def test_a_group_that_may_not_change_passwords_is_sent_to_the_office(portal: Any) -> None:
    student = portal.person("student", "new")
    shown = {
        "min_credits": "5",
        "max_credits": "8",
        "max_alternates": "3",
        "submit_by": "student",
        "parent_review": "any",
    }
    portal.admin().send("/settings", own_password_student="no", **shown)
    assert "ask the office" in student.send("/password", old=OWN, new="Next-pass3", again="Next-pass3").words
    portal.browser().send("/forgot", login="nia@oak.example")
    assert numbers(portal) == []


def test_r26_log_on_as_shows_what_they_see_and_changes_nothing(portal: Any) -> None:
    """The admin sees what the person sees, Transition Mode included."""
    shown = {
        "min_credits": "5",
        "max_credits": "8",
        "max_alternates": "3",
        "submit_by": "student",
        "parent_review": "any",
    }
    admin = portal.admin()
    admin.send("/settings", transition_student="yes", **shown)
    page = admin.send("/manage/student/ret/log-on-as", admin.get("/manage/student/ret"))
    assert "hides schedules" in page.words
    assert "Stop being logged on as Rex Returning" in page.words
    form = admin.get("/courses/ret")
    assert "Submit" not in form.words
    assert admin.send("/courses/ret", form, action="submit", version=0).status == 403
    assert admin.get("/settings").status == 403
    assert admin.send("/log-on-as/stop", form).path == "/portal/oak/manage/student/ret"
    assert portal.stored("student", "ret", "last_login_at") is None


def test_sessions_end_by_themselves(portal: Any, clock: Any) -> None:
    browser = portal.person("student", "new")
    clock.forward(minutes=59)
    assert browser.get("/home").path.endswith("/home")
    clock.forward(minutes=61)
    assert browser.get("/home").path == "/portal/oak/"
    late = portal.person("student", "new")
    page = late.get("/courses/new")
    clock.forward(hours=2)
    assert "Sign in" in late.send("/courses/new", page, action="save", version=0).words


def test_resetting_a_password_ends_the_persons_sessions(portal: Any) -> None:
    browser = portal.person("student", "new")
    admin = portal.admin()
    admin.send("/manage/student/new/reset-password", admin.get("/manage/student/new"))
    assert browser.get("/home").path == "/portal/oak/"
    assert "do not go together" in portal.browser().sign_in("nia@oak.example", OWN).words
    assert portal.stored("student", "new", "temporary")
