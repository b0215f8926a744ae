"""R38: every fault the simulator can make, on every operation: the outcome is right or the refusal is clear, never
wrong and silent; the next run brings the end state of one clean run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from faults import EFFECTS, FAULTS, OPERATIONS, Fault
from tiny_school import NEWCOMER, PROMOTED, TinySchool

from dayzero.clock import SystemClock
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)


def calm(school: TinySchool) -> None:
    """Nothing went wrong before."""


def open_sync_of_ours(school: TinySchool) -> None:
    """Leave a sync open whose end nobody knows."""
    struck(school, [("putPart", "500"), ("abandonSync", "503")])


def open_sync_of_unknown_id(school: TinySchool) -> None:
    """Leave a sync open whose id never came back."""
    school.cloud.fault("openSync", effect="lost-reply", times=None)
    school.run("sync", "--yes")
    school.cloud.clear_faults()


MORNINGS = {calm: "", open_sync_of_ours: "getSync", open_sync_of_unknown_id: "listSyncs"}
"""What happened before, and what only such a morning's sync asks for."""


def pairs(morning: Callable[[TinySchool], None]) -> list[tuple[Fault, Fault]]:
    """Return the pairs of faults that can strike together in such a morning's sync and in none above it."""
    only_here = MORNINGS[morning]
    elsewhere = {"listCourseRequests", *MORNINGS.values()} - {only_here}
    able = [fault for fault in FAULTS if fault[0] not in elsewhere]
    return [p for p in itertools.combinations(able, 2) if not only_here or only_here in (p[0][0], p[1][0])]


def struck(school: TinySchool, faults: Iterable[Fault]) -> Any:
    """Run a sync while faults strike."""
    for operation, effect in faults:
        school.cloud.fault(operation, **EFFECTS[effect])
    outcome = school.run("sync", "--yes")
    school.cloud.clear_faults()
    return outcome


class Trial:
    """A school with something of everything to do, in parts of two, on a morning that comes again for each trial."""

    def __init__(self, school: TinySchool, morning: Callable[[TinySchool], None]) -> None:
        self.school = school
        school.portal_settings["part_size"] = 2
        school.student("s1").student("s2").contact("c1", children=["s1"]).sync()
        school.student("s1", given_name="Renamed", **PROMOTED).student("s2", enrolled={}).student("n1", **NEWCOMER)
        school.write(yes=True)
        morning(school)
        self.before, self.again = school.everything(), school.keep()
        assert school.run("sync", "--yes").exit_code == 0
        self.clean = school.everything()

    def of(self, faults: Iterable[Fault]) -> None:
        """Strike one sync; it did everything or nothing and says which; the next one ends as a clean one."""
        self.again()
        outcome = struck(self.school, faults)
        now = self.school.everything()
        assert outcome.exit_code in (0, 5), (faults, outcome)
        if outcome.exit_code == 0:
            assert now == self.clean, faults
        else:
            assert outcome.doc["error"]["message"], faults
            assert outcome.doc["error"]["remedy"], faults
            unknown = outcome.doc["error"]["kind"] == "PortalUnsettled"
            assert now == self.before or (unknown and now == self.clean), faults
        assert self.school.run("sync", "--yes").exit_code == 0, faults
        assert self.school.everything() == self.clean, faults
        assert self.school.syncs("open") == [], faults
        assert len(self.school.syncs("committed")) == 2, faults


@pytest.mark.soak
@pytest.mark.parametrize("morning", MORNINGS)
def test_every_fault_alone(tiny_school: TinySchool, morning: Callable[[TinySchool], None]) -> None:
    trial = Trial(tiny_school, morning)
    for fault in FAULTS[:: 1 if SOAK else 11]:
        trial.of([fault])


@pytest.mark.soak
@pytest.mark.parametrize("morning", MORNINGS)
def test_faults_in_pairs(tiny_school: TinySchool, morning: Callable[[TinySchool], None]) -> None:
    trial = Trial(tiny_school, morning)
    together = pairs(morning)
    for faults in together[:: 1 if SOAK else len(together) // 6]:
        trial.of(faults)


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="real seconds pass: by `tox -e soak`")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_server_slower_than_the_client_waits(tmp_path: Path, operation: str) -> None:
    """The client asks again while the first request is still being worked on."""
    cloud = GradebookCloud(token="t", seed=1)
    with cloud.serve():
        school = TinySchool(tmp_path / "school", cloud)
        school.portal_settings["timeout_seconds"] = 0.3
        school.student("s1").sync()
        school.student("n1", **NEWCOMER)
        cloud.fault(operation, effect="latency", seconds=0.6)
        slow = school.sync(yes=True)
        assert slow.exit_code in (0, 5), slow
        assert (school.status("student", "n1") == "pending") == (slow.exit_code == 0)
        assert school.run("sync", "--yes").exit_code == 0
        assert school.status("student", "n1") == "pending"
        assert school.syncs("open") == []
    cloud.world.close()


@pytest.mark.parametrize("effect", EFFECTS)
def test_faults_while_course_requests_are_received(tiny_school: TinySchool, effect: str) -> None:
    tiny_school.sync()
    tiny_school.cloud.fault("listCourseRequests", **EFFECTS[effect])
    out = tiny_school.folder / "requests.csv"
    received = tiny_school.run("receive", "--out", str(out))
    assert received.exit_code == 0 if out.exists() else received.exit_code == 5 and received.doc["error"]["remedy"]


def test_a_commit_whose_reply_was_lost_is_known_to_be_done(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").cloud.fault("commitSync", effect="lost-reply", times=1)
    synced = tiny_school.sync()
    assert synced.exit_code in (0, 5)
    assert tiny_school.status("student", "s1") == "pending"
    runs = tiny_school.run("history").doc["runs"]
    assert [r["state"] for r in runs] == ["committed"]


def test_a_commit_nobody_can_be_asked_about_is_said_to_be_unknown_and_found_out(tiny_school: TinySchool) -> None:
    tiny_school.student("s1")
    for operation, effect in (("commitSync", "cut"), ("abandonSync", "503")):
        tiny_school.cloud.fault(operation, **EFFECTS[effect])
    unsettled = tiny_school.sync()
    assert (unsettled.exit_code, unsettled.doc["error"]["kind"]) == (5, "PortalUnsettled")
    assert tiny_school.status("student", "s1") == "pending", "it was applied"
    tiny_school.cloud.clear_faults()
    again = tiny_school.run("sync", "--yes")
    assert (again.exit_code, [r["became"] for r in again.doc["recovered"]]) == (0, ["committed"])
