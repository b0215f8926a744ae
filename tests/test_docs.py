"""The documentation says what the code says."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dayzero.config import fill_settings, load
from dayzero.plugins import load_plugins

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted((ROOT / "docs" / "sources").glob("*.md"))


def generator() -> dict[str, Any]:
    """Return what ``docs/generate.py`` defines."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


@pytest.mark.parametrize("page", generator()["pages"](), ids=lambda page: page.stem)
def test_what_the_program_decides_stands_on_a_page_as_it_is_now(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == generator()["made"](text), "run: python docs/generate.py"


def test_a_part_without_a_place_and_a_place_without_a_part_are_noticed(tmp_path: Path) -> None:
    of_generator = generator()
    of_generator["pages"].__globals__["DOCS"] = tmp_path
    (tmp_path / "page.md").write_text("<!-- made: rulez -->\n<!-- made -->\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"rules, rulez, .*starter"):
        of_generator["pages"]()


def anchors(page: Path) -> set[str]:
    """Return what a link may name behind ``#``: the headings, as the common sites spell them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            there = (page.parent / path) if path else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def readme_block(marker: str) -> str:
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1:]
    return next(b for b in blocks if marker in b).partition("```")[0]


def test_the_readme_plugin_is_the_example() -> None:
    block = readme_block("dayzero_sources")
    assert len([line for line in block.splitlines() if line.strip()]) < 20


def test_the_readme_test_runs_on_both_fronts(tmp_path: Path) -> None:
    block = readme_block("def test_newcomers")
    assert len(block.strip().splitlines()) < 12
    served = block.replace("gradebook_cloud", "gradebook_cloud_server").replace(
        "test_newcomers", "test_served_newcomers"
    )
    head = "from click.testing import CliRunner\nfrom dayzero.cli import main\n\n\n"
    (tmp_path / "test_readme.py").write_text(f"{head}{block}\n\n{served}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "2 passed" in done.stdout, done.stdout


def test_every_hook_and_reserved_column_is_documented() -> None:
    from dayzero.plugin import _spec
    from dayzero.schema import RESERVED_COLUMNS

    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    hooks = [name for name in vars(_spec) if name.startswith("dayzero_")]
    assert len(hooks) == 4
    assert [name for name in (*hooks, *RESERVED_COLUMNS) if f"`{name}" not in text] == []


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: page.stem)
def test_the_configuration_on_a_page_of_a_source_is_one(page: Path, tmp_path: Path) -> None:
    block = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "dayzero.toml").write_text(block, encoding="utf-8")
    names = ("DAYZERO_TOKEN", "SIS_PASSWORD", "GIBBON_PASSWORD", "ROSARIO_PASSWORD", "OPENSIS_PASSWORD")
    environ = dict.fromkeys(names, "secret")
    config = load(tmp_path / "dayzero.toml", environ=environ)
    source = load_plugins().source_type(config.source.plugin)
    settings = fill_settings(source.settings, config.source.raw, tmp_path, environ)
    if config.source.plugin == "sql":
        from dayzero_sql.address import address_of
        from dayzero_sql.queries import queries_of

        # The file of the authority is the school's own.
        assert address_of(replace(settings, tls_ca=None)).database.title
        assert queries_of(settings).statements


def test_the_page_of_every_preset_has_its_tables_and_parameters() -> None:
    from dayzero_sql.presets import load_preset, preset_names

    for name in preset_names():
        page = (ROOT / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8")
        preset = load_preset(name)
        assert [t for t in preset.queries if f"| `{t}` |" not in page] == []
        assert [p for p in preset.parameters if p not in page] == []
