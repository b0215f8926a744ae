"""Every page: WCAG 2.2 AA in light and dark, nothing scrolls sideways on a phone, no complaint in the console."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ADMIN_PASSWORD, SCHOOL
from course_form import expect_submitted, rank, submit, tick
from playwright.sync_api import Page

pytestmark = pytest.mark.slow

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def look(page: Page, address: str) -> list[str]:
    """Open a page, without an address the one that is open, and return everything that is wrong with it."""
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(f"script: {e}"))
    if address:
        page.goto(address)
    found = Axe().run(page, options=RULES).response["violations"]
    complaints += [f"{v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"]]
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        complaints.append(f"scrolls sideways: {width}")
    return [f"{address or page.title()}: {c}" for c in complaints]


def look_after_buttons(stage: Any, student_id: str, manner: dict[str, Any]) -> list[str]:
    """Look at the pages that no address has: a question, a password that is seen once, another's page, an ended session."""
    page = stage.sign_in("plusportaladmin", ADMIN_PASSWORD, **manner)
    wrong = []
    account = stage.address(f"/manage/student/{student_id}")
    page.goto(account)
    page.get_by_role("button", name="Reset password").click()
    wrong += look(page, "")
    stage.cloud.change_settings(SCHOOL, hide_temporary_passwords="yes")
    page.get_by_role("button", name="Reset password").click()
    wrong += look(page, "")
    page.goto(account)
    page.get_by_role("button", name="Log on as").click()
    wrong += look(page, "")
    page.get_by_role("button", name="Stop being logged on as").click()
    stage.cloud.world.advance(3_700)
    page.goto(account)
    return wrong + look(page, "")


def edited(cloud: Any, accounts: list[dict[str, Any]]) -> None:
    """Let parents have edited their e-mail, one edit in every state there is."""
    parents = [a for a in accounts if a["kind"] == "parent" and a["status"] != "disabled"][:5]
    for parent, decisions in zip(parents, ([], ["approve"], ["delete"], ["approve", "delete"], []), strict=True):
        person_id = parent["person_id"]
        number = cloud.submit_email(SCHOOL, "parent", person_id, f"new-{person_id}@mail.example")
        for decision in decisions:
            cloud.decide_email(SCHOOL, number, decision)
    cloud.submit_email(SCHOOL, "parent", parents[-1]["person_id"], parents[0]["login"])


def look_at_a_request(stage: Any, accounts: list[dict[str, Any]], manner: dict[str, Any]) -> list[str]:
    """Look at a request in every state a family sees it in: to choose, to check, to answer, to read, to change, and shut."""
    students = {
        a["person_id"] for a in accounts if a["kind"] == "student" and "scheduling" in a["years"] and "@" in a["login"]
    }
    parent = next(a for a in accounts if a["kind"] == "parent" and set(a["children"] or ()) & students)
    child = next(c for c in parent["children"] if c in students)
    family = {}
    for kind, person in (("student", child), ("parent", parent["person_id"])):
        login, password = stage.cloud.sign_in(SCHOOL, kind, person, "Own-pass1")
        family[kind] = stage.sign_in(login, password, **manner)
    student, adult = family["student"], family["parent"]
    form = stage.address(f"/courses/{child}")
    stage.cloud.change_settings(
        SCHOOL, requests_close_at="2027-03-12T16:00", requests_decided_by="2027-04-16", requests_text="Two years of a language."
    )  # fmt: skip
    wrong = look(student, form)
    tick(student, "Spanish I")
    rank(student, "Chorus", "Studio Art")
    wrong += look(student, "")
    student.get_by_role("button", name="Check your answers").click()
    student.get_by_role("heading", name="Check your answers").wait_for()
    wrong += look(student, "")
    student.get_by_role("button", name="Submit my course requests").click()
    expect_submitted(student)
    wrong += [*look(student, ""), *look(adult, stage.address("/home")), *look(adult, form)]
    adult.get_by_text("I do not agree", exact=True).click()
    wrong += look(adult, "")
    adult.get_by_role("button", name="I agree", exact=True).click()
    adult.get_by_role("heading", name="Thank you.").wait_for()
    wrong += [*look(adult, ""), *look(adult, f"{form}?see=request"), *look(student, form)]
    student.get_by_role("button", name="Change my choices").click()
    wrong += look(student, "")
    student.get_by_role("button", name="Yes, change the choices").click()
    submit(student)
    wrong += [*look(adult, form), *look(student, stage.address("/home"))]
    stage.cloud.change_settings(SCHOOL, requests_close_at="2027-02-12T16:00")
    wrong += [*look(adult, form), *look(adult, stage.address("/home"))]
    stage.cloud.change_settings(SCHOOL, requests_close_at="")
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 375])
def test_no_page_fails_anybody(stage: Any, scheme: str, width: int) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    accounts = stage.cloud.accounts(SCHOOL)
    parent = next(a for a in accounts if a["kind"] == "parent" and "scheduling" in a["years"])
    student = next(a for a in accounts if a["kind"] == "student" and "@" in a["login"] and a["new"])
    manner = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    sync_id = stage.cloud.syncs(SCHOOL)[-1]["sync_id"]
    year = stage.cloud.world.school(SCHOOL)["scheduling_year"]
    courses = stage.cloud.world.records(SCHOOL, "course", limit=10_000)["items"]
    course = next(c["course_id"] for c in courses if c["year_id"] == year)
    pages = {
        "nobody": ["/", "/forgot", "/nowhere"],
        "admin": [
            "/home", "/search", "/search?q=a", "/search?q=zzz", "/manage/students?status=new",
            "/manage/parents", "/manage/students?search=zzz", "/manage/students", "/manage/teachers", "/manage/admins",
            f"/manage/parent/{parent['person_id']}", f"/manage/student/{student['person_id']}",
            "/manage/parents/login-details?channel=email", "/manage/students/login-details?channel=print",
            "/settings", "/syncs", f"/syncs/{sync_id}", "/outbox", "/outbox/1", "/password", "/role", "/approval-center",
            "/requests", "/requests/list", "/requests/list?state=to-receive&search=zzz", f"/requests/of/{student['person_id']}",
            "/requests/demand", "/requests/demand?sort=asked", f"/requests/demand/{course}",
            "/audit", f"/syncs/{sync_id}/people?op=create",
        ],
        "student": ["/home", f"/courses/{student['person_id']}", "/password", "/demographics"],
        "parent": ["/home", f"/courses/{parent['children'][0]}", "/demographics"],
    }  # fmt: skip
    edited(stage.cloud, accounts)
    wrong: list[str] = []
    for who, paths in pages.items():
        if who == "nobody":
            page = stage.visitor(**manner)
        elif who == "admin":
            stage.cloud.login_details(SCHOOL, "student", student["person_id"])
            page = stage.sign_in("plusportaladmin", ADMIN_PASSWORD, **manner)
        else:
            account = student if who == "student" else parent
            login, temporary = stage.cloud.login_details(SCHOOL, who, account["person_id"])
            page = stage.sign_in(login, temporary, **manner)
            wrong += look(page, stage.address("/password"))
            page.get_by_label("New password").fill("Own-pass1")
            page.get_by_label("The same again").fill("Own-pass1")
            page.get_by_role("button", name="Save password").click()
        for path in paths:
            wrong += [w for w in look(page, stage.address(path)) if "404 (Not Found)" not in w]
    wrong += look_at_a_request(stage, accounts, manner)
    wrong += look_after_buttons(stage, student["person_id"], manner)
    assert not wrong, "\n".join(sorted(set(wrong)))
