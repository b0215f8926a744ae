"""The article's flow in a real browser: from No to Yes, activation, Course Requests, receipt, change of the year.

The school sits at a desk; the family has a phone.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import OWN, PHONE, SCHOOL
from course_form import card, expect_submitted, submit, tick
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow


def newcomer(stage: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A new student with an e-mail, and a new parent of theirs, by the school's answer key."""
    granted = {kind: stage.school.answers["yes"][kind]["granted"] for kind in ("student", "parent")}
    for ident, parent in granted["parent"].items():
        child = granted["student"].get(parent["children"][0])
        if parent["new"] and child and "@" in child["login"]:
            student = {**child, "person_id": parent["children"][0]}
            return student, {**parent, "person_id": ident}
    raise AssertionError("the school has no such newcomer")


def expect_no_wider(page: Page) -> None:
    """See that a page is no wider than the phone it is on."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_the_whole_flow(stage: Any, tmp_path: Path) -> None:
    # At No the newcomer cannot sign in; nobody knows of them.
    child, parent = newcomer(stage)
    stage.run("sync", "--yes")
    page = stage.sign_in(child["login"], "Whatever-1", **PHONE)
    expect(page.get_by_role("alert")).to_contain_text("do not go together")

    # At Yes the admin finds them where the article says, and mails Login Details.
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    admin = stage.admin()
    for tab, person in (("Students", child), ("Parents", parent)):
        admin.goto(stage.address("/home"))
        admin.get_by_role("link", name="Manage Accounts").click()
        admin.get_by_role("link", name=tab, exact=True).click()
        admin.get_by_label("Search name, login or id").fill(person["login"])
        admin.get_by_role("button", name="Show").click()
        expect(admin.get_by_role("row").filter(has_text="new this scheduling year")).to_have_count(1)
        admin.get_by_role("button", name="E-Mail Login Details").click()
        admin.get_by_label("To", exact=True).select_option("not-active")
        admin.get_by_role("button", name="Show recipients").click()
        admin.get_by_role("button", name="Send").click()
        expect(admin.get_by_role("heading", name="Outbox")).to_be_visible()

    # Both activate; the student submits, the parent does not agree.
    student = stage.activate(admin, child["login"], **PHONE)
    expect(student.get_by_text("Schedules and grades")).to_have_count(0)
    expect_no_wider(student)
    student.get_by_role("link", name="Choose courses").click()
    tick(student, "Spanish I")
    expect(student.locator("output")).to_contain_text("enough.")
    expect_no_wider(student)
    submit(student)
    expect_no_wider(student)
    family = stage.activate(admin, parent["login"], **PHONE)
    expect_no_wider(family)
    family.get_by_role("link", name=f"Answer for {child['given_name']}").click()
    family.get_by_text("I do not agree", exact=True).click()
    family.get_by_label("What should be different?").fill("An art, please.")
    expect_no_wider(family)
    family.get_by_role("button", name="Send: I do not agree").click()
    expect(family.get_by_role("heading", name="You did not agree")).to_be_visible()

    # The school receives, returns with a note; the student changes the choices, and the parent agrees to the new ones.
    request = stage.address(f"/requests/of/{child['person_id']}")
    admin.goto(request)
    expect(admin.get_by_role("heading", name="does not agree")).to_be_visible()
    expect(admin.get_by_text("An art, please.").first).to_be_visible()
    admin.get_by_role("button", name="Receive").click()
    admin.get_by_label("Note to the family").fill("Please add an art.")
    admin.get_by_role("button", name="Return with the note").click()
    student.reload()
    expect(student.get_by_text("Please add an art.")).to_be_visible()
    tick(student, "Chorus")
    submit(student)
    family.goto(stage.address("/home"))
    family.get_by_role("link", name=f"Answer for {child['given_name']}").click()
    expect(family.get_by_text("New since then: Chorus")).to_be_visible()
    family.get_by_role("button", name="I agree", exact=True).click()
    expect(family.get_by_role("heading", name="Thank you. You agreed")).to_be_visible()
    expect_no_wider(family)
    admin.goto(request)
    admin.get_by_role("button", name="Receive").click()
    stage.sure(admin, "Approve")
    expect(admin.locator(".said")).to_contain_text("Approved")
    admin.goto(stage.address("/requests"))

    # Back at the SIS side: a file, and the same file when asked again.
    out = tmp_path / "course_requests.csv"
    assert stage.run("receive", "--out", str(out))["changed"] is True
    assert stage.run("receive", "--out", str(out))["changed"] is False
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert {r["student_id"] for r in rows} == {child["person_id"]}
    assert {"LNG1", "ART2"} <= {r["course_id"] for r in rows}
    assert {r["status"] for r in rows} == {"approved"}

    # The active year is changed and synced: the same accounts, the same passwords.
    before = {(a["kind"], a["person_id"]): a["created_at"] for a in stage.cloud.accounts(SCHOOL)}
    stage.run("school", "activate", str(stage.folder / "school"))
    stage.on(date(2027, 7, 1))
    held = stage.run("plan", exit_codes=(0, 3))["held"]
    stage.run("sync", "--yes", *(word for allow in sorted({h["allow"] for h in held}) for word in ("--allow", allow)))
    after = {(a["kind"], a["person_id"]): a["created_at"] for a in stage.cloud.accounts(SCHOOL)}
    assert {who: after[who] for who in before} == before
    again = stage.sign_in(child["login"], OWN, **PHONE)
    expect(again.get_by_role("heading", name="Nothing waits for you.")).to_be_visible()
    expect(again.get_by_text("this year")).to_be_visible()


class Keyboard:
    """A person without a mouse: Tab, Enter, Space, arrows and letters."""

    def __init__(self, stage: Any, login: str, password: str) -> None:
        self.page: Page = stage.visitor()
        self.page.goto(stage.address())
        self.type("E-mail or user name", login)
        self.type("Password", password)
        self.page.keyboard.press("Enter")

    def reach(self, locator: Any) -> None:
        """Press Tab until the element has the focus, and see that it shows."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            if locator.evaluate("e => e === document.activeElement"):
                shows = "e => [e, e.closest('.choice')].some((x) => x && getComputedStyle(x).outlineStyle !== 'none')"
                assert locator.evaluate(shows)
                return
        raise AssertionError(f"Tab never reaches {locator}")

    def type(self, label: str, text: str) -> None:
        self.reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def press(self, role: Any, name: str | re.Pattern[str]) -> None:
        self.reach(self.page.get_by_role(role, name=name, exact=True))
        self.page.keyboard.press("Enter")

    def activate(self) -> None:
        self.type("New password", OWN)
        self.type("The same again", OWN)
        self.page.keyboard.press("Enter")

    def expect_said(self, text: str) -> None:
        expect(self.page.locator(".said")).to_contain_text(text)


