"""The portal under real hands, in a real browser: a big school, a session that ends, two who work at once, a sheet of paper."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import polars as pl
import pytest
from conftest import OWN, SCHOOL
from course_form import card, expect_ranked, rank, submit, tick
from playwright.sync_api import Page, expect

from dayzero.gradebook import COURSE_WORDS

pytestmark = pytest.mark.slow


def last_row(page: Page) -> tuple[int, str]:
    """Follow a list to its end by its link; return how many rows it has, and the last one's words."""
    rows = 0
    while True:
        found = page.locator("tbody tr")
        rows += found.count()
        following = page.get_by_role("link", name="Next page")
        if not following.count():
            return rows, found.last.inner_text()
        with page.expect_navigation():
            following.click()


@pytest.mark.parametrize("stage", [3_000], indirect=True)
def test_at_three_thousand_students_every_list_is_reached_to_its_last_row(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    counts = stage.cloud.world.school(SCHOOL)["counts"]
    admin = stage.admin()
    for tab in ("student", "parent"):
        admin.goto(stage.address(f"/manage/{tab}s"))
        rows, _ = last_row(admin)
        assert rows == sum(counts[tab].values())
    scheduling = [
        s
        for s in stage.cloud.world.records(SCHOOL, "student-record", limit=10_000)["items"]
        if "scheduling" in s["years"]
    ]
    assert len(scheduling) > 2_000
    admin.goto(stage.address("/requests/list"))
    expect(admin.get_by_text(f"{len(scheduling):,} students")).to_be_visible()
    rows, last = last_row(admin)
    assert rows == len(scheduling)
    assert last.split("\t")[1].split()[-2][0] in "YZ", last
    admin.get_by_label("Name or id").fill(scheduling[-1]["id"])
    with admin.expect_navigation():
        admin.get_by_role("button", name="Show").click()
    expect(
        admin.get_by_role("link", name=f"{scheduling[-1]['given_name']} {scheduling[-1]['family_name']}").first
    ).to_be_visible()
    sync = stage.cloud.syncs(SCHOOL)[-1]
    admin.goto(stage.address(f"/syncs/{sync['sync_id']}"))
    with admin.expect_navigation():
        admin.get_by_role("link", name=re.compile(r"^All [\d,]+$")).first.click()
    expect(admin.get_by_role("heading", name="Appeared")).to_be_visible()
    rows, _ = last_row(admin)
    assert rows == sync["applied"]["student"]["create"] + sync["applied"]["parent"]["create"]


def commit(cloud: Any, *operations: dict[str, Any]) -> str:
    """Commit operations as one sync; return its id."""
    world = cloud.world
    opened = world.open_sync(
        SCHOOL, kind="all-data", base_revision=world.school(SCHOOL)["revision"], plan_id="p", client="c"
    )
    body = "".join(json.dumps(o) + "\n" for o in operations).encode()
    world.put_part(SCHOOL, opened["sync_id"], 1, body)
    digest = hashlib.sha256(hashlib.sha256(body).hexdigest().encode()).hexdigest()
    world.commit(SCHOOL, opened["sync_id"], parts=1, digest=digest)
    return str(opened["sync_id"])


@pytest.mark.parametrize("viewport", [(1200, 800), (1200, 600)])
def test_one_changed_login_among_985_equal_changes_is_on_the_first_screen(
    stage: Any, viewport: tuple[int, int]
) -> None:
    people = [f"s{n:04}" for n in range(986)]
    commit(
        stage.cloud,
        *({"op": "create", "kind": "student", "id": i, "changes": {"login": [None, f"{i}@oak.example"], "given_name": [None, f"Given {i}"], "years": [None, ["active"]]}} for i in people),
    )  # fmt: skip
    sync_id = commit(
        stage.cloud,
        *({"op": "update", "kind": "student", "id": i, "changes": {"years": [["active"], ["active", "scheduling"]]}} for i in people[:985]),
        {"op": "update", "kind": "student", "id": people[985], "changes": {"login": [f"{people[985]}@oak.example", "renamed@oak.example"]}},
    )  # fmt: skip
    width, height = viewport
    admin = stage.admin(viewport={"width": width, "height": height})
    admin.goto(stage.address(f"/syncs/{sync_id}"))
    box = admin.get_by_text("renamed@oak.example").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < height
    expect(admin.get_by_text("985 times")).to_have_count(1)


def family(stage: Any) -> tuple[Page, str, str]:
    """A parent signed in at the empty form of a child who is in the scheduling year; with their login and the child's id."""
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    children = {
        s["id"] for s in stage.cloud.world.records(SCHOOL, "student-record")["items"] if "scheduling" in s["years"]
    }
    parent = next(
        a for a in stage.cloud.accounts(SCHOOL) if a["kind"] == "parent" and set(a["children"] or ()) & children
    )
    child = next(c for c in parent["children"] if c in children)
    login, _ = stage.cloud.sign_in(SCHOOL, "parent", parent["person_id"], OWN)
    page = stage.sign_in(login, OWN)
    page.goto(stage.address(f"/courses/{child}"))
    return page, login, child


def fill(page: Page) -> None:
    tick(page, "Spanish I")
    rank(page, "Studio Art", "Chorus")


def expect_typed(page: Page) -> None:
    expect(card(page, "Spanish I")).to_be_checked()
    expect_ranked(page, "Studio Art", "Chorus")


def test_a_session_that_ends_in_the_middle_of_the_form_loses_nothing(stage: Any) -> None:
    page, login, _ = family(stage)
    fill(page)
    stage.cloud.world.advance(3_700)
    page.get_by_role("button", name="Check your answers").click()
    expect(page.locator(".said")).to_contain_text("Your session has ended")
    expect(page.locator(".said")).to_contain_text("what you typed is kept")
    page.get_by_label("E-mail or user name").fill(login)
    page.get_by_label("Password").fill(OWN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".said")).to_contain_text("not been sent yet")
    expect_typed(page)
    submit(page)


