"""The command: one line with the link at once, loopback alone, and an end that stops nothing halfway."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from dayzero_manager.command import manager

SETTING = "Send Scheduling Year Student Data"


@pytest.fixture
def served(tiny_school: Any) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, on a free port."""
    words = ["--port", "0", "--config", str(tiny_school.write())]
    program = "from dayzero_manager.command import manager; manager()"
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DAYZERO_TOKEN": tiny_school.token},
    ) as process:
        yield process
        process.kill()


def test_one_line_with_the_link_and_no_session_no_page(served: subprocess.Popen[str]) -> None:
    assert served.stdout is not None
    line = served.stdout.readline()
    link = line.split()[-1]
    root = link.rsplit("/enter/", 1)[0] + "/"
    assert root.startswith("http://127.0.0.1:")
    with requests.Session() as browser:
        assert browser.get(root, timeout=10).status_code == 401
        home = browser.get(link, timeout=10)
        assert home.status_code == 200
        assert SETTING in home.text
        assert "HttpOnly" in home.history[0].headers["Set-Cookie"]
        assert "SameSite=Lax" in home.history[0].headers["Set-Cookie"]
    served.terminate()
    rest, said = served.communicate(timeout=20)
    assert (served.returncode, rest) == (0, "")
    assert said.strip() == "Stopped."


def test_a_port_that_is_taken_is_said(tiny_school: Any, served: subprocess.Popen[str]) -> None:
    assert served.stdout is not None
    port = served.stdout.readline().rsplit("/enter/", 1)[0].rsplit(":", 1)[1]
    config = str(tiny_school.folder / "dayzero.toml")
    result = CliRunner().invoke(manager, ["--port", port, "--config", config], env={"DAYZERO_TOKEN": "x"})
    assert "Cannot listen on 127.0.0.1" in str(result.exception)


def test_the_link_as_a_document(tiny_school: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dayzero_manager.serving.run", lambda _app, _bound: None)
    words = ["--port", "0", "--look", "--json", "--config", str(tiny_school.write())]
    result = CliRunner().invoke(manager, words, env={"DAYZERO_TOKEN": tiny_school.token})
    document = json.loads(result.stdout)
    assert document["role"] == "look"
    assert "/enter/" in document["link"]


def test_the_link_begins_with_the_page_that_messages_lead_to(tiny_school: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dayzero_manager.serving.run", lambda _app, _bound: None)
    tiny_school.sections["notify"] = {"page": "https://sync.school.example"}
    words = ["--port", "0", "--config", str(tiny_school.write())]
    result = CliRunner().invoke(manager, words, env={"DAYZERO_TOKEN": tiny_school.token})
    assert "https://sync.school.example/enter/" in result.stdout
