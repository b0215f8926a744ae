"""What was measured, run by run: medians, ratios, and whether a bar is met. Kept in the cache folder between runs."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from bench.model import Bar, Figures

__all__ = ["Held", "Measured", "Results", "held", "load", "machine", "save"]

_FILE = "results.json"
_SHOWN = ("polars", "msgspec", "requests", "Flask", "waitress")


class Measured(msgspec.Struct):
    """The runs of one measurement at one size, subject and reference in turn. ``failed``: why there are none."""

    subject: list[Figures] = []
    reference: list[Figures] = []
    failed: str = ""

    def median(self, side: Literal["subject", "reference"], figure: str) -> float | None:
        """Return the median of a figure, None where no run has it."""
        runs: list[Figures] = getattr(self, side)
        found = [run[figure] for run in runs if figure in run]
        return statistics.median(found) if found else None


class Results(msgspec.Struct):
    """All that was measured with these versions on this machine: measurement -> size -> runs."""

    machine: dict[str, str] = {}
    measured: dict[str, dict[int, Measured]] = {}

    def at(self, name: str, size: int) -> Measured | None:
        """Return what was measured, None where nothing was."""
        return self.measured.get(name, {}).get(size)

    def put(self, name: str, size: int, measured: Measured) -> None:
        """Keep what was measured, instead of what was before."""
        self.measured.setdefault(name, {})[size] = measured


class Held(msgspec.Struct, frozen=True):
    """A figure held to its bar. ``ratio``: how many times the reference's, or how many times cheaper where ``bar`` is a least."""

    measured: float
    reference: float | None
    ratio: float | None
    met: bool | None


def held(bar: Bar, size: int, measured: Measured) -> Held | None:
    """Return a figure beside its reference and its bar, None where there is no such figure."""
    ours = measured.median("subject", bar.figure)
    theirs = measured.median("reference", bar.against) if bar.against else None
    if ours is None:
        return None
    ratio = None
    if theirs:
        ratio = theirs / ours if bar.least else ours / theirs
    judged = ratio if bar.against else ours
    limit = bar.least.get(size) if bar.least else bar.most.get(size)
    met = None
    if judged is not None and limit is not None:
        met = judged >= limit if bar.least else judged <= limit
    return Held(ours, theirs, ratio, met)


def machine() -> dict[str, str]:
    """Return what figures depend on: versions and processors."""
    of_packages = {name: version(name) for name in _SHOWN}
    return {
        "Python": platform.python_version(),
        **of_packages,
        "SQLite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()),
    }


def load(cache: Path) -> Results:
    """Return what is kept in a cache folder; what was measured with other versions is no figure of today."""
    file, now = cache / _FILE, machine()
    kept = msgspec.json.decode(file.read_bytes(), type=Results) if file.is_file() else Results()
    return kept if kept.machine == now else Results(now)


def save(cache: Path, results: Results) -> None:
    """Keep results in a cache folder."""
    (cache / _FILE).write_bytes(msgspec.json.format(msgspec.json.encode(results)))
