"""The menu of a phone: it opens and closes by its address, without script, and says how much waits."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import ADMIN_PASSWORD
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 375, "height": 800}, "java_script_enabled": False}


def test_an_admins_menu_opens_leads_on_and_closes(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    page = stage.sign_in("plusportaladmin", ADMIN_PASSWORD, **PHONE)
    to_syncs = page.get_by_role("link", name="Sync history")
    expect(to_syncs).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(to_syncs).to_be_visible()
    page.get_by_role("link", name="Close the menu").click()
    expect(to_syncs).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    to_syncs.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("people appear")
    page.get_by_label("Find a person by name, id or login").fill("nobody-of-this-name")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("The portal was not sent anybody of that name")).to_be_visible()


def test_a_familys_menu_opens_too_and_says_who_they_are(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    parent = next(a for a in stage.cloud.accounts("hampden") if a["kind"] == "parent" and a["status"] != "disabled")
    login, password = stage.cloud.sign_in("hampden", "parent", parent["person_id"])
    page = stage.sign_in(login, password, **PHONE)
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(page.get_by_text(f"{parent['given_name']} {parent['family_name']}, parent")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
