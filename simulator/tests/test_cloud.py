"""What tests may ask of ``GradebookCloud``: people act by the portal's rules, and no test writes to its state."""

from __future__ import annotations

from typing import Any

import pytest
from oak import SCHOOL, Portal, account, change

from dayzero_simulator import RefusedAction


def stored(portal: Portal, kind: str, person_id: str) -> dict[str, Any]:
    [found] = [a for a in portal.cloud.accounts(SCHOOL) if (a["kind"], a["person_id"]) == (kind, person_id)]
    return found


def revision(portal: Portal) -> str:
    return portal.cloud.world.school(SCHOOL)["revision"]


def test_somebody_signs_in_and_has_a_password_of_their_own(portal: Portal) -> None:
    assert not portal.cloud.has_password(SCHOOL, "parent", "pn")
    login, password = portal.cloud.sign_in(SCHOOL, "parent", "pn")
    assert (login, stored(portal, "parent", "pn")["status"]) == ("pat@home.test", "active")
    assert portal.browser().sign_in(login, password).path.endswith("/home")
    assert portal.cloud.has_password(SCHOOL, "parent", "pn")
    assert portal.cloud.has_password(SCHOOL, "parent", "pn", password)
    assert not portal.cloud.has_password(SCHOOL, "parent", "pn", "Another-pass1")


def test_who_has_a_password_signs_in_with_it(portal: Portal) -> None:
    portal.cloud.sign_in(SCHOOL, "student", "new", "First-pass1")
    before = stored(portal, "student", "new")["last_login_at"]
    portal.clock.forward(hours=1)
    portal.cloud.sign_in(SCHOOL, "student", "new", "First-pass1")
    assert stored(portal, "student", "new")["last_login_at"] > before
    with pytest.raises(RefusedAction, match="do not go together"):
        portal.cloud.sign_in(SCHOOL, "student", "new", "Second-pass1")


def test_who_has_login_details_uses_them(portal: Portal) -> None:
    _, temporary = portal.cloud.login_details(SCHOOL, "student", "ret")
    assert temporary
    assert not portal.cloud.has_password(SCHOOL, "student", "ret", temporary)
    assert portal.cloud.sign_in(SCHOOL, "student", "ret") == ("rex", "Own-pass1")


def test_who_may_not_sign_in_is_refused(portal: Portal) -> None:
    portal.cloud.sign_in(SCHOOL, "parent", "ps")
    portal.sync(change("parent", "ps", op="disable"))
    with pytest.raises(RefusedAction, match="disabled"):
        portal.cloud.sign_in(SCHOOL, "parent", "ps")
    with pytest.raises(RefusedAction, match="an upper-case letter"):
        portal.cloud.sign_in(SCHOOL, "parent", "pn", "only-lower1")
    portal.cloud.change_settings(SCHOOL, lock_student="yes")
    with pytest.raises(RefusedAction, match="locked"):
        portal.cloud.sign_in(SCHOOL, "student", "new")
    with pytest.raises(KeyError, match="no parent nobody"):
        portal.cloud.sign_in(SCHOOL, "parent", "nobody")


def test_a_password_of_another_role_under_the_login_opens_only_that_role(portal: Portal) -> None:
    portal.sync(account("student", "both", "max@home.test", "Max Learner"))
    portal.cloud.sign_in(SCHOOL, "parent", "pm", "Parents-pass1")
    portal.cloud.sign_in(SCHOOL, "student", "both", "Learners-pass1")
    with pytest.raises(RefusedAction, match="do not go together"):
        portal.cloud.sign_in(SCHOOL, "student", "both", "Parents-pass1")


def test_an_admin_s_edit_moves_the_revision_and_is_seen_everywhere(portal: Portal) -> None:
    before, admin = revision(portal), portal.admin()
    portal.cloud.edit(SCHOOL, "parent", "pm", family_name="Zuckmayer", login="Z@home.test ", children=["ret"])
    now = stored(portal, "parent", "pm")
    assert (now["family_name"], now["login"], now["children"]) == ("Zuckmayer", "Z@home.test ", ["ret"])
    assert revision(portal) != before
    assert "Max Zuckmayer" in admin.get("/manage/parents", search="zuck").words
    assert "Max Zuckmayer" not in admin.get("/manage/student/new").words
    assert portal.cloud.sign_in(SCHOOL, "parent", "pm")[0] == "Z@home.test "


def test_a_silent_edit_moves_no_revision(portal: Portal) -> None:
    before = revision(portal)
    portal.cloud.edit(SCHOOL, "student", "sen", silently=True, status="disabled")
    assert (revision(portal), stored(portal, "student", "sen")["status"]) == (before, "disabled")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"login": " "}, RefusedAction),
        ({"login": "PAT@home.test"}, RefusedAction),
        ({"status": "gone"}, RefusedAction),
        ({"password": "x"}, TypeError),
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(portal: Portal, fields: dict[str, Any], error: type[Exception]) -> None:
    before = portal.cloud.accounts(SCHOOL), revision(portal)
    with pytest.raises(error):
        portal.cloud.edit(SCHOOL, "parent", "pm", given_name="Moritz", **fields)
    with pytest.raises(KeyError):
        portal.cloud.edit(SCHOOL, "parent", "new", given_name="Moritz")
    assert (portal.cloud.accounts(SCHOOL), revision(portal)) == before


def test_an_e_mail_that_a_family_edits(portal: Portal) -> None:
    numbers = [portal.cloud.submit_email(SCHOOL, "parent", "pn", f"{name}@home.test") for name in ("pit", "pet", "pet")]
    assert numbers == [1, 2, 2]
    portal.cloud.decide_email(SCHOOL, 2, "approve")
    assert [(e["number"], e["after"], e["state"]) for e in portal.cloud.email_edits(SCHOOL)] == [
        (1, "pit@home.test", "replaced"),
        (2, "pet@home.test", "approved"),
    ]
    assert stored(portal, "parent", "pn")["login"] == "pat@home.test"


def test_courses_are_requested_up_to_a_state(portal: Portal) -> None:
    def requested() -> set[tuple[str, str, str]]:
        items = portal.cloud.world.course_requests(SCHOOL)["items"]
        return {(r["student_id"], r["course_id"], r["status"]) for r in items}

    with pytest.raises(RefusedAction, match="at least 5"):
        portal.cloud.request_courses(SCHOOL, "new", "ENG")
    portal.cloud.request_courses(SCHOOL, "ret", "TEN", state="approved")
    portal.cloud.change_settings(SCHOOL, min_credits="1")
    portal.cloud.request_courses(SCHOOL, "new", "ENG")
    assert requested() == {("ret", "TEN", "approved"), ("new", "ENG", "submitted")}
    with pytest.raises(RefusedAction, match="no Course Requests"):
        portal.cloud.request_courses(SCHOOL, "sen", "TEN")


def test_faults_are_taken_back(portal: Portal) -> None:
    portal.cloud.fault("getSchool", times=None)
    portal.cloud.clear_faults()
    answer = portal.browser().client.get(f"/v1/schools/{SCHOOL}", headers={"Authorization": "Bearer t"})
    assert answer.status_code == 200
