"""The documentation says what the code says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dayzero.eligibility import RULES

ROOT = Path(__file__).parents[1]


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
