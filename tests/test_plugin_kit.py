"""From nothing to a source of one's own: a single file, or a package with tests that pass from the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dayzero.cli import main
from dayzero_fixtures import new_school

OUR_SIS = '''
import csv
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dayzero.plugin import Check, Finding, SourceType, hookimpl


@dataclass
class Settings:
    """Our own system."""

    folder: Path
    password: str = field(default="", repr=False)


@contextmanager
def open_ours(settings):
    class Ours:
        def read(self, table):
            file = settings.folder / f"{table}.csv"
            return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.exists() else None

    yield Ours()


@hookimpl
def dayzero_sources():
    return [SourceType("ours", Settings, open_ours, summary="What the office runs.")]
'''


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def configured(folder: Path, plugin: str, settings: str) -> Path:
    config = folder / "dayzero.toml"
    config.write_text(
        f'[school]\nid = "hampden"\n[source]\nplugin = "{plugin}"\n{settings}\n'
        '[portal]\nurl = "https://gradebook.example"\ntoken = { env = "DAYZERO_TOKEN" }\n[sync]\ntoday = 2026-11-26\n',
        encoding="utf-8",
    )
    return config


def test_a_single_file_is_a_plugin(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path, like its settings', is relative to the configuration."""
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    school = new_school(20, 2, 1).write(tmp_path / "office" / "export")
    (tmp_path / "office" / "our_sis.py").write_text(OUR_SIS, encoding="utf-8")
    config = configured(tmp_path / "office", "./our_sis.py", 'folder = "export"')
    assert run("check", "--config", config).exit_code == 0
    assert run("sync", "--yes", "--config", config).exit_code == 0
    there = {a["person_id"] for a in gradebook_cloud.accounts("hampden") if a["kind"] == "student"}
    assert there == set(school.answers["no"]["student"]["granted"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no file"),
        ("import nothing_of_this_name", "nothing_of_this_name"),
        ("x = 1", "brings 0 sources"),
        (
            OUR_SIS.replace("return [SourceType(", "return [SourceType('other', Settings, open_ours), SourceType("),
            "brings 2 sources",
        ),
        (OUR_SIS.replace('summary="What the office runs."', "api=99"), "speaks plugin API 99"),
        (OUR_SIS.replace("def dayzero_sources", "def dayzero_source"), "dayzero_source"),
    ],
)
def test_a_file_that_is_no_plugin_is_named_with_what_is_wrong(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "our_sis.py").write_text(text, encoding="utf-8")
    result = run("check", "--json", "--config", configured(tmp_path, "our_sis.py", 'folder = "."'))
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["kind"]) == (2, "Plugin")
    assert said in error["message"]
    assert "our_sis.py" in error["message"]


def test_a_setting_of_a_file_is_checked_as_any(tmp_path: Path) -> None:
    (tmp_path / "our_sis.py").write_text(OUR_SIS, encoding="utf-8")
    result = run("check", "--config", configured(tmp_path, "our_sis.py", 'foldr = "."'))
    assert result.exit_code == 2
    assert "did you mean 'folder'" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("name", ["our_sis", "north-high", "sis2"])
def test_a_new_plugin_is_green_from_the_start(tmp_path: Path, name: str) -> None:
    made = run("plugins", "new", name, "--dir", tmp_path, "--json")
    assert made.exit_code == 0, made.output
    document = json.loads(made.stdout)
    module = f"dayzero_{name.replace('-', '_')}"
    assert {"pyproject.toml", "README.md", f"{module}.py"} < set(document["files"])
    command = [str(Path(sys.executable).with_name("pytest")), "-q", "-p", "no:cacheprovider", "-W", "error"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # as where nothing else is installed
    done = subprocess.run(
        command, cwd=document["folder"], env=alone, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    checked = subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "."],
        cwd=document["folder"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0


@pytest.mark.parametrize("name", ["Our SIS", "1sis", "../x", "", "a" * 50])
def test_a_name_that_no_package_can_have_is_refused(tmp_path: Path, name: str) -> None:
    result = run("plugins", "new", name, "--dir", tmp_path)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_there_is_left_alone(tmp_path: Path) -> None:
    assert run("plugins", "new", "ours", "--dir", tmp_path).exit_code == 0
    (tmp_path / "dayzero-ours" / "README.md").write_text("mine", encoding="utf-8")
    assert run("plugins", "new", "ours", "--dir", tmp_path).exit_code == 2
    assert (tmp_path / "dayzero-ours" / "README.md").read_text(encoding="utf-8") == "mine"


def test_about_says_what_may_be_set(tmp_path: Path) -> None:
    file = tmp_path / "our_sis.py"
    file.write_text(OUR_SIS, encoding="utf-8")
    document = json.loads(run("plugins", "--about", file, "--json").stdout)
    assert (document["name"], document["summary"], document["about"]) == (
        "ours",
        "What the office runs.",
        "Our own system.",
    )
    assert document["settings"] == [
        {"name": "folder", "type": "path", "needed": True, "default": None, "meaning": ""},
        {"name": "password", "type": "text, secret", "needed": False, "default": "", "meaning": ""},
    ]
    assert "folder (path, needed)" in run("plugins", "--about", file).output
    assert "| `folder` | path | needed |" in run("plugins", "--about", file, "--markdown").output


@pytest.mark.parametrize("name", ["csv", "sql", "oneroster", "mock"])
def test_about_tells_every_setting_of_ours(name: str) -> None:
    import dataclasses

    from dayzero.plugins import load_plugins

    document = json.loads(run("plugins", "--about", name, "--json").stdout)
    told = {s["name"]: s for s in document["settings"]}
    fields = dataclasses.fields(load_plugins().source_type(name).settings)
    assert {f.name for f in fields} == {n for n in told if "." not in n}
    assert {f.name for f in fields if not f.repr} == {n for n, s in told.items() if s["type"].endswith("secret")}


def test_about_a_plugin_that_is_not_there_says_what_is() -> None:
    result = run("plugins", "--about", "csvv")
    assert result.exit_code == 2
    assert "installed: csv" in result.output


@pytest.mark.parametrize("table", [None, "students", "relationships", "courses"])
def test_schema_prints_the_tables(table: str | None) -> None:
    from dayzero.schema import TABLES

    arguments = ["schema", *([table] if table else [])]
    document = json.loads(run(*arguments, "--json").stdout)
    tables = {t["name"]: t for t in document["tables"]}
    assert list(tables) == ([table] if table else list(TABLES))
    text = run(*arguments).output
    for name, told in tables.items():
        assert name in text
        for column, mine in zip(told["columns"], TABLES[name].columns, strict=True):
            assert (column["name"], column["type"], column["required"]) == (mine.name, mine.type.value, mine.required)
            assert (tuple(column["choices"]), column["default"]) == (mine.choices, mine.default)
            assert mine.meaning in text


def test_schema_of_no_table_says_which_there_are() -> None:
    result = run("schema", "pupils")
    assert result.exit_code == 2
    assert "school_years, students, enrollments" in result.output
