"""What is typed on a request form, as choices: cards that are ticked, and alternates in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from dayzero_simulator.courses.catalog import Choice

__all__ = ["ARRANGES", "arranged", "chosen", "differences", "is_about_choices"]

ARRANGES = ("add", "up", "down", "drop")
"""What a button does to the alternates where no script does it: ``up:MUS130``."""


def is_about_choices(action: str) -> bool:
    """Say whether a button sends what is chosen."""
    return action in ("save", "submit", "check") or action.partition(":")[0] in ARRANGES


def chosen(courses: Sequence[Mapping[str, Any]], typed: MultiDict[str, str]) -> list[Choice]:
    """Read the form: per course nothing, ``yes``, or the rank of an alternate. Required ones are chosen always.

    A course may be said twice, as a card and among the alternates: who ticks the card wants it.
    """
    found = []
    for course in courses:
        values = typed.getlist(f"course:{course['course_id']}")
        ranks = [v for v in values if v.isascii() and v.isdecimal() and len(v) < 3 and int(v) > 0]
        if course["required"] or "yes" in values:
            found.append(Choice(course["course_id"]))
        elif ranks:
            found.append(Choice(course["course_id"], int(ranks[0])))
    return found


def arranged(courses: Sequence[Mapping[str, Any]], choices: Sequence[Choice], action: str, added: str) -> list[Choice]:
    """Return choices after a button at the alternates: one is ``added``, moved up or down, or dropped."""
    does, _, which = action.partition(":")
    order = [c.course_id for c in sorted((c for c in choices if c.alternate), key=lambda c: c.rank)]
    firsts = [c for c in choices if not c.alternate]
    if does == "add" and added in {c["course_id"] for c in courses if not c["required"]} - set(order):
        order, firsts = [*order, added], [c for c in firsts if c.course_id != added]
    elif which in order:
        at = order.index(which)
        order.remove(which)
        if does != "drop":
            order.insert(max(0, at + (1 if does == "down" else -1)), which)
    return [*firsts, *(Choice(course_id, rank) for rank, course_id in enumerate(order, start=1))]


def differences(
    before: Sequence[Choice], now: Sequence[Choice], titles: Mapping[str, str]
) -> tuple[list[str], list[str], bool]:
    """Return the titles of courses that came and that went, and whether the alternates are others."""
    was, there = ({c.course_id for c in choices if not c.alternate} for choices in (before, now))
    named = [sorted(titles.get(i, i) for i in ids) for ids in (there - was, was - there)]
    was_ranked, ranked = (
        [c for c in sorted(choices, key=lambda c: c.rank) if c.alternate] for choices in (before, now)
    )
    return named[0], named[1], [c.course_id for c in was_ranked] != [c.course_id for c in ranked]
