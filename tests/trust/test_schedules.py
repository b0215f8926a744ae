"""Source changes, the calendar, settings, limits, requests, admins' edits, faults, crashes, lost state and undos in any order,
against a model (``portal_model``)."""

from __future__ import annotations

import functools
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from faults import EFFECTS, FAULTS
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from mortals import KILLED, Mortals, built
from portal_model import PLACES, Key, Parent, Portal, Run, Settings, Source, Student, as_seen, undone
from tiny_school import SCHOOL, TinySchool

from dayzero.clock import SystemClock
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
SCHEDULES = int(os.environ.get("DAYZERO_SCHEDULES", "1000")) if SOAK else 3
"""In each of two tests, which may run beside one another."""
STEPS = int(os.environ.get("DAYZERO_STEPS", "12")) if SOAK else 8
NIGHTS = 600 if SOAK else 40
BUSY = 100 if SOAK else 4
_LOOKED_AGAIN = 2 if SOAK else 1
"""After every how manieth sync it is planned once more, and there is nothing to do: that costs as much as the sync."""
STUDENTS, PARENTS = ("a", "b", "c", "d"), ("p", "q")
NAMES = ("Ada", "Zoë", "O'Neil")
YEARS = range(2027, 2034)
LIMITED = ("update", "disable", "enable", "refuse", "year", "shrink")
DEFAULTS: dict[str, int | None] = {"update": 25, "disable": 10, "enable": 10, "refuse": 5, "year": 10, "shrink": 25}
"""What the limits are of a school of up to a hundred accounts, unless it says otherwise."""
FREE: dict[str, int | None] = dict.fromkeys(LIMITED)

how = st.one_of(
    st.just(("plainly",)),
    st.just(("plainly",)),
    st.tuples(st.just("struck"), st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2)),
    st.tuples(st.just("killed"), st.integers(1, 300)),
)
"""How a command runs: undisturbed, while faults strike, or killed at a point, if it gets there."""

Lost = tuple[str, str, int]
"""A student, and role and id of a year that they lost."""
ADDED_UP = ("disable", "year")
"""Of which the last days count, too."""

asked = st.one_of(
    st.none(),
    *(
        st.tuples(st.just(what), how)
        for what in ("sync", "sync", "sync", "release", "release", "undo", "write a plan", "apply the plan")
    ),
)
"""What dayzero is asked for after something has happened, and how that runs."""
limits = st.one_of(
    st.just(DEFAULTS),
    st.just(FREE),
    st.fixed_dictionaries(
        {op: st.sampled_from([None, None, 0, 1, 2]) for op in LIMITED} | {"shrink": st.sampled_from([None, 25])}
    ),
)


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


def lost_between(before: Portal, now: Portal) -> list[Lost]:
    """Return who is there still and has lost which year."""
    years = {role: year for year, role in before.roles.items()}
    had = [(i, role) for i, record in before.records.items() for role in record.years]
    return [(i, role, years[role]) for i, role in had if i in now.records and role not in now.records[i].years]


