"""Commands as a person at a terminal sees them, and as a pipe does."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_PROGRAM = "import sys; from dayzero.cli import main; sys.argv[0] = 'dayzero'; main()"
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Seen:
    """What was on the screen, or in the pipe, and how the command ended."""

    text: str
    exit_code: int

    @property
    def lines(self) -> list[str]:
        """Its lines, without what only moves the cursor."""
        return self.text.split("\n")


def at_a_terminal(
    *arguments: str, token: str, width: int = 80, answers: Iterable[str] = (), **environ: str
) -> Seen:
    """Run a command at a terminal of so many columns and answer its questions."""
    waiting = list(answers)
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"DAYZERO_TOKEN": token, "COLUMNS": str(width), "TERM": "xterm", **environ})
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


def in_a_pipe(*arguments: str, token: str, head: int | None = None, **environ: str) -> Seen:
    """Run a command whose output goes into a pipe, of which only the first ``head`` bytes are read."""
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    with subprocess.Popen(
        command, env={**os.environ, "DAYZERO_TOKEN": token, **environ}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        if head is None:
            out, _ = running.communicate()
        else:
            out = running.stdout.read(head)
            running.stdout.close()
            running.wait()
    return Seen(out.decode("utf-8", "replace"), running.returncode)
