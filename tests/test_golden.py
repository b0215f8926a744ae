"""The golden schools' expected plans: a change of what is decided, or of how a plan is written, is seen in review.

They are made on the school's own day, so no plan depends on this machine's date. To take up a change:
``DAYZERO_WRITE_GOLDEN=1 pytest tests/test_golden.py``, and look at the difference.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from dayzero.config import load, starter_file
from dayzero.service import Service, SyncRequest
from dayzero_fixtures import School
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
ENVIRON = {"DAYZERO_TOKEN": "golden"}


class Evening:
    """The clock in the evening of the school's day."""

    def __init__(self, school: School) -> None:
        self._now = datetime.combine(school.today, time(20), UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here is worth waiting for")


@pytest.mark.parametrize("school", ["plain", "families", "rollover"])
def test_a_golden_school_gets_exactly_its_expected_plans(school: str, tmp_path: Path) -> None:
    """At No on an empty portal; then, with that synced, at Yes: only the newcomers and their families remain."""
    expected = GOLDEN / school
    clock = Evening(School.read(expected))
    with GradebookCloud(token=ENVIRON["DAYZERO_TOKEN"], seed=1, now=clock.now) as cloud:
        config = tmp_path / "dayzero.toml"
        text = starter_file(
            "csv", {"path": str(expected)}, school_id=school, school_name=school.title(), portal_url=cloud.url
        )
        for setting, value in (("no", "false"), ("yes", "true")):
            config.write_text(text.replace("send_scheduling_year = false", f"send_scheduling_year = {value}"))
            service = Service(load(config, environ=ENVIRON), clock=clock, environ=ENVIRON)
            made = tmp_path / f"plan-{setting}.ndjson"
            plan = service.plan().plan
            assert int(plan.exit_code) == 0
            service.save_plan(plan, made)
            committed = expected / made.name
            if os.environ.get("DAYZERO_WRITE_GOLDEN"):
                committed.write_bytes(made.read_bytes())
            assert made.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")
            assert int(service.sync(SyncRequest(plan_file=made)).exit_code) == 0