class Schedule(RuleBasedStateMachine):
    """One school, one portal; ``source`` is the model. ``tally``: what was seen in all schedules."""

    mortals: ClassVar[Mortals]
    shift: ClassVar[float] = 0.0
    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.cloud = GradebookCloud(token="t", seed=1)
        self._open.callback(self.cloud.world.close)
        self._open.enter_context(self.cloud.serve())
        self.school = TinySchool(self.folder / "school", self.cloud)
        self.school.portal_settings["part_size"] = 2
        for year in YEARS:
            self.school.row(
                "courses", course_id="ENG", year_id=str(year), title="English", grade_levels="9|10|11|12|13|14|15|16"
            )
        self.source = Source(settings=Settings(limits=DEFAULTS))
        self.unrecorded = self.gone_through = 0
        self.runs: list[tuple[str, Portal, Portal]] = []
        self.passwords: set[Key] = set()
        self.ever: set[Key] = set()
        self.plan: tuple[Run, str, Source] | None = None
        self.asked_courses: dict[tuple[str, int], str] = {}
        self.ended: dict[Key, int] = {}
        self.looked_at: dict[Key, int] = {}
        self.lost: dict[Lost, int] = {}
        self.unsettled: dict[Key, int] = {}
        self.unsettled_lost: dict[Lost, int] = {}
        Schedule.shift = 0.0

    def teardown(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the portal and the folder."""
        self._open.close()

    # -- what happens at the school and on the portal

    @classmethod
    def an_ordinary_school(cls) -> Schedule:
        """Return a school that was synced under the limits as they are shipped, at Yes."""
        school = cls()
        school.a_school_that_was_synced(("promoted", "promoted", "active", "newcomer"), yes=True)
        return school

    def an_ordinary_day(self, draw: random.Random) -> None:
        """Let one thing happen that happens at a school."""
        one = draw.choice(STUDENTS)
        if self.source.today > self.source.last_day() and self.source.active + 2 in YEARS:
            for ident in STUDENTS[1:]:  # who is not expected has left
                there = self.source.students[ident]
                places = {**there.places, self.source.active + 1: "in", self.source.active + 2: "in"}
                self.source.students[ident] = replace(there, places=places)
                self.show_student(ident)
            self.turn()
        elif draw.random() < 0.5:
            place = draw.choice(["active", "promoted", "promoted", "newcomer", "gone"])
            self.put_student(one, place, draw.choice(NAMES), with_email=True, with_username=True)
        else:
            words = {child: draw.choice(["yes", "yes", "no", ""]) for child in draw.sample(STUDENTS, 2)}
            self.put_parent(
                draw.choice(PARENTS), draw.choice(NAMES), with_email=True, tick=draw.choice(["yes", ""]), access=words
            )

    def a_busy_night(self, draw: random.Random) -> None:
        """Let so much happen at once that every limit is met in a few nights."""
        if draw.random() < 0.15 and self.source.active + 2 in YEARS:
            self.days_on((self.source.last_day() - self.source.today).days + draw.choice([-60, 1, 18]))
            self.turn()
        for one in draw.sample(STUDENTS, draw.randint(0, len(STUDENTS))):
            place = draw.choice(["active", "promoted", "newcomer", "gone", "gone"])
            self.put_student(one, place, draw.choice(NAMES), with_email=True, with_username=True)
        child, word = draw.choice(STUDENTS), draw.choice(["yes", "yes", "no"])
        for one in draw.sample(PARENTS, draw.randint(0, len(PARENTS))):
            there = self.source.parents[one]
            self.put_parent(one, draw.choice(NAMES), with_email=True, tick="yes", access={**there.access, child: word})
        asking, state = draw.choice(STUDENTS), draw.choice(["submitted", "approved"])
        self.courses_are_asked_for(then=None, ident=asking, state=state)

    @initialize(
        places=st.tuples(*(st.sampled_from(sorted(PLACES)) for _ in STUDENTS)), yes=st.booleans(), chosen=limits
    )
    def a_school_that_was_synced(
        self, places: tuple[str, ...], yes: bool, chosen: dict[str, int | None] | None = None
    ) -> None:
        """Let there be a school; from its first sync on it has the limits that were ``chosen``, or the shipped ones."""
        self.source.students["s0"] = Student("Given s0", {"email": "s0@pupils.example"}, dict.fromkeys(YEARS, "in"))
        self.show_student("s0")
        # Somebody's word stands in the column always: one that empties is a doubt about the read, and another test's matter.
        self.put_parent("c0", "Given c0", with_email=True, tick="yes", access={"s0": "yes"})
        for ident, place in zip(STUDENTS, places, strict=True):
            self.put_student(ident, place, "Ada", with_email=True, with_username=True)
        for ident in PARENTS:
            self.put_parent(ident, "Pat", with_email=True, tick="yes", access={"a": "yes", "b": ""})
        self.source.settings = replace(self.source.settings, yes=yes)
        self.sync(("plainly",))
        self.cloud.change_settings(SCHOOL, min_credits="0")
        self.source.settings = replace(self.source.settings, limits=chosen or DEFAULTS)

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
        now, then = PLACES[place]
        before = self.source.students.get(ident, Student()).places
        places = {**before, self.source.active: now, self.source.active + 1: then}
        self.source.students[ident] = Student(name, logins, places)
        self.show_student(ident)

    def show_student(self, ident: str) -> None:
        """Write what the model says of a student into the school's tables."""
        student = self.source.students[ident]
        there = {year: place for year, place in student.places.items() if place}
        codes = [(str(y), 0, "R" if p == "R" else "E") for y, p in there.items() if p != "bare"]
        codes += [(str(y), 90, "W") for y, p in there.items() if p == "left"]
        enrolled = {
            str(y): (self.source.grade(y), "inactive" if p == "inactive" else "active") for y, p in there.items()
        }
        self.school.student(ident, given_name=student.given_name, enrolled=enrolled, codes=codes, **student.logins)
        self.steady_last()

    def steady_last(self) -> None:
        """Let the steady family stand last in every table: one that lacks its end is a doubt about the read, and another test's matter."""
        for rows in self.school.rows.values():
            rows.sort(key=lambda row: row.get("student_id") == "s0" or row.get("contact_id") == "c0")

    @happens(
        ident=st.sampled_from(PARENTS),
        name=st.sampled_from(NAMES),
        with_email=st.booleans(),
        tick=st.sampled_from(["yes", "no", ""]),
        access=st.dictionaries(st.sampled_from(STUDENTS), st.sampled_from(["yes", "no", ""])),
    )
    def a_parent_changes(self, **facts: Any) -> None:
        self.put_parent(**facts)

    def put_parent(self, ident: str, name: str, *, with_email: bool, tick: str, access: dict[str, str]) -> None:
        email = f"{ident}@homes.example" if with_email else ""
        known = {child: word for child, word in access.items() if child in self.source.students}
        self.source.parents[ident] = Parent(name, email, tick, known)
        self.school.contact(ident, email, tick=tick, children=sorted(known), access=known, given_name=name)
        self.steady_last()

    @happens(ident=st.sampled_from(PARENTS), child=st.sampled_from(STUDENTS))
    def somebody_is_refused(self, ident: str, child: str) -> None:
        there = self.source.parents[ident]
        if child in self.source.students:
            words = {**there.access, child: "no"}
            self.put_parent(ident, there.given_name, with_email=bool(there.email), tick=there.tick, access=words)

    @happens(gone=st.sets(st.sampled_from(STUDENTS), min_size=1))
    def students_are_gone_from_every_table(self, gone: set[str]) -> None:
        for ident in gone:
            self.source.students.pop(ident, None)
            self.school.forget_student(ident)
        for parent, facts in self.source.parents.items():
            left = {child: word for child, word in facts.access.items() if child not in gone}
            self.source.parents[parent] = replace(facts, access=left)

    @happens(place=st.sampled_from(["stamped", "inactive", "left, expected", "promoted", "active"]))
    def everybody_changes_place(self, place: str) -> None:
        """A stamp at the year's end, a mass exit, a mass return."""
        for ident in sorted(set(self.source.students) - {"s0"}):
            there = self.source.students[ident]
            self.put_student(
                ident, place, there.given_name,
                with_email=bool(there.logins["email"]), with_username=bool(there.logins["username"]),
            )  # fmt: skip

    @happens(days=st.sampled_from([2, 10, 50]))
    def days_pass(self, days: int) -> None:
        self.days_on(days)

    def days_on(self, days: int) -> None:
        """Move the school's day and every clock on."""
        self.source.day += days
        self.wait(days * 86_400)

    def wait(self, seconds: float) -> None:
        """Move every clock on."""
        self.cloud.world.advance(seconds)
        Schedule.shift += seconds

    @happens(early=st.booleans())
    def the_year_turns(self, early: bool) -> None:
        if self.source.active + 2 not in YEARS:
            return
        to_come = (self.source.last_day() - self.source.today).days + 18
        if not early and to_come > 0:
            self.days_on(to_come)
        self.turn()

    def turn(self) -> None:
        """Let the next year be the active one."""
        self.source.active += 1
        self.runs.clear()

    @happens(
        changed=st.sampled_from(["yes", "re_entry", "add_only"]),
        value=st.booleans(),
        login=st.sampled_from(["email", "email", "username"]),
    )
    def a_setting_changes(self, changed: str, value: bool, login: str) -> None:
        self.source.settings = replace(self.source.settings, login=login, **{changed: value})

    @happens(chosen=limits)
    def limits_change(self, chosen: dict[str, int | None]) -> None:
        self.source.settings = replace(self.source.settings, limits=chosen)

    @rule(yes=st.booleans())
    def the_office_sets_send_scheduling_year(self, yes: bool) -> None:
        before = self.portal()
        self.written()
        self.source.settings = replace(self.source.settings, yes=yes)
        ended = [r for r in self.run("history")["runs"] if r["state"] in ("committed", "nothing-to-do")]
        switched = not ended or ended[0]["send_scheduling_year"] != yes
        run = self.source.after(before, self.recent(), by_office=switched)
        outcome = self.school.run("settings", "send-scheduling-year", "yes" if yes else "no", "--yes")
        self.agrees(("plainly",), (outcome.exit_code, outcome.doc), before, run, looked=ADDED_UP if switched else ())

    @happens(ident=st.sampled_from(STUDENTS), state=st.sampled_from(["submitted", "approved"]))
    def courses_are_asked_for(self, ident: str, state: str) -> None:
        there, year = self.portal(), self.portal().year("scheduling")
        record = there.records.get(ident)
        if year and record and "scheduling" in record.years and (ident, year) not in self.asked_courses:
            self.cloud.request_courses(SCHOOL, ident, "ENG", state=state)
            self.asked_courses[ident, year] = state

    @happens(ident=st.sampled_from(STUDENTS), name=st.sampled_from(["Admin's", "Zoë"]))
    def an_admin_edits(self, ident: str, name: str) -> None:
        if ("student", ident) in self.portal().accounts:
            self.cloud.edit(SCHOOL, "student", ident, given_name=name)

    @happens(ident=st.sampled_from(STUDENTS))
    def somebody_signs_in(self, ident: str) -> None:
        account = self.portal().accounts.get(("student", ident))
        if account and account.working:
            self.school.sign_in("student", ident)
            self.passwords.add(("student", ident))

    @happens()
    def the_state_is_lost(self) -> None:
        """A new machine: a sync that the old one left open is no longer open."""
        shutil.rmtree(self.school.folder / ".dayzero", ignore_errors=True)
        self.wait(31 * 60)
        self.runs.clear()
        for forgotten in (self.looked_at, self.unsettled, self.lost, self.unsettled_lost):
            forgotten.clear()
        self.unrecorded = len(self.school.syncs("committed"))

    # -- what dayzero is asked for

    def asked_for(self, what: str, how: Any) -> None:
        """Run one command in one of the ways, and compare."""
        if what in ("sync", "release"):
            self.sync(how, release=what == "release")
        elif what == "write a plan":
            self.write_plan()
        elif what == "undo" and self.runs:
            self.undo(how)
        elif what == "apply the plan" and self.plan:
            self.apply_plan(how)

    def sync(self, how: Any, *, release: bool = False) -> int:
        """Sync, with all that is held allowed where it is to ``release``; return the exit code."""
        before, recent = self.portal(), self.recent()
        run, words, ops = self.source.after(before, recent), list[str](), set[str]()
        if release and run.held:
            words, ops = sorted({h["allow"] for h in self.run("plan")["held"]}), {op for op, _ in run.held}
            run = self.source.after(before, recent, ops)
        outcome = self.command(how, "sync", "--yes", *(w for word in words for w in ("--allow", word)))
        if self.agrees(how, outcome, before, run, looked=[op for op in ADDED_UP if ops & {op, "change-of-year"}]):
            self.recorded()
            self.refusals_are_carried_out(before, run)
            self.gone_through += 1
            if self.gone_through % _LOOKED_AGAIN == 0:
                going = [o for o in self.run("plan")["operations"] if not o["held"]]
                # A limit is a share of those who are there: with others come, what was held may be within it.
                now = self.portal()
                assert not going or (run.held and self.source.after(now, self.recent()).after != now)
            same_years = (before.roles, before.courses) == (run.after.roles, run.after.courses)
            if same_years and any(not o["held"] for o in outcome[1]["operations"]):
                self.runs.append((outcome[1]["run_id"], before, run.after))
            elif not same_years:
                self.runs.clear()
        return outcome[0]

    def undo(self, how: Any) -> None:
        run_id, before_it, after_it = self.runs.pop()
        before = self.portal()
        run = undone(before, before_it, after_it, self.source.settings.limits)
        self.agrees(how, self.command(how, "undo", run_id, "--yes"), before, run, looked=ADDED_UP)

    def write_plan(self) -> None:
        before = self.portal()
        self.run("plan", "--out", str(self.folder / "saved.plan"))
        run = self.source.after(before, self.recent())
        self.plan = run, self.school.revision(), self.source.copied()

    def apply_plan(self, how: Any) -> None:
        assert self.plan
        run, revision, reviewed = self.plan
        self.plan = None
        before = self.portal()
        fits = (revision, reviewed.settings, reviewed.day) == (
            self.school.revision(),
            self.source.settings,
            self.source.day,
        )
        run, withdraws = run.with_requests(before)
        outcome = self.command(how, "sync", "--plan", str(self.folder / "saved.plan"))
        self.agrees(
            how, outcome, before, run if fits and not withdraws else Run(before, {}), refused=not fits or withdraws
        )

    # -- what must hold

    @invariant()
    def nothing_is_lost(self) -> None:
        now = self.portal()
        self.ever |= set(now.accounts)
        assert self.ever <= set(now.accounts), "no account is ever deleted"
        assert all(self.school.has_password(*key) for key in self.passwords)

    def refusals_are_carried_out(self, before: Portal, run: Run) -> None:
        """A refusal waits for nothing but its own limit, and a change of year that nobody expects."""
        now = self.portal()
        if not {"refuse", "change-of-year"} & {op for op, _ in run.held}:
            for parent, children in self.source.refused(before).items():
                account = now.accounts["parent", parent]
                assert not account.working or not children & (account.children or frozenset())
                self.tally["refused"] += 1
                self.tally["refused on a night that held something"] += bool(run.held)

    def agrees(
        self,
        how: Any,
        outcome: tuple[int, dict[str, Any]],
        before: Portal,
        run: Run,
        *,
        looked: Collection[str] = (),
        refused: bool = False,
    ) -> bool:
        """Compare the portal with the model; return whether the command went through. ``looked``: of which losses that are added up
        somebody has looked at all of them."""
        code, doc = outcome
        now = self.portal()
        looked = ADDED_UP if run.turned else looked
        over = {k for k, a in before.accounts.items() if a.working and not now.accounts[k].working}
        self.ended = {k: d for k, d in self.ended.items() if not now.accounts[k].working}
        self.ended |= dict.fromkeys(over, self.source.day)
        self.unsettled |= dict.fromkeys(over if "disable" in looked else (), self.source.day)
        self.unsettled_lost |= dict.fromkeys(() if "year" in looked else lost_between(before, now), self.source.day)
        self.tally[f"{how[0]}, {code}"] += 1
        if code == KILLED or "error" in doc:
            assert now in (before, run.after), "all or nothing"
            assert code in {KILLED: (KILLED,), 3: (3,) * refused, 5: (5,) * (how[0] == "struck")}.get(code, ()), doc
            return False
        assert not refused, doc
        assert {(h["op"], self.role(before, h) or h["kind"]): h["count"] for h in doc["held"]} == run.held
        assert now == run.after
        assert code == 3 if run.held else code in (0, 1), (code, doc)
        self.looked_at |= self.unsettled
        self.lost |= self.unsettled_lost
        self.unsettled.clear()
        self.unsettled_lost.clear()
        self.tally.update(f"held: {op}" for op, _ in run.held)
        return True

    @staticmethod
    def role(before: Portal, held: dict[str, Any]) -> str | None:
        """Return the role of the year that is held."""
        return before.roles.get(int(held["year"])) if held.get("year") else None

    def recent(self) -> dict[str, int]:
        """Return who left in the last week and was not looked at, by kind, and who lost a year and has not got it again, by its role."""
        looked = {key for key, day in self.looked_at.items() if self.source.day - day < 14}
        last = [key for key, day in self.ended.items() if self.source.day - day < 7]
        portal = self.portal()
        without = [
            role
            for (ident, role, year), day in self.lost.items()
            if self.source.day - day < 7 and portal.roles.get(year) == role
            if ident in portal.records and role not in portal.records[ident].years
        ]
        return Counter([*(kind for kind, ident in last if (kind, ident) not in looked), *without])

    def recorded(self) -> None:
        """Every commit since the state began is in the journal, and nothing else is called committed."""
        done = [s["revision"] for s in self.school.syncs("committed")][self.unrecorded :]
        runs = self.run("history", "--limit", "100000")["runs"]
        assert sorted(r["revision"] for r in runs if r["state"] == "committed") == sorted(done)
        assert not [r for r in runs if r["state"] in ("running", "unsettled")]

    def command(self, how: Any, *argv: str) -> tuple[int, dict[str, Any]]:
        """Run a command in one of the ways; return its exit code and document."""
        config = self.written()
        if how[0] == "killed":
            said = self.mortals.run(*argv, config=config, die_at=how[1], shift=self.shift)
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
        for year in YEARS:
            self.school.year(str(year), self.source.role(year))
        self.school.sync_settings = {
            "today": self.source.today,
            "student_login": now.login,
            "entry_codes": ["E", "R"] if now.re_entry else ["E"],
            "mode": "add-only" if now.add_only else "all",
            "add_only_until": "2999-12-31",
        }
        bound = {op: "none" if limit is None else limit for op, limit in now.limits.items()}
        self.school.limits = {**bound, **dict.fromkeys(("create", "rekey"), "none")}
        return self.school.write(yes=now.yes)

    def portal(self) -> Portal:
        """Return what the portal has as the model sees it."""
        listed = {
            what: self.school.get(f"/{what}", limit=10_000)["items"]
            for what in ("accounts", "students", "school-years", "courses", "course-requests")
        }
        return as_seen(*listed.values(), asked=self.asked_courses)


@pytest.fixture(scope="module")
def _mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("mortals")
    with Mortals(built(folder), folder / "mortal", "t") as Schedule.mortals:
        yield


@pytest.fixture(autouse=True)
def _simulated_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: None)
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime.now(UTC) + timedelta(seconds=Schedule.shift))


