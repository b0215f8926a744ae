"""docs/first-hour.md: a new user with the list is at a synced portal in five commands, and without an edit."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dayzero.cli import main
from dayzero.cli.settings import send_scheduling_year
from dayzero_fixtures.demo import demo

PAGE = (Path(__file__).parents[1] / "docs" / "first-hour.md").read_text(encoding="utf-8")
BLOCKS = [
    [line for line in block.splitlines() if line.startswith("dayzero ")]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
]
LIST, SERVE, FIVE, *OTHERS = BLOCKS


class Clock:
    """Stands at the day of the page."""

    def now(self) -> datetime:
        return datetime(2026, 11, 26, 12, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def typed(line: str, *more: str) -> Result:
    return CliRunner().invoke(main, [*shlex.split(line)[1:], *more], obj=Clock())


def test_it_is_five_commands() -> None:
    assert len(SERVE) + len(FIVE) <= 5
    assert SERVE[0].startswith("dayzero simulator serve")


def test_it_is_out_of_the_way_of_a_demo_that_is_left_running() -> None:
    """Both would listen where nothing else is said, and the commands would ask the demo's portal with another token."""
    usual = next(p.default for p in demo.params if p.name == "port")
    [port] = re.findall(r"--port (\d+)", SERVE[0])
    assert int(port) != usual
    assert f"--portal http://127.0.0.1:{port}" in FIVE[0]


@pytest.mark.slow
def test_the_five_commands_do_what_the_page_says(
    tmp_path: Path, gradebook_cloud_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the address, which here is the test's own, and a day that stands still."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud_server.token)
    for line in LIST:
        assert typed(line).exit_code == 0
    first, *rest = FIVE
    written = typed(first, "--portal", gradebook_cloud_server.url)
    assert written.exit_code == 0, written.output
    shown = PAGE.partition("```\nstudents.xlsx")[2].partition("```")[0].strip().splitlines()
    assert [line for line in shown if line not in f"students.xlsx{written.output}"] == []
    assert f"It sends to the portal at {gradebook_cloud_server.url}: " in written.output
    config = tmp_path / "dayzero.toml"
    config.write_text(config.read_text("utf-8").replace("[sync]\n", "[sync]\ntoday = 2026-11-26\n"), encoding="utf-8")
    for line in rest:
        # Without a terminal there is nobody to ask.
        asks = "settings" in line and any("--yes" in p.opts for p in send_scheduling_year.params)
        done = typed(line, *["--yes"] * asks)
        assert done.exit_code == 0, done.output
    there = {a["person_id"] for a in gradebook_cloud_server.accounts("my-school") if a["kind"] == "student"}
    answers = json.loads((tmp_path / "school" / "answers.json").read_text(encoding="utf-8"))
    assert there == set(answers["yes"]["student"]["granted"])
    planned = json.loads(typed("dayzero plan --json").stdout)
    assert planned["operations"] == []


def test_the_other_commands_of_the_page_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "Student ID;Name;Grade;Status;E-Mail;Parent 1 Name;Parent 1 E-Mail\n1;Ito, Al;9;;a@p.example;Bo Ito;b@h.example\n"
    (tmp_path / "students.csv").write_text(
        text + "2;Li, Cy;9;Visiting;c@p.example;Ed Li;e@h.example\n", encoding="utf-8"
    )
    [[line]] = OTHERS
    done = typed(line, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["questions"] == []
