"""Ids that change hands, are written otherwise or replaced, links that are left over or forbidden, one mailbox of two, and answers
in any order: nobody ever gets into an account, sees a child or a course request of somebody else. Against ``person_model``.
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from person_model import Human, Office
from tiny_school import ACTIVE, SCHEDULING, SCHOOL, Outcome, TinySchool

from dayzero_simulator import GradebookCloud
from dayzero_simulator.portal import passwords

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
SCHEDULES = range(int(os.environ.get("DAYZERO_SCHEDULES", "150")) if SOAK else 2)
FIRST = int(os.environ.get("DAYZERO_FIRST_SCHEDULE", "0"))
STEPS = int(os.environ.get("DAYZERO_STEPS", "12")) if SOAK else 8


class Schedule:
    """One school and one portal, from one seed. ``tally``: what was seen."""

    def __init__(self, folder: Path, cloud: GradebookCloud, seed: int, tally: Counter[str]) -> None:
        self.draw, self.cloud, self.tally = random.Random(seed), cloud, tally
        self.school = TinySchool(folder / "school", cloud)
        self.school.limits = dict.fromkeys(
            ("create", "update", "disable", "enable", "refuse", "year", "shrink"), "none"
        )
        self.school.limits["rekey"] = self.draw.choice([0, 1, 2, "none"])
        self.school.row("courses", course_id="ENG", year_id=SCHEDULING, title="English", credits="6")
        self.office = Office(self.draw, ACTIVE, SCHEDULING)
        self.yes = True
        self.passwords: dict[tuple[str, str, Human], str] = {}
        self.asked: dict[str, Human] = {}
        self.said: list[str] = []
        self._left_behind: dict[str, tuple[str, str]] = {}
        self._read: set[tuple[str, str]] = set()
        for _ in range(3):
            self.office.family(login=self.draw.random() < 0.8)

    def run(self, steps: int) -> None:
        """Let things happen, each followed by a night."""
        self.night()
        for _ in range(steps):
            for _ in range(self.draw.choice([1, 1, 2])):
                what = self.draw.choice(self.EVENTS)
                self.said.append(what.__name__)
                what(self)
            self.night()
        for human, (kind, ident) in {h: (k, i) for k, i, h in self.passwords}.items():
            self._sees_its_own(kind, ident, human)

    # -- what happens

    def _one(self, of: str) -> str:
        return self.draw.choice(sorted(getattr(self.office, of)))

    def a_family_comes(self) -> None:
        self.office.family(login=self.draw.random() < 0.8)

    def a_sibling_comes(self) -> None:
        parent = self._one("parents")
        self.office.link(self.office.newcomer(self.office.fresh_id("student")), parent)

    def somebody_leaves(self) -> None:
        self.office.students[self._one("students")].here = False

    def _known(self, kind: str) -> list[str]:
        """Return the ids under which the portal has who is there now: of anybody else nobody could know whose links are whose."""
        rows = self.office.students if kind == "student" else self.office.parents
        seen = {i: (a["given_name"], a["family_name"]) for (k, i), a in self.school.accounts().items() if k == kind}
        if kind == "student":
            seen |= {r["id"]: (r["given_name"], r["family_name"]) for r in self.school.get("/students")["items"]}
        return sorted(i for i, row in rows.items() if seen.get(i) == row.human.names)

    def an_id_is_given_again(self) -> None:
        if known := self._known("student"):
            ident, login, swept = self.draw.choice(known), self.draw.random() < 0.8, self.draw.random() < 0.3
            self._without_unread(ident)
            self.office.reuse_student(ident, login=login, swept=swept)

    def a_parents_id_is_given_again(self) -> None:
        if known := self._known("parent"):
            ident = self.draw.choice(known)
            self._without_unread(ident)
            self.office.reuse_parent(ident, self._one("students"), swept=self.draw.random() < 0.3)

    def _without_unread(self, ident: str) -> None:
        """Take off rows that no read has had: whose they were before the id went on, nobody could know."""
        for link in [link for link in self.office.links if ident in link and link not in self._read]:
            del self.office.links[link]

    def somebody_is_renumbered(self) -> None:
        kind = self.draw.choice(["student", "parent"])
        if known := self._known(kind):
            self.office.renumber(kind, self.draw.choice(known))

    def an_export_is_damaged(self) -> None:
        for ident in (self._one("students"), self._one("parents")):
            self.office.written[ident] = self.draw.choice([ident.lstrip("0"), f"{ident}.0", f" {ident}\u200b"])

    def an_export_is_corrected(self) -> None:
        self.office.written.clear()

    def a_court_decides(self) -> None:
        links = sorted(
            link for link, there in self.office.links.items() if there.true and self.office.active in there.years
        )
        if links:
            self.office.forbid(*self.draw.choice(links))

    def a_mailbox_is_mistaken(self) -> None:
        self.office.one_mailbox(self._one("parents"), self._one("parents"))

    def a_setting_changes(self) -> None:
        self.yes = not self.yes

    def somebody_signs_in(self) -> None:
        """Who has an account takes a password of their own, if they are who it is of by now."""
        for (kind, ident), account in self.school.accounts().items():
            human = self.office.named(account["given_name"], account["family_name"])
            if human and account["status"] == "pending" and self.draw.random() < 0.5:
                self.school.sign_in(kind, ident, human.password)
                self.passwords[kind, ident, human] = human.password

    def courses_are_chosen(self) -> None:
        for record in self.school.get("/students")["items"]:
            human = self.office.named(record["given_name"], record["family_name"])
            if (
                human
                and "scheduling" in record["years"]
                and self.draw.random() < 0.5
                and record["id"] not in self.asked
            ):
                self.cloud.request_courses(SCHOOL, record["id"], "ENG")
                self.asked[record["id"]] = human

    EVENTS: tuple[Callable[[Schedule], None], ...] = (
        a_family_comes, a_sibling_comes, somebody_leaves, an_id_is_given_again, an_id_is_given_again, a_parents_id_is_given_again,
        somebody_is_renumbered, an_export_is_damaged, an_export_is_corrected, a_court_decides, a_mailbox_is_mistaken,
        a_setting_changes, somebody_signs_in, somebody_signs_in, courses_are_chosen,
    )  # fmt: skip

    # -- a night

    def night(self) -> None:
        """Write the tables, sync, and answer some of what is asked; look at all that anybody could see after each."""
        self.write()
        run = self.sync()
        self._nobody_sees_what_is_not_theirs(run)
        if run.doc.get("doubts") and self.draw.random() < 0.7:
            run = self.decide(run)
            self._nobody_sees_what_is_not_theirs(run)

    def sync(self, *options: str) -> Outcome:
        """Sync, and release what is doubted of the whole read: these schools are smaller than a slip at a real one."""
        run = self.school.sync(*options, yes=self.yes)
        waiting = [one["allow"] for what in ("reads", "held") for one in run.doc.get(what, ())]
        allowed = [f"--allow={allow}" for allow in waiting if not allow.startswith("rekey")]
        if allowed and self.draw.random() < 0.8:
            self._nobody_sees_what_is_not_theirs(run)
            run = self.school.sync(*allowed, yes=self.yes)
        return run

    def decide(self, run: Outcome) -> Outcome:
        """Answer with the truth, with `leave`, or not at all."""
        file, rows = self.school.folder / "decisions.csv", run.doc["doubts"]
        for row in rows:
            account = self.school.account(row["kind"], row["person_id"]) or self._record(row["person_id"])
            names = (account["given_name"], account["family_name"]) if account else None
            if account is None and row["doubt"] == "another-person":
                names = self._left_behind.get(row["person_id"])
            told = self.office.truth(row, names)
            answer = self.draw.choice([told, told, told, "leave", ""]) or ""
            row["decision"] = answer
            self.tally[f"{row['doubt']}: {answer or 'no answer'}"] += 1
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, ["kind", "person_id", "doubt", "was", "is", "decision"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        self.said.append("decided " + ", ".join(f"{r['doubt']} {r['person_id']} {r['decision']}" for r in rows))
        return self.sync("--decide", str(file))

    def _record(self, ident: str) -> Any:
        return next((r for r in self.school.get("/students")["items"] if r["id"] == ident), None)

    def write(self) -> None:
        """Write what the office has into the tables, as tonight's export spells it."""
        school, office = self.school, self.office
        self._read = set(office.links)
        for table in ("students", "enrollments", "calendar_codes", "contacts", "relationships"):
            school.rows[table] = []
        school.student("s0", enrolled={ACTIVE: "10", SCHEDULING: "11"}, entry={ACTIVE: 0, SCHEDULING: 0}).contact(
            "c0", children=["s0"]
        )
        spelled = lambda ident: office.written.get(ident, ident)  # noqa: E731
        for ident, row in office.students.items():
            given, family = row.human.names
            both = {ACTIVE: "9", SCHEDULING: "10"} if row.here else {}
            school.student(
                spelled(ident), row.login, enrolled=both, entry=dict.fromkeys(both, 0), given_name=given, family_name=family,
                birth_date=row.human.birth_date,
            )  # fmt: skip
        for ident, row in office.parents.items():
            given, family = row.human.names
            school.contact(spelled(ident), row.login, given_name=given, family_name=family)
        for (child, parent), link in office.links.items():
            for year in sorted(link.years):
                school.row("relationships", student_id=spelled(child), contact_id=spelled(parent), year_id=year)

    # -- what must hold

    def _nobody_sees_what_is_not_theirs(self, run: Outcome) -> None:
        assert run.exit_code in (0, 1, 3, 4), run.stderr
        self.tally[f"exit {run.exit_code}"] += 1
        office, accounts = self.office, self.school.accounts()
        records = {r["id"]: r for r in self.school.get("/students")["items"]}
        for ident, record in records.items():
            self._left_behind = {**self._left_behind, ident: (record["given_name"], record["family_name"])}
        is_of = {i: office.named(r["given_name"], r["family_name"]) for i, r in records.items()}
        for (kind, ident), account in accounts.items():
            owner = office.named(account["given_name"], account["family_name"])
            for of, at, human in self.passwords:
                if (of, at) == (kind, ident) and self.school.has_password(kind, ident, human.password):
                    assert owner == human, (
                        f"{self.said}: {kind} {ident} opens by the password of {human}, and is of {owner}"
                    )
            if kind == "student" and ident in is_of and account["status"] != "disabled":
                assert owner == is_of[ident], (
                    f"{self.said}: {ident} has the record of {is_of[ident]}, the account of {owner}"
                )
            for child in (account["children"] or ()) if account["status"] != "disabled" else ():
                if ident != "c0" and is_of.get(child):
                    pair = (owner, is_of[child])
                    assert pair in office.may_see, f"{self.said}: {ident} sees {child}: {pair}"
                    self.tally["children seen"] += 1
        for item in self.school.get("/course-requests", limit=1000)["items"]:
            human = is_of.get(item["student_id"])
            if human is not None and item["status"] != "withdrawn":
                mine = self.asked.get(item["student_id"])
                assert mine == human, f"{self.said}: {item['student_id']} is {human} and has the request of {mine}"
        self.asked = {
            i: h
            for i, h in self.asked.items()
            if any(q["student_id"] == i for q in self.school.get("/course-requests", limit=1000)["items"])
        }

    def _sees_its_own(self, kind: str, ident: str, human: Human) -> None:
        """Sign in with the password somebody once chose: the page is theirs, or there is none."""
        account = self.school.account(kind, ident)
        if account is None or account["status"] == "disabled" or account["login"] is None:
            return
        client = self.cloud.app.test_client()
        start = client.get(f"/portal/{SCHOOL}/", follow_redirects=True).text
        csrf = start.split('name="csrf" value="', 1)[1].split('"', 1)[0]
        form = {"csrf": csrf, "login": account["login"], "password": human.password}
        page = client.post(f"/portal/{SCHOOL}/", data=form, follow_redirects=True)
        if page.status_code != 200:
            self.tally["turned away"] += 1
            return
        home = client.get(f"/portal/{SCHOOL}/home", follow_redirects=True).text
        assert human.names[0] in home, f"{self.said}: {kind} {ident} signed in as {human}"
        others = [h for h in self.office.everybody() if h != human and h.names[0] in home]
        assert all((human, other) in self.office.may_see for other in others), f"{self.said}: {human} is shown {others}"
        self.tally["signed in"] += 1


@pytest.fixture(autouse=True)
def _weak_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands sign in here, and nobody guesses."""
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.slow
@pytest.mark.soak
def test_nobody_ever_gets_at_what_is_somebody_elses() -> None:
    tally: Counter[str] = Counter()
    for seed in SCHEDULES:
        with tempfile.TemporaryDirectory() as folder, GradebookCloud(token="t", seed=1) as cloud:
            schedule = Schedule(Path(folder), cloud, FIRST + seed, tally)
            try:
                schedule.run(STEPS)
            except Exception as error:
                error.add_note(f"schedule {FIRST + seed}: {schedule.said}")
                raise
            tally["schedules"] += 1
    if SOAK:
        assert {
            "another-person: other",
            "look-alike-id: same",
            "link-of-another: other",
            "link-only-next-year: gone",
        } <= set(tally)
        assert tally["signed in"]