@pytest.mark.soak
@pytest.mark.usefixtures("_mortals")
@pytest.mark.parametrize("drawn", [1, 2])
def test_any_schedule_agrees_with_the_model(drawn: int) -> None:
    Schedule.tally.clear()
    options = settings(
        max_examples=SCHEDULES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a schedule is short; to make it shorter takes hours
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(drawn)(Schedule), settings=options)
    if SOAK:
        assert {"held: disable", "held: year", "held: change-of-year"} <= set(Schedule.tally), Schedule.tally


def test_every_limit_is_met_and_a_refusal_waits_for_none_but_its_own() -> None:
    """What schedules of a few steps come to seldom: nights on which much happens at once, under small limits of every kind."""
    Schedule.tally.clear()
    draw = random.Random(12)
    for _ in range(BUSY):
        with closing(Schedule()) as school:
            places = tuple(draw.choice(["active", "promoted", "newcomer"]) for _ in STUDENTS)
            chosen = {op: draw.choice([None, 0, 1, 2]) for op in LIMITED} | {"shrink": None}
            school.a_school_that_was_synced(places, yes=draw.random() < 0.7, chosen=chosen)
            for _ in range(4):
                school.a_busy_night(draw)
                school.sync(("plainly",), release=draw.random() < 0.3)
                school.days_on(2)
                school.nothing_is_lost()
    if SOAK:
        assert Schedule.tally["refused on a night that held something"] > 0, Schedule.tally
        limits = ("disable", "enable", "refuse", "year", "update", "requests", "change-of-year")
        assert {f"held: {op}" for op in limits} <= set(Schedule.tally), Schedule.tally


def test_ordinary_nights_need_nobody() -> None:
    """At least 95 of 100 legitimate changes are applied within one run, without a release; a refusal is, on every night.

    A legitimate change is what an office does on one day, under the limits as they are shipped: one student arrives, leaves, is
    renamed, gets another login or is expected for the next year; one parent gets or loses a child, is renamed, gets or loses
    access. Once a year the year changes in summer, and everybody goes on but one. A night passes after each.
    """
    Schedule.tally.clear()
    with closing(Schedule.an_ordinary_school()) as school:
        draw = random.Random(7)
        for _ in range(NIGHTS):
            school.an_ordinary_day(draw)
            school.days_on(2)
            school.tally["applied"] += school.sync(("plainly",)) == 0
    assert Schedule.tally["applied"] >= 0.95 * NIGHTS, Schedule.tally
    assert Schedule.tally["refused"] > 0
