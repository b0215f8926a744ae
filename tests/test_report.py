"""The report's numbers are the plan's: each is reckoned again here, from ``plan --json``, the portal and the source's files.

The golden page: ``DAYZERO_WRITE_GOLDEN=1 pytest tests/test_report.py`` takes up a change; look at the difference, and at the page.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.config import load, starter_file
from dayzero.people import RULES
from dayzero.service import Service, SyncRequest
from dayzero_fixtures import School
from dayzero_manager.report import page
from dayzero_manager.report.command import report
from dayzero_simulator import GradebookCloud

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
ENVIRON = {"DAYZERO_TOKEN": "golden", "DAYZERO_DEBUG": "1"}
TO_FIX = {(r.kind, r.code) for r in RULES if r.fixable and not r.may_be_meant}
STATES = ("has", "comes", "waits", "left_out")


class Evening:
    """The clock in the evening of the school's day."""

    def __init__(self, school: School) -> None:
        self._now = datetime.combine(school.today, time(20), UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here is worth waiting for")


class Stage(NamedTuple):
    """A golden school, its portal, and the configuration."""

    source: Path
    cloud: GradebookCloud
    config: Path
    clock: Evening

    def set_to(self, yes: bool) -> Stage:
        """Change the setting."""
        name = self.source.name
        text = starter_file(
            "csv", {"path": str(self.source)}, school_id=name, school_name=name.title(), portal_url=self.cloud.url
        )
        text = text.replace("send_scheduling_year = false", f"send_scheduling_year = {str(yes).lower()}")
        text = text.replace("[sync]\n", f"[sync]\ntoday = {self.clock.now().date()}\n")
        self.config.write_text(text, encoding="utf-8")
        return self

    def run(self, *command: str) -> dict[str, Any]:
        """Run a command of the core with ``--json``; return its document."""
        return _document(main, *command, "--json", "--config", str(self.config))

    def service(self) -> Service:
        """Return the school's service at its own hour."""
        return Service(load(self.config, environ=ENVIRON), clock=self.clock, environ=ENVIRON)

    def report(self, *options: str) -> dict[str, Any]:
        """Return the document of ``report --json``."""
        out = self.config.with_name("report.html")
        return _document(report, "--out", str(out), "--json", "--config", str(self.config), *options)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return a table as it stands in its file."""
        with (self.source / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def _document(command: click.Command, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(command, arguments, env=ENVIRON)
    assert result.exit_code in (0, 1, 3), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    source = GOLDEN / request.param
    clock = Evening(School.read(source))
    with GradebookCloud(token=ENVIRON["DAYZERO_TOKEN"], seed=1, now=clock.now) as cloud:
        yield Stage(source, cloud, tmp_path / "dayzero.toml", clock)


def agree(stage: Stage) -> dict[str, Any]:
    """Make the plan and the report of a school as it stands; compare every number; return the report's document."""
    plan, told = stage.run("plan"), stage.report()
    assert (told["plan_id"], told["base_revision"]) == (plan["plan_id"], plan["base_revision"])
    assert told["counts"] == plan["counts"]
    accounts = [a for a in stage.cloud.accounts(stage.source.name) if a["status"] != "disabled"]
    _people_agree(told["people"], plan, accounts)
    _lists_agree(told, plan)
    _read_agrees(told, plan, stage)
    return told


def _people_agree(people: dict[str, Any], plan: dict[str, Any], accounts: list[dict[str, Any]]) -> None:
    ids: dict[str, dict[str, set[str]]] = {}
    for kind in ("student", "parent"):
        there = {a["person_id"] for a in accounts if a["kind"] == kind}
        out = [w for w in plan["withheld"] if w["kind"] == kind and w["account"] != "kept"]
        begins = {
            o["id"]: o["held"] for o in plan["operations"] if o["kind"] == kind and o["op"] in ("create", "enable")
        }
        ids[kind] = {
            "has": there - {w["person_id"] for w in out},
            "comes": {i for i, held in begins.items() if not held},
            "waits": {i for i, held in begins.items() if held},
            "left_out": {w["person_id"] for w in out if (kind, w["reason"]) in TO_FIX},
        }
        sizes = {state: len(who) for state, who in ids[kind].items()}
        groups = ("here", "newcomers") if kind == "student" else ("parents",)
        assert {s: sum(people[g][s] for g in groups) for s in STATES} == sizes, kind
        if kind == "student":
            assert {s: sum(row[s] for row in people["grades"]) for s in STATES} == sizes
        used = {a["person_id"] for a in accounts if a["kind"] == kind and a["status"] == "active"}
        assert sum(people[g]["signed_in"] for g in groups) == len(used & ids[kind]["has"])
    created = [o for o in plan["operations"] if o["kind"] == "student" and o["op"] == "create"]
    assert people["newcomers"]["comes"] == sum(o["changes"]["new"][1] for o in created)
    was_new = {a["person_id"] for a in accounts if a["kind"] == "student" and a["new"]}
    assert people["newcomers"]["has"] == len(was_new & ids["student"]["has"])

    every = set().union(*ids["student"].values())
    seen = {child for a in accounts if a["kind"] == "parent" for child in a["children"]}
    changes = [o["changes"] for o in plan["operations"] if o["kind"] == "parent" and not o["held"]]
    will = {child for change in changes if "children" in change for child in change["children"][1]}
    families = {s: people["families_here"][s] + people["families_new"][s] for s in STATES}
    assert (families["has"], families["comes"]) == (len(every & seen), len((every & will) - seen))
    assert sum(families.values()) == len(every)


def _lists_agree(told: dict[str, Any], plan: dict[str, Any]) -> None:
    reasons = Counter((w["kind"], w["reason"]) for w in plan["withheld"])
    fixable = {(r.kind, r.code) for r in RULES if r.fixable}
    assert {(g["kind"], g["reason"]): g["count"] for g in told["fix"]} == {
        k: n for k, n in reasons.items() if k in fixable
    }
    remedies = {(w["kind"], w["reason"]): w["remedy"] for w in plan["withheld"]}
    assert all(remedies[g["kind"], g["reason"]] == g["remedy"] for g in told["fix"])
    assert all(sum(p["count"] for p in g["places"]) == g["count"] for g in told["fix"])
    assert told["to_fix"] == sum(n for key, n in reasons.items() if key in TO_FIX)
    assert told["to_fix"] == sum(row["students"] + row["parents"] for row in told["places"])
    assert told["people"]["not_ticked"] == reasons["parent", "no-portal-access"]
    assert [h["allow"] for h in told["held"]] == [h["allow"] for h in plan["held"]]
    found = Counter((f["severity"], f["table"], f["column"], f["rule"]) for f in plan["findings"])
    assert {(g["severity"], g["table"], g["column"], g["rule"]): g["count"] for g in told["findings"]} == found
    numbers = {
        name: len(plan[of]) for name, of in (("doubts", "doubts"), ("drift", "drift"), ("rejected", "rejected_before"))
    }
    assert {name: told[name] for name in numbers} == numbers
    assert told["estimated_seconds"] == plan["estimated_seconds"]
    if told["trend"]:
        last, counts = told["trend"][-1], plan["counts"]
        on_portal = {
            k: sum(counts[k][op] for op in ("unchanged", "update", "renew", "disable")) for k in ("student", "parent")
        }
        assert (last["students"], last["parents"]) == (on_portal["student"], on_portal["parent"])


def _read_agrees(told: dict[str, Any], plan: dict[str, Any], stage: Stage) -> None:
    tables = {read["table"]: read["rows"] for read in told["reads"]}
    assert tables == {table: len(stage.rows(table)) for table in tables}
    [active] = [year for year in stage.rows("school_years") if year["role"] == "active"]
    left = date.fromisoformat(active["ends_on"]) - stage.clock.now().date()
    assert told["change_of_year"]["days"] == left.days + 1
    if plan["send_scheduling_year"]:
        notices = [f for f in plan["findings"] if f["rule"] == "in-active-not-in-scheduling"]
        assert told["change_of_year"]["leave"] == len(notices)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["plain", "families", "rollover"], indirect=True)
