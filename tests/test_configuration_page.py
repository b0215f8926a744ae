"""docs/configuration.md has every setting of ``dayzero.toml``, the page of a source plugin every one of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.config import Limit, load
from dayzero.config.settings import SECTIONS, LimitSettings
from dayzero.config.starter import as_toml, meanings
from dayzero.plugins import load_plugins

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
SETTINGS = [(section, key) for section in SECTIONS for key in meanings(section) or ["plugin"]]
SOURCES = {source.name: source.settings for plugin in load_plugins().loaded for source in plugin.sources}
PLUGIN_SETTINGS = [(name, f) for name, settings in SOURCES.items() for f in fields(settings)]


def section_of(page: str, heading: str) -> str:
    """Return the text below a heading of the second level."""
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names in the first cell of each row of a table, and the other cells."""
    for line in re.findall(r"^\| `.*\|$", text, re.MULTILINE):
        first, *others = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        yield re.findall(r"`([^`]+)`", first), others


def default_of(field: Field[Any]) -> str:
    """Return how the pages write a setting's default."""
    value = field.default if field.default_factory is MISSING else field.default_factory()
    if value is MISSING:
        return "needed"
    if value is None:
        return "none"
    return "`{}`" if value == {} else f"`{as_toml(tuple(value) if isinstance(value, list) else value)}`"


@pytest.mark.parametrize(("section", "key"), SETTINGS, ids=lambda value: value)
def test_every_setting_has_its_row(section: str, key: str) -> None:
    [cells] = [cells for names, cells in rows(section_of(PAGE, f"`[{section}]`")) if names == [key] and len(cells) == 3]
    assert all(cells)


@pytest.mark.parametrize(("source", "field"), PLUGIN_SETTINGS, ids=lambda v: v if isinstance(v, str) else v.name)
def test_every_setting_of_a_plugin_has_its_row_with_its_default(source: str, field: Field[Any]) -> None:
    text = section_of((DOCS / "sources" / f"{source}.md").read_text(encoding="utf-8"), "Settings")
    [(default, meaning)] = [cells for names, cells in rows(text) if field.name in names]
    assert default == default_of(field)
    assert meaning


@pytest.mark.parametrize("source", SOURCES)
def test_the_page_of_a_plugin_has_no_setting_that_is_not_there(source: str) -> None:
    text = section_of((DOCS / "sources" / f"{source}.md").read_text(encoding="utf-8"), "Settings")
    named = [name for names, _ in rows(text) for name in names]
    assert sorted(named) == sorted(f.name for f in fields(SOURCES[source]))


def test_the_page_on_the_mock_has_every_scenario() -> None:
    from dayzero_fixtures.scenarios import SCENARIOS

    text = (DOCS / "sources" / "mock.md").read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if name not in text] == []


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL), ids=lambda b: b.split("\n")[0])
def test_every_example_is_a_configuration(block: str, tmp_path: Path) -> None:
    needed = {
        "school": {"id": "hampden"},
        "source": {"plugin": "csv"},
        "portal": {"url": "https://portal.school.example", "token": {"env": "DAYZERO_TOKEN"}},
    }
    file = tmp_path / "dayzero.toml"
    file.write_text(tomlkit.dumps(needed | tomllib.loads(block)), encoding="utf-8")
    load(file, environ={"DAYZERO_TOKEN": "secret", "DAYZERO_NOTIFY": "json://localhost"})


def test_the_complete_file_is_what_init_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "export").mkdir()
    monkeypatch.chdir(tmp_path)
    text = section_of(PAGE, "A complete file")
    command = re.search(r"`dayzero (init [^`]+)`", text)
    assert command is not None
    arguments = [a.strip('"') for a in re.findall(r'"[^"]+"|\S+', command[1])]
    file = tmp_path / "dayzero.toml"
    assert CliRunner().invoke(main, [*arguments, "--config", str(file)]).exit_code == 0
    assert text.partition("```toml\n")[2].partition("```")[0] == file.read_text(encoding="utf-8")


def test_the_example_of_limits_is_reckoned_right() -> None:
    head, *lines = re.findall(r"^\| (?:accounts of the kind|[\d,]+) \|.*\|$", PAGE, re.MULTILINE)
    limits = {op: Limit.parse(text) for op, text in re.findall(r'`(\w+) = "(\d+%)"`', head)}
    usual = LimitSettings()
    assert limits == {op: getattr(usual, op) for op in limits}
    for line in lines:
        accounts, *said = [int(c.replace(",", "")) if c != "no limit" else None for c in line[2:-2].split(" | ")]
        there = {op: limit.of(accounts, usual.from_accounts) for op, limit in limits.items()}
        # Below the floor `create` is not asked at all (plan/limits.py).
        expected = there | ({"create": None} if accounts < usual.from_accounts else {})
        assert said == list(expected.values())
    assert lines
