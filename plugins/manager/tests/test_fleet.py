"""The page of many schools: what waits where, by reason, and nothing that sends or decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_school import SCHEDULING, TinySchool

from dayzero.errors import ConfigurationError
from dayzero_manager.door import FULL, LOOK, NOBODY
from dayzero_manager.fleet import create_fleet_app
from dayzero_manager.fleet.schools import Fleet
from dayzero_simulator import GradebookCloud


@pytest.fixture
def cloud() -> Iterator[GradebookCloud]:
    with GradebookCloud(token="t", seed=1) as cloud:
        yield cloud


@pytest.fixture
def schools(tmp_path: Path, cloud: GradebookCloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, TinySchool]:
    """Four schools: one that is done, one that holds a leaver, one that cannot be read, one that was never synced."""
    monkeypatch.setenv("DAYZERO_TOKEN", "t")
    made = {
        ident: TinySchool(tmp_path / "schools" / ident, cloud, ident) for ident in ("alpha", "beta", "gamma", "delta")
    }
    for ident, school in made.items():
        school.student(f"{ident}-new", enrolled={SCHEDULING: "9"}, entry={SCHEDULING: 0}).write(yes=True)
        if ident != "delta":
            assert school.sync(yes=True).exit_code == 0
    made["beta"].limits["disable"] = 0
    assert made["beta"].forget_student("beta-new").sync(yes=True).exit_code == 3
    made["gamma"].remove("school_years", year_id=SCHEDULING).row("school_years", year_id="x", role="active")
    assert made["gamma"].sync(yes=True).exit_code == 4
    return made


@pytest.fixture
def opened(come_in: Any) -> Callable[..., tuple[Any, Any]]:
    """``opened(where)`` opens the page of a fleet, with a link for a role; None: without one."""

    def opened(where: Path, role: str | None = FULL) -> tuple[Any, Any]:
        app, door = create_fleet_app(Fleet(where, patience=60))
        return come_in(app, door.link(role) if role else None), door

    return opened


def test_it_says_what_waits_where_and_what_to_do(schools: dict[str, TinySchool], tmp_path: Path, opened: Any) -> None:
    browser, _ = opened(tmp_path / "schools")
    page = browser.text
    assert "2 schools of 4 wait for somebody." in page
    assert page.index("gamma") < page.index("beta") < page.index("delta") < page.index("alpha"), "the gravest first"
    assert "--only beta --allow disable=1" in page
    assert "Never synced" in page
    browser.get("/?reason=held")
    assert "beta" in browser.text
    assert "alpha" not in browser.text
    assert "beta-new" not in browser.page, "no person is named"


def test_a_run_of_anybodys_is_seen_when_it_is_asked_for(
    schools: dict[str, TinySchool], tmp_path: Path, opened: Any
) -> None:
    browser, _ = opened(tmp_path / "schools")
    assert schools["beta"].sync(yes=True, allow="disable=1").exit_code == 0
    assert "2 schools of 4" in browser.get("/")
    assert browser.send("/anew").status_code == 200
    assert "1 school of 4 waits for somebody." in browser.text


def test_who_may_see_it(schools: dict[str, TinySchool], tmp_path: Path, opened: Any) -> None:
    stranger, door = opened(tmp_path / "schools", None)
    assert stranger.status("/") == 401
    assert {name: rule.role for name, rule in door.rules.items() if rule.role == NOBODY} == {
        "static": NOBODY, "enter": NOBODY, "new_link": NOBODY
    }  # fmt: skip
    looker, _ = opened(tmp_path / "schools", LOOK)
    assert "2 schools of 4" in looker.text
    assert looker.status("/anew", post=True, csrf="x") == 400


def test_many_schools_are_paged_and_read_while_somebody_waits(
    tmp_path: Path, cloud: GradebookCloud, opened: Any
) -> None:
    listed = "".join(f"[schools.s{n:03}]\n" for n in range(120))
    (tmp_path / "fleet.toml").write_text(
        f'[template.portal]\nurl = "{cloud.url}"\n[template.source]\nplugin = "csv"\n{listed}'
    )
    browser, _ = opened(tmp_path / "fleet.toml")
    assert "Page 1 of 3" in browser.text
    assert "s119" in browser.get("/?page=3")
    assert "120 schools; nothing waits for anybody." in browser.text


def test_a_fleet_that_cannot_be_read_is_told_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text("nothing = [")
    with pytest.raises(ConfigurationError):
        Fleet(tmp_path / "fleet.toml")
