"""A run's time: the budget, the estimate, Ctrl-C."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tiny_school import SCHOOL, TinySchool

from dayzero.clock import SystemClock
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow


@dataclass
class SlowParts:
    """A portal that takes ten seconds for each part after the first, by a clock that stands still otherwise."""

    now: datetime = datetime(2027, 8, 1, tzinfo=UTC)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def slow_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinySchool]:
    clock = SlowParts()
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now)
    with GradebookCloud(token="t", seed=1, now=lambda: clock.now, sleep=clock.pass_by) as cloud:
        cloud.fault("putPart", effect="latency", seconds=10, times=None)
        school = TinySchool(tmp_path / "school", cloud)
        school.portal_settings["part_size"] = 2
        yield school
    cloud.world.close()


@pytest.fixture
def at_a_terminal() -> Iterator[None]:
    """Take Ctrl-C as a terminal's program does, also where the tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """Ignore Ctrl-C, as a script's background job does."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def cloud_with_ctrl_c_in_a_part() -> GradebookCloud:
    cloud = GradebookCloud(token="t", seed=1, sleep=lambda _: os.kill(os.getpid(), signal.SIGINT))
    cloud.fault("putPart", effect="latency", after=1)
    return cloud


def test_a_run_that_takes_too_long_is_abandoned_and_says_where_it_stands(slow_parts: TinySchool) -> None:
    slow_parts.sections["schedule"] = {"max_seconds": 15}
    stopped = slow_parts.student("s1").sync()
    assert (stopped.exit_code, slow_parts.accounts()) == (3, {})
    assert (stopped.doc["error"]["sent"], stopped.doc["error"]["total"]) == (4, 6)
    assert [s["state"] for s in slow_parts.cloud.syncs(SCHOOL)] == ["abandoned"]
    slow_parts.sections["schedule"] = {"max_seconds": 1000}
    assert slow_parts.sync().exit_code == 0


def test_a_plan_estimates_its_time_by_earlier_syncs(slow_parts: TinySchool) -> None:
    slow_parts.sync()
    assert slow_parts.student("s1").plan().doc["estimated_seconds"] > 0


@pytest.mark.usefixtures("at_a_terminal")
def test_ctrl_c_finishes_the_part_in_hand_and_abandons(tmp_path: Path) -> None:
    with cloud_with_ctrl_c_in_a_part() as cloud:
        school = TinySchool(tmp_path / "school", cloud)
        school.portal_settings["part_size"] = 2
        stopped = school.student("s1").sync()
        assert stopped.exit_code == 130
        assert "4 of 6 operations" in stopped.stderr
        assert (school.accounts(), [s["state"] for s in cloud.syncs(SCHOOL)]) == ({}, ["abandoned"])
        assert school.run("history").doc["runs"][0]["state"] == "failed"
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert school.sync().exit_code == 0
    cloud.world.close()


@pytest.mark.usefixtures("in_the_background")
def test_ctrl_c_at_the_terminal_does_not_stop_a_script_s_background_job(tmp_path: Path) -> None:
    with cloud_with_ctrl_c_in_a_part() as cloud:
        school = TinySchool(tmp_path / "school", cloud)
        school.portal_settings["part_size"] = 2
        assert school.student("s1").sync().exit_code == 0
        assert set(school.accounts()) != set()
        assert [s["state"] for s in cloud.syncs(SCHOOL)] == ["committed"]
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    cloud.world.close()
