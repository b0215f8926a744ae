"""The counsellor's queue in a real browser: many at once, a disagreement and its settlement, a reopened approval, keys, paper."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import SCHOOL
from playwright.sync_api import expect
from test_every_page import look
from test_under_hands import required

pytestmark = pytest.mark.slow


@pytest.fixture
def queue(stage: Any) -> tuple[Any, str, str]:
    """A school of which six have submitted; with the last of them a parent does not agree. Returns also child and parent."""
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    stage.cloud.change_settings(SCHOOL, min_credits="0")
    accounts = stage.cloud.accounts(SCHOOL)
    there = {a["person_id"] for a in accounts if a["kind"] == "student" and "scheduling" in a["years"]}
    parent = next(a for a in accounts if a["kind"] == "parent" and there & set(a["children"] or ()))
    child = next(c for c in parent["children"] if c in there)
    for student in [*sorted(there - {child})[:5], child]:
        if student in there and required(stage, student):
            stage.cloud.request_courses(SCHOOL, student, *required(stage, student))
    actor = ("parent", parent["person_id"])
    stage.cloud.work_on_form(SCHOOL, actor, child, "review", agrees=False, note="Please French instead of Spanish.")
    return stage, child, parent["person_id"]


def test_a_disagreement_is_settled_and_an_approval_reopened(queue: Any) -> None:
    stage, child, _ = queue
    admin = stage.admin()
    admin.goto(stage.address("/requests/list"))
    admin.get_by_role("link", name=re.compile("^A parent does not agree")).click()
    admin.locator("a[data-row]").first.click()
    expect(admin.get_by_role("heading", name=re.compile("does not agree"))).to_be_visible()
    admin.get_by_role("button", name="Receive", exact=True).click()
    admin.get_by_role("button", name="Approve").click()
    expect(admin.get_by_role("alert")).to_contain_text("Say in the note how it was settled")
    admin.get_by_label("Note to the family").fill("We talked: Spanish it is.")
    stage.sure(admin, "Approve")
    expect(admin.locator(".said")).to_contain_text("Approved.")
    approved = stage.cloud.world.course_requests(SCHOOL, status="approved")["items"]
    assert {item["student_id"] for item in approved} == {child}
    admin.get_by_label("Reason to the family").fill("Spanish is full.")
    stage.sure(admin, "Reopen")
    expect(admin.locator(".said")).to_contain_text("Reopened")
    assert stage.cloud.world.course_requests(SCHOOL, status="approved")["items"] == []
    expect(admin.locator(".line")).to_contain_text("Spanish is full.")


def test_keys_go_through_the_list_and_from_one_request_to_the_next(queue: Any) -> None:
    stage, _, _ = queue
    admin = stage.admin()
    admin.goto(stage.address("/requests/list"))
    names = admin.locator("a[data-row]").all_inner_texts()
    for key in ("j", "j", "j", "k"):
        admin.keyboard.press(key)
    expect(admin.locator("a[data-row]").nth(1)).to_be_focused()
    admin.keyboard.press("Enter")
    expect(admin.get_by_role("heading", level=1)).to_contain_text(names[1])
    admin.keyboard.press("j")
    expect(admin.get_by_role("heading", level=1)).to_contain_text(names[2])
    admin.keyboard.press("k")
    expect(admin.get_by_role("heading", level=1)).to_contain_text(names[1])
    admin.get_by_role("button", name="Turn keys off").click()
    admin.keyboard.press("j")
    expect(admin.get_by_role("heading", level=1)).to_contain_text(names[1])
    admin.reload()
    expect(admin.get_by_role("button", name="Turn keys on")).to_be_visible()


def test_a_key_in_a_note_is_a_letter(queue: Any) -> None:
    stage, child, _ = queue
    admin = stage.admin()
    admin.goto(stage.address(f"/requests/of/{child}"))
    admin.get_by_label("Note to the family").press_sequentially("jk")
    expect(admin.get_by_label("Note to the family")).to_have_value("jk")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 375)])
def test_the_pages_that_no_address_has_fail_nobody(queue: Any, scheme: str, width: int) -> None:
    stage, child, _ = queue
    admin = stage.admin(color_scheme=scheme, viewport={"width": width, "height": 800}, java_script_enabled=True)
    wrong = []
    for path in (
        "/requests",
        "/requests/list",
        "/requests/list?state=disagreement",
        f"/requests/of/{child}?state=disagreement",
    ):
        wrong += look(admin, stage.address(path))
    course = stage.cloud.world.course_requests(SCHOOL)["items"][0]["course_id"]
    wrong += look(admin, stage.address(f"/requests/demand/{course}"))
    admin.goto(stage.address("/requests/list"))
    admin.get_by_role("button", name=re.compile("Receive all")).click()
    wrong += look(admin, "")
    admin.get_by_role("button", name=re.compile("Receive \\d+ request")).click()
    expect(admin.get_by_text(re.compile("received"))).not_to_have_count(0)
    admin.goto(stage.address("/requests/list?state=to-approve"))
    admin.get_by_role("button", name=re.compile("Approve all")).click()
    wrong += look(admin, "")
    admin.goto(stage.address("/manage/parents/login-details?channel=print&criterion=all"))
    admin.get_by_role("button", name=re.compile("^Print")).click()
    wrong += look(admin, "")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_everything_is_done_without_script(queue: Any) -> None:
    stage, child, _ = queue
    admin = stage.admin(java_script_enabled=False)
    admin.goto(stage.address("/requests/list"))
    for needs_script in ("[data-keys]", "label:has([data-ticks])"):
        expect(admin.locator(needs_script)).to_be_hidden()
    admin.get_by_role("button", name=re.compile("Receive all")).click()
    admin.get_by_role("button", name=re.compile("Receive \\d+ request")).click()
    admin.goto(stage.address(f"/requests/of/{child}"))
    expect(admin.get_by_role("button", name="Approve")).to_be_visible()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_letter_is_one_sheet_of_either_paper(queue: Any, paper: str) -> None:
    stage, _, _ = queue
    stage.cloud.change_settings(
        SCHOOL, school_name="Hampden Academy", contact="the counseling office, " + "555-0142 " * 30
    )
    admin = stage.admin()
    admin.goto(stage.address("/manage/parents/login-details?channel=print&criterion=all"))
    admin.get_by_role("button", name=re.compile("^Print")).click()
    letters = admin.locator("article.letter")
    expect(letters.last).to_be_visible()
    admin.wait_for_load_state()
    assert len(re.findall(rb"/Type\s*/Page\b", admin.pdf(format=paper))) == letters.count()
