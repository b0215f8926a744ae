"""Commands as a person at a terminal reads them, and as a pipe gets them: in this process, or in one of their own."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pytest
from click.testing import CliRunner, Result
from tiny_school import TinySchool

from dayzero.cli import main

_PROGRAM = "import sys; from dayzero.cli import main; sys.argv[0] = 'dayzero'; main()"
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Read(Protocol):
    """How a person reads a command: at a terminal so many columns wide, with an answer where one is asked for."""

    def __call__(self, *arguments: str, width: int = 80, answer: str = "") -> Result:
        """Run it and return what is read."""


def reading(school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return how the commands of a school are read; all in this process."""

    def read(*arguments: str, width: int = 80, answer: str = "") -> Result:
        with monkeypatch.context() as patched:
            for module in ("_discreet", "_root", "settings", "sync", "undo"):  # each has it by name
                patched.setattr(f"dayzero.cli.{module}.is_terminal", lambda _stream: True)
            return in_a_pipe(school, *arguments, width=width, answer=answer)

    return read


def in_a_pipe(school: TinySchool, *arguments: str, width: int = 80, answer: str = "") -> Result:
    """Run a command whose output goes into a pipe; in this process."""
    environ = {"DAYZERO_TOKEN": school.token, "COLUMNS": str(width), "DAYZERO_DEBUG": "1"}
    config = ["--config", str(school.folder / "dayzero.toml")]
    return CliRunner().invoke(main, [*arguments, *config], env=environ, input=answer)


@dataclass(frozen=True)
class Seen:
    """What was on the screen, and how the command ended."""

    text: str
    exit_code: int


def at_a_terminal(*arguments: str, width: int = 80, answers: Iterable[str] = (), **environ: str) -> Seen:
    """Run a command in a process of its own at a terminal of so many columns, and answer its questions."""
    waiting = list(answers)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"COLUMNS": str(width), "TERM": "xterm", **environ})
        os.execv(sys.executable, [sys.executable, "-c", _PROGRAM, *arguments])
    shown = b""
    while True:
        try:
            more = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        shown += more
        if waiting and shown.rstrip().endswith(b"[y/N]:"):
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    text = _STEERING.sub("", shown.decode("utf-8", "replace")).replace("\r\n", "\n")
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return Seen("\n".join(lines), os.waitstatus_to_exitcode(status))


def in_a_shell(command: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own by a shell line in which ``"$@"`` is the command."""
    words = [sys.executable, "-c", _PROGRAM, *arguments]
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, "bash", *words], env={**os.environ, **environ},
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
