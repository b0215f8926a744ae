"""Two admins at one page: each saves what they changed themselves, and nobody undoes another's work unawares."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from oak import ADMIN, OWN, Page, change, fields_of
from people import FRONTS, Visitor, at_once

from dayzero_simulator import GradebookCloud
from dayzero_simulator.portal import passwords
from dayzero_simulator.portal.baseline import compared
from dayzero_simulator.portal.settings import read_settings

pytestmark = pytest.mark.slow


def now(portal: Any) -> dict[str, str]:
    with portal.cloud.world.reading() as db:
        return read_settings(db, "oak")


def test_an_old_page_does_not_undo_a_lock(portal: Any) -> None:
    one, two = portal.admin(), portal.admin()
    old = one.get("/settings")
    two.send("/settings", two.get("/settings"), **{**fields_of(two.get("/settings")), "lock_student": "yes"})
    assert now(portal)["lock_student"] == "yes"
    saved = one.send("/settings", old, **{**fields_of(old), "max_credits": "9", "lock_parent": "yes"})
    assert saved.status == 200
    assert (now(portal)["max_credits"], now(portal)["lock_parent"]) == ("9", "yes")
    assert now(portal)["lock_student"] == "yes"


def test_an_old_page_that_changes_nothing_saves_nothing(portal: Any) -> None:
    old = portal.admin().get("/settings")
    portal.cloud.change_settings(
        "oak", lock_parent="yes", lock_message_parent="Back soon", min_credits="2", parent_review="all", timezone="Asia/Tokyo",
        requests_open_at="2027-01-01T08:00", temporary_days="3",
    )  # fmt: skip
    before = now(portal)
    assert portal.admin().send("/settings", old, **fields_of(old)).status in (200, 400)
    admin = portal.admin()
    assert (
        admin.send("/settings", **{**fields_of(old), "csrf": fields_of(admin.get("/settings"))["csrf"]}).status == 200
    )
    assert now(portal) == before


def test_one_setting_changed_by_two_is_shown_to_the_second_and_nothing_is_lost(portal: Any) -> None:
    one, two = portal.admin(), portal.admin()
    old = one.get("/settings")
    two.send("/settings", **{**fields_of(two.get("/settings")), "max_credits": "6"})
    told = one.send("/settings", old, **{**fields_of(old), "max_credits": "9", "lock_message_student": "Mine"})
    assert told.status == 409
    assert "Most credits: somebody changed it to 6 while you had this page open; yours is 9." in told.words
    assert now(portal)["max_credits"] == "6"
    assert now(portal)["lock_message_student"] == ""
    assert fields_of(told)["max_credits"] == "9"
    assert fields_of(told)["lock_message_student"] == "Mine"
    assert one.send("/settings", told, **fields_of(told)).status == 200
    assert (now(portal)["max_credits"], now(portal)["lock_message_student"]) == ("9", "Mine")


def test_two_who_want_the_same_do_not_clash(portal: Any) -> None:
    one, two = portal.admin(), portal.admin()
    old = one.get("/settings")
    for admin in (one, two):
        page = admin.get("/settings")
        assert (
            admin.send(
                "/settings", page, **{**fields_of(old), "csrf": fields_of(page)["csrf"], "lock_student": "yes"}
            ).status
            == 200
        )
    assert now(portal)["lock_student"] == "yes"


def test_capacities_are_saved_against_the_page_too(portal: Any) -> None:
    one, two = portal.admin(), portal.admin()
    old = one.get("/requests/demand")
    two.send(
        "/requests/demand",
        **{**fields_of(old), "csrf": fields_of(two.get("/requests/demand"))["csrf"], "capacity:MAT": "30"},
    )
    one.send("/requests/demand", old, **{**fields_of(old), "capacity:ART": "12"})
    page = fields_of(one.get("/requests/demand"))
    assert (page["capacity:MAT"], page["capacity:ART"], page["capacity:ENG"]) == ("30", "12", "")
    told = one.send("/requests/demand", old, **{**fields_of(old), "capacity:MAT": "20", "capacity:BAND": "5"})
    assert told.status == 409
    assert "Algebra: somebody changed it to 30 while you had this page open; yours is 20." in told.words
    assert fields_of(told)["capacity:MAT"] == "20"
    assert fields_of(one.get("/requests/demand"))["capacity:BAND"] == ""
    one.send("/requests/demand", told, **fields_of(told))
    page = fields_of(one.get("/requests/demand"))
    assert (page["capacity:MAT"], page["capacity:BAND"]) == ("20", "5")
    one.send("/requests/demand", **{**page, "capacity:MAT": ""})
    assert fields_of(one.get("/requests/demand"))["capacity:MAT"] == ""


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_24_admins_who_each_change_a_setting_at_once_have_all_of_them(
    portal: Any, front: Callable[[GradebookCloud], AbstractContextManager[str]]
) -> None:
    names = [c["course_id"] for c in portal.cloud.world.records("oak", "course")["items"]]
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in range(24)]
        for visitor in visitors:
            visitor.sign_in(*ADMIN)
        pages = [fields_of(Page(200, "", visitor.get("/requests/demand").text, {})) for visitor in visitors]
        saves = [
            lambda v=v, p=p, n=n: (
                v.post("/requests/demand", {**p, f"capacity:{names[n % 5]}": str(n % 5 + 1)}).status_code
            )
            for n, (v, p) in enumerate(zip(visitors, pages, strict=True))
        ]
        assert at_once(*saves) == [200] * 24
    page = fields_of(portal.admin().get("/requests/demand"))
    assert [page[f"capacity:{name}"] for name in names] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
@pytest.mark.parametrize("path", ["/settings", "/requests/demand"])
def test_of_24_who_change_one_thing_at_once_one_has_it_and_the_others_are_told(
    portal: Any, front: Callable[[GradebookCloud], AbstractContextManager[str]], path: str
) -> None:
    field = {"/settings": "lock_message_student", "/requests/demand": "capacity:MAT"}[path]
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in range(24)]
        for visitor in visitors:
            visitor.sign_in(*ADMIN)
        pages = [fields_of(Page(200, "", visitor.get(path).text, {})) for visitor in visitors]
        saves = [
            lambda v=v, p=p, n=n: v.post(path, {**p, field: str(n + 1)}).status_code
            for n, (v, p) in enumerate(zip(visitors, pages, strict=True))
        ]
        assert sorted(at_once(*saves)) == [200] + [409] * 23
    assert len([row for row in portal.admin().get("/audit").rows() if "none to " in row]) == 1


@pytest.mark.parametrize("front", FRONTS.values(), ids=FRONTS)
def test_a_link_for_a_new_password_works_for_one_of_24(
    portal: Any, front: Callable[[GradebookCloud], AbstractContextManager[str]]
) -> None:
    portal.person("parent", "pn")
    portal.browser().send("/forgot", login="pat@home.test")
    words = portal.admin().get("/outbox/2").words
    path = "/reset/" + words.split("/reset/")[1].split()[0]
    with front(portal.cloud) as url:
        visitors = [Visitor(url) for _ in range(24)]
        forms = [visitor.form(path) for visitor in visitors]
        sets = [
            lambda v=v, f=f, n=n: v.post(path, f, new=f"Another-pass{n}", again=f"Another-pass{n}").status_code
            for n, (v, f) in enumerate(zip(visitors, forms, strict=True))
        ]
        assert sorted(at_once(*sets)) == [200] + [404] * 23


@pytest.mark.parametrize("meanwhile", ["disabled", "reset", "another login"])
def test_what_happens_while_a_password_is_looked_at_counts(
    portal: Any, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync disables the account between the look at its password and the welcome: it stays disabled."""
    portal.person("student", "new")
    admin, matches = portal.admin(), passwords.matches

    def slowly(password: str, password_hash: str | None) -> bool:
        monkeypatch.setattr(passwords, "matches", matches)
        if meanwhile == "disabled":
            portal.sync(change("student", "new", op="disable"))
        elif meanwhile == "reset":
            admin.send("/manage/student/new/reset-password", admin.get("/settings"))
        else:
            portal.sync(change("student", "new", login=["nia@oak.example", "nina@oak.example"]))
        return matches(password, password_hash)

    monkeypatch.setattr(passwords, "matches", slowly)
    browser = portal.browser()
    refused = browser.sign_in("nia@oak.example", OWN)
    assert refused.status == 403
    assert ("disabled" if meanwhile == "disabled" else "do not go together") in refused.words
    assert browser.get("/home").path == "/portal/oak/"
    if meanwhile == "disabled":
        assert portal.stored("student", "new", "status") == "disabled"


@pytest.mark.parametrize(
    ("typed", "shown", "there", "mine", "clashing"),
    [
        ({"a": "1"}, {"a": "1"}, {"a": "1"}, {}, ()),
        ({"a": "2"}, {"a": "1"}, {"a": "1"}, {"a": "2"}, ()),
        ({"a": "1"}, {"a": "1"}, {"a": "2"}, {}, ()),
        ({"a": "3"}, {"a": "1"}, {"a": "2"}, {"a": "3"}, ("a",)),
        ({"a": "2"}, {"a": "1"}, {"a": "2"}, {"a": "2"}, ()),
        ({"a": "2"}, {}, {"a": "1"}, {"a": "2"}, ()),
        ({}, {"a": "1"}, {"a": "2"}, {}, ()),
    ],
)
def test_what_is_mine_is_what_differs_from_the_page(
    typed: dict[str, str], shown: dict[str, str], there: dict[str, str], mine: dict[str, str], clashing: tuple[str, ...]
) -> None:
    changes = compared(typed, shown, there)
    assert (changes.mine, changes.clashing) == (mine, clashing)