def test_another_who_is_quicker_costs_nothing_that_was_typed(stage: Any) -> None:
    page, _, child = family(stage)
    fill(page)
    stage.cloud.change_settings(SCHOOL, min_credits="0")
    stage.cloud.request_courses(SCHOOL, child, *required(stage, child))
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("alert")).to_contain_text("was changed by the student")
    theirs = page.get_by_role("region", name="What is there now")
    expect(theirs).to_contain_text("What you chose")
    for course in ("Spanish I", "Studio Art", "Chorus"):
        expect(theirs).to_contain_text(course)


def test_a_draft_that_another_saved_is_shown_beside_the_own_choices(stage: Any) -> None:
    page, login, child = family(stage)
    second = stage.sign_in(login, OWN, java_script_enabled=False)
    fill(page)
    expect(page.locator("#kept")).to_contain_text("Draft saved")
    second.goto(stage.address(f"/courses/{child}"))
    expect_typed(second)
    tick(second, "French I")
    second.get_by_role("button", name="Save draft").click()
    expect(second.locator(".said")).to_contain_text("draft is saved")
    tick(page, "Theater")
    expect(page.locator("#kept")).to_contain_text("Not saved. This request was changed by a parent")
    expect(card(page, "Theater")).to_be_checked()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("alert")).to_contain_text("was changed by a parent")
    expect(page.get_by_role("region", name="What is there now")).to_contain_text("French I")
    expect_typed(page)
    expect(card(page, "Theater")).to_be_checked()
    submit(page)


def test_what_is_chosen_is_saved_by_itself_and_a_button_waits_for_it(stage: Any) -> None:
    page, _, child = family(stage)
    tick(page, "Spanish I")
    expect(page.locator("#kept")).to_contain_text("Draft saved, ")
    page.reload()
    expect(card(page, "Spanish I")).to_be_checked()
    page.route("**/courses/**", lambda route: (page.wait_for_timeout(400), route.continue_())[1], times=1)
    with page.expect_request(lambda r: "quiet=yes" in (r.post_data or "")):
        rank(page, "Chorus", "Studio Art")
    submit(page)
    expect(page.get_by_text("1. Chorus (0.5), 2. Studio Art (0.5)")).to_be_visible()
    with stage.cloud.world.reading() as db:
        saves = db.execute("select count(*) from form_events where student_id = ? and action = 'save'", [child])
        assert saves.fetchone()[0] == 1, "drafts that are saved by themselves are one line of the history"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_alternates_are_ranked_by_buttons_and_nothing_else_is_lost_by_it(stage: Any, script: bool) -> None:
    page, login, child = family(stage)
    if not script:
        page = stage.sign_in(login, OWN, java_script_enabled=False)
        page.goto(stage.address(f"/courses/{child}"))
    page.get_by_role("textbox", name="Anything your counselor should know?").fill("No gym on Fridays.")
    fill(page)
    rank(page, "French I")
    page.get_by_role("button", name="Up French I").click()
    expect_ranked(page, "Studio Art", "French I", "Chorus")
    expect(page.get_by_role("button", name=re.compile("^Add if"))).to_have_count(0 if script else 1)
    page.get_by_role("button", name="Remove Studio Art").click()
    expect_ranked(page, "French I", "Chorus")
    tick(page, "Chorus")
    submit(page)
    expect(page.get_by_text("1. French I (1.0)", exact=False)).to_be_visible()
    expect(page.get_by_text("No gym on Fridays.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Chorus")).to_contain_text("Elective")


