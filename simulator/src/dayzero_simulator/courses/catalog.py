"""The form of a student's scheduling-year grade (R30), and what a choice must fulfil."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dayzero_simulator.names import grade_key, grade_order, sorted_as
from dayzero_simulator.operations import LEFT_OUT
from dayzero_simulator.portal.settings import Settings
from dayzero_simulator.portal.years import scheduling_year

__all__ = [
    "Choice",
    "Credits",
    "bounds",
    "credits_of",
    "grades_asked",
    "in_words",
    "offered",
    "problems",
    "scheduling_year",
    "worth",
]


@dataclass(frozen=True)
class Choice:
    """One course that is asked for. ``rank``: 1, 2 ... among the alternates, 0 for a course proper."""

    course_id: str
    rank: int = 0

    @property
    def alternate(self) -> bool:
        """Whether it stands in for a course that cannot be had."""
        return self.rank > 0


def offered(db: sqlite3.Connection, school: str, year_id: str, grade: str | None) -> list[dict[str, Any]]:
    """Return the courses of a year that are open to a grade, by department and title; None: all grades."""
    rows = db.execute(
        "select body from records where school = ? and kind = 'course' and id >= ? and id < ?",
        [school, f"{year_id}/", f"{year_id}0"],
    )
    courses = [json.loads(r["body"]) for r in rows]
    fitting = [c for c in courses if grade is None or not c["grade_levels"] or _is_for(c["grade_levels"], grade)]
    named = [
        {**dict.fromkeys(LEFT_OUT), **c, "title": c["title"] or c["course_id"], "department": c["department"] or ""}
        for c in fitting
    ]
    return sorted(named, key=lambda c: (sorted_as(c["department"]), sorted_as(c["title"]), c["course_id"]))


def grades_asked(db: sqlite3.Connection, school: str) -> list[str]:
    """Return the grades of the students who have a form, low to high."""
    rows = db.execute(
        "select distinct next_grade_level as grade from pupils where school = ? and in_scheduling and grade is not null",
        [school],
    )
    return sorted((r["grade"] for r in rows), key=grade_order)


def _is_for(levels: Sequence[str], grade: str) -> bool:
    """Say whether a grade is among levels: 09 is 9, and k is K."""
    return grade_key(grade) in {grade_key(level) for level in levels}


def credits_of(choices: Sequence[Choice], courses: Sequence[dict[str, Any]]) -> float:
    """Return the credits of the courses proper."""
    worth = {c["course_id"]: c["credits"] or 0.0 for c in courses}
    return sum(worth.get(c.course_id, 0.0) for c in choices if not c.alternate)


def worth(number: float, *, unit: bool = True) -> str:
    """Return credits as they are read: ``1.0 credit``, ``0.5 credits``."""
    figure = f"{number:.1f}" if round(number, 1) == number else f"{number:g}"
    return f"{figure} credit{'' if number == 1 else 's'}" if unit else figure


@dataclass(frozen=True)
class Credits:
    """How many credits a form must have. ``counted``: whether its courses have any; a SIS may know none."""

    least: float
    most: float
    counted: bool


def bounds(courses: Sequence[dict[str, Any]], settings: Settings) -> Credits:
    """Return what the settings ask of a form, as far as its courses can fulfil it: nobody is asked for what there is not."""
    there = sum(c["credits"] or 0.0 for c in courses)
    required = sum(c["credits"] or 0.0 for c in courses if c["required"])
    return Credits(
        min(float(settings["min_credits"]), there), max(float(settings["max_credits"]), required), counted=there > 0
    )


def in_words(choices: Sequence[Choice], courses: Sequence[dict[str, Any]], asked: Credits) -> tuple[str, str]:
    """Return how a form's credits are in words, and what is allowed; of courses without credits, how many there are.

    ``family.js`` says the same while somebody is choosing.
    """
    if not asked.counted:
        number = sum(not c.alternate for c in choices)
        return f"{number} course{'' if number == 1 else 's'} chosen.", ""
    total, allowed = credits_of(choices, courses), f"Allowed: {asked.least:g} to {asked.most:g}."
    if total < asked.least:
        return f"{worth(total)}: {worth(asked.least - total, unit=False)} more needed.", allowed
    if total > asked.most:
        return f"{worth(total)}: {worth(total - asked.most, unit=False)} too many.", allowed
    return f"{worth(total)}: enough.", allowed


def problems(choices: Sequence[Choice], courses: Sequence[dict[str, Any]], settings: Settings) -> list[str]:
    """Return everything that keeps a form from being submitted, in words; empty when it may be."""
    titles = {c["course_id"]: c["title"] for c in courses}
    chosen = {c.course_id for c in choices if not c.alternate}
    found = [
        f"{titles[c['course_id']]} is required." for c in courses if c["required"] and c["course_id"] not in chosen
    ]
    total, asked = credits_of(choices, courses), bounds(courses, settings)
    if total < asked.least:
        found.append(f"{total:g} credits are chosen; at least {asked.least:g} are needed.")
    if total > asked.most:
        found.append(f"{total:g} credits are chosen; no more than {asked.most:g} are possible.")
    alternates = [c for c in choices if c.alternate]
    if len(alternates) > float(settings["max_alternates"]):
        found.append(
            f"{len(alternates)} alternates are chosen; no more than {settings['max_alternates']} are possible."
        )
    if len({c.rank for c in alternates}) != len(alternates):
        found.append("Two alternates have the same rank.")
    return found