def test_the_flow_by_keyboard_alone(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    child, parent = newcomer(stage)
    name = f"{child['given_name']} {child['family_name']}"
    temporary = {
        who["person_id"]: stage.cloud.login_details(SCHOOL, kind, who["person_id"])[1]
        for kind, who in (("student", child), ("parent", parent))
    }

    admin = Keyboard(stage, "plusportaladmin", "Admin-pass1")
    admin.press("link", "Manage Accounts")
    admin.press("button", "E-Mail Login Details")
    admin.reach(admin.page.locator("form[method=post] button.first"))
    admin.page.keyboard.press("Enter")
    expect(admin.page.get_by_role("heading", name="Outbox")).to_be_visible()

    student = Keyboard(stage, child["login"], temporary[child["person_id"]])
    student.activate()
    student.press("link", "Choose courses")
    spanish = card(student.page, "Spanish I")
    student.reach(spanish)
    student.page.keyboard.press("Space")
    expect(spanish).to_be_checked()
    student.press("button", "Check your answers")
    student.press("button", "Submit my course requests")
    expect_submitted(student.page)

    family = Keyboard(stage, parent["login"], temporary[parent["person_id"]])
    family.activate()
    family.press("link", f"Answer for {child['given_name']}")
    family.press("button", "I agree")
    expect(family.page.get_by_role("heading", name="Thank you. You agreed")).to_be_visible()

    admin.press("link", re.compile("^Course Requests"))  # with how many wait
    admin.press("link", "Requests")
    box = admin.page.get_by_role("checkbox", name=f"Tick {name}")
    admin.reach(box)
    admin.page.keyboard.press("Space")
    expect(box).to_be_checked()
    admin.page.keyboard.press("Enter")
    admin.expect_said("1 request received")
    admin.press("link", name)
    admin.type("Note to the family", "Please add an art.")
    admin.press("button", "Return with the note")
    admin.expect_said("Returned")

    student.press("link", "Home")
    student.press("link", "Change the choices")
    student.reach(card(student.page, "Chorus"))
    student.page.keyboard.press("Space")
    student.press("button", "Check your answers")
    student.press("button", "Submit my course requests")
    expect_submitted(student.page)
    admin.press("link", "Requests")
    admin.press("link", name)
    admin.press("button", "Receive")
    admin.press("button", "Approve…")
    expect(admin.page.get_by_role("heading", name=f"Approve the request of {name}?")).to_be_visible()
    admin.press("button", "Approve")
    admin.expect_said("Approved")
