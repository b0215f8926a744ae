"""A source's own words: its remedies stand wherever a remedy is shown; it is told the school's day and handed the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_school import NEWCOMER, SCHEDULING, TinySchool

from dayzero.cli import main

PLUGIN = """
import csv
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from dayzero.plugin import SourceType, hookimpl

@dataclass
class Settings:
    path: Path
    remedies: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

class Worded:
    def __init__(self, settings):
        self.path = settings.path
        self.remedies = settings.names or settings.remedies
        self.told = None

    def begin(self, day, clock):
        assert clock.now().tzinfo is not None
        self.told = day

    def read(self, table):
        assert self.told, "the day was not told before the first table"
        (self.path / "day").write_text(self.told.isoformat(), encoding="utf-8")
        with (self.path / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

@hookimpl
def dayzero_sources():
    return [SourceType("own-words", Settings, lambda settings: nullcontext(Worded(settings)))]
"""
DAY_0 = "Give the student an enrollment that begins on the first day."


@pytest.fixture
def worded(tmp_path: Path, tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TinySchool]:
    """Install a source with words of its own; ``worded({rule: remedy})`` gives a school over it."""
    site = tmp_path / "site"
    info = site / "dayzero_own_words-1.dist-info"
    info.mkdir(parents=True)
    (site / "dayzero_own_words.py").write_text(PLUGIN, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dayzero-own-words\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[dayzero]\nown-words = dayzero_own_words\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))

    def over(remedies: dict[str, str], **settings: list[str]) -> TinySchool:
        tiny_school.source = {"plugin": "own-words", "remedies": remedies, **settings}
        return tiny_school

    return over


def late(school: TinySchool) -> TinySchool:
    """Add somebody who is new next year and was not entered on Day 0."""
    return school.student("s1", enrolled=NEWCOMER["enrolled"], entry={SCHEDULING: 9})


def test_a_withheld_person_is_told_of_in_the_sources_words(worded: Callable[..., TinySchool]) -> None:
    school = late(worded({"no-entry-on-day-0": DAY_0}))
    assert school.plan(yes=True).withheld("student", "s1")["remedy"] == DAY_0
    explained = school.explain("s1", yes=True).doc
    assert explained["remedy"] == DAY_0
    assert DAY_0 in {rule["remedy"] for rule in explained["rules"]}
    shown = CliRunner().invoke(
        main, ["plan", "--config", str(school.write(yes=True))], env={"DAYZERO_TOKEN": school.token}
    )
    assert DAY_0 in " ".join(shown.output.split())


def test_a_rule_without_such_words_keeps_dayzeros(worded: Callable[..., TinySchool]) -> None:
    said = late(worded({"no-email": "x"})).plan(yes=True).withheld("student", "s1")["remedy"]
    assert said
    assert said != DAY_0


def test_a_plan_that_is_repeated_says_the_same(worded: Callable[..., TinySchool]) -> None:
    school = late(worded({"no-entry-on-day-0": DAY_0}))
    first, second = school.sync(yes=True), school.sync(yes=True)
    assert [o.withheld("student", "s1")["remedy"] for o in (first, second)] == [DAY_0, DAY_0]


def test_a_finding_has_the_sources_remedy_behind_it(worded: Callable[..., TinySchool]) -> None:
    school = worded({"repeated-key": "Deactivate one of the two."})
    for name in ("Ann", "Eve"):
        school.row("students", student_id="s7", given_name=name, family_name="Oak", email="s7@pupils.example")
    for outcome in (school.plan(), school.run("check")):
        messages = [f["message"] for f in outcome.findings("repeated-key")]
        assert messages
        assert all(m.endswith(". Deactivate one of the two.") for m in messages)


def test_a_refused_read_is_explained_in_the_sources_words(worded: Callable[..., TinySchool]) -> None:
    school = worded({"no-scheduling-year": "Export next year's sessions.", "one-active-year": "Export this year's."})
    school.sync()
    refused = school.remove("school_years", year_id=SCHEDULING).plan(yes=True)
    assert (refused.exit_code, refused.doc["error"]["remedy"]) == (4, "Export next year's sessions.")
    refused = school.remove("school_years", role="active").plan()
    assert (refused.exit_code, refused.doc["error"]["remedy"]) == (4, "Export this year's.")
    assert school.run("check").doc["error"]["remedy"] == "Export this year's."


def test_the_school_year_is_judged_by_the_day_that_was_told(worded: Callable[..., TinySchool]) -> None:
    school = worded({})
    school.sync_settings["today"] = date(2027, 3, 4)
    assert school.plan().exit_code == 0
    assert (school.folder / "export" / "day").read_text(encoding="utf-8") == "2027-03-04"


def test_words_that_are_none_are_refused(worded: Callable[..., TinySchool]) -> None:
    refused = worded({}, names=["no-email"]).plan()
    assert (refused.exit_code, refused.doc["error"]["kind"]) == (4, "Source")
    assert "remedies" in refused.doc["error"]["message"]
