"""Fixtures of the tests that cross distributions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Import mode importlib puts no test folder on the path; this one holds the builder that every rule's tests share.
sys.path.insert(0, str(Path(__file__).parent))

from terminals import Read, reading
from tiny_school import TinySchool

HALVES = """
import csv
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from dayzero.plugin import SourceType, hookimpl

@dataclass
class Settings:
    path: Path
    partial: list[str] = field(default_factory=list)
    vouched: list[str] = field(default_factory=list)

class Halves:
    def __init__(self, settings):
        self.settings = settings

    def read(self, table):
        with (self.settings.path / "reads").open("a", encoding="utf-8") as log:
            log.write(f"{table}\\n")
        if self.stamp() == "moves":
            (self.settings.path / "stamp").write_text("moved", encoding="utf-8")
        with (self.settings.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def stamp(self):
        file = self.settings.path / "stamp"
        return file.read_text(encoding="utf-8") if file.exists() else None

    def state(self, table):
        if table in self.settings.partial:
            return "partial"
        return "vouched-empty" if table in self.settings.vouched else "complete"

@hookimpl
def dayzero_sources():
    return [SourceType("halves", Settings, lambda settings: nullcontext(Halves(settings)))]
"""


@pytest.fixture
def tiny_school(tmp_path: Path, gradebook_cloud: Any) -> TinySchool:
    """Return an empty school on disk, a steady family in it, and an in-process Gradebook Cloud to sync it to."""
    return TinySchool(tmp_path / "school", gradebook_cloud)


@pytest.fixture
def read(tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return how a person at a terminal reads the commands of the tiny school."""
    return reading(tiny_school, monkeypatch)


@pytest.fixture
def halves(tmp_path: Path, tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TinySchool]:
    """Install a source that can say how far it read; ``halves(partial=[...], vouched=[...])`` gives a school over it."""
    site = tmp_path / "site"
    info = site / "dayzero_halves-1.dist-info"
    info.mkdir(parents=True)
    (site / "dayzero_halves.py").write_text(HALVES, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dayzero-halves\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[dayzero]\nhalves = dayzero_halves\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))

    def over(**states: list[str]) -> TinySchool:
        tiny_school.source = {"plugin": "halves", **states}
        return tiny_school

    return over
