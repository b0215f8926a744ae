"""Whether a plan that was saved still fits: what was reviewed is what runs, or nothing does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from dayzero.config import Config
from dayzero.errors import StalePlanError
from dayzero.plan.limits import breaches
from dayzero.plan.model import Plan, header_of

__all__ = ["still_fitting"]


def still_fitting(plan: Plan, config: Config, revision: str, working: Mapping[str, int]) -> Plan:
    """Return a saved plan with what the limits hold of it now; raise StalePlanError that says what differs.

    ``revision`` and ``working``: the portal's, and its working accounts per kind.
    """
    then, now = plan.header, header_of(config, revision)
    names = ("school", "portal", "send_scheduling_year", "settings_digest", "base_revision")
    differing = [name for name in names if getattr(then, name) != getattr(now, name)]
    if differing:
        said = "; ".join(f"{name} was {getattr(then, name)}, is {getattr(now, name)}" for name in differing)
        raise StalePlanError(
            f"The plan does not fit any more: {said}. Nothing was sent.",
            remedy="Plan and review again.",
            differs=differing,
        )
    judging = partial(
        breaches,
        accounts=working,
        settings=config.limits,
        suspicion=then.suspicion,
        refused=then.refused,
        # A year is judged by how many are in it, which is not asked here: it is held as it was reviewed.
        unlimited=(*then.unlimited, "year"),
        by_hand=then.undoes is not None,
    )
    # What was held for more than the operations tell, such as leavers of the days before, is held as it was reviewed.
    known = {(b.op, b.kind) for b in then.held}
    over = [*then.held, *(b for b in judging(plan.operations) if (b.op, b.kind) not in known)]
    held = bool(plan.operations["held"].any())
    # A doubt about the read may keep back what is in no plan: then nothing is held.
    if judging(plan.going) or (held and not (over or then.reads)) or (over and not held):
        raise StalePlanError(
            "The limits hold other operations than the plan says. Nothing was sent.",
            remedy="Plan and review again.",
            differs=["held"],
        )
    return replace(plan, held=tuple(over))
