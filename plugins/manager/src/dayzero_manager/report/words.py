"""How a report says things that other pages do not: places, people, reasons, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

__all__ = [
    "ACCOUNT",
    "DOES",
    "ENDED",
    "SEVERITY",
    "clock",
    "grade",
    "label",
    "place",
    "short_day",
    "split_remedy",
    "who",
]


def short_day(value: date) -> str:
    """Return ``Mar 4``."""
    return f"{value:%b} {value.day}"


ACCOUNT = {"none": "", "kept": "stays as it is", "disable": "leaves"}
"""What becomes of the account that somebody with something to correct has."""
DOES = {
    "create": "appear",
    "update": "change",
    "renew": "go to another person",
    "enable": "come back",
    "disable": "leave",
    "unchanged": "stay as they are",
}
"""What a sync does with accounts, by operation."""
ENDED = {
    "running": "not ended",
    "committed": "done",
    "nothing-to-do": "nothing to do",
    "failed": "failed",
    "unsettled": "not known yet",
}
"""How a run ended, by its state."""
SEVERITY = {"error": "bad", "warning": "warn", "notice": ""}
"""The mark of a finding."""


def clock(value: datetime) -> str:
    """Return ``9:12 AM``."""
    return f"{value.hour % 12 or 12}:{value.minute:02} {'AM' if value.hour < 12 else 'PM'}"


def place(kind: str | None, name: str | None) -> str:
    """Return where somebody is found: the homeroom, or the grade where there is none."""
    return f"{kind.capitalize()} {name}" if kind and name else "No homeroom and no grade"


def who(person: Mapping[str, Any], *, names: bool) -> str:
    """Return a person's name; without ``names``, or where there is none, their kind."""
    said = [person[part] for part in ("given_name", "family_name") if person[part]] if names else []
    return " ".join(said) or {"student": "Student", "parent": "Parent"}[person["kind"]]


def label(kind: str, code: str) -> str:
    """Return a reason in a few words: ``Parent: no e-mail``."""
    said = code.replace("-", " ").replace("email", "e-mail").replace("day 0", "Day 0")
    return f"{kind.capitalize()}: {said}"


def grade(name: str | None, *, new: bool) -> str:
    """Return a row of students: ``New in grade 9``, ``Grade 9``."""
    said = "no grade" if name is None else f"grade {name}"
    return f"New in {said}" if new else said[0].upper() + said[1:]


def split_remedy(remedy: str) -> tuple[str, str]:
    """Return what to do as a heading and the rest: at the first full stop, colon or semicolon."""
    ends = [at for mark in (". ", ": ", "; ") if (at := remedy.find(mark)) > 0]
    first = min(ends, default=len(remedy.rstrip(".")))
    return remedy[:first], remedy[first + 1 :].strip(" .")
