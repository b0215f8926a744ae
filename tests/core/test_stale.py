"""A saved plan is applied as it was reviewed, or refused with what differs (R39)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from frames import Op, config, op, planned

from dayzero.config import Config, Limit
from dayzero.errors import StalePlanError
from dayzero.plan.file import plan_id_of
from dayzero.plan.model import Plan, bare_plan, header_of
from dayzero.plan.stale import still_fitting

WORKING = {"student": 100, "parent": 100}
LOST = op("update", "parent", "c1", children=(["s1", "s2"], ["s1"]))
GROWN = op("update", "parent", "c2", children=(["s1"], ["s1", "s2"]))
LEAVER = op("disable", "student", "s1")
STRICT = config(update=Limit(count=0), disable=Limit(count=0))


def saved(*ops: Op, held: tuple[str, ...] = (), of: Config = STRICT, **header: Any) -> Plan:
    """Return a plan as it was saved when the portal was at r1; what it holds is marked, why is not in the file."""
    operations, head = planned(*ops, held=held), header_of(of, "r1", **header)
    return bare_plan(head, operations, plan_id_of(head, operations))


def differs(plan: Plan, now: Config = STRICT, revision: str = "r1", working: Any = None) -> list[str]:
    """Return what a plan is refused for."""
    with pytest.raises(StalePlanError) as caught:
        still_fitting(plan, now, revision, working or WORKING)
    return list(caught.value.differs)


def test_a_plan_that_fits_says_again_what_it_holds_and_why() -> None:
    plan = saved(LOST, GROWN, LEAVER, held=("c1", "s1"))
    fits = still_fitting(plan, STRICT, "r1", WORKING)
    assert [(b.op, b.kind, b.count, b.limit) for b in fits.held] == [
        ("update", "parent", 1, 0), ("disable", "student", 1, 0),
    ]  # fmt: skip
    assert (fits.plan_id, fits.operations.equals(plan.operations)) == (plan.plan_id, True)


def test_it_is_refused_where_the_portal_the_school_or_the_settings_are_others() -> None:
    plan = saved(GROWN)
    assert differs(plan, revision="r2") == ["base_revision"]
    assert differs(plan, STRICT.sending_scheduling_year(True)) == ["send_scheduling_year", "settings_digest"]
    assert differs(plan, config()) == ["settings_digest"], "other limits"
    assert differs(replace(plan, header=header_of(STRICT, "r0", undoes="run")), revision="r1") == ["base_revision"]


@pytest.mark.parametrize(("made", "held"), [(LOST, ()), (LEAVER, ()), (GROWN, ("c2",))])
def test_it_is_refused_where_the_limits_hold_other_operations_now(made: Op, held: tuple[str, ...]) -> None:
    assert differs(saved(made, held=held)) == ["held"]


def test_limits_are_judged_by_the_accounts_the_portal_has_now() -> None:
    tenth = config(disable=Limit(percent=1), from_accounts=0)
    plan = saved(LEAVER, of=tenth)
    assert still_fitting(plan, tenth, "r1", WORKING).held == ()
    assert differs(plan, tenth, working={"student": 99, "parent": 99}) == ["held"]


def test_a_doubtful_read_stays_doubtful_in_a_saved_plan() -> None:
    free, doubt = config(), {"shrunk": {"students": (100, 10)}}
    assert still_fitting(saved(LEAVER, held=("s1",), of=free, **doubt), free, "r1", WORKING).held
    assert differs(saved(LEAVER, of=free, **doubt), free) == ["held"]
