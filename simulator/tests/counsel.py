"""What a family and a counsellor do with a request, and how a list is read to its last row."""

from __future__ import annotations

import html
import re
from typing import Any

import requests
from oak import Page, fields_of, pupil

GOOD = {"course:MAT": "yes", "course:ART": "yes", "course:BAND": "1"}


def act(browser: Any, student: str, action: str, **fields: Any) -> Page:
    """Do something on the family's page of a student's request, from the page as it is now."""
    page = browser.get(f"/courses/{student}")
    version = page.hidden("version") if 'name="version"' in page.text else "0"  # a page that offers nothing has none
    return browser.send(f"/courses/{student}", page, action=action, version=version, **fields)


def school(admin: Any, student: str, action: str, **fields: Any) -> Page:
    """The same on the school's page."""
    page = admin.get(f"/requests/of/{student}")
    return admin.send(f"/requests/of/{student}", page, action=action, version=page.hidden("version"), **fields)


def items(portal: Any, **query: str) -> list[dict[str, Any]]:
    """What the sync API lists."""
    with portal.cloud:
        answer = requests.get(
            f"{portal.cloud.url}/v1/schools/oak/course-requests",
            params=query,
            headers={"Authorization": "Bearer t"},
            timeout=5,
        )
    return answer.json()["items"]


def submitted(portal: Any, number: int, *, state: str = "submitted", begins: str = "m") -> list[str]:
    """So many more students of grade 9 with a request in a state; nobody is their parent on the portal."""
    portal.cloud.change_settings("oak", min_credits="0")
    ids = [f"{begins}{n:03}" for n in range(number)]
    portal.sync(*(pupil(i, f"Given{n % 7} Family{begins}{n:03}", None, "9") for n, i in enumerate(ids)))
    for i in ids:
        portal.cloud.request_courses("oak", i, "ENG", state=state)
    return ids


def asked(page: Page) -> dict[str, str]:
    """The form of a page that asks, as it is sent by saying yes."""
    assert "No, go back" in page.words
    return fields_of(page)


def rows_of(browser: Any, path: str) -> list[str]:
    """The rows of a list and of every page after it."""
    page, rows = browser.get(path), []
    while True:
        rows += Page(0, "", page.text.split("<tbody>")[1], {}).rows()
        found = re.search(r'href="([^"]*)">Next page</a>', page.text)
        if found is None:
            return rows
        page = browser.get(html.unescape(found[1]))
