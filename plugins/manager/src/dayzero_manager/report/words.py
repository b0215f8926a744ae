"""How a report says things: dates, times, counts, places, people. English, as on the office's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dayzero.report import Rule

__all__ = ["clock", "count", "day", "label", "number", "place", "short_day", "split_remedy", "who", "why"]


def number(value: float) -> str:
    """Return ``1,204``."""
    return f"{value:,}"


def count(value: int, one: str, many: str | None = None) -> str:
    """Return ``1 person``, ``1,204 people``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def day(value: date) -> str:
    """Return ``Thursday, March 4, 2027``."""
    return f"{value:%A, %B} {value.day}, {value.year}"


def short_day(value: date) -> str:
    """Return ``Mar 4``."""
    return f"{value:%b} {value.day}"


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


def why(rule: Rule, people: int) -> str:
    """Return whom a reason is about: ``21 parents, each of whom has no Primary E-Mail.``"""
    return f"{count(people, rule.kind)}, of whom each: {rule.message}."


def split_remedy(remedy: str) -> Sequence[str]:
    """Return what to do as a heading and the rest: at the first full stop, colon or semicolon."""
    ends = [at for mark in (". ", ": ", "; ") if (at := remedy.find(mark)) > 0]
    first = min(ends, default=len(remedy.rstrip(".")))
    return remedy[:first], remedy[first + 1 :].strip(" .")