def test_the_submitted_form_is_one_sheet_with_lines_to_sign(stage: Any) -> None:
    page, _, _ = family(stage)
    fill(page)
    submit(page)
    for size in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size))) == 1, size
    page.emulate_media(media="print")
    expect(page.locator(".sign")).to_be_visible()
    expect(page.get_by_role("heading", name="Where it is")).to_be_hidden()


def test_a_school_that_leaves_optional_columns_empty_is_shown_and_asks_for_courses(stage: Any) -> None:
    """No departments, no credits, no homerooms, and nothing that courses say of themselves."""
    for table, columns in (("courses", ("department", "credits", *COURSE_WORDS)), ("enrollments", ("homeroom",))):
        file = stage.folder / "school" / f"{table}.csv"
        pl.read_csv(file, infer_schema=False).with_columns(pl.lit(None).alias(c) for c in columns).write_csv(file)
    page, _, child = family(stage)
    expect(page.get_by_text("credit")).to_have_count(0)
    before = page.locator("output").inner_text()
    tick(page, "Spanish I")
    rank(page, "Chorus")
    expect(page.locator("output")).to_have_text(f"{int(before.split()[0]) + 1} courses chosen.")
    submit(page)
    admin = stage.admin()
    sync_id = stage.cloud.syncs(SCHOOL)[-1]["sync_id"]
    paths = [
        "/requests",
        "/requests/list",
        "/requests/demand",
        f"/requests/of/{child}",
        f"/syncs/{sync_id}",
        f"/manage/student/{child}",
    ]
    for path in paths:
        answer = admin.goto(stage.address(path))
        assert answer.status == 200, path
        expect(admin.get_by_text("None", exact=True)).to_have_count(0)


def required(stage: Any, child: str) -> list[str]:
    """The courses that are required of a student next year."""
    [pupil] = [
        s for s in stage.cloud.world.records(SCHOOL, "student-record", limit=10_000)["items"] if s["id"] == child
    ]
    year = stage.cloud.world.school(SCHOOL)["scheduling_year"]
    courses = stage.cloud.world.records(SCHOOL, "course", limit=10_000)["items"]
    return [
        c["course_id"] for c in courses
        if c["year_id"] == year and c["required"] and pupil["next_grade_level"] in c["grade_levels"]
    ]  # fmt: skip


def test_each_letter_is_printed_on_a_sheet_of_its_own(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    admin = stage.admin()
    admin.goto(stage.address("/manage/parents"))
    boxes = admin.get_by_role("checkbox", name=re.compile("^Tick "))
    for n in range(3):
        boxes.nth(n + 1).check()
    admin.get_by_role("button", name="Print Login Details").click()
    admin.get_by_role("button", name="Print 3").click()
    expect(admin.locator("article")).to_have_count(3)
    assert len(re.findall(rb"/Type\s*/Page\b", admin.pdf())) == 3


def test_being_logged_on_as_somebody_is_seen_wherever_one_scrolls(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    student = next(a for a in stage.cloud.accounts(SCHOOL) if a["kind"] == "student" and "scheduling" in a["years"])
    admin = stage.admin(viewport={"width": 800, "height": 400})
    admin.goto(stage.address(f"/manage/student/{student['person_id']}"))
    admin.get_by_role("button", name="Log on as").click()
    bar = admin.get_by_role("form", name="Logged on as somebody else")
    expect(bar).to_contain_text(f"You are logged on as {student['given_name']}")
    admin.goto(stage.address(f"/courses/{student['person_id']}"))
    admin.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(bar).to_be_in_viewport()
    bar.get_by_role("button", name="Stop being logged on as").click()
    expect(admin.get_by_role("heading", name="Why this account is here")).to_be_visible()
