"""Source changes, settings, admins' edits, faults and undos in any order, against a model (acceptance 1)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tiny_school import NEWCOMER, PROMOTED, SCHOOL, TinySchool

from dayzero.clock import SystemClock
from dayzero_simulator import GradebookCloud

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
IDS = st.sampled_from(["a", "b", "c", "d"])
PLACES: dict[str, Any] = {"active": {}, "newcomer": NEWCOMER, "promoted": PROMOTED, "gone": {"enrolled": {}}}
OPERATIONS = ("getSchool", "listAccounts", "listStudents", "openSync", "putPart", "commitSync", "abandonSync")
FAULTS: dict[str, dict[str, Any]] = {
    "drop": {"effect": "drop"},
    "cut": {"effect": "cut"},
    "lost-reply": {"effect": "lost-reply"},
    "500": {"effect": "status", "status": 500},
    "busy": {"effect": "status", "status": 503, "times": None},
}


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)


class Schedule(RuleBasedStateMachine):
    """The model: where each student stands in the source, under which name, and who has signed in."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.cloud = GradebookCloud(token="t", seed=1).__enter__()
        self.school = TinySchool(self.folder / "school", self.cloud)
        self.school.limits.update(disable="none", update="none", create="none", shrink="none", rekey="none")
        self.school.portal_settings["part_size"] = 2
        self.places: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.yes = False
        self.passwords: set[str] = set()
        self.ever: set[str] = set()
        self.before: tuple[str, dict[str, str]] | None = None

    def teardown(self) -> None:
        self.cloud.__exit__(None, None, None)
        self.cloud.world.close()
        shutil.rmtree(self.folder)

    def statuses(self) -> dict[str, str]:
        """Return each student's account as disabled or working."""
        accounts = [a for a in self.cloud.accounts(SCHOOL) if a["kind"] == "student"]
        return {a["person_id"]: "disabled" if a["status"] == "disabled" else "working" for a in accounts}

    def sent(self) -> set[str]:
        """Return whom the model sends (R1, R2, R6)."""
        places = {"active", "promoted", "newcomer"} if self.yes else {"active", "promoted"}
        return {"s0", *(i for i, place in self.places.items() if place in places)}

    @rule(ident=IDS, place=st.sampled_from(sorted(PLACES)), name=st.sampled_from(["Ada", "Zoë", "O'Neil"]))
    def source_changes(self, ident: str, place: str, name: str) -> None:
        self.places[ident], self.names[ident] = place, name
        self.school.student(ident, given_name=name, **PLACES[place])

    @rule(yes=st.booleans())
    def setting_changes(self, yes: bool) -> None:
        self.yes = yes

    @rule()
    def synced(self) -> None:
        before = self.statuses()
        outcome = self.school.sync(yes=self.yes)
        assert outcome.exit_code == 0, outcome
        self.agrees()
        self.before = (outcome.doc["run_id"], before) if outcome.doc["operations"] else None
        assert self.school.run("plan").doc["operations"] == []

    @rule(operation=st.sampled_from(OPERATIONS), effect=st.sampled_from(sorted(FAULTS)))
    def synced_with_a_fault(self, operation: str, effect: str) -> None:
        before = self.statuses()
        self.cloud.fault(operation, **FAULTS[effect])
        outcome = self.school.sync(yes=self.yes)
        self.cloud._faults.clear()
        assert outcome.exit_code in (0, 5), outcome
        if outcome.exit_code == 0:
            self.agrees()
        else:
            assert self.statuses() == before or self.statuses() == self.wanted(before), "all or nothing"
        self.ever |= set(self.statuses())
        self.before = None

    @precondition(lambda self: self.before is not None)
    @rule()
    def last_run_undone(self) -> None:
        assert self.before is not None
        run_id, before = self.before
        self.school.write(yes=self.yes)
        outcome = self.school.run("undo", run_id, "--yes")
        assert outcome.exit_code == 0, outcome
        assert self.statuses() == {ident: before.get(ident, "disabled") for ident in self.ever}
        self.before = None

    @precondition(lambda self: self.ever)
    @rule(ident=IDS, name=st.sampled_from(["Admin's", ""]))
    def admin_edits(self, ident: str, name: str) -> None:
        if ident in self.ever:
            self._edit("update accounts set given_name = ? where person_id = ? and kind = 'student'", name, ident)
            self._edit("update schools set revision = revision || '+'")
            self.before = None

    @rule(ident=IDS)
    def signs_in(self, ident: str) -> None:
        if self.statuses().get(ident) == "working":
            self.school.sign_in("student", ident)
            self.passwords.add(ident)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.ever <= set(self.statuses()), "no account is ever deleted"
        assert all(self.school.password("student", ident) for ident in self.passwords)

    def wanted(self, before: dict[str, str]) -> dict[str, str]:
        everybody = {*before, *self.sent()}
        return {ident: "working" if ident in self.sent() else "disabled" for ident in everybody}

    def agrees(self) -> None:
        now = {a["person_id"]: a for a in self.cloud.accounts(SCHOOL) if a["kind"] == "student"}
        self.ever |= set(now)
        assert {i for i, s in self.statuses().items() if s == "working"} == self.sent()
        assert all(now[i]["given_name"] == self.names[i] for i in self.sent() - {"s0"})

    def _edit(self, sql: str, *values: str) -> None:
        with closing(sqlite3.connect(":memory:")) as state:
            state.deserialize(self.cloud.world.snapshot())
            state.execute(sql, values)
            state.commit()
            self.cloud.world.restore(state.serialize())


@pytest.mark.soak
def test_any_schedule_agrees_with_the_model() -> None:
    run_state_machine_as_test(
        Schedule,
        settings=settings(
            max_examples=2_000 if SOAK else 6,
            stateful_step_count=12 if SOAK else 10,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
