"""A real school's database: the counts that ``real/README.md`` states for a correct sync."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dayzero.cli import main

ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("DAYZERO_REAL_CASES", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (REAL / "gibbon").is_dir(), reason="real cases are not on this machine (DAYZERO_REAL_CASES)"
    ),
]


@pytest.fixture
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    text = (ROOT / "examples" / "gibbon" / "dayzero.toml").read_text(encoding="utf-8")
    config = tmp_path / "dayzero.toml"
    config.write_text(re.sub(r'url = "http[^"]*"', f'url = "{gradebook_cloud.url}"', text), encoding="utf-8")
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)

    def run(database: str, *command: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setenv("GIBBON_DB", str(REAL / "gibbon" / f"gibbon-{database}.sqlite"))
        result = CliRunner().invoke(main, [*command, "--json", "--config", str(config)])
        return result.exit_code, json.loads(result.stdout)

    return run


def numbers(accounts: list[dict[str, Any]]) -> tuple[int, int, int]:
    parents = [a for a in accounts if a["kind"] == "parent"]
    return len(accounts) - len(parents), len(parents), sum(len(p["children"]) for p in parents)


@pytest.mark.parametrize("database", ["as-shipped", "rolled"])
def test_setting_no(run: Any, gradebook_cloud: Any, database: str) -> None:
    code, _ = run(database, "sync", "--yes")
    assert code == 0
    assert numbers(gradebook_cloud.accounts("gibbon")) == (391, 660, 759)


def test_yes_is_refused_where_the_upcoming_year_has_no_enrolments(run: Any, gradebook_cloud: Any) -> None:
    run("as-shipped", "sync", "--yes")
    before = gradebook_cloud.world.school("gibbon")
    code, document = run("as-shipped", "settings", "send-scheduling-year", "yes", "--yes")
    assert code == 4
    assert "no enrollments" in document["error"]["message"]
    assert "set it as the scheduling year" in document["error"]["remedy"]
    assert gradebook_cloud.world.school("gibbon") == before


def test_yes_after_the_re_enrol_step(run: Any, gradebook_cloud: Any) -> None:
    run("rolled", "sync", "--yes")
    code, document = run("rolled", "settings", "send-scheduling-year", "yes", "--yes")
    accounts = gradebook_cloud.accounts("gibbon")
    coming = [a for a in accounts if "scheduling" in a["years"]]
    assert code == 0
    assert numbers(accounts) == (391, 660, 759)
    assert numbers(coming)[:2] == (372, 634)
    assert not any(a["new"] for a in accounts)
    only_active = [a for a in accounts if a["years"] == ["active"]]
    assert numbers(only_active)[:2] == (19, 26)
    assert document["counts"]["student"]["disable"] == document["counts"]["parent"]["disable"] == 0
