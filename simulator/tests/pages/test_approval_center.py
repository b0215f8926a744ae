"""Case 46: an e-mail edited on the portal waits in the Approval Center, and the login is what the SIS says meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from oak import OWN, Page, account, change

pytestmark = pytest.mark.slow

NEW = "patricia@home.test"


def ask(browser: Any, email: str) -> Any:
    """Submit an e-mail on one's own page."""
    return browser.send("/demographics", email=email)


def decide(admin: Any, number: int, action: str) -> Any:
    """Approve or delete an edit."""
    return admin.send(f"/approval-center/{number}", admin.get("/approval-center"), action=action)


def section(page: Any, title: str) -> str:
    """The words of one part of the Approval Center."""
    part = page.text.split(f"<h2>{title}</h2>")[1].split("<h2>")[0]
    return Page(page.status, page.path, part, {}).words


def opens(portal: Any, login: str) -> bool:
    """Whether Pat gets in under a login."""
    return portal.browser().sign_in(login, OWN).path.endswith("/home")


def revision(portal: Any) -> str:
    return portal.cloud.world.school("oak")["revision"]


def test_case_46_an_edit_changes_no_login_until_the_school_approved_and_the_sis_sent_it(portal: Any) -> None:
    parent, admin, before = portal.person("parent", "pn"), portal.admin(), revision(portal)

    def nothing_moved() -> None:
        assert opens(portal, "pat@home.test")
        assert not opens(portal, NEW)
        manage = admin.get("/manage/parents").words
        assert "pat@home.test" in manage
        assert NEW not in manage
        assert revision(portal) == before

    submitted = ask(parent, f" {NEW} ")
    assert "You sign in as before" in submitted.words
    assert "The school has not decided yet" in submitted.words
    nothing_moved()
    listed = section(admin.get("/approval-center"), "Submitted")
    assert f"Pat Newcomer parent pn pat@home.test {NEW} March 1, 8:00 AM" in listed
    approved = decide(admin, 1, "approve")
    assert "Nothing waits" in section(approved, "Submitted")
    assert "approved March 1, 8:00 AM by Portal Administrator" in section(approved, "Approved: enter it in the SIS")
    assert "The school enters it" in parent.get("/demographics").words
    nothing_moved()
    portal.sync(change("parent", "pn", login=["pat@home.test", NEW]))
    done = admin.get("/approval-center")
    assert "Nothing is to be entered" in done.words
    assert f"{NEW} Done" in section(done, "Closed lately")
    assert opens(portal, NEW)
    assert not opens(portal, "pat@home.test")
    assert f"E-mail: {NEW} ." in portal.person("parent", "pn").get("/demographics").words


def test_case_46_a_sync_neither_overwrites_nor_loses_an_edit(portal: Any) -> None:
    ask(portal.person("parent", "pn"), NEW)
    portal.sync(change("parent", "pn", given_name=["Pat", "Patrick"]), change("student", "sen", op="disable"))
    portal.sync(change("parent", "pn", login=["pat@home.test", "office@home.test"]))
    waiting = section(portal.admin().get("/approval-center"), "Submitted")
    assert f"Patrick Newcomer parent pn pat@home.test office@home.test by now {NEW}" in waiting
    portal.sync(change("parent", "pn", op="disable"))
    portal.sync(change("parent", "pn", op="enable"))
    assert f"{NEW} March 1" in section(portal.admin().get("/approval-center"), "Submitted")


def test_an_edit_that_the_sis_brings_by_itself_is_done(portal: Any) -> None:
    ask(portal.person("parent", "pn"), NEW)
    portal.sync(change("parent", "pn", login=["pat@home.test", NEW.upper()]))
    assert "Done" in section(portal.admin().get("/approval-center"), "Closed lately")


@pytest.mark.parametrize("approved", [False, True])
def test_a_deleted_edit_is_told_to_the_family_who_may_submit_another(portal: Any, approved: bool) -> None:
    parent, admin = portal.person("parent", "pn"), portal.admin()
    ask(parent, "patt@home.test")
    if approved:
        decide(admin, 1, "approve")
        assert "has approved patt@home.test" in ask(parent, NEW).words
    deleted = decide(admin, 1, "delete")
    assert "Deleted March 1, 8:00 AM by Portal Administrator" in section(deleted, "Closed lately")
    assert "did not take over patt@home.test" in parent.get("/demographics").words
    ask(parent, NEW)
    assert NEW in section(admin.get("/approval-center"), "Submitted")


