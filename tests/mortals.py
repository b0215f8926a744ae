"""Commands in processes that can be killed before or after any system call that writes or sends."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

TRUST = Path(__file__).with_name("trust")
KILLED = -signal.SIGKILL


def built(folder: Path) -> Path:
    """Compile ``mortal.c``; skip the test where that cannot be done."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("killing at a system call needs Linux and a C compiler")
    library = folder / "mortal.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(TRUST / "mortal.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


class Mortals:
    """A process that forks one command at a time; each may be told at which point to die."""

    def __init__(self, library: Path, folder: Path, token: str) -> None:
        folder.mkdir(parents=True)
        self._token = token
        self._process = subprocess.Popen(
            [sys.executable, str(TRUST / "mortal.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # What commands there are is remembered in a cache of its own: nobody else's runs decide what is written here.
            env={**os.environ, "LD_PRELOAD": str(library), "XDG_CACHE_HOME": str(folder / "cache")},
        )
        self._child: int | None = None
        self._last: dict[str, Any] = {}

    def __enter__(self) -> Mortals:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.lives():
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        self._process.wait()

    def start(self, *argv: str, **request: Any) -> None:
        """Start one command; ``ended`` waits for it."""
        assert self._process.stdin
        asked = {"argv": argv, "env": {"DAYZERO_TOKEN": self._token}, **request}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._child = self._answer()["pid"]

    def ended(self) -> dict[str, Any]:
        """Wait for the command's end; return ``status``, ``points`` and ``doc``, the document it printed, if it did."""
        if self._child is not None:
            self._last, self._child = self._answer(), None
            with suppress(json.JSONDecodeError):  # killed while it printed
                self._last["doc"] = json.loads(self._last["stdout"] or "{}")
        return self._last

    def run(self, *argv: str, config: Path, **request: Any) -> dict[str, Any]:
        """Run one command on a configured school."""
        self.start(*argv, "--json", "--config", str(config), **request)
        return self.ended()

    def kill(self, by: signal.Signals = signal.SIGKILL) -> dict[str, Any]:
        """End the command that runs by a signal."""
        assert self._child is not None
        with suppress(ProcessLookupError):  # it has just died by itself
            os.kill(self._child, by)
        return self.ended()

    def lives(self) -> bool:
        """Say whether the command still runs."""
        assert self._process.stdout
        if self._child is not None and select.select([self._process.stdout], [], [], 0)[0]:
            self.ended()
        return self._child is not None

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
