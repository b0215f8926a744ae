"""The Sync Manager in a real browser: the office's day from No to Yes, and every page in light, dark and on a phone."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from conftest import TOKEN
from playwright.sync_api import Page, expect
from test_every_page import look
from werkzeug.serving import make_server

from dayzero_manager.app import create_app
from dayzero_manager.office import Office

pytestmark = pytest.mark.slow

SPRING = date(2027, 3, 4)
PATIENCE = 30_000
"""Milliseconds for what is worked out meanwhile, on a machine that does much else."""
expect.set_options(timeout=PATIENCE)


class Counted:
    """A window whose clicks are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, role: Any, name: Any, **how: Any) -> None:
        """Click what a person would."""
        self.page.get_by_role(role, name=name, **how).first.click()
        self.clicks += 1


@pytest.fixture
def manager(stage: Any) -> Iterator[Callable[..., Page]]:
    """A served Sync Manager of a school that has synced at No; ``manager(**manner)`` is a window that came in by a link."""
    stage.on(SPRING)
    stage.run("sync", "--yes", exit_codes=(0, 1))
    office = Office(stage.folder / "dayzero.toml", environ={"DAYZERO_TOKEN": TOKEN, "USER": "dana"}, patience=0.3)
    app, door = create_app(office)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    origin = f"http://127.0.0.1:{server.port}"

    def opened(**manner: Any) -> Page:
        page: Page = stage.visitor(base_url=origin, **manner)
        page.set_default_timeout(PATIENCE)
        page.goto(origin + "/" + door.link("full").split("/", 3)[3])
        if manner.get("java_script_enabled", True):
            page.wait_for_url(origin + "/")
        return page

    yield opened
    if office.work.sending is not None:
        office.work.sending.wait(30)
    server.shutdown()
    thread.join()
    server.server_close()


