"""Source changes, settings, admins' edits, faults, crashes, lost state and undos in any order, against a model."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults import EFFECTS, FAULTS
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from mortals import KILLED, Mortals, built
from portal_model import PLACES, Parent, Portal, Settings, Source, Student, as_seen, undone
from tiny_school import SCHOOL, TinySchool

from dayzero.clock import SystemClock
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
SCHEDULES = 1_000 if SOAK else 3
"""In each of two tests, which may run beside one another."""
STUDENTS, PARENTS = ("a", "b", "c"), ("p", "q")
NAMES = ("Ada", "Zoë", "O'Neil")

how = st.one_of(
    st.just(("plainly",)),
    st.just(("plainly",)),
    st.tuples(st.just("struck"), st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2)),
    st.tuples(st.just("killed"), st.integers(1, 300)),
)
"""How a command runs: undisturbed, while faults strike, or killed at a point, if it gets there."""

asked = st.one_of(
    st.none(),
    *(
        st.tuples(st.just(what), how)
        for what in ("sync", "sync", "sync", "undo", "undo", "write a plan", "apply the plan")
    ),
)
"""What dayzero is asked for after something has happened, and how that runs."""


def happens(**drawn: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a rule of what happens at the school or on the portal; then dayzero is asked for something."""

    def made(happen: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(happen)
        def then(self: Schedule, then: Any, **facts: Any) -> None:
            happen(self, **facts)
            if then:
                self.asked_for(*then)

        return rule(then=asked, **drawn)(then)

    return made


class Schedule(RuleBasedStateMachine):
    """One school, one portal; ``source`` is the model."""

    mortals: Mortals

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.cloud = GradebookCloud(token="t", seed=1)
        self._open.callback(self.cloud.world.close)
        self._open.enter_context(self.cloud.serve())
        self.school = TinySchool(self.folder / "school", self.cloud)
        self.school.portal_settings["part_size"] = 2
        self.source = Source()
        self.unrecorded = 0
        self.runs: list[tuple[str, Portal, Portal]] = []
        self.passwords: set[tuple[str, str]] = set()
        self.ever: set[tuple[str, str]] = set()
        self.plan: tuple[Portal, bool, str, Settings] | None = None

    def teardown(self) -> None:
        self._open.close()

    # -- what happens at the school and on the portal

    @initialize(places=st.tuples(*(st.sampled_from(sorted(PLACES)) for _ in STUDENTS)), yes=st.booleans())
    def a_school_that_was_synced(self, places: tuple[str, ...], yes: bool) -> None:
        for ident, place in zip(STUDENTS, places, strict=True):
            self.put_student(ident, place, "Ada", with_email=True, with_username=True)
        for ident in PARENTS:
            self.put_parent(ident, "Pat", with_email=True, tick=True, children={"a", "b"})
        self.source.settings = Settings(yes=yes)
        self.sync(("plainly",))

    @happens(
        ident=st.sampled_from(STUDENTS),
        place=st.sampled_from(sorted(PLACES)),
        name=st.sampled_from(NAMES),
        with_email=st.booleans(),
        with_username=st.booleans(),
    )
    def a_student_changes(self, **facts: Any) -> None:
        self.put_student(**facts)

    def put_student(self, ident: str, place: str, name: str, *, with_email: bool, with_username: bool) -> None:
        logins = {
            "email": f"{ident}@pupils.example" if with_email else "",
            "username": f"user-{ident}" if with_username else "",
        }
        self.source.students[ident] = Student(place, name, logins)
        self.school.student(ident, given_name=name, **logins, **PLACES[place])

    @happens(
        ident=st.sampled_from(PARENTS),
        name=st.sampled_from(NAMES),
        with_email=st.booleans(),
        tick=st.booleans(),
        children=st.sets(st.sampled_from(STUDENTS)),
    )
    def a_parent_changes(self, **facts: Any) -> None:
        self.put_parent(**facts)

    def put_parent(self, ident: str, name: str, *, with_email: bool, tick: bool, children: set[str]) -> None:
        email = f"{ident}@homes.example" if with_email else ""
        known = frozenset(children & set(self.source.students))
        self.source.parents[ident] = Parent(name, email, tick, known)
        self.school.contact(ident, email, tick=tick, children=sorted(known), given_name=name)

    @happens(ident=st.sampled_from(STUDENTS))
    def a_student_is_gone_from_every_table(self, ident: str) -> None:
        self.source.students.pop(ident, None)
        self.school.forget_student(ident)
        for parent, facts in self.source.parents.items():
            self.source.parents[parent] = replace(facts, children=facts.children - {ident})

    @happens(
        changed=st.sampled_from(["yes", "re_entry", "add_only", "holds"]),
        value=st.booleans(),
        login=st.sampled_from(["email", "username"]),
    )
    def a_setting_changes(self, changed: str, value: bool, login: str) -> None:
        self.source.settings = replace(self.source.settings, login=login, **{changed: value})

    @happens(ident=st.sampled_from(STUDENTS), name=st.sampled_from(["Admin's", "Zoë"]))
    def an_admin_edits(self, ident: str, name: str) -> None:
        if ("student", ident) in self.portal():
            self.cloud.edit(SCHOOL, "student", ident, given_name=name)

    @happens(ident=st.sampled_from(STUDENTS))
    def somebody_signs_in(self, ident: str) -> None:
        account = self.portal().get(("student", ident))
        if account and account.working:
            self.school.sign_in("student", ident)
            self.passwords.add(("student", ident))

    @happens()
    def the_state_is_lost(self) -> None:
        """A new machine the next day: a sync that the old one left open is no longer open."""
        shutil.rmtree(self.school.folder / ".dayzero", ignore_errors=True)
        self.cloud.world.advance(31 * 60)
        self.runs.clear()
        self.unrecorded = len(self.school.syncs("committed"))

    # -- what dayzero is asked for

    def asked_for(self, what: str, how: Any) -> None:
        """Run one command in one of the ways, and compare."""
        if what == "sync":
            self.sync(how)
        elif what == "write a plan":
            self.write_plan()
        elif what == "undo" and self.runs:
            self.undo(how)
        elif what == "apply the plan" and self.plan:
            self.apply_plan(how)

    def sync(self, how: Any) -> None:
        before = self.portal()
        wanted, held = self.source.after(before)
        outcome = self.command(how, "sync", "--yes")
        if self.agrees(how, outcome, before, wanted, held=held):
            self.recorded()
            assert [o for o in self.run("plan")["operations"] if not o["held"]] == []
            if any(not o["held"] for o in outcome[1]["operations"]):
                self.runs.append((outcome[1]["run_id"], before, wanted))

    def undo(self, how: Any) -> None:
        run_id, before_it, after_it = self.runs.pop()
        before = self.portal()
        wanted, held = undone(before, before_it, after_it, holds=self.source.settings.holds)
        self.agrees(how, self.command(how, "undo", run_id, "--yes"), before, wanted, held=held)

    def write_plan(self) -> None:
        before = self.portal()
        self.run("plan", "--out", str(self.folder / "saved.plan"))
        self.plan = (*self.source.after(before), self.school.revision(), self.source.settings)

    def apply_plan(self, how: Any) -> None:
        assert self.plan
        wanted, held, revision, reviewed_under = self.plan
        self.plan = None
        fits = (revision, reviewed_under) == (self.school.revision(), self.source.settings)
        before = self.portal()
        outcome = self.command(how, "sync", "--plan", str(self.folder / "saved.plan"))
        self.agrees(how, outcome, before, wanted if fits else before, held=held, refused=not fits)

    # -- what must hold

    @invariant()
    def nothing_is_lost(self) -> None:
        now = self.portal()
        self.ever |= set(now)
        assert self.ever <= set(now), "no account is ever deleted"
        assert all(self.school.has_password(*key) for key in self.passwords)

    def agrees(
        self,
        how: Any,
        outcome: tuple[int, dict[str, Any]],
        before: Portal,
        wanted: Portal,
        *,
        held: bool,
        refused: bool = False,
    ) -> bool:
        """Compare the portal with the model; return whether the command went through."""
        code, doc = outcome
        now = self.portal()
        if code == KILLED or "error" in doc:
            assert now in (before, wanted), "all or nothing"
            assert code in {KILLED: (KILLED,), 3: (3,) * refused, 5: (5,) * (how[0] == "struck")}.get(code, ()), doc
            return False
        assert not refused, doc
        assert now == wanted
        assert code == 3 if held else code in (0, 1), (code, doc)
        return True

    def recorded(self) -> None:
        """Every commit since the state began is in the journal, and nothing else is called committed."""
        done = [s["revision"] for s in self.school.syncs("committed")][self.unrecorded :]
        runs = self.run("history", "--limit", "1000")["runs"]
        assert sorted(r["revision"] for r in runs if r["state"] == "committed") == sorted(done)
        assert not [r for r in runs if r["state"] in ("running", "unsettled")]

    def command(self, how: Any, *argv: str) -> tuple[int, dict[str, Any]]:
        """Run a command in one of the ways; return its exit code and document."""
        config = self.written()
        if how[0] == "killed":
            said = self.mortals.run(*argv, config=config, die_at=how[1])
            return said["status"], said.get("doc", {})
        for operation, effect in how[1] if how[0] == "struck" else ():
            self.cloud.fault(operation, **EFFECTS[effect])
        outcome = self.school.run(*argv)
        self.cloud.clear_faults()
        return outcome.exit_code, outcome.doc

    def run(self, *argv: str) -> dict[str, Any]:
        """Run a command undisturbed and return its document."""
        self.written()
        outcome = self.school.run(*argv)
        assert "error" not in outcome.doc, outcome
        return outcome.doc

    def written(self) -> Path:
        """Write the tables and the configuration as they are now."""
        now = self.source.settings
        self.school.sync_settings = {
            "student_login": now.login,
            "entry_codes": ["E", "R"] if now.re_entry else ["E"],
            "mode": "add-only" if now.add_only else "all",
            "add_only_until": "2999-12-31",
        }
        limit = 0 if now.holds else "none"
        self.school.limits = {"disable": limit, **dict.fromkeys(("create", "update", "shrink", "rekey"), "none")}
        return self.school.write(yes=now.yes)

    def portal(self) -> Portal:
        """Return the accounts as the model sees them."""
        return as_seen(self.school.accounts().values())


@pytest.fixture(scope="module")
def _mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("mortals")
    with Mortals(built(folder), folder / "mortal", "t") as Schedule.mortals:
        yield


@pytest.mark.soak
@pytest.mark.usefixtures("_mortals")
@pytest.mark.parametrize("drawn", [1, 2])
def test_any_schedule_agrees_with_the_model(drawn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)
    options = settings(
        max_examples=SCHEDULES,
        stateful_step_count=10,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(drawn)(Schedule), settings=options)
