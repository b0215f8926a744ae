"""What does a process cost? Its children are counted with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["PROGRAMS", "FailedError", "dayzero", "peak_of", "program", "spent", "told", "used_by"]

PROGRAMS = Path(__file__).parent / "programs"
_ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


class FailedError(Exception):
    """A program that is measured did not end well."""


def dayzero(*args: str | Path) -> list[str]:
    """Return the command as somebody types it."""
    return [str(Path(sys.executable).with_name("dayzero")), *map(str, args)]


def program(name: str, *args: str | Path | int, python: str | Path = sys.executable) -> list[str]:
    """Return one of the programs beside this file, on this Python or a peer's."""
    return [str(python), "-P", str(PROGRAMS / f"{name}.py"), *map(str, args)]


def spent(words: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[dict[str, float], bytes]:
    """Run a process to its end; return ``cpu``, ``wall`` and ``mb`` of it and its children, and what it printed.

    This process stays small: Linux counts as a child's peak what its parent had when the child began.
    """
    with tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=complaints, env={**os.environ, **(env or {})}, cwd=_ROOT
        ) as process:
            assert process.stdout is not None
            printed = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        complaints.seek(0)
        said = complaints.read().decode(errors="replace")
    if process.returncode:
        raise FailedError(f"{' '.join(words)} ended with {process.returncode}\n{said[-2000:]}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "mb": usage.ru_maxrss / 1024}, printed


def told(words: Sequence[str], env: Mapping[str, str] | None = None) -> dict[str, float]:
    """Run a program that prints figures of its own; return them besides what it cost."""
    cost, printed = spent(words, env)
    own: dict[str, Any] = msgspec.json.decode(printed)
    return {**cost, **own}


def used_by(pid: int) -> float:
    """Return the processor seconds that a process, which runs on, has used by now."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_of(pid: int) -> float:
    """Return the most memory that a process, which runs on, has had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
