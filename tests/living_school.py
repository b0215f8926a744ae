"""A demo school that lives on: its tables, its portal and both clocks are on the school's own day, night after night."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from dayzero.config import load, set_setting, starter_file
from dayzero.plan import Plan, text_of_doubts
from dayzero.plugins import load_plugins
from dayzero.service import Outcome, Service, SyncRequest
from dayzero_fixtures import School
from dayzero_fixtures.verdicts import Verdicts
from dayzero_simulator import GradebookCloud

ID = "living"
TOKEN = {"DAYZERO_TOKEN": "t"}
Held = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Portal:
    """What the portal has of people at a moment, years by their ids: what somebody can lose.

    ``working``: accounts, by kind and id, with their years; ``records``: students with theirs; ``links``: parent and child;
    ``requests``: course requests that stand, by id: the student.
    """

    working: Mapping[tuple[str, str], frozenset[str]]
    records: Mapping[str, frozenset[str]]
    links: frozenset[tuple[str, str]]
    requests: Mapping[str, str]


class LivingSchool:
    """``school`` at Yes on a simulated portal, in process."""

    def __init__(self, folder: Path, school: School, cloud: GradebookCloud | None = None) -> None:
        self.folder, self.school = folder, school
        self._day, self._ticks = school.today, 0
        self.yes = True
        self.cloud = cloud or GradebookCloud(token=TOKEN["DAYZERO_TOKEN"], seed=1, now=self.now)
        self._config = folder / "dayzero.toml"
        self._plugins = load_plugins()
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            starter_file(
                "csv", {"path": "school"}, school_id=ID, school_name="A school that lives", portal_url=self.cloud.url,
                send_scheduling_year=True, today=school.today,
            ),
            encoding="utf-8",
        )  # fmt: skip
        self.become(school)

    # -- time

    def now(self) -> datetime:
        """Return a second more each time, from a few minutes later than on the day before: no week ends within a night."""
        self._ticks += 1
        begins = timedelta(minutes=self._day.toordinal() % 60 * 10, seconds=self._ticks)
        return datetime.combine(self._day, time(), UTC) + begins

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here is worth waiting for")

    def become(self, school: School) -> None:
        """Let it be ``school`` from now on: what the SIS says, and the day it is."""
        self._ticks = 0 if school.today != self._day else self._ticks
        self._day = school.today
        self._be(school)

    # -- what dayzero is asked for

    def service(self) -> Service:
        return Service(load(self._config, environ=TOKEN), plugins=self._plugins, clock=self, environ=TOKEN)

    def sync(self, **allow: int) -> Outcome:
        return self.service().sync(SyncRequest(allow=allow))

    def decide(self, plan: Plan, **answers: str) -> Outcome:
        """Sync with answers to a plan's doubts about persons: by doubt, with ``_`` for ``-``."""
        rows = list(csv.reader(io.StringIO(text_of_doubts(plan.doubts), newline="")))
        file = self.folder / "decisions.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(
                [rows[0], *([*row[:-1], answers.get(row[2].replace("-", "_"), "")] for row in rows[1:])]
            )
        return self.service().sync(SyncRequest(decisions=file))

    def accept_rekey(self, plan: Plan) -> Outcome:
        """Sync with the id map that a plan proposes."""
        file = self.folder / "ids.csv"
        pairs = [f"{kind},{old},{new}" for kind, ids in plan.header.rekeyed.items() for old, new in ids.items()]
        file.write_text("\n".join(["kind,old_id,new_id", *pairs, ""]), encoding="utf-8")
        return self.service().sync(SyncRequest(id_map=file))

    def sends(self, *, yes: bool) -> None:
        """Set Send Scheduling Year Student Data."""
        self.yes = yes
        set_setting(self._config, "sync", "send_scheduling_year", yes)

    def plan_of(self, school: School) -> Plan:
        """Return the plan there would be if it were ``school``: a rehearsal, for which ``[sync] today`` alone moves."""
        evening = self.school
        self._be(school)
        try:
            return self.service().plan().plan
        finally:
            self._be(evening)

    # -- what there is

    def portal(self) -> Portal:
        """Return what the portal has now."""
        world = self.cloud.world
        years = {y["role"]: y["id"] for y in self._listed("school-year")}

        def by_id(roles: Collection[str] | None) -> frozenset[str]:
            return frozenset(years[role] for role in roles or ())

        accounts = [a for a in world.accounts(ID, limit=100_000)["items"] if a["status"] != "disabled"]
        requests = world.course_requests(ID, limit=100_000)["items"]
        return Portal(
            {(a["kind"], a["person_id"]): by_id(a["years"]) for a in accounts},
            {r["id"]: by_id(r["years"]) for r in self._listed("student-record")},
            frozenset((a["person_id"], child) for a in accounts for child in a["children"] or ()),
            {r["request_id"]: r["student_id"] for r in requests if r["status"] != "withdrawn"},
        )

    def differences(self, plan: Plan) -> list[str]:
        """Return in what the portal, and who is withheld, differ from the answer key; empty when all agree on everybody."""
        accounts = [a for a in self.cloud.accounts(ID) if a["status"] != "disabled"]
        found: list[str] = []
        for kind, verdicts in self._key().items():
            there = pl.DataFrame([a for a in accounts if a["kind"] == kind], schema=verdicts.granted.schema)
            withheld = plan.withheld.filter(pl.col("kind") == kind).select("person_id", "reason")
            found += [f"{kind} {row}" for row in verdicts.differences(there, withheld).iter_rows()]
        return found

    def verdicts_differ(self, plan: Plan, kind: str) -> list[str]:
        """Return in whose reasons to be withheld a plan differs from the answer key."""
        verdicts = self._key()[kind]
        withheld = plan.withheld.filter(pl.col("kind") == kind).select("person_id", "reason")
        return [str(row) for row in verdicts.differences(verdicts.granted, withheld).iter_rows()]

    def _key(self) -> Mapping[str, Verdicts]:
        return self.school.verdicts["yes" if self.yes and self.school.ledger.scheduling else "no"]

    def _be(self, school: School) -> None:
        self.school = school.write(self.folder / "school")
        set_setting(self._config, "sync", "today", school.today)

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.cloud.world.records(ID, kind, limit=100_000)["items"]
        return items


