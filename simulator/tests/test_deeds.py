"""What a story may do on the portal from outside: by the rules of the pages, noted as there, and as one change."""

from __future__ import annotations

from typing import Any

import pytest
from oak import SCHOOL, Portal, change

from dayzero_simulator import GradebookCloud, RefusedAction

OWN = "Own-pass1"


def come_in(portal: Portal, kind: str, person_id: str) -> None:
    kept = portal.cloud.password_kept(OWN, salt=b"0123456789abcdef")
    portal.cloud.come_in(SCHOOL, kind, person_id, chosen=kept)


def rows(portal: Portal, table: str) -> list[dict[str, Any]]:
    with portal.cloud.world.reading() as db:
        return [dict(row) for row in db.execute(f"select * from {table}")]


def test_who_comes_in_is_active_and_signs_in_with_what_they_chose(portal: Portal) -> None:
    assert portal.cloud.give_login_details(SCHOOL, "parent", "email", "ticked", ticked=["pn"]) == 1
    come_in(portal, "parent", "pn")
    portal.clock.forward(hours=1)
    come_in(portal, "parent", "pn")
    assert len(rows(portal, "sign_ins")) == 2
    assert portal.browser().sign_in("pat@home.test", OWN).path.endswith("/home")
    assert portal.stored("parent", "pn", "temporary") is None


def test_who_is_refused_at_the_door_does_not_come_in(portal: Portal) -> None:
    with pytest.raises(RefusedAction, match="do not go together"):
        come_in(portal, "parent", "pn")  # nobody gave them a password
    portal.cloud.login_details(SCHOOL, "parent", "pn")
    portal.clock.forward(days=14)
    with pytest.raises(RefusedAction, match="too old"):
        come_in(portal, "parent", "pn")
    portal.cloud.login_details(SCHOOL, "parent", "ps")
    portal.sync(change("parent", "ps", op="disable"))
    with pytest.raises(RefusedAction, match="disabled"):
        come_in(portal, "parent", "ps")
    with pytest.raises(KeyError, match="no parent nobody"):
        come_in(portal, "parent", "nobody")
    assert rows(portal, "sign_ins") == []


def test_the_same_password_and_salt_are_kept_the_same_and_otherwise_never() -> None:
    kept = GradebookCloud.password_kept
    assert kept(OWN, salt=b"0123456789abcdef") == kept(OWN, salt=b"0123456789abcdef")
    assert kept(OWN) != kept(OWN)


def test_a_form_is_worked_on_by_whom_it_is_open_to(portal: Portal) -> None:
    work = portal.cloud.work_on_form
    with pytest.raises(RefusedAction, match="no such student"):
        work(SCHOOL, ("parent", "ps"), "new", "save", ["ENG"])
    with pytest.raises(RefusedAction, match="no such student"):
        work(SCHOOL, ("student", "ret"), "new", "save", ["ENG"])
    work(SCHOOL, ("student", "new"), "new", "submit", ["ENG", "MAT", "ART"], alternates=["BAND"])
    work(SCHOOL, ("parent", "pn"), "new", "review", agrees=False, note="Band, please.")
    assert portal.cloud.state_of_form(SCHOOL, "new") == "submitted"
    work(SCHOOL, ("admin", "plusportaladmin"), "new", "return", note="See your parents.")
    assert portal.cloud.state_of_form(SCHOOL, "new") == "returned"
    assert [(e["action"], e["kind"], e["person_id"]) for e in rows(portal, "audit")] == [("return", "student", "new")]
    assert {c["course_id"] for c in portal.cloud.courses_for(SCHOOL, "new") if c["required"]} == {"ENG"}


def test_what_the_school_does_is_noted_with_who_did_it(portal: Portal) -> None:
    who = portal.cloud.create_admin(SCHOOL, "lee@oak.example", "Lee Marsh")
    portal.cloud.give_login_details(SCHOOL, "student", "print", "no-email", by=who)
    portal.cloud.set_capacities(SCHOOL, {"ART": 24}, by=who)
    portal.cloud.set_capacities(SCHOOL, {"ART": 48}, by=who)
    number = portal.cloud.submit_email(SCHOOL, "parent", "pn", "pat@new.test")
    portal.cloud.decide_email(SCHOOL, number, "approve", by=who)
    noted = [(e["admin_id"], e["action"], e["detail"]) for e in rows(portal, "audit")]
    assert noted == [
        ("plusportaladmin", "create-admin", "Lee Marsh"),
        (who, "login-details", "print"),
        (who, "capacity", "Studio Art: none to 24"),
        (who, "capacity", "Studio Art: 24 to 48"),
        (who, "approve-edit", f"number {number}"),
    ]


def test_many_deeds_at_once_are_one_change(portal: Portal) -> None:
    def all_come(*parents: str) -> None:
        with portal.cloud.at_once():
            portal.cloud.login_details(SCHOOL, "parent", "pn")
            for parent in parents:
                come_in(portal, "parent", parent)

    before = portal.cloud.world.snapshot()
    with pytest.raises(RefusedAction):
        all_come("pn", "ps")  # who was given no password
    assert portal.cloud.world.snapshot() == before
    all_come("pn")
    assert portal.cloud.has_password(SCHOOL, "parent", "pn", OWN)


def test_what_is_foreseeable_is_so_only_within(portal: Portal) -> None:
    """Whoever knows the seed knows the passwords given within; none that is given afterwards."""
    state, given = portal.cloud.world.snapshot(), []
    for _ in range(2):
        portal.cloud.world.restore(state)
        with portal.cloud.foreseeable(7):
            inside = portal.cloud.login_details(SCHOOL, "parent", "pn")[1]
        given.append((inside, portal.cloud.login_details(SCHOOL, "parent", "ps")[1]))
    [(first, later), (again, later_again)] = given
    assert first == again
    assert later != later_again


def test_the_last_moment_is_when_anybody_did_anything(portal: Portal) -> None:
    synced = portal.cloud.last_moment()
    assert synced == portal.clock()
    portal.clock.forward(days=2)
    assert portal.cloud.last_moment() == synced
    portal.admin()
    assert portal.cloud.last_moment() == portal.clock()
    assert GradebookCloud(token="t").last_moment() is None
