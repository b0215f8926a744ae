"""The first minute is true, and the years after it: every command that ``dayzero demo`` prints works as printed, in its
order, whatever day it is on this machine.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_the_commands_the_demo_prints_work_as_printed(tmp_path: Path) -> None:
    dayzero = Path(sys.executable).with_name("dayzero")
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    demo = [dayzero, "demo", "--students", "60", "--port", "0", "--dir", "a demo's home"]
    with subprocess.Popen(demo, env=environ, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            said: list[str] = []
            while not said or "One who was withheld" not in said[-1]:
                said.append(running.stdout.readline())
                assert said[-1], "".join(said)
            printed = [line.strip() for line in said if line.startswith(("  dayzero ", "  export "))]
            click_first = "".join(said).partition("What to click first\n")[2]
            assert click_first.startswith("  1. As the school's admin, Manage Accounts, Students: ")
            reads = [line for line in printed if line.split()[1] in ("plan", "explain", "history", "receive", "sync")]
            assert all(" --config " in line for line in reads), reads
            token = next(line.partition("=")[2] for line in printed if line.startswith("export DAYZERO_TOKEN="))
            commands = [shlex.split(line) for line in printed if line.startswith("dayzero ")]
            asked = [" ".join(word for word in command[1:3] if word[:1] not in "-0") for command in commands]
            assert asked == [
                *("plan", "explain", "history", "receive", "simulator accounts"),
                *("school activate", "sync", "school promote", "sync"),
            ]
            said_by: dict[str, list[str]] = {}
            elsewhere = tmp_path / "elsewhere"
            elsewhere.mkdir()
            for command in commands:
                ran = subprocess.run(
                    [dayzero, *command[1:]],
                    env={**environ, "DAYZERO_TOKEN": token},
                    cwd=elsewhere,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert (ran.returncode, ran.stderr) == (0, ""), (command, ran)
                if command[1] == "plan":
                    document = subprocess.run(
                        [dayzero, *command[1:], "--json"],
                        env={**environ, "DAYZERO_TOKEN": token},
                        capture_output=True,
                        check=True,
                    )
                    assert json.loads(document.stdout)["operations"] == []
                    assert "= Yes" in ran.stdout, "the configuration agrees with its portal"
                    assert "It is 2027-03-04, simulated" in ran.stdout
                said_by.setdefault(command[1], []).append(ran.stdout)
            turned, opened = said_by["sync"]
            assert "It is 2027-06-13, simulated" in turned, (
                "the day after the year's last, without --allow change-of-year"
            )
            assert "It is 2028-02-01, simulated" in opened
            accounts = next(command for command in commands if command[1] == "simulator")
            portal = subprocess.run(
                [dayzero, *accounts[1:]], env={**environ, "DAYZERO_TOKEN": token}, capture_output=True, check=True
            )
            working = {a["person_id"] for a in json.loads(portal.stdout)["items"] if a["status"] != "disabled"}
            key = json.loads((tmp_path / "a demo's home" / "school" / "answers.json").read_text(encoding="utf-8"))[
                "yes"
            ]
            assert working == {*key["student"]["granted"], *key["parent"]["granted"]}, (
                "the entering class, and nobody else"
            )
        finally:
            running.send_signal(signal.SIGINT)
    assert running.returncode == 0


def test_a_demo_that_is_told_to_stop_takes_its_folder_with_it(tmp_path: Path) -> None:
    dayzero = Path(sys.executable).with_name("dayzero")
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)}
    demo = [dayzero, "demo", "--students", "12", "--bare", "--port", "0"]
    with subprocess.Popen(demo, env=environ, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        while "What to click first" not in (line := running.stdout.readline()):
            assert line, "it ended before"
        assert [folder.name[:13] for folder in tmp_path.iterdir()] == ["dayzero-demo-"]
        for line in running.stdout:
            if "  2. " in line:
                break
        running.terminate()
        running.stdout.read()
    assert running.returncode in (0, 130)  # while it stays up, or before
    assert list(tmp_path.iterdir()) == []