def test_a_newer_edit_replaces_one_that_waits_and_nobody_approves_what_they_did_not_see(portal: Any) -> None:
    parent, admin = portal.person("parent", "pn"), portal.admin()
    ask(parent, "patt@home.test")
    seen = admin.get("/approval-center")
    ask(parent, NEW)
    ask(parent, NEW)
    refused = admin.send("/approval-center/1", seen, action="approve")
    assert refused.status == 409
    assert "replaced this edit" in refused.words
    page = admin.get("/approval-center")
    assert "patt@" not in section(page, "Submitted")
    assert "Replaced" in section(page, "Closed lately")
    decide(admin, 2, "approve")
    assert decide(admin, 2, "approve").status == 409
    assert decide(admin, 3, "approve").status == 404
    assert decide(admin, 2, "burn").status == 400


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("", "no e-mail address"),
        ("pat", "no e-mail address"),
        ("pat@home", "no e-mail address"),
        ("pat b@home.test", "no e-mail address"),
        ("pat@@home.test", "no e-mail address"),
        ("pat\x00@home.test", "no e-mail address"),
        ("p" * 250 + "@home.test", "no e-mail address"),
        (" PAT@home.test ", "has already"),
    ],
)
def test_what_cannot_be_ones_new_e_mail_is_refused(portal: Any, email: str, says: str) -> None:
    refused = ask(portal.person("parent", "pn"), email)
    assert refused.status == 422
    assert says in refused.words
    assert "Nothing waits" in portal.admin().get("/approval-center").words


@pytest.mark.parametrize("email", ["o'neil@home.test", "zoë@höme.test", "a+b=c@home.test"])
def test_apostrophes_and_letters_of_any_kind_are_fine(portal: Any, email: str) -> None:
    ask(portal.person("parent", "pn"), email)
    assert email in portal.admin().get("/approval-center").words


def test_somebody_elses_e_mail_is_no_secret_told_to_the_family_and_a_warning_to_the_school(portal: Any) -> None:
    assert ask(portal.person("parent", "pn"), "SUE@home.test").status == 200
    ask(portal.person("student", "new"), "max@home.test")
    rows = [r for r in portal.admin().get("/approval-center").rows() if "@" in r]
    assert "another parent has it" in rows[0]
    assert "another" not in rows[1], "the same login in two kinds is allowed (R16)"


def test_everybody_edits_their_own_e_mail_only(portal: Any) -> None:
    """A parent's page has no word of the child's e-mail, and no field of the form names anybody."""
    parent = portal.person("parent", "pm")
    page = parent.get("/demographics", student_id="new", person_id="pn", kind="student")
    assert "nia@" not in page.words
    parent.send("/demographics", page, email=NEW, student_id="new", person_id="pn", kind="student")
    rows = [r for r in portal.admin().get("/approval-center").rows() if NEW in r]
    assert len(rows) == 1
    assert rows[0].startswith("Max Newcomer parent pm")


def test_a_user_name_is_the_schools_to_give(portal: Any) -> None:
    student = portal.person("student", "ret")
    page = student.get("/demographics")
    assert "user name rex" in page.words
    assert 'name="email"' not in page.text
    assert ask(student, NEW).status == 422


def test_logged_on_as_somebody_an_admin_sees_the_page_and_submits_nothing(portal: Any) -> None:
    admin = portal.admin()
    admin.send("/manage/parent/pn/log-on-as", admin.get("/manage/parent/pn"))
    page = admin.get("/demographics")
    assert "pat@home.test" in page.words
    assert 'name="email"' not in page.text
    assert admin.send("/demographics", page, email=NEW).status == 403


def test_edits_of_another_school_are_another_schools(portal: Any) -> None:
    ask(portal.person("parent", "pn"), NEW)
    world = portal.cloud.world
    world.school("elm")
    elm = portal.browser()
    elm.send("/portal/elm/", login="plusportaladmin", password="Admin-pass1")
    page = elm.get("/portal/elm/approval-center")
    assert "Nothing waits" in page.words
    assert elm.send("/portal/elm/approval-center/1", page, action="approve").status == 404


def test_markup_in_an_edit_is_shown_as_text(portal: Any) -> None:
    portal.sync(account("parent", "px", "x@home.test", "<b>Bo</b> <i>"))
    parent = portal.person("parent", "px")
    shown = [ask(parent, "<script>alert(1)</script>@home.test"), portal.admin().get("/approval-center")]
    for page in shown:
        assert "<script>alert" not in page.text
        assert "<b>Bo" not in page.text
        assert "<script>alert(1)</script>@home.test" in page.text.replace("&lt;", "<").replace("&gt;", ">")
