"""One page a person, a sync as a story, newcomers in every list, and a search that says who is not here."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from oak import NEWCOMER, account, change, pupil, record

from dayzero_simulator.portal.history import story

pytestmark = pytest.mark.slow


def applied(**numbers: int) -> dict[str, Any]:
    """A sync that did so much to students."""
    nothing = dict.fromkeys(("create", "update", "enable", "disable", "renew"), 0)
    return {
        "state": "committed",
        "applied": {"student": {**nothing, **numbers}, "parent": nothing, "records": {"update": 0}},
    }


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"create": 7, "update": 11, "enable": 1, "disable": 3}, "22 changes: 7 people appear, 11 change, 1 comes back, 3 leave."),
        ({"create": 1}, "1 change: 1 person appears."),
        ({"disable": 1_200}, "1,200 changes: 1,200 people leave."),
        ({"renew": 1}, "1 change: 1 account goes to another person."),
        ({"update": 1, "renew": 2}, "3 changes: 1 person changes, 2 accounts go to another person."),
        ({}, "Nothing changes."),
    ],
)  # fmt: skip
def test_a_sync_is_told_in_a_sentence_whose_numbers_agree(numbers: dict[str, int], told: str) -> None:
    assert story(applied(**numbers)) == told


def test_the_page_of_a_sync_and_their_list_begin_with_the_story(portal: Any) -> None:
    portal.sync(change("student", "sen", op="disable"), account("student", "x", "x@oak.example", "Xia Xu"))
    admin, told = portal.admin(), "2 changes: 1 person appears, 1 leaves."
    page = admin.get(f"/syncs/{portal.syncs[-1]}")
    assert f"<h1>{told}</h1>" in page.text
    assert page.text.index('id="disable"') < page.text.index('id="create"'), "who leaves comes first"
    assert f"<h1>{told}</h1>" in admin.get("/syncs").text
    portal.sync(record("school-year", "2030", name="x", role="none"))
    assert "Nobody changes; 1 record does." in admin.get("/syncs").words


def test_children_are_called_by_their_names(portal: Any) -> None:
    portal.sync(change("parent", "pm", children=[["new", "ret"], ["new", "gone"]]))
    for path in (f"/syncs/{portal.syncs[-1]}", "/manage/parent/pm"):
        words = portal.admin().get(path).words
        assert re.search(r"children: Nia Newcomer, Rex Returning (→ )?Nia Newcomer, student gone", words), path


def test_newcomers_are_a_filter_an_export_and_a_criterion(portal: Any) -> None:
    portal.sync(
        account("student", "nomail", "nomail", "Una Username", **NEWCOMER),
        account("student", "left", "left@o.example", "Lee Left", **NEWCOMER),
    )
    portal.sync(change("student", "left", op="disable"))
    with portal.cloud.world.writing() as db:
        db.execute("update accounts set status = 'active' where person_id = 'new'")
    admin = portal.admin()
    assert "2 accounts fit" in admin.get("/manage/students", status="new").words
    only = admin.get("/manage/students", status="new-not-active")
    assert "1 account fits" in only.words
    assert "Una Username" in only.words
    answer = admin.client.get("/portal/oak/manage/students.csv?status=new")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {(r["person_id"], r["new"]) for r in rows} == {("new", "yes"), ("nomail", "yes")}
    everybody = admin.client.get("/portal/oak/manage/students.csv").data.decode("utf-8-sig")
    assert {r["new"] for r in csv.DictReader(io.StringIO(everybody))} == {"yes", "no"}
    for channel, criterion, number in (
        ("print", "new", 2),
        ("email", "new", 1),
        ("print", "new-not-active", 1),
        ("email", "new-not-active", 0),
        ("print", "new-no-email", 1),
    ):
        page = admin.get("/manage/students/login-details", channel=channel, criterion=criterion)
        assert f"{number} recipient" in page.words, (channel, criterion)
    assert admin.get("/manage/students/login-details", channel="email", criterion="new-no-email").status == 422


def test_students_are_filtered_by_grade_too(portal: Any) -> None:
    admin = portal.admin()
    rows = [r for r in admin.get("/manage/students", grade="12").rows() if "Senior" in r or "Newcomer" in r]
    assert len(rows) == 1
    assert "1 account fits" in admin.get("/manage/students", grade="9", status="new").words


def test_one_page_has_everything_about_a_student(portal: Any) -> None:
    portal.cloud.change_settings("oak", min_credits="0")
    portal.cloud.request_courses("oak", "new", "ENG", "MAT", state="received")
    portal.send_details("student", "new")
    portal.cloud.submit_email("oak", "student", "new", "nia.new@oak.example")
    portal.sync(change("student", "new", login=["nia@oak.example", "nia2@oak.example"]))
    page = portal.admin().get("/manage/student/new")
    for said in (
        "Student new · grade 9 next year", "nia2@oak.example", "Pat Newcomer", "Max Newcomer",
        "brought this student for the scheduling year (Send Scheduling Year Student Data: Yes)",
        "Course request, 2027-28", "To approve", "Nia Newcomer submitted", "Portal Administrator received it",
        "Login Credentials", "nia.new@oak.example", "login: nia@oak.example nia2@oak.example", "Appeared", "Never signed in",
    ):  # fmt: skip
        assert said in page.words, said
    for link in ("/manage/parent/pn", "/requests/of/new", "/outbox/", "/approval-center", f"/syncs/{portal.syncs[0]}"):
        assert f'href="/portal/oak{link}' in page.text, link


def test_one_page_has_everything_about_a_parent(portal: Any) -> None:
    page = portal.admin().get("/manage/parent/pm")
    for said in (
        "Nia Newcomer",
        "Rex Returning",
        "Course request of Nia Newcomer",
        "Course request of Rex Returning",
        "They have not answered.",
    ):
        assert said in page.words, said
    portal.sync(change("parent", "pm", op="disable"))
    assert (
        "Cannot sign in since March 1, 8:00 AM: sync 2 no longer had this parent"
        in portal.admin().get("/manage/parent/pm").words
    )


def test_changes_of_one_person_are_theirs_alone_however_the_id_is_written(portal: Any) -> None:
    for ident in ("7", "77", "Ü/7", 'a"b'):
        portal.sync(account("student", ident, f"x{len(ident)}{ord(ident[0])}@oak.example", f"N{ord(ident[0])} X"))
        portal.sync(change("student", ident, family_name=["X", f"Of-{ord(ident[0])}"]))
    admin = portal.admin()
    for ident, path in (("7", "7"), ("77", "77"), ("Ü/7", "%C3%9C%252F7"), ('a"b', "a%22b")):
        words = admin.get(f"/manage/student/{path}").words.split("Changes")[1]
        assert words.count("family name:") == 1, ident
        assert f"Of-{ord(ident[0])}" in words, ident


def test_the_search_finds_accounts_and_students_without_one(portal: Any) -> None:
    portal.sync(
        pupil("kid", "Kit Newcomer", "8", "9"),
        pupil("twin", "Tia Newcomer", None, "9"),
        account("student", "twin", "nia@oak.example", "Tia Newcomer", **NEWCOMER),
        change("parent", "pn", children=[["new"], ["kid", "new"]]),
    )
    admin = portal.admin()
    page = admin.get("/search", q="newc")
    assert "<h1>5 people found, 2 without an account.</h1>" in page.text
    words = page.words
    for name in ("Nia Newcomer", "Pat Newcomer", "Max Newcomer", "Kit Newcomer", "Tia Newcomer"):
        assert name in words
    assert "Sync 2 left the account out: its login is another account's. Another account has this login" in words
    assert "dayzero explain kid --kind student" in words
    assert 'href="/portal/oak/manage/parent/pn"' in page.text
    assert "1 person found" in admin.get("/search", q="kid").words
    assert "Portal Administrator" in admin.get("/search", q="plusportal").words


def test_the_search_says_honestly_that_the_portal_was_sent_nobody(portal: Any) -> None:
    admin = portal.admin()
    words = admin.get("/search", q="<Zora>").words
    assert "Nobody here is called <Zora>." in words
    assert "The portal was not sent anybody of that name" in words
    assert "dayzero explain" in words
    assert "Whom are you looking for?" in admin.get("/search").words
    assert admin.get("/search", q="a", after="{").status == 404
    assert portal.person("parent", "pn").get("/search", q="senior").status == 403


def test_everybody_without_an_account_is_reached(portal: Any) -> None:
    portal.sync(*(pupil(f"w{n:03}", f"Wim Without{n:03}", "9", None) for n in range(120)))
    admin, seen = portal.admin(), set()
    page = admin.get("/search", q="without")
    assert "120 people found, 120 without an account." in page.words
    while True:
        seen |= set(re.findall(r"Without\d+", page.text))
        following = re.search(r'href="([^"]*)">Next page', page.text)
        if following is None:
            break
        page = admin.get(following[1].replace("&amp;", "&"))
    assert len(seen) == 120
