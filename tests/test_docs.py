"""The documentation says what the code says."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dayzero.config import fill_settings, load
from dayzero.people import RULES
from dayzero.plugins import load_plugins
from dayzero.schema import TABLES

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "docs" / "sources").glob("*.md"))


def rules_table() -> str:
    rows = ["| | reason | means | what to do | ends | source |", "| --- | --- | --- | --- | --- | --- |"]
    rows += [
        f"| {r.kind} | `{r.code}` | {r.message} | {r.remedy} | {'yes' if r.ends_account else 'no'} | {r.source} |"
        for r in RULES
    ]
    return "\n".join(rows) + "\n"


def test_rules_page_is_the_table_of_rules() -> None:
    page = ROOT / "docs" / "rules.md"
    text = page.read_text(encoding="utf-8")
    if os.environ.get("DAYZERO_UPDATE_DOCS"):
        page.write_text(text.partition("| | reason")[0] + rules_table(), encoding="utf-8")
    assert text.endswith(rules_table()), "run the tests once with DAYZERO_UPDATE_DOCS=1"


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


def test_the_page_on_sql_names_every_setting_and_preset() -> None:
    from dayzero_sql import SqlSettings
    from dayzero_sql.presets import load_preset, preset_names

    text = (ROOT / "docs" / "sources" / "sql.md").read_text(encoding="utf-8")
    assert [f.name for f in fields(SqlSettings) if f"`{f.name}`" not in text] == []
    for name in preset_names():
        page = (ROOT / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8")
        preset = load_preset(name)
        assert [t for t in preset.queries if f"| `{t}` |" not in page] == []
        assert [p for p in preset.parameters if p not in page] == []


def test_the_page_on_csv_has_the_tables_of_the_schema() -> None:
    rows = "".join(
        f"| `{t.name}`{'*' if t.required else ''} | "
        + ", ".join(f"`{c.name}`{'*' if c.required else ''}" for c in t.columns)
        + " |\n"
        for t in TABLES.values()
    )
    page = ROOT / "docs" / "sources" / "csv.md"
    text = page.read_text(encoding="utf-8")
    if os.environ.get("DAYZERO_UPDATE_DOCS"):
        head, _, rest = text.partition("| file | columns |\n| --- | --- |\n")
        text = f"{head}| file | columns |\n| --- | --- |\n{rows}\n{rest.partition(chr(10) * 2)[2]}"
        page.write_text(text, encoding="utf-8")
    assert rows in text, "run the tests once with DAYZERO_UPDATE_DOCS=1"
