"""Strangers' plugins side by side: what collides is refused, what answers strangely is said, and nobody's run suffers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_school import TinySchool

import dayzero.plugin
from dayzero.errors import PluginError
from dayzero.plugins import load_plugins

SOURCE = """
from dataclasses import dataclass
from dayzero.plugin import SourceType, hookimpl

@dataclass
class Settings:
    pass

@hookimpl
def dayzero_sources():
    return [SourceType("roster", Settings, lambda settings: None), SourceType("{own}", Settings, lambda settings: None)]
"""
COMMAND = """
from dayzero.plugin import Command, hookimpl

@hookimpl
def dayzero_commands():
    return [Command("{name}", "of a stranger", "{module}:run")]
"""
CHECKS = """
from dayzero.plugin import Check, Finding, hookimpl

def text(tables):
    return "students look odd"

def strange(tables):
    yield Finding("warning", "students", 1, None, None, "fine", "this one is well made")
    yield {"severity": "error"}

def loud(tables):
    return [Finding("fatal", "students", 1, None, None, "loud", "no such severity")]

def broken(tables):
    raise KeyError("x")

def good(tables):
    return [Finding("notice", "students", None, None, None, "counted", f"{tables['students'].height} students")]

@hookimpl
def dayzero_checks():
    return [Check(n, n, f"dayzero_checks:{n}") for n in ("text", "strange", "loud", "broken", "good")]
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return what installs a plugin of one module, named by its distribution."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(module: str, text: str) -> None:
        info = tmp_path / f"{module}-1.dist-info"
        info.mkdir()
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[dayzero]\n{module} = {module}\n", encoding="utf-8")

    return install


def test_a_source_brought_twice_is_a_problem_of_both(installed: Callable[[str, str], None]) -> None:
    installed("dayzero_one", SOURCE.format(own="one"))
    installed("dayzero_two", SOURCE.format(own="two"))
    plugins = load_plugins()
    problems = {p.name: p.problem for p in plugins.loaded if p.problem}
    assert problems.keys() == {"dayzero_one", "dayzero_two"}
    assert all("'roster'" in said and "dayzero_one and by dayzero_two" in said for said in problems.values())
    with pytest.raises(PluginError, match="brought by dayzero_one and by dayzero_two") as caught:
        plugins.source_type("roster")
    assert "Uninstall" in caught.value.remedy
    assert [plugins.source_type(name).name for name in ("one", "two", "csv")] == ["one", "two", "csv"]


def test_a_command_brought_twice_is_mounted_for_nobody(installed: Callable[[str, str], None]) -> None:
    for name in ("one", "two"):
        installed(f"dayzero_{name}", COMMAND.format(name="attend", module=f"dayzero_{name}"))
    installed("dayzero_three", COMMAND.format(name="plan", module="dayzero_three"))
    plugins = load_plugins(taken=("plan", "sync"))
    assert not {"attend", "plan"} & {c.name for c in plugins.commands}
    problems = {p.name: p.problem for p in plugins.loaded if p.problem}
    assert problems.keys() == {"dayzero_one", "dayzero_two", "dayzero_three"}
    assert "brought by dayzero_three and by dayzero itself" in problems["dayzero_three"]


def test_a_plugin_whose_metadata_is_gone_still_works_and_stops_nobody(
    tmp_path: Path, installed: Callable[[str, str], None]
) -> None:
    installed("dayzero_one", SOURCE.format(own="one"))
    (tmp_path / "dayzero_one-1.dist-info" / "METADATA").unlink()
    plugins = load_plugins()
    (one,) = (p for p in plugins.loaded if p.name == "dayzero_one")
    assert (one.called, one.version, one.problem) == ("dayzero_one", "", "")
    assert plugins.source_type("roster").name == "roster"


@pytest.mark.parametrize("word", ["Partial", "complet", None, True, ["partial"]])
def test_a_source_that_says_another_word_is_an_error_and_disables_nobody(
    tiny_school: TinySchool, installed: Callable[[str, str], None], word: Any
) -> None:
    export = tiny_school.folder / "export"
    installed(
        "dayzero_worded",
        "import csv\nfrom contextlib import nullcontext\nfrom dataclasses import dataclass\nfrom pathlib import Path\n"
        "from dayzero.plugin import SourceType, hookimpl\n"
        "@dataclass\nclass Settings:\n    path: str\n"
        "class Worded:\n"
        f"    def read(self, table): return list(csv.DictReader(Path({str(export)!r}, f'{{table}}.csv').read_text().splitlines()))\n"
        f"    def state(self, table): return {word!r} if table == 'students' else 'complete'\n"
        "@hookimpl\ndef dayzero_sources(): return [SourceType('worded', Settings, lambda s: nullcontext(Worded()))]\n",
    )
    tiny_school.student("s1").sync()
    tiny_school.source = {"plugin": "worded"}
    refused = tiny_school.forget_student("s1").sync()
    assert refused.exit_code == 4
    assert refused.doc["error"]["kind"] == "Source"
    assert "complete, partial, vouched-empty" in refused.doc["error"]["remedy"]
    assert tiny_school.working("student") == {"s0", "s1"}


def test_a_check_that_answers_strangely_is_named_and_the_others_are_heard(
    tiny_school: TinySchool, installed: Callable[[str, str], None]
) -> None:
    installed("dayzero_checks", CHECKS)
    done = tiny_school.sync()
    assert done.exit_code == 0
    for check in ("text", "strange", "loud", "broken"):
        [said] = done.findings(check)
        assert said["severity"] == "warning"
        assert f"the check {check} of dayzero_checks" in said["message"]
    assert done.findings("counted")[0]["message"] == "1 students"
    assert done.findings("fine") == []


OBSERVER = """
import json
from pathlib import Path
from dayzero.plugin import hookimpl

@hookimpl
def dayzero_sync_finished(report):
    Path({file!r}).write_text(json.dumps(report))
    raise RuntimeError("observers fail, too")
"""


def test_an_observer_gets_what_sync_prints_and_changes_nothing(
    tiny_school: TinySchool, installed: Callable[[str, str], None], tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    installed("dayzero_observer", OBSERVER.format(file=str(file)))
    done = tiny_school.sync()
    assert done.exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8")) == done.doc
    assert done.doc["operations"]


def test_the_author_s_api_is_what_it_says() -> None:
    """What a plugin may import is a promise: nothing of the host is in it."""
    assert dayzero.plugin.__all__ == [
        "API_VERSION",
        "ArrowStream",
        "Check",
        "Clock",
        "Command",
        "Finding",
        "Looking",
        "Proposal",
        "Question",
        "Severity",
        "Source",
        "SourceType",
        "State",
        "SystemClock",
        "TableLike",
        "columns_told",
        "hookimpl",
        "hookspec",
        "is_plain",
        "read_once",
    ]
    public = {name for name in vars(dayzero.plugin) if not name.startswith("_")}
    assert public == set(dayzero.plugin.__all__)
