"""What is best done next, the most important first: what waits for somebody, what was left out, then what keeps people out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from dayzero.plan import Plan, withheld_groups

__all__ = ["Step", "next_steps"]

_MOST = 3


class Step(NamedTuple):
    """What to do, and the commands for it, without ``dayzero`` before them."""

    said: str
    commands: tuple[str, ...] = ()


def next_steps(plan: Plan, sends: str | None = "sync --yes") -> list[Step]:
    """Return the three most useful things to do next. ``sends``: the command that would send this plan; None: none does today."""
    return list(islice(_steps(plan, f"undo {plan.header.undoes} --yes" if plan.header.undoes else sends), _MOST))


def _steps(plan: Plan, sends: str | None) -> Iterator[Step]:
    if any(breach.op == "rekey" for breach in plan.held):
        yield Step(
            "Many people seem to have new ids: review the id map, then accept it.",
            ("plan --rekey-out ids.csv", "sync --accept-rekey ids.csv"),
        )
    if plan.doubts:
        answers = ", ".join(dict.fromkeys(answer for doubt in plan.doubts for answer in doubt.rule.answers))
        yield Step(
            f"Decide who is who: fill in an answer ({answers}), then sync with it.",
            ("plan --doubts-out doubts.csv", "sync --decide doubts.csv"),
        )
    release = " ".join(f"--allow {allow}" for allow in sorted({b.allow for b in plan.waiting}))
    if release and sends is None:
        yield Step(
            "Look at who would be held. Nothing is released today: on that day, the sync holds them and says how."
        )
    elif release:
        yield Step(
            "Look at who is held; if it is right, release exactly that.", ("plan --people", f"{sends} {release}")
        )
    if plan.rows_left_out:
        yield Step("Correct the rows reported as errors in the SIS, and run again.", ("check",))
    for group in withheld_groups(plan):
        if group.rule.fixable:
            someone = group.people["person_id"][0]
            yield Step(f"{group.people.height:,} x {group.rule.code}: {group.remedy}", (f"explain {someone}",))
