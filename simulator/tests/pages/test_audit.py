"""What admins did is on a page: who, when, for whom; and whoever is logged on as somebody else cannot miss it."""

from __future__ import annotations

from typing import Any

import pytest
from oak import OWN, account, pupil
from people import Visitor, at_once

from dayzero_simulator.portal import audit

pytestmark = pytest.mark.slow


def entries(admin: Any, **query: str) -> list[str]:
    return [row for row in admin.get("/audit", **query).rows() if not row.startswith("When")]


def olga(portal: Any) -> Any:
    """A second admin, who is not the master."""
    portal.admin().send("/manage/admins", name="Olga Office", login="olga@oak.example")
    browser = portal.browser()
    browser.sign_in("olga@oak.example", portal.admins()["Olga Office"]["temporary"])
    browser.send("/password", new=OWN, again=OWN)
    return browser


def test_everything_that_counts_is_noted_with_who_when_and_for_whom(portal: Any, clock: Any) -> None:
    portal.cloud.change_settings("oak", min_credits="0")
    portal.cloud.request_courses("oak", "new", "ENG", state="received")
    number = portal.cloud.submit_email("oak", "parent", "pn", "pat@new.test")
    admin, ident = olga(portal), portal.admins()["Olga Office"]["admin_id"]
    clock.forward(minutes=7)
    for path, fields in (
        ("/manage/student/new/reset-password", {}),
        ("/manage/parent/pn/log-on-as", {}),
        ("/log-on-as/stop", {}),
        ("/settings", {"lock_student": "yes", "min_credits": "0", "max_credits": "9"}),
        ("/settings", {"max_credits": "9"}),
        ("/requests/of/new", {"action": "approve", "version": "2"}),
        (f"/approval-center/{number}", {"action": "approve"}),
        ("/requests/demand", {"capacity:MAT": "3"}),
        ("/manage/parents/login-details", {"criterion": "ticked", "ticked": ["ps"], "channel": "print"}),
        ("/manage/consent", {"consents": "yes"}),
    ):
        page = admin.get("/settings") if path != "/log-on-as/stop" else admin.get("/home")
        assert admin.send(path, page, **fields).status == 200, path
    admin.client.get("/portal/oak/manage/parents.csv")
    noted = entries(admin)
    who = f"March 1, 8:07 AM Olga Office {ident}"
    for does in (
        "Reset the password Nia Newcomer student new",
        "Logged on as Pat Newcomer parent pn",
        "Stopped being logged on as Pat Newcomer parent pn",
        "Locked Lock Students: no to yes",
        "Unlocked Lock Students: yes to no",
        "Changed a setting Most credits: 8 to 9",
        "Approved Course Requests Nia Newcomer student new",
        "Approved an edit Pat Newcomer parent pn number 1",
        "Changed a capacity Algebra: none to 3",
        "Gave Login Details Sue Senior parent ps print",
        "Changed the linking of roles Olga Office yes",
        "Exported a list parents: 3",
    ):
        assert f"{who} {does}" in noted, (does, noted)
    assert any("Portal Administrator plusportaladmin Created an Admin account Olga Office" in row for row in noted)


def test_it_holds_no_secret_and_no_value_of_a_family(portal: Any) -> None:
    number = portal.cloud.submit_email("oak", "parent", "pn", "pat@new.test")
    admin = portal.admin()
    admin.send("/manage/student/new/reset-password", admin.get("/settings"))
    admin.send(f"/approval-center/{number}", admin.get("/settings"), action="delete")
    words = admin.get("/audit").words
    assert "pat@" not in words
    assert portal.stored("student", "new", "temporary") not in words


def test_what_was_refused_is_not_noted(portal: Any) -> None:
    admin = portal.admin()
    before = entries(admin)
    admin.send("/settings", admin.get("/settings"), min_credits="nine")
    admin.send("/requests/of/new", admin.get("/settings"), action="approve", version="0")
    admin.send("/manage/admins/plusportaladmin/delete", admin.get("/settings"))
    admin.send("/manage/admins/nobody/delete", admin.get("/settings"))
    admin.send("/settings", admin.get("/settings"), ask="first", lock_student="yes")
    assert entries(admin) == before


def test_bulk_is_noted_one_by_one_and_found_by_name(portal: Any) -> None:
    portal.cloud.change_settings("oak", min_credits="0")
    portal.sync(*(pupil(f"m{n}", f"Given Family{n}", None, "9") for n in range(3)))
    for n in range(3):
        portal.cloud.request_courses("oak", f"m{n}", "ENG")
    admin = portal.admin()
    admin.send("/requests/list", action="receive", ticked=["m0:1", "m1:1", "m2:9"])
    assert len([row for row in entries(admin) if "Received Course Requests" in row]) == 2
    assert len(entries(admin, about="family1")) == 1
    assert entries(admin, about="plusportal") != []
    assert "Nothing about them." in admin.get("/audit", about="' or 1=1").words


def test_a_deleted_admin_s_deeds_stay(portal: Any) -> None:
    admin, ident = olga(portal), portal.admins()["Olga Office"]["admin_id"]
    admin.send("/manage/student/new/reset-password", admin.get("/settings"))
    master = portal.admin()
    master.send(f"/manage/admins/{ident}/delete", master.get("/manage/admins"))
    noted = entries(master)
    assert f"March 1, 8:00 AM {ident} {ident} Reset the password Nia Newcomer student new" in noted
    assert any("Deleted an Admin account" in row and "Olga Office" in row for row in noted)


def test_only_known_deeds_are_noted(portal: Any) -> None:
    with portal.cloud.world.writing() as db, pytest.raises(ValueError, match="'gossip'"):
        audit.note(db, "oak", "a", "gossip", portal.clock.at)


def test_24_resets_at_once_are_all_noted(portal: Any) -> None:
    portal.sync(*(account("student", f"c{n:02}", f"c{n:02}@oak.example") for n in range(24)))
    with portal.cloud.serve() as url:
        visitors = [Visitor(url) for _ in range(24)]
        for visitor in visitors:
            visitor.sign_in("plusportaladmin", "Admin-pass1")
        forms = [visitor.form("/settings") for visitor in visitors]
        resets = [
            lambda v=v, f=f, n=n: v.post(f"/manage/student/c{n:02}/reset-password", {"csrf": f["csrf"]}).status_code
            for n, (v, f) in enumerate(zip(visitors, forms, strict=True))
        ]
        assert at_once(*resets) == [200] * 24
    assert len([row for row in entries(portal.admin()) if "Reset the password" in row]) == 24


def test_the_bar_of_being_logged_on_as_somebody_cannot_be_missed(portal: Any) -> None:
    admin = portal.admin()
    page = admin.send("/manage/student/ret/log-on-as", admin.get("/manage/student/ret"))
    for path in (page.path, "/courses/ret", "/demographics"):
        shown = admin.get(path)
        bar = shown.text.split('<form class="acting"')[1].split("</form>")[0]
        assert "You are logged on as Rex Returning (student ret)." in bar
        assert "Stop being logged on as Rex Returning" in bar
        assert shown.text.index('class="acting"') < shown.text.index("<main")
    refused = admin.get("/settings")
    assert "You are logged on as Rex Returning" in refused.words
    admin.send("/log-on-as/stop", page)
    assert "acting" not in admin.get("/manage/parents").text
