"""How people work on a request form: they tick cards, rank what is to come if a course is full, check, and submit."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

__all__ = ["card", "expect_ranked", "expect_submitted", "rank", "submit", "tick"]


def card(page: Page, title: str) -> Locator:
    """The box of a course's card: the title, and no longer one that begins like it."""
    return page.get_by_role("checkbox", name=re.compile(rf"^{re.escape(title)}($| (?=[\d·A-Z]{{2,}}|\d))"))


def tick(page: Page, *titles: str) -> None:
    """Choose courses."""
    for title in titles:
        card(page, title).check()


def rank(page: Page, *titles: str) -> None:
    """Add courses to the list of what is to come if one is full, in this order."""
    for title in titles:
        page.get_by_label("Add a course").select_option(label=title)
        page.get_by_role("button", name="Add if a course is full").click()
        expect(page.locator(".ranked li").last).to_contain_text(title)


def expect_ranked(page: Page, *titles: str) -> None:
    """See that these are what is to come if a course is full."""
    expect(page.locator(".ranked li b")).to_have_text(list(titles))


def submit(page: Page) -> None:
    """Check the answers and submit them."""
    page.get_by_role("button", name="Check your answers").click()
    expect(page.get_by_role("heading", name="Check your answers")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Submit .* course requests$")).click()
    expect_submitted(page)


def expect_submitted(page: Page) -> None:
    """See that it is submitted."""
    expect(page.get_by_role("heading", name=re.compile("^Submitted, "))).to_be_visible()
