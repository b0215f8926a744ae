"""The first minute is true: every command that ``dayzero demo`` prints works as printed, and has nothing left to do."""

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
    home = tmp_path / "a demo's home"
    demo = [dayzero, "demo", "--students", "60", "--port", "0", "--dir", home]
    with subprocess.Popen(demo, env=environ, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            said: list[str] = []
            while not said or "One who was withheld" not in said[-1]:
                said.append(running.stdout.readline())
                assert said[-1], "".join(said)
            printed = [line.strip() for line in said if line.startswith(("  dayzero ", "  export "))]
            token = next(line.partition("=")[2] for line in printed if line.startswith("export DAYZERO_TOKEN="))
            commands = [shlex.split(line) for line in printed if line.startswith("dayzero ")]
            assert {"plan", "explain", "history", "receive", "simulator"} <= {command[1] for command in commands}
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
        finally:
            running.send_signal(signal.SIGINT)
    assert running.returncode == 0
