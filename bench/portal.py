"""A simulated portal in a process of its own, its state in a file, durable as it is by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.process import dayzero, peak_of, used_by

__all__ = ["TOKEN", "Portal", "served"]

TOKEN = "bench"


@dataclass(frozen=True)
class Portal:
    """A portal that is served. ``began``: the processor seconds its process had used when it could be asked."""

    url: str
    pid: int
    began: float

    @property
    def cpu(self) -> float:
        """Processor seconds since it could be asked."""
        return used_by(self.pid) - self.began

    @property
    def mb(self) -> float:
        """Its peak memory."""
        return peak_of(self.pid)


@contextmanager
def served(state: Path, port: int = 0) -> Iterator[Portal]:
    """Serve a portal with its state in a file, on a free port where none is named."""
    words = dayzero("simulator", "serve", "--json", "--port", str(port), "--token", TOKEN, "--db", state)
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            url = msgspec.json.decode(server.stdout.readline())["url"]
            yield Portal(url, server.pid, used_by(server.pid))
        finally:
            server.terminate()
