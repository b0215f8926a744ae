"""What holds for every school, over generated ones: no portal, no files, the pure core. By hand: ``tests/core``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dayzero.config import (
    Config,
    Limit,
    LimitSettings,
    PortalSettings,
    SchoolSettings,
    SourceSettings,
    StateSettings,
    SyncSettings,
)
from dayzero.conform import conform
from dayzero.gradebook import ACCOUNT_SCHEMA, RECORD_SCHEMAS, PortalView, lines
from dayzero.plan import Decided, decide, gather
from dayzero.plan.limits import counted
from dayzero_fixtures import new_school
from dayzero_fixtures.scenarios import SCENARIOS

pytestmark = pytest.mark.slow
some = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
schools = st.builds(
    new_school,
    students=st.integers(8, 60),
    years=st.just(3),
    seed=st.integers(0, 10_000),
    scenario=st.sampled_from(sorted(SCENARIOS)),
)


def config(*, yes: bool, limits: LimitSettings | None = None) -> Config:
    free = ("create", "update", "disable", "enable", "refuse", "year", "shrink", "rekey")
    unlimited = LimitSettings(**dict.fromkeys(free, Limit()))
    return Config(
        Path("dayzero.toml"),
        SchoolSettings("s"),
        SourceSettings("mock", {}),
        PortalSettings("https://portal.example", "t"),
        SyncSettings(send_scheduling_year=yes),
        limits or unlimited,
        StateSettings(),
    )


def empty_portal() -> PortalView:
    return PortalView(
        "r0", pl.DataFrame(schema=ACCOUNT_SCHEMA), {k: pl.DataFrame(schema=s) for k, s in RECORD_SCHEMAS.items()}
    )


def decided(
    tables: dict[str, pl.DataFrame], portal: PortalView, *, yes: bool, limits: LimitSettings | None = None
) -> Decided:
    settings = config(yes=yes, limits=limits)
    return decide(gather(conform(tables.get), portal, settings), portal, settings)


def applied(portal: PortalView, decision: Decided) -> PortalView:
    """Apply a plan's operations as the contract says, independently of the simulator."""
    accounts = {(a["kind"], a["person_id"]): a for a in portal.accounts.to_dicts()}
    records = {kind: {r["id"]: r for r in frame.to_dicts()} for kind, frame in portal.records.items()}
    operations = decision.plan.operations.filter(~pl.col("held"))
    for line in lines(operations, with_held=False):
        o = json.loads(line)
        after = {field: pair[1] for field, pair in o["changes"].items()}
        if o["kind"] in records:
            if o["op"] == "remove":
                del records[o["kind"]][o["id"]]
            else:
                records[o["kind"]].setdefault(o["id"], {"id": o["id"]}).update(after)
            continue
        account = accounts.setdefault(
            (o["kind"], o["id"]), {"kind": o["kind"], "person_id": o["id"], "status": "pending"}
        )
        account.update(after)
        account["status"] = {"disable": "disabled", "enable": "pending"}.get(o["op"], account["status"])
    return PortalView(
        "r1",
        pl.DataFrame(list(accounts.values()), schema=ACCOUNT_SCHEMA),
        {k: pl.DataFrame(list(r.values()), schema=RECORD_SCHEMAS[k]) for k, r in records.items()},
    )


@some
@given(schools, st.booleans())
def test_verdicts_equal_the_answer_key(school: Any, yes: bool) -> None:
    decision = decided(school.tables, empty_portal(), yes=yes)
    for kind in ("student", "parent"):
        key = school.answers["yes" if yes else "no"][kind]
        wanted = {a["person_id"]: a for a in decision.verdicts.wanted(kind).to_dicts()}
        assert wanted.keys() == key["granted"].keys()
        for person, fields in key["granted"].items():
            assert {f: wanted[person][f] for f in fields} == fields
        withheld = decision.plan.withheld.filter(pl.col("kind") == kind)
        assert dict(withheld.select("person_id", "reason").iter_rows()) == key["withheld"]


@some
@given(schools, st.booleans(), st.booleans())
def test_applying_a_plan_leaves_nothing_to_do(school: Any, first: bool, second: bool) -> None:
    """R18, case 55; from either setting to either setting."""
    portal = applied(empty_portal(), decided(school.tables, empty_portal(), yes=first))
    decision = decided(school.tables, portal, yes=second)
    portal = applied(portal, decision)
    again = decided(school.tables, portal, yes=second)
    assert again.plan.operations.is_empty()
    working = (
        portal.accounts.filter(pl.col("status") != "disabled").sort("kind", "person_id").drop("status", "disabled_at")
    )
    kept = again.plan.withheld.filter(pl.col("account") == "kept").select("kind", "person_id")
    wanted = pl.concat(again.verdicts.wanted(kind) for kind in ("parent", "student")).select(working.columns)
    assert working.join(kept, on=["kind", "person_id"], how="anti").equals(wanted)


@some
@given(schools, st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(school: Any, rng: Any) -> None:
    shuffled = {
        name: t.sample(fraction=1.0, shuffle=True, seed=rng.randrange(2**32)) for name, t in school.tables.items()
    }
    assert (
        decided(shuffled, empty_portal(), yes=True).plan.plan_id
        == decided(school.tables, empty_portal(), yes=True).plan.plan_id
    )


@some
@given(schools, st.integers(0, 100))
def test_no_plan_passes_a_limit(school: Any, percent: int) -> None:
    """R39: whatever goes is within the limit, judged from the portal's accounts."""
    portal = applied(empty_portal(), decided(school.tables, empty_portal(), yes=True))
    tight = LimitSettings(Limit(), Limit(percent=percent), Limit(percent=percent), from_accounts=0)
    plan = decided(school.tables, portal, yes=False, limits=tight).plan
    for kind in ("student", "parent"):
        there = portal.accounts.filter(pl.col("kind") == kind).height
        for op in ("disable", "update"):
            going = plan.operations.filter(counted(plan.operations)).filter(
                pl.col("kind") == kind, pl.col("op") == op, ~pl.col("held")
            )
            assert going.height <= there * percent // 100


@pytest.mark.parametrize("text", ['"', "\\", "\n\t\x01", "é\u2028", "😀", "</script>", "=cmd()", "‮"])
def test_changes_are_canonical_json(text: str) -> None:
    school = new_school(students=3, years=1, seed=1)
    students = school.tables["students"].with_columns(given_name=pl.lit(f"a{text}b"))
    plan = decided({**school.tables, "students": students}, empty_portal(), yes=False).plan
    for line in lines(plan.operations, with_held=True):
        assert json.dumps(json.loads(line), ensure_ascii=False, sort_keys=True, separators=(",", ":")) == line
