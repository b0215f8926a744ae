"""R38: every fault the simulator can make, on every operation: the outcome is right or the refusal is clear, never
wrong and silent; the next run brings the end state of one clean run."""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest
from tiny_school import NEWCOMER, PROMOTED, SCHOOL, TinySchool

from dayzero.clock import SystemClock

OPERATIONS = (
    "getSchool", "listAccounts", "listStudents", "listSchoolYears", "listCourses", "openSync", "putPart", "commitSync",
    "abandonSync",
)  # fmt: skip
EFFECTS: dict[str, dict[str, Any]] = {
    "drop": {"effect": "drop"},
    "cut": {"effect": "cut"},
    "lost-reply": {"effect": "lost-reply"},
    "500": {"effect": "status", "status": 500},
    "503": {"effect": "status", "status": 503, "times": None},
    "429": {"effect": "status", "status": 429, "retry_after": 7},
    "403": {"effect": "status", "status": 403},
    "409": {"effect": "status", "status": 409},
}
ALONE = [(f,) for f in itertools.product(OPERATIONS, EFFECTS)]
PAIRS = list(itertools.combinations([f for (f,) in ALONE], 2))
SOAK = bool(os.environ.get("DAYZERO_SOAK"))


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)


def busy(school: TinySchool) -> TinySchool:
    """Give the school something of everything to do, in parts of two."""
    school.portal_settings["part_size"] = 2
    school.student("s1").student("s2").contact("c1", children=["s1"]).sync()
    school.student("s1", given_name="Renamed", **PROMOTED).student("s2", enrolled={}).student("n1", **NEWCOMER)
    return school


def everything(school: TinySchool) -> Any:
    """Return what the portal has, without what a clock decides."""
    accounts = [{k: v for k, v in a.items() if k != "created_at"} for a in school.cloud.accounts(SCHOOL)]
    return accounts, [school.get(f"/{what}")["items"] for what in ("students", "school-years", "courses")]


def check(school: TinySchool, schedules: Any) -> None:
    """Try each combination of faults on the same morning."""
    before = everything(busy(school))
    morning = school.cloud.world.snapshot()
    assert school.sync(yes=True).exit_code == 0
    clean = everything(school)
    for faults in schedules:
        school.cloud.world.restore(morning)
        for operation, effect in faults:
            school.cloud.fault(operation, **EFFECTS[effect])
        struck = school.run("sync", "--yes")
        school.cloud._faults.clear()
        now = everything(school)
        assert struck.exit_code in (0, 5), (faults, struck)
        if struck.exit_code == 0:
            assert now == clean, faults
        else:
            assert struck.doc["error"]["message"], faults
            assert now == before, faults
        assert school.run("sync", "--yes").exit_code == 0, faults
        assert everything(school) == clean, faults
        assert not [s for s in school.cloud.syncs(SCHOOL) if s["state"] == "open"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_fault_alone(tiny_school: TinySchool, operation: str) -> None:
    effects = EFFECTS if SOAK else ("drop", "lost-reply", "cut", "503")
    check(tiny_school, [((operation, effect),) for effect in effects])


@pytest.mark.soak
def test_faults_in_pairs(tiny_school: TinySchool) -> None:
    check(tiny_school, PAIRS if SOAK else PAIRS[:: len(PAIRS) // 12])


def test_a_commit_whose_reply_was_lost_is_known_to_be_done(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").cloud.fault("commitSync", effect="lost-reply", times=1)
    synced = tiny_school.sync()
    assert synced.exit_code in (0, 5)
    assert tiny_school.status("student", "s1") == "pending"
    runs = tiny_school.run("history").doc["runs"]
    assert [r["state"] for r in runs] == ["committed"]