def held(plan: Plan) -> Held:
    """Return what is held, by op and kind."""
    return {(breach.op, breach.kind): breach.count for breach in plan.held}


def release(plan: Plan) -> dict[str, int]:
    """Return what releases everything that is held: one number an op, over all kinds."""
    return {op: sum(b.count for b in plan.held if b.op == op) for op in {b.op for b in plan.held}}


def operations(plan: Plan) -> dict[tuple[str, str], tuple[str, str, bool]]:
    """Return a plan's operations by kind and id: op, changes, whether it is held."""
    rows = plan.operations.select("kind", "id", "op", "changes", "held")
    return {(kind, ident): (op, changes, stays) for kind, ident, op, changes, stays in rows.iter_rows()}


def lost(before: Portal, after: Portal, students: Collection[str], over: Collection[str] = ()) -> list[str]:
    """Return what some students, and their parents by them, have lost between two moments. ``over``: years that are past."""
    mine = set(students)
    gone = []
    for (kind, ident), years in before.working.items():
        if kind == "student" and ident in mine:
            if (kind, ident) not in after.working:
                gone.append(f"{ident}: the account")
            elif years - after.working[kind, ident] - set(over):
                gone.append(f"{ident}: a year of the account")
    for ident in mine & before.records.keys():
        if before.records[ident] - after.records.get(ident, frozenset()) - set(over):
            gone.append(f"{ident}: a year of the record")
        elif ident not in after.records:
            gone.append(f"{ident}: the record")
    for parent, child in before.links - after.links:
        if child in mine:
            gone.append(f"{child}: the parent {parent}")
    for parent, child in before.links & after.links:
        years = before.records[child] & before.working["parent", parent]
        if child in mine and years - after.working["parent", parent] - set(over):
            gone.append(f"{child}: a year of the parent {parent}")
    gone += [
        f"{s}: the course request {r}" for r, s in before.requests.items() if s in mine and r not in after.requests
    ]
    return sorted(gone)
