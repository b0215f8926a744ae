"""What each page shows of a school, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import NEWCOMER, PROMOTED, TinySchool

SETTING = "Send Scheduling Year Student Data"


@pytest.fixture
def school(tiny_school: TinySchool) -> TinySchool:
    """A school that has synced at No: a promoted student with a parent, a newcomer with one, and one without a login."""
    tiny_school.student("s1", **PROMOTED).contact("c1", children=["s1"])
    tiny_school.student("n1", **NEWCOMER, given_name="Nora", family_name="Newman").contact("c2", children=["n1"])
    tiny_school.student("x1", "", given_name="Xaver", family_name="Nologin")
    assert tiny_school.sync().exit_code == 0
    return tiny_school


def test_every_page_opens(school: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk()
    browser = desk.browser()
    for path in ("/", "/settings", "/plan", "/plan?setting=yes", "/holds", "/people", "/person?kind=student&id=s1", "/fix",
                 "/fix/by-homeroom", "/fix.csv", "/history", "/forecast", "/check", "/progress", "/report"):  # fmt: skip
        browser.get(path)
    run_id = desk.office.service().history(1)[0].run_id
    browser.get(f"/history/run?id={run_id}")
    browser.get(f"/history/undo?id={run_id}")
