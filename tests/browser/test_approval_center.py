"""Case 46 in a real browser: a parent edits the e-mail, the school approves it and enters it in the SIS, a sync brings it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from conftest import OWN
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_case_46_from_demographics_to_the_sis_and_back(stage: Any) -> None:
    stage.run("settings", "send-scheduling-year", "yes", "--yes")
    first, second, third = stage.cloud.accounts("hampden")[:3]
    admin, new = stage.admin(), "a.new.address@mail.example"
    for account, email in ((first, new), (second, "second@mail.example"), (third, third["login"].upper())):
        admin.goto(stage.address(f"/manage/parents/login-details?channel=email&ticked={account['person_id']}"))
        admin.get_by_role("button", name="Send").click()
        parent = stage.activate(admin, account["login"])
        parent.get_by_role("link", name="Demographics").click()
        parent.get_by_label("New e-mail").fill(email)
        parent.get_by_role("button", name="Submit").click()
    expect(parent.get_by_role("alert")).to_contain_text("has already")

    admin.get_by_role("link", name="Approval Center").click()
    name = f"{first['given_name']} {first['family_name']}"
    admin.get_by_role("button", name=f"Approve the edit of {name}").click()
    expect(admin.locator(".said")).to_contain_text("Enter it in the SIS now")
    expect(stage.sign_in(new, OWN).get_by_role("alert")).to_contain_text("do not go together")

    contacts = stage.folder / "school" / "contacts.csv"
    table = pl.read_csv(contacts, infer_schema=False)
    own = pl.col("contact_id") == first["person_id"]
    table.with_columns(primary_email=pl.when(own).then(pl.lit(new)).otherwise("primary_email")).write_csv(contacts)
    stage.run("sync", "--yes")
    expect(stage.sign_in(new, OWN).get_by_text("Welcome, ")).to_be_visible()
    expect(stage.sign_in(first["login"], OWN).get_by_role("alert")).to_contain_text("do not go together")
    admin.reload()
    row = admin.get_by_role("region", name="Closed lately").get_by_role("row").filter(has_text=new)
    expect(row).to_contain_text("Done")
