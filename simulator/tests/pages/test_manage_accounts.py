"""Manage Accounts, settings and the sync history (R13, R19-R21, R23, R24, case 61)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from oak import account, change

pytestmark = pytest.mark.slow


def test_r13_synced_people_are_under_their_tabs(portal: Any) -> None:
    admin = portal.admin()
    assert "Nia Newcomer" in admin.get("/manage/students").words
    parents = admin.get("/manage/parents").words
    assert "Pat Newcomer" in parents
    assert "Nia Newcomer" not in parents


def test_r19_it_opens_on_parents_who_have_a_grade_filter_and_only_students_have_an_apid(portal: Any) -> None:
    admin = portal.admin()
    opened = re.search(r'href="([^"]*)"[^>]*>Manage Accounts', admin.get("/home").text)
    assert opened
    assert opened[1] == "/portal/oak/manage/parents"
    parents, students = admin.get("/manage/parents"), admin.get("/manage/students")
    assert 'name="grade"' in parents.text
    assert "APID" in students.words
    assert "APID" not in parents.words
    assert next(r for r in admin.get("/manage/parents", grade="12").rows() if "@" in r).startswith("Sue Senior")


def test_r20_does_not_contain_active_lists_exactly_the_not_yet_activated(portal: Any) -> None:
    portal.person("parent", "pn")
    portal.sync(change("parent", "ps", op="disable"))
    rows = [r for r in portal.admin().get("/manage/parents", status="not-active").rows() if "@" in r]
    assert len(rows) == 1
    assert rows[0].startswith("Max Newcomer")


def test_r21_parents_and_students_are_neither_created_nor_deleted_here_and_admins_are_both(portal: Any) -> None:
    admin = portal.admin()
    for page in (admin.get("/manage/parents"), admin.get("/manage/students"), admin.get("/manage/student/new")):
        assert "Delete" not in page.words
        assert "Create" not in page.words
    made = admin.send("/manage/admins", name="Olga Office", login="olga@oak.example")
    assert "Olga Office" in made.words
    assert "already" in admin.send("/manage/admins", name="Olga", login="OLGA@oak.example").words
    ident = portal.admins()["Olga Office"]["admin_id"]
    assert "Olga Office" not in admin.send(f"/manage/admins/{ident}/delete", made).words
    assert admin.send("/manage/admins/plusportaladmin/delete", made).status == 409


def test_r23_hiding_temporary_passwords_cannot_be_undone_and_spares_user_name_only_students(portal: Any) -> None:
    portal.send_details("student", "new", channel="print")
    portal.send_details("student", "ret", channel="print")
    admin = portal.admin()
    assert admin.get("/manage/students").words.count("temporary password") == 2
    settings = admin.get("/settings")
    shown = {
        "min_credits": "5",
        "max_credits": "8",
        "max_alternates": "3",
        "submit_by": "student",
        "parent_review": "any",
    }
    admin.send("/settings", settings, hide_temporary_passwords="yes", **shown)
    assert admin.get("/manage/students").words.count("temporary password") == 1
    assert "temporary password" in next(r for r in admin.get("/manage/students").rows() if "Rex" in r)
    refused = admin.send("/settings", settings, **shown)
    assert "cannot be undone" in refused.words
    assert admin.get("/manage/students").words.count("temporary password") == 1


def test_r24_only_printing_offers_students_without_an_email(portal: Any) -> None:
    admin = portal.admin()
    mail = admin.get("/manage/students/login-details", channel="email")
    paper = admin.get("/manage/students/login-details", channel="print")
    assert "without an e-mail" not in mail.words
    assert "without an e-mail" in paper.words
    refused = admin.send("/manage/students/login-details", mail, channel="email", criterion="no-email")
    assert refused.status == 422
    printed = admin.send("/manage/students/login-details", paper, channel="print", criterion="no-email")
    assert "user name rex" in printed.words
    assert "nia@" not in printed.words


def test_r17_a_sync_mails_nobody_and_makes_no_password_login_details_do(portal: Any) -> None:
    assert portal.stored("parent", "pn", "temporary") is None
    admin = portal.admin()
    assert "Nothing was sent yet" in admin.get("/outbox").words
    sent = admin.send("/manage/parents/login-details", channel="email", criterion="all")
    assert sent.path.endswith("/outbox")
    assert len([r for r in sent.rows() if "Login Credentials" in r]) == 3
    assert portal.stored("parent", "pn", "temporary")
    assert portal.stored("parent", "pn", "status") == "pending"


def test_login_details_reach_a_grade_or_those_ticked(portal: Any) -> None:
    admin = portal.admin()
    page = admin.get("/manage/parents/login-details", channel="email", criterion="grade", grade="12")
    assert "1 recipient" in page.words
    page = admin.get("/manage/parents/login-details", channel="email", ticked=["pn", "pm"])
    assert "2 recipients" in page.words


def test_search_finds_the_beginning_of_any_word_without_accents_or_case(portal: Any) -> None:
    portal.sync(account("parent", "pz", "zoe@home.test", "Zoë Brontë-Müller"))
    admin = portal.admin()
    for typed in ("zoe", "BRONTE", "mull", "zoe@home", "pz"):
        rows = [r for r in admin.get("/manage/parents", search=typed).rows() if "@" in r]
        assert len(rows) == 1, typed
        assert rows[0].startswith("Zoë")
    assert "Nobody fits" in admin.get("/manage/parents", search='"; drop table accounts').words


def test_search_follows_what_later_syncs_change(portal: Any) -> None:
    admin = portal.admin()
    portal.sync(change("parent", "pn", family_name=["Newcomer", "Quill"], login=["pat@home.test", "quill@home.test"]))
    assert len([r for r in admin.get("/manage/parents", search="quill").rows() if "@" in r]) == 1
    assert "Nobody fits" in admin.get("/manage/parents", search="pat newcomer").words
    portal.sync(
        change("parent", "pn", family_name=["Quill", "Newcomer"]), account("parent", "pz", "z@home.test", "Zed Q")
    )
    assert len([r for r in admin.get("/manage/parents", search="pat newc quill").rows() if "@" in r]) == 1
    assert len([r for r in admin.get("/manage/parents", search="newc").rows() if "@" in r]) == 2
    assert len([r for r in admin.get("/manage/parents", search="zed").rows() if "@" in r]) == 1


def test_pages_follow_one_another_without_loss_or_doubles(portal: Any) -> None:
    people = [account("parent", f"q{n:03}", f"q{n}@home.test", f"Quinn{n % 7} Same") for n in range(130)]
    portal.sync(*people)
    admin = portal.admin()
    for sort in ("name", "login", "last"):
        seen: list[str] = []
        page = admin.get("/manage/parents", sort=sort)
        while True:
            seen += [r.split(" ")[-3] for r in page.rows() if "@" in r]
            following = page.text.split("Next page")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
            if "Next page" not in page.text:
                break
            page = admin.get(following)
        assert len(seen) == len(set(seen)) == 133, sort
    assert admin.get("/manage/parents", after="{").status == 404


def test_a_row_leads_to_the_family_and_to_why_the_account_is_there(portal: Any) -> None:
    portal.sync(change("student", "sen", op="disable"))
    admin = portal.admin()
    parent = admin.get("/manage/parent/pm")
    assert "Nia Newcomer" in parent.words
    assert "Rex Returning" in parent.words
    newcomer = admin.get("/manage/student/new").words
    assert "new this scheduling year" in newcomer
    assert "by sync 1" in newcomer
    assert "for the scheduling year" in newcomer
    assert "Disabled by sync 2" in admin.get("/manage/student/sen").words


def test_the_history_says_who_appeared_changed_and_was_disabled_with_values(portal: Any) -> None:
    portal.sync(
        change("student", "sen", op="disable"),
        change("student", "ret", family_name=["Returning", "Renamed"]),
        account("student", "bad", "nia@oak.example", "Twin Login"),
    )
    admin = portal.admin()
    assert "2 changes: 1 person changes, 1 leaves." in admin.get("/syncs").words
    words = admin.get(f"/syncs/{portal.syncs[-1]}").words
    assert "family name: Returning → Renamed" in words
    assert "Left (1) They cannot sign in any more: the SIS no longer sends them. Sam Senior" in words
    assert "login-taken" in words
    assert "Appeared" not in words


def test_case_61_the_export_opens_harmlessly_in_a_spreadsheet(portal: Any) -> None:
    portal.sync(
        account("parent", "=1+1", "@sum", '=cmd("x") Bobby'), account("parent", "p9", "-2@home.test", "+1 Plus")
    )
    answer = portal.admin().client.get("/portal/oak/manage/parents.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 6
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert any("'=1+1" in row for row in rows)


@pytest.mark.parametrize(
    ("field", "value"), [("min_credits", "nine"), ("requests_open_at", "soon"), ("submit_by", "dog")]
)
def test_settings_refuse_what_they_cannot_be(portal: Any, field: str, value: str) -> None:
    shown = {
        "min_credits": "5",
        "max_credits": "8",
        "max_alternates": "3",
        "submit_by": "student",
        "parent_review": "any",
    }
    page = portal.admin().send("/settings", **{**shown, field: value})
    assert page.status == 422
    assert 'role="alert"' in page.text
