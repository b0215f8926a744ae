"""What is best done next, the most important first: what waits for somebody, what was left out, then what keeps people out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from dayzero.plan import Plan, withheld_groups
from dayzero.words import yes_no

__all__ = ["FORECAST", "SYNC", "Step", "Way", "next_steps", "saved_in", "setting_to"]

_MOST = 3


@dataclass(frozen=True)
class Way:
    """The commands that belong to a plan, without ``dayzero`` before them. ``looks``: makes this very plan again, and takes the
    options of ``plan``; ``people``: show whom it touches; ``withheld``: show who is withheld; ``sends``: sends it, None where
    nothing does today."""

    looks: str
    people: tuple[str, ...]
    withheld: str
    sends: str | None


SYNC = Way("plan", ("plan --people",), "plan --withheld", "sync --yes")
FORECAST = Way("plan", ("forecast --json",), "forecast --json", None)


def setting_to(value: str) -> Way:
    """Return the commands of a plan that is made as if the setting were ``value``: it is not saved yet."""
    looks = f"plan --send-scheduling-year {value}"
    return Way(looks, (f"{looks} --people",), f"{looks} --withheld", f"settings send-scheduling-year {value} --yes")


def saved_in(file: str) -> Way:
    """Return the commands of a plan in a file; ``file``: as the shell takes it."""
    return Way("plan", (f"plan {file} --people",), "plan --withheld", f"sync --plan {file}")


def _undoing(run_id: str) -> Way:
    """Return the commands of a plan that takes a run back."""
    looks = (f"undo {run_id} --out undo.plan", "plan undo.plan --people")
    return Way("plan", looks, "plan --withheld", f"undo {run_id} --yes")


class Step(NamedTuple):
    """What to do, and the commands for it, without ``dayzero`` before them."""

    said: str
    commands: tuple[str, ...] = ()


def next_steps(plan: Plan, way: Way = SYNC) -> list[Step]:
    """Return the three most useful things to do next. ``way``: the commands that belong to the plan."""
    undoes = plan.header.undoes
    if undoes and way.sends == SYNC.sends:
        way = _undoing(undoes)
    return list(islice(_steps(plan, way), _MOST))


def _steps(plan: Plan, way: Way) -> Iterator[Step]:
    if any(breach.op == "rekey" for breach in plan.held):
        yield Step(
            "Many people seem to have new ids: review the id map, then accept it.",
            (f"{way.looks} --rekey-out ids.csv", "sync --accept-rekey ids.csv"),
        )
    if plan.doubts:
        answers = ", ".join(dict.fromkeys(answer for doubt in plan.doubts for answer in doubt.rule.answers))
        yield Step(
            f"Decide who is who: fill in an answer ({answers}), then sync with it.",
            (f"{way.looks} --doubts-out doubts.csv", "sync --decide doubts.csv"),
        )
    release = " ".join(f"--allow {allow}" for allow in sorted({b.allow for b in plan.waiting}))
    if release and way.sends is None:
        yield Step(
            "Look at who would be held. Nothing is released today: on that day, the sync holds them and says how."
        )
    elif release:
        yield Step(
            "Look at who is held; if it is right, release exactly that.", (*way.people, f"{way.sends} {release}")
        )
    if plan.header.undoes and not plan.operations.is_empty():
        yield from _lest_it_comes_back(plan)
    if plan.rows_left_out:
        yield Step("Correct the rows reported as errors in the SIS, and run again.", ("check",))
    for group in withheld_groups(plan):
        if group.rule.fixable:
            someone = group.people["person_id"][0]
            yield Step(f"{group.people.height:,} x {group.rule.code}: {group.remedy}", (f"explain {someone}",))


def _lest_it_comes_back(plan: Plan) -> Iterator[Step]:
    """Yield how it stays undone."""
    yield Step(
        "The next sync follows the SIS and the setting again, and sends anew what is taken back. If that is not meant,"
        " correct the SIS before it; this shows what it would send:",
        ("plan --people",),
    )
    yes = plan.header.send_scheduling_year
    yield Step(
        f"If it came by the setting, which is at {yes_no(yes)}: change that. It syncs at once; this shows what it would send:",
        (
            f"plan --send-scheduling-year {yes_no(not yes).lower()}",
            f"settings send-scheduling-year {yes_no(not yes).lower()}",
        ),
    )
