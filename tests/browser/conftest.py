"""A demo school, its served portal, and a real browser that looks at it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import tomlkit

pytest.importorskip("playwright", reason="the browser's tests run in `tox -e browser`")

sys.path.insert(0, str(Path(__file__).parent))

from chromium import path as chromium_path
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dayzero.cli import main
from dayzero.config import starter_file
from dayzero_fixtures import new_school
from dayzero_simulator import GradebookCloud

SCHOOL, TOKEN, ADMIN_PASSWORD, OWN = "hampden", "browser-token", "Admin-pass1", "Own-pass1"
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE = {"viewport": {"width": 375, "height": 800}, "is_mobile": True, "has_touch": True}
ALONE = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
"""A browser that talks to nobody but the page it is shown."""


class Windows:
    """The portal's address, and people with browsers at it."""

    def __init__(self, cloud: GradebookCloud, chromium: Browser) -> None:
        self.cloud, self.chromium = cloud, chromium

    def address(self, path: str = "/") -> str:
        """The address of a page of the school's portal."""
        return f"{self.cloud.url}/portal/{SCHOOL}{path}"

    def visitor(self, **manner: Any) -> Page:
        """A new browser window; whatever its console complains about fails the test."""
        context: BrowserContext = self.chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **manner})
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    def sign_in(self, login: str, password: str, **manner: Any) -> Page:
        """A window with somebody signed in."""
        page = self.visitor(**manner)
        page.goto(self.address())
        page.get_by_label("E-mail or user name").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    def admin(self, **manner: Any) -> Page:
        """A window with the school's admin signed in."""
        return self.sign_in("plusportaladmin", ADMIN_PASSWORD, **manner)

    def activate(self, admin: Page, login: str, **manner: Any) -> Page:
        """Sign in by the Login Details in the outbox, choose a password, and be at home."""
        admin.goto(self.address("/outbox"))
        admin.get_by_label("To", exact=True).fill(login)
        admin.get_by_role("button", name="Show").click()
        admin.get_by_role("row").filter(has_text=login).get_by_role("link").first.click()
        password = re.search(r"Temporary password: (\S+)", admin.locator("pre").inner_text())
        assert password is not None
        page = self.sign_in(login, password[1], **manner)
        page.get_by_label("New password").fill(OWN)
        page.get_by_label("The same again").fill(OWN)
        page.get_by_role("button", name="Save password").click()
        return page

    @staticmethod
    def sure(page: Page, name: str) -> None:
        """Press a button that asks first, and say yes."""
        page.get_by_role("button", name=name).click()
        page.get_by_role("link", name="No, go back").wait_for()
        page.get_by_role("main").get_by_role("button", name=name).click()

    def picture(self, page: Page, name: str) -> None:
        """Take a picture for the docs, when asked to by DAYZERO_WRITE_PICTURES."""
        if os.environ.get("DAYZERO_WRITE_PICTURES"):
            page.screenshot(path=PICTURES / f"{name}.png", full_page=False)


class Stage(Windows):
    """Windows at the portal of a school on disk, and the commands."""

    def __init__(self, folder: Path, cloud: GradebookCloud, chromium: Browser, students: int) -> None:
        super().__init__(cloud, chromium)
        self.folder = folder
        self.school = new_school(students, 3, 7).write(folder / "school")
        text = starter_file(
            "csv", {"path": "school"}, school_id=SCHOOL, school_name="Hampden Academy", portal_url=cloud.url
        )
        (folder / "dayzero.toml").write_text(text, encoding="utf-8")

    def run(self, *command: str, exit_codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run a command with ``--json``; return its document."""
        arguments = [*command, "--json", "--config", str(self.folder / "dayzero.toml")]
        result = CliRunner().invoke(main, arguments, env={"DAYZERO_TOKEN": TOKEN})
        assert result.exit_code in exit_codes, f"{result.exit_code}: {result.stderr[-300:]}"
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def on(self, day: date) -> None:
        """Let the school's day be another: the year changes in its summer, not whenever a test runs."""
        file = self.folder / "dayzero.toml"
        document = tomlkit.parse(file.read_text(encoding="utf-8"))
        document["sync"]["today"] = day  # type: ignore[index]
        file.write_text(tomlkit.dumps(document), encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    where = chromium_path()
    if where is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium in CI")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=ALONE)
        yield browser
        browser.close()


@pytest.fixture
def stage(tmp_path: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A school that has not synced yet, and a served portal. Its parameter: how many students the school has, else 40."""
    cloud = GradebookCloud(token=TOKEN, admin_password=ADMIN_PASSWORD, seed=7, now=lambda: NOON)
    with cloud.serve():
        yield Stage(tmp_path, cloud, chromium, getattr(request, "param", 40))
    cloud.world.close()
