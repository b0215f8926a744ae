"""G2: a demo leaves its configuration as its portal is, and goes on with a school that is there."""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from dayzero.cli import main
from dayzero_fixtures.demo_page import _first_clicks
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

SCHOOL_DAY = datetime(2027, 3, 4, 20, tzinfo=UTC)
"""The afternoon of the day on which a demo is opened first."""


class Home:
    """The folder of a demo, and what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "dayzero.toml"

    @property
    def port(self) -> int:
        """Where the configuration says that the portal is."""
        url = tomllib.loads(self.config.read_text(encoding="utf-8"))["portal"]["url"]
        return urlsplit(url).port or 0

    def demo(self, *options: str, code: int = 0) -> Any:
        """Run the demo and end it; return its document."""
        ended = run("demo", "--no-serve", "--json", "--dir", str(self.folder), *options)
        assert ended.exit_code == code, ended.output
        return json.loads(ended.stdout) if ended.stdout else None

    @contextmanager
    def served(self) -> Iterator[GradebookCloud]:
        """Serve the portal that was kept, where it was."""
        token = (self.folder / "portal.token").read_text(encoding="utf-8")
        cloud = GradebookCloud(self.folder / "portal.sqlite", token=token, now=lambda: SCHOOL_DAY)
        try:
            with cloud.serve(self.port):
                yield cloud
        finally:
            cloud.world.close()

    def ask(self, *command: str) -> Any:
        """Return the document of a command on the school, while its portal is served."""
        token = (self.folder / "portal.token").read_text(encoding="utf-8")
        ended = run(*command, "--json", "--config", str(self.config), DAYZERO_TOKEN=token)
        return json.loads(ended.stdout)

    def files(self) -> dict[str, bytes]:
        """Return what the school and its configuration are made of."""
        return {p.name: p.read_bytes() for p in [self.config, *(self.folder / "school").iterdir()]}


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"DAYZERO_DEBUG": "1", **environ})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "a demo")
    made.demo("--students", "40")
    return made


def test_g2_the_plan_after_a_demo_wants_nothing_from_whoever_just_appeared(home: Home) -> None:
    with home.served() as cloud:
        plan = home.ask("plan")
        there = {(a["kind"], a["person_id"]) for a in cloud.accounts("hampden") if a["new"]}
    assert plan["send_scheduling_year"] is True
    assert plan["operations"] == []
    assert there, "somebody appeared"


def test_g2_the_same_again_goes_on_and_makes_nothing_anew(home: Home) -> None:
    before, token = home.files(), (home.folder / "portal.token").read_bytes()
    with home.served() as cloud:
        accounts = {(a["kind"], a["person_id"]): a["created_at"] for a in cloud.accounts("hampden")}
        student = next(a for a in cloud.accounts("hampden") if a["kind"] == "student" and a["new"])
        cloud.sign_in("hampden", "student", student["person_id"], "Own-pass1")
    document = home.demo("--students", "40")
    assert document["resumed"] is True
    assert document["syncs"] == [], "nothing is sent by itself"
    assert document["planned"]["send_scheduling_year"] is True
    assert document["matches_answer_key"] is True
    assert student["person_id"] in document["newcomers"]["student"]
    assert home.files() == before
    assert (home.folder / "portal.token").read_bytes() == token
    with home.served() as cloud:
        assert {(a["kind"], a["person_id"]): a["created_at"] for a in cloud.accounts("hampden")} == accounts
        assert cloud.has_password("hampden", "student", student["person_id"], "Own-pass1")
    assert len(home.ask("history")["runs"]) == 2


def test_g2_it_goes_on_after_time_has_passed(home: Home) -> None:
    school = str(home.folder / "school")
    assert run("school", "activate", school).exit_code == 0
    document = home.demo("--sync", code=3)
    [sync] = document["syncs"]
    assert document["matches_answer_key"] is None, "graduates are held until somebody has looked"
    assert sync["applied"]["student"]["disable"] == 0
    with home.served():
        assert home.ask("sync", "--yes", *(w for a in sync["held"] for w in ("--allow", a)))["applied"]["student"][
            "disable"
        ]
    assert home.demo()["matches_answer_key"] is True
    assert run("school", "promote", school).exit_code == 0
    to_come = home.demo()
    assert to_come["matches_answer_key"] is None, "it is not sent yet"
    assert to_come["newcomers_to_come"]["student"], "the next class"
    opened = home.demo("--sync")
    assert opened["matches_answer_key"] is True
    assert set(to_come["newcomers_to_come"]["student"]) <= set(opened["newcomers"]["student"])


def test_g2_it_goes_on_with_tables_that_were_corrected_by_hand(home: Home) -> None:
    table = home.folder / "school" / "students.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("students.hampden.example", "pupils.hampden.example", 1), encoding="utf-8")
    document = home.demo()
    assert document["matches_answer_key"] is None
    assert document["planned"]["counts"]["student"]["update"] <= 1
    assert "pupils.hampden.example" in table.read_text(encoding="utf-8"), "the correction stays"


def test_g2_a_setting_that_was_changed_stays_as_it_is(home: Home) -> None:
    with home.served():
        allowed = home.ask("plan", "--send-scheduling-year", "no")["held"]
        words = [w for a in {h["allow"] for h in allowed} for w in ("--allow", a)]
        home.ask("settings", "send-scheduling-year", "no", "--yes", *words)
    document = home.demo()
    assert document["planned"]["send_scheduling_year"] is False
    assert document["matches_answer_key"] is True


def test_g2_what_is_no_demo_is_left_alone(tmp_path: Path, home: Home) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear parents", encoding="utf-8")
    refused = run("demo", "--no-serve", "--dir", str(other))
    assert refused.exit_code == 2
    assert "not empty" in refused.stderr
    assert [p.name for p in other.iterdir()] == ["letter.txt"]
    text = home.config.read_text(encoding="utf-8")
    port = home.port
    home.config.write_text(text.replace(f"http://127.0.0.1:{port}", "https://portal.example"), encoding="utf-8")
    assert "not the demo's portal" in run("demo", "--no-serve", "--dir", str(home.folder)).stderr
    home.config.write_text(text, encoding="utf-8")
    (home.folder / "portal.sqlite").unlink()
    assert "its portal was not kept" in run("demo", "--no-serve", "--dir", str(home.folder)).stderr


def test_g2_a_portal_that_is_served_elsewhere_is_the_same_portal(home: Home) -> None:
    with home.served() as cloud:
        before = {(a["kind"], a["person_id"]): a["created_at"] for a in cloud.accounts("hampden")}
        busy = run("demo", "--no-serve", "--dir", str(home.folder))
        assert busy.exit_code == 2, "one at a time"
        assert "End the demo that uses it" in busy.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert home.demo("--port", str(port))["matches_answer_key"] is True
    assert home.port == port
    with home.served() as cloud:
        assert {(a["kind"], a["person_id"]): a["created_at"] for a in cloud.accounts("hampden")} == before


def test_g2_another_school_than_the_one_there_is_said(home: Home) -> None:
    ended = run("demo", "--no-serve", "--dir", str(home.folder), "--students", "41", "--seed", "7")
    assert ended.exit_code == 0
    assert "--students would be for a new one" in ended.stderr
    assert "--seed" not in ended.stderr


def test_g2_the_sign_ins_of_a_demo_that_is_opened_again_work(home: Home) -> None:
    """As at first, where nobody has chosen a password; else by a link that leaves the chosen one alone."""
    before = {s["who"]: (s["login"], s["password"]) for s in home.demo()["sign_ins"]}
    assert {s["who"]: (s["login"], s["password"]) for s in home.demo()["sign_ins"]} == before
    assert all(password for _, password in before.values())
    assert set(before) == {"the school's admin", "a returning parent", "a new parent", "their child, a new student"}
    with home.served() as cloud:
        login = before["a returning parent"][0]
        [parent] = [a for a in cloud.accounts("hampden") if (a["kind"], a["login"]) == ("parent", login)]
        cloud.sign_in("hampden", "parent", parent["person_id"], "Own-pass1")
    [again] = [s for s in home.demo()["sign_ins"] if s["who"] == "a returning parent"]
    assert (again["password"], again["new"]) == ("", True)
    with home.served() as cloud:
        assert cloud.has_password("hampden", "parent", parent["person_id"], "Own-pass1")
        page = cloud.app.test_client().get(urlsplit(again["link"]).path)
    assert page.status_code == 200, "the link opens"


def test_g2_what_is_said_of_a_demo_that_is_opened_again_is_true_of_it(home: Home) -> None:
    assert run("school", "activate", str(home.folder / "school")).exit_code == 0
    assert run("school", "promote", str(home.folder / "school")).exit_code == 0
    said = run("demo", "--no-serve", "--dir", str(home.folder)).stdout
    assert "Nothing was sent: school and portal are as they were left." in said
    assert f"dayzero demo --dir {quote(str(home.folder))} --sync" in said
    assert "Have no account yet: held, or not sent" in said


def test_g2_who_is_held_is_not_said_to_be_there() -> None:
    document = {"newcomers": {"student": []}, "newcomers_to_come": {"student": ["N1"]}, "sign_ins": []}
    assert [line for line in _first_clicks(document, {}) if "already" in line] == []
    assert "N1, are not there yet." in next(_first_clicks(document, {}))
    document = {**document, "newcomers": {"student": ["N2"]}}
    assert "N2, are there already." in next(_first_clicks(document, {}))
