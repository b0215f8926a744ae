"""Twelve pages of a portal that is lived in: by day and by night, on a phone and on paper, for whoever works there and for families."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PICTURES, Windows
from lived_demo import ADMIN_PASSWORD, Place, made
from playwright.sync_api import Browser, Page
from test_every_page import look

from dayzero_fixtures.demo import SCHOOL_ID
from dayzero_fixtures.lived_in import OWN_PASSWORD

pytestmark = pytest.mark.slow

STUDENTS = 90
WIDE, PHONE, SHEET = ({"width": w, "height": h} for w, h in ((1200, 860), (375, 760), (794, 1123)))
MANNERS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "phone": {"color_scheme": "light", "viewport": PHONE},
    "print": {"color_scheme": "light", "viewport": SHEET},
}


class Tour:
    """The demo, served, and its people with browsers."""

    def __init__(self, place: Place, chromium: Browser) -> None:
        self.place, self.chromium = place, chromium
        self.form = {i: place.cloud.state_of_form(SCHOOL_ID, i) for i in self.ids("student", new=None)}

    def ids(self, kind: str, *, new: bool | None) -> list[str]:
        """Whoever has an account and has signed in."""
        accounts = self.place.cloud.accounts(SCHOOL_ID)
        return [
            a["person_id"] for a in accounts
            if a["kind"] == kind and a["status"] == "active" and "scheduling" in a["years"] and new in (None, a["new"])
        ]  # fmt: skip

    def at(self, state: str) -> str:
        """A student whose request is in a state, who can sign in."""
        return next(i for i, there in self.form.items() if there == state)

    def login(self, kind: str, ident: str) -> str:
        """How somebody signs in."""
        accounts = self.place.cloud.accounts(SCHOOL_ID)
        return str(next(a["login"] for a in accounts if (a["kind"], a["person_id"]) == (kind, ident)))

    def asked(self) -> tuple[str, str]:
        """A parent who has signed in and may answer now, and the child."""
        accounts = self.place.cloud.accounts(SCHOOL_ID)
        families = (
            (a["person_id"], a["children"]) for a in accounts if a["kind"] == "parent" and a["status"] == "active"
        )
        return next((p, c) for p, children in families for c in children if self.form.get(c) == "submitted")


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Tour]:
    place = made(tmp_path_factory.mktemp("tour") / "hampden", students=STUDENTS)
    with place.cloud.serve():
        yield Tour(place, chromium)


def pages(tour: Tour) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield who signs in, by which password, and the pages they look at: name and address."""
    sync = tour.place.cloud.syncs(SCHOOL_ID)[-1]["sync_id"]
    parent, child = tour.asked()
    submitted, draft = tour.at("received"), tour.at("draft")
    yield "plusportaladmin", ADMIN_PASSWORD, [
        ("today", "/home"),
        ("accounts", "/manage/students?status=new"),
        ("student", f"/manage/student/{child}"),
        ("sync", f"/syncs/{sync}"),
        ("queue", "/requests/list?state=to-receive"),
        ("request", f"/requests/of/{child}"),
        ("demand", "/requests/demand"),
        ("letters", "/manage/students/login-details?channel=email&criterion=new-not-active"),
    ]  # fmt: skip
    yield tour.login("parent", parent), OWN_PASSWORD, [("family", "/home"), ("agree", f"/courses/{child}")]
    yield tour.login("student", draft), OWN_PASSWORD, [("courses", f"/courses/{draft}")]
    yield tour.login("student", submitted), OWN_PASSWORD, [("submitted", f"/courses/{submitted}")]


@pytest.mark.parametrize("manner", MANNERS)
def test_every_picture_of_a_portal_that_is_lived_in(tour: Tour, manner: str) -> None:
    """Real numbers are longer than those of a school of a few: nothing scrolls sideways, and nobody is shut out."""
    windows = Windows(tour.place.cloud, tour.chromium)
    wrong, seen = [], 0
    for login, password, addresses in pages(tour):
        page = windows.sign_in(login, password, **MANNERS[manner])
        for name, path in addresses:
            if manner == "print":
                page.goto(windows.address(path))
                page.emulate_media(media="print")
                assert page.evaluate("document.documentElement.scrollWidth") <= SHEET["width"], (
                    f"{name} is wider than a sheet"
                )
            else:
                wrong += look(page, windows.address(path))
            taken(page, f"portal-{name}-{manner}")
            page.emulate_media(media="screen")
            seen += 1
        page.context.close()
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert seen == 12


def taken(page: Page, name: str) -> None:
    """Take a picture for the docs, when asked to."""
    if os.environ.get("DAYZERO_WRITE_PICTURES"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=False)