def rewritten(stage: Any, table: str, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Let somebody have edited a table of the school."""
    file: Path = next((stage.folder / "school").rglob(f"{table}.csv"))
    with file.open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    change(rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def limited(stage: Any, **limits: Any) -> None:
    file = stage.folder / "dayzero.toml"
    document = tomlkit.parse(file.read_text(encoding="utf-8"))
    document.setdefault("limits", {}).update(limits)
    file.write_text(tomlkit.dumps(document), encoding="utf-8")


def working(stage: Any, kind: str = "student") -> list[str]:
    accounts = stage.run("simulator", "accounts", "--school", "hampden", "--url", stage.cloud.url)
    items = accounts["items"] if isinstance(accounts, dict) else accounts
    return sorted(a["person_id"] for a in items if a["kind"] == kind and a["status"] != "disabled")


def test_the_office_sets_yes_and_sees_who_appeared(stage: Any, manager: Callable[..., Page]) -> None:
    new = {i: a for i, a in stage.school.answers["yes"]["student"]["granted"].items() if a["new"]}
    window = Counted(manager())
    page = window.page
    expect(page.locator(".figures")).to_contain_text("Send Scheduling Year Student Data")
    window.click("link", "Send (Sync) Settings")
    expect(page.get_by_role("heading", name="If you choose Yes, this is what happens")).to_be_visible()
    stage.picture(page, "manager-settings")
    window.click("radio", "Yes")
    window.click("button", "Done: save and sync now")
    expect(page.get_by_role("heading", name="appeared on the portal")).to_be_visible()
    for person in new.values():
        expect(page.locator("main")).to_contain_text(f"{person['given_name']} {person['family_name']}")
    stage.picture(page, "manager-done")
    assert window.clicks <= 12
    assert set(new) <= set(working(stage))
    window.click("link", "Home", exact=True)
    expect(page.locator(".figures")).to_contain_text("Yes")


def test_a_day_with_a_hold_a_question_an_undo_and_the_year_to_come(stage: Any, manager: Callable[..., Page]) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes", exit_codes=(0, 1))
    limited(stage, disable=0)
    leaver, doubtful = working(stage)[:2]

    def leaves(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["status"] = "inactive" if row["student_id"] == leaver else row["status"]

    def is_another(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["student_id"] == doubtful:
                row.update(given_name="Nina", family_name="Newholder", preferred_name="")

    rewritten(stage, "enrollments", leaves)
    rewritten(stage, "students", is_another)
    page = manager()
    page.get_by_role("link", name="Holds and questions").first.click()
    expect(page.get_by_role("heading", name="would lose access")).to_be_visible()
    stage.picture(page, "manager-holds")
    page.get_by_role("link", name="Plan").first.click()
    stage.picture(page, "manager-plan")
    page.get_by_role("link", name="Holds and questions").first.click()
    page.get_by_text("Nina Newholder").first.wait_for()
    page.get_by_role("radio", name="Same person").check()
    page.get_by_role("button", name="Check my answers").click()
    page.get_by_role("button", name="Save 1 answer").click()
    expect(page.get_by_text("1 answer saved")).to_be_visible()
    window = Counted(page)
    window.click("link", "Release")
    expect(page.get_by_role("heading", name="Release")).to_contain_text("can no longer sign in")
    stage.picture(page, "manager-release")
    window.click("button", "Release")
    expect(page.get_by_role("heading", name="Who left")).to_be_visible()
    assert window.clicks == 2, "one more than a button that asks nothing, and no more"
    assert leaver not in working(stage)

    page.get_by_role("link", name="People").first.click()
    page.get_by_label("Find a person").fill("newhold")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Nina Newholder").click()
    expect(page.get_by_role("heading", name="Nina Newholder can sign in.")).to_be_visible()
    stage.picture(page, "manager-person")

    page.get_by_role("link", name="History").first.click()
    stage.picture(page, "manager-history")
    page.get_by_role("link", name="Undo").first.click()
    expect(page.get_by_role("heading", name="Take back the sync")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#progress h1")).to_contain_text("Taken back.")
    assert leaver in working(stage)

    page.get_by_role("link", name="Change of year").first.click()
    expect(page.get_by_text("days from now")).to_be_visible()
    stage.picture(page, "manager-forecast")
    page.get_by_role("link", name="Data to fix").first.click()
    stage.picture(page, "manager-fix")
    page.get_by_role("link", name="Reports").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_without_script_the_page_refreshes_itself(stage: Any, manager: Callable[..., Page]) -> None:
    page = manager(java_script_enabled=False)
    page.goto("/settings")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Done: save and sync now").click()
    expect(page.get_by_role("heading", name="appeared on the portal")).to_be_visible(timeout=20_000)


def test_by_keyboard_alone(stage: Any, manager: Callable[..., Page]) -> None:
    page = manager()

    def tab_to(role: str, name: str) -> None:
        wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        wanted.wait_for()
        for _ in range(80):
            page.keyboard.press("Tab")
            if wanted.evaluate(
                "e => e === document.activeElement || (e.type === 'radio' && document.activeElement.name === e.name)"
            ):
                return
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("link", "Settings")
    page.keyboard.press("Enter")
    tab_to("radio", "Yes")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Yes")).to_be_checked()
    tab_to("button", "Done: save and sync now")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="appeared on the portal")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 375])
def test_no_page_of_the_manager_fails_anybody(
    stage: Any, manager: Callable[..., Page], scheme: str, width: int
) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes", exit_codes=(0, 1))
    limited(stage, disable=0)
    leaver, doubtful = working(stage)[:2]
    rewritten(
        stage,
        "enrollments",
        lambda rows: [r.update(status="inactive") for r in rows if r["student_id"] == leaver] and None,
    )
    rewritten(
        stage,
        "students",
        lambda rows: (
            [r.update(given_name="Nina", family_name="Newholder") for r in rows if r["student_id"] == doubtful] and None
        ),
    )
    page = manager(color_scheme=scheme, viewport={"width": width, "height": 800})
    run_id = stage.run("history")["runs"][0]["run_id"]
    wrong: list[str] = []
    for path in (
        "/", "/settings", "/plan", "/plan?setting=no", "/plan?does=leave", "/holds", "/holds/names?op=disable", "/holds/confirm?op=disable", "/people", f"/person?kind=student&id={doubtful}",
        f"/person?kind=student&id={leaver}", "/fix", "/fix/by-homeroom", "/history", f"/history/run?id={run_id}",
        f"/history/undo?id={run_id}", f"/history/undo/names?id={run_id}&does=leave", "/forecast", "/check", "/progress", "/report",
    ):  # fmt: skip
        page.goto(path)
        expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
        wrong += look(page, "")
        if path == "/":
            stage.picture(page, f"manager-home-{'phone' if width == 375 else 'wide'}-{scheme}")
    page.goto("/settings")
    page.get_by_role("button", name="Done: save and sync now").click()
    expect(page.get_by_role("link", name="What was sent")).to_be_visible()
    wrong += look(page, "")
    stranger = stage.visitor(
        base_url=page.url.rsplit("/", 1)[0], color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    stranger.goto("/")
    wrong += [w for w in look(stranger, "") if "401" not in w]
    assert not wrong, "\n".join(sorted(set(wrong)))
