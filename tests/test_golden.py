"""The golden schools' expected plans: a change of what is decided, or of how a plan is written, is seen in review.

To take up such a change: ``DAYZERO_WRITE_GOLDEN=1 pytest tests/test_golden.py``, and look at the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.config import starter_file
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
TOKEN = "golden"


def _run(config: Path, *arguments: str) -> None:
    result = CliRunner().invoke(main, [*arguments, "--config", str(config)], env={"DAYZERO_TOKEN": TOKEN})
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("school", ["plain", "families", "rollover"])
def test_a_golden_school_gets_exactly_its_expected_plans(school: str, tmp_path: Path) -> None:
    """At No on an empty portal; then, with that synced, at Yes: only the newcomers and their families remain."""
    expected = GOLDEN / school
    with GradebookCloud(token=TOKEN, seed=1) as cloud:
        config = tmp_path / "dayzero.toml"
        text = starter_file(
            "csv", {"path": str(expected)}, school_id=school, school_name=school.title(), portal_url=cloud.url
        )
        for setting, value in (("no", "false"), ("yes", "true")):
            config.write_text(text.replace("send_scheduling_year = false", f"send_scheduling_year = {value}"))
            made = tmp_path / f"plan-{setting}.ndjson"
            _run(config, "plan", "--out", str(made))
            committed = expected / made.name
            if os.environ.get("DAYZERO_WRITE_GOLDEN"):
                committed.write_bytes(made.read_bytes())
            assert made.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")
            _run(config, "sync", "--plan", str(made))
