"""Sync every school of a fleet in this one process, one after another: its own work and no more; say what memory did on the way."""

import os
import sys
import time
from pathlib import Path

import msgspec

_began = time.perf_counter()

from dayzero.fleet import schools_in  # noqa: E402 - what loading costs is part of the whole
from dayzero.plugins import load_plugins  # noqa: E402
from dayzero.service import Service  # noqa: E402
from dayzero.sync.request import SyncRequest  # noqa: E402


def resident() -> float:
    """Return the memory this process has now, in MB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Sync them all."""
    schools, plugins = schools_in(Path(sys.argv[1])), load_plugins()
    first, tenth, after_tenth = time.perf_counter(), max(1, len(schools) // 10), 0.0
    for number, school in enumerate(schools, 1):
        Service(school.config(os.environ), plugins=plugins).sync(SyncRequest())
        if number == tenth:
            after_tenth = resident()
    ended = time.perf_counter()
    figures = {"seconds": ended - first, "whole": ended - _began, "mb_tenth": after_tenth, "mb_end": resident()}
    sys.stdout.buffer.write(msgspec.json.encode(figures))


main()
