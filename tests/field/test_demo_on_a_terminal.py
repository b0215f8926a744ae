"""A demo on a real terminal: what only a process of its own, and a key that is pressed, can show."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COMMAND = [
    sys.executable,
    "-c",
    "from dayzero.cli import main; main()",
    "demo",
    "--students",
    "40",
    "--port",
    "0",
    "--dir",
]
PATIENCE = 60.0
"""So many seconds it may take at most; it is over as soon as it has said what it says."""


def until(screen: int, said: bytes) -> bytes:
    """Return what stands on the terminal once something was said (a pattern), or the process has ended."""
    seen = b""
    while not re.search(said, seen, re.DOTALL) and select.select([screen], [], [], PATIENCE)[0]:
        try:
            more = os.read(screen, 65_536)
        except OSError:  # Linux: nobody holds the other end any more
            return seen
        if not more:
            return seen
        seen += more
    return seen


@pytest.mark.parametrize("opened", ["at first", "again"])
def test_ctrl_c_ends_a_demo(tmp_path: Path, opened: str) -> None:
    for _ in range(1 if opened == "at first" else 2):
        process, screen = pty.fork()
        if process == 0:
            os.execv(sys.executable, [*COMMAND, str(tmp_path / "hampden")])
        seen = until(screen, rb"One who was withheld.*SIS\.")
        os.write(screen, b"\x03")
        ended = until(screen, rb"Stopped\.")
        over, status = os.waitpid(process, 0 if b"Stopped." in ended else os.WNOHANG)
        if not over:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        os.close(screen)
        assert b"Stopped." in ended, seen[-500:] + ended
        assert os.waitstatus_to_exitcode(status) in (0, 130)  # before it stays up, or while it does
