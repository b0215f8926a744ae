"""The report in a real browser: WCAG in light and dark and on a phone, and on paper nothing is cut."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import NOON, PICTURES, SCHOOL, TOKEN
from playwright.sync_api import Page
from test_every_page import look

from dayzero_manager.report.command import report

pytestmark = pytest.mark.slow

MILLIMETRE = 96 / 25.4
PAPER = {"A4": (210, 297), "Letter": (215.9, 279.4)}
MARGINS = (28, 24)
"""Millimetres: what the page's style takes of paper's width and height."""


@pytest.fixture
def written(stage: Any) -> Path:
    """The report of a school some days after its first sync at Yes; some have signed in, and some wait."""
    stage.on(NOON.date())
    stage.run("sync", "--yes", exit_codes=(0, 1))
    stage.on(NOON.date() + timedelta(days=1))
    stage.run("settings", "send-scheduling-year", "yes", "--yes", exit_codes=(0, 1))
    for account in stage.cloud.accounts(SCHOOL)[:9]:
        stage.cloud.sign_in(SCHOOL, account["kind"], account["person_id"], "Own-pass1")
    out: Path = stage.folder / "report.html"
    arguments = ["--out", str(out), "--config", str(stage.folder / "dayzero.toml")]
    result = CliRunner().invoke(report, arguments, env={"DAYZERO_TOKEN": TOKEN}, catch_exceptions=False)
    assert result.exit_code == 0
    return out


def test_the_report_fails_nobody(stage: Any, written: Path) -> None:
    wrong: list[str] = []
    for scheme in ("light", "dark"):
        for width in (1200, 375, 320):
            page = stage.visitor(color_scheme=scheme, viewport={"width": width, "height": 800})
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            wrong += look(page, written.as_uri())
            assert asked == [written.as_uri()], "it fetches nothing"
            if os.environ.get("DAYZERO_WRITE_PICTURES") and (scheme, width) == ("light", 1200):
                page.screenshot(path=PICTURES / "report.png")
    assert not wrong, "\n".join(wrong)


def test_on_a_phone_every_number_is_in_sight_and_no_words_stand_upon_others(stage: Any, written: Path) -> None:
    page = stage.visitor(viewport={"width": 375, "height": 800})
    page.goto(written.as_uri())
    rights = page.evaluate("[...document.querySelectorAll('td.n, th, text')].map(e => e.getBoundingClientRect().right)")
    assert max(rights) <= 375
    boxes = page.evaluate(
        "[...document.querySelectorAll('text')].map(e => e.getBoundingClientRect()).filter(b => b.width)"
        ".map(b => [b.left, b.top + 3, b.right, b.bottom - 3])"
    )
    assert boxes
    upon = [
        (a, b)
        for n, a in enumerate(boxes)
        for b in boxes[:n]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert not upon


@pytest.mark.parametrize("paper", PAPER)
def test_on_paper_nothing_is_cut(stage: Any, written: Path, paper: str) -> None:
    """The principal's part is one sheet; no table is wider than paper, and no row stands on two sheets."""
    wide, high = ((size - margin) * MILLIMETRE for size, margin in zip(PAPER[paper], MARGINS, strict=True))
    page: Page = stage.visitor(viewport={"width": int(wide), "height": int(high)})
    page.goto(written.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= int(wide)
    rights = page.evaluate("[...document.querySelectorAll('table, svg')].map(e => e.getBoundingClientRect().right)")
    assert max(rights) <= wide + 1
    assert page.evaluate("document.querySelector('#principal').getBoundingClientRect().height") <= high
    whole = "e => getComputedStyle(e).breakInside === 'avoid'"
    assert page.evaluate(f"[...document.querySelectorAll('tr')].every({whole})")
    assert page.pdf(format=paper).startswith(b"%PDF")
