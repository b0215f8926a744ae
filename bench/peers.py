"""Where the peers live: an environment of their own, so that what they need is no part of this project's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.process import FailedError, spent

__all__ = ["PEERS", "environment", "peer_python"]

PEERS = Path(__file__).with_name("peers.txt")


def peer_python(cache: Path) -> Path:
    """Return the Python of the peers' environment, which is made where it is not there or is of other versions."""
    place = environment(cache)
    python, installed = place / "bin" / "python", place / "installed.txt"
    if not installed.is_file() or installed.read_bytes() != PEERS.read_bytes():
        shutil.rmtree(place, ignore_errors=True)
        try:
            spent([sys.executable, "-m", "venv", str(place)])
            spent([str(python), "-m", "pip", "install", "--quiet", "-r", str(PEERS)])
        except (FailedError, subprocess.SubprocessError, OSError) as error:
            raise FailedError(f"The peers could not be installed: {error}") from error
        shutil.copyfile(PEERS, installed)
    return python


def environment(cache: Path) -> Path:
    """Return the folder of the peers' environment."""
    return cache / "peers"