def test_every_number_is_the_plans(stage: Stage) -> None:
    """On an empty portal, between No and Yes, and once all is synced and some have signed in."""
    assert agree(stage.set_to(False))["people"]["here"]["has"] == 0
    stage.run("sync", "--yes")
    assert agree(stage)["people"]["newcomers"]["has"] == 0
    before = agree(stage.set_to(True))
    assert before["people"]["newcomers"]["comes"] > 0
    stage.run("sync", "--yes")
    for account in stage.cloud.accounts(stage.source.name)[::2]:
        stage.cloud.sign_in(stage.source.name, account["kind"], account["person_id"], "Day0-secret")
    after = agree(stage)
    assert after["people"]["newcomers"]["has"] == before["people"]["newcomers"]["comes"]
    assert after["people"]["newcomers"]["signed_in"] > 0
    assert [m["students"] for m in after["trend"]] == sorted(m["students"] for m in after["trend"])


@pytest.mark.parametrize("stage", ["plain"], indirect=True)
def test_the_demo_schools_page_is_the_golden_one(stage: Stage) -> None:
    """Synced at No, reported at Yes: who has an account, and who gets one. The clock is the school's evening."""
    stage.set_to(False).service().sync(SyncRequest())
    made = page(stage.set_to(True).service().report())
    golden = stage.source / "report.html"
    if os.environ.get("DAYZERO_WRITE_GOLDEN"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")
