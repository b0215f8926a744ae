"""Write a school's tables and nothing else, in its own process, and print the processor seconds; what it is measured against.

The tables are grown first, so they are the very ones ``dayzero school new`` writes; growing them is not counted.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

YEARS = 3


def spent(program: list[str]) -> tuple[float, float]:
    """Return the processor seconds of one process and its peak memory in MB."""
    with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write_csv(students: int, runs: int) -> float:
    """Return the processor seconds of ``write_csv`` of the seven tables: the median of so many runs, after one more."""
    from dayzero_fixtures import new_school

    tables = new_school(students, YEARS).tables
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs + 1):
            before = _own()
            for name, table in tables.items():
                table.write_csv(Path(folder) / f"{name}.csv")
            seconds.append(_own() - before)
    return statistics.median(seconds[1:])


def _own() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(write_csv(int(sys.argv[1]), int(sys.argv[2])))
