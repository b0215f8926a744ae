"""What things are called where a person reads: the ONE place. Codes, options and ids stay as they are; these words stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

__all__ = [
    "ACCOUNTS",
    "FIELDS",
    "HELD",
    "KINDS",
    "LOOKING",
    "OPS",
    "READING",
    "RECEIVING",
    "RECOVERED",
    "SETTING",
    "STATES",
    "SYNCING",
    "TURNED",
    "change",
    "full_name",
    "held_because",
    "person",
    "plural",
    "simulated",
    "value",
    "yes_no",
]

SETTING = "Send Scheduling Year Student Data"
"""What the office's screen calls it."""
SYNCING = "Syncing with the Gradebook Cloud Server"
"""What the dialog of the real product is called (R4): nothing but a sync is."""


READING = "Reading the school's tables"
LOOKING = "Looking at what a sync would do"
RECEIVING = "Asking the portal for course requests"
"""What stands above the stages of a command that sends nothing."""


@dataclass(frozen=True)
class Op:
    """What an operation is called when it is ``to`` come, and when it is ``done``."""

    to: str
    done: str


OPS: Mapping[str, Op] = {
    "create": Op("to create", "created"),
    "update": Op("to update", "updated"),
    "renew": Op("to renew", "renewed"),
    "enable": Op("to enable", "enabled"),
    "disable": Op("to disable", "disabled"),
    "remove": Op("to remove", "removed"),
}

KINDS: Mapping[str, str] = {
    "student": "student",
    "parent": "parent",
    "student-record": "student record",
    "school-year": "school year",
    "course": "course",
}

ACCOUNTS: Mapping[str, str] = {
    "none": "no account",
    "disable": "the account ends",
    "kept": "the account stays as it is",
}
"""What becomes of the account of somebody who is withheld."""

STATES: Mapping[str, str] = {
    "running": "not known to have ended",
    "committed": "sent",
    "nothing-to-do": "nothing to send",
    "failed": "failed, nothing was applied",
    "unsettled": "not known yet whether it was applied",
}
"""What became of a run."""

RECOVERED: Mapping[str, str] = {
    "committed": "its sync had been committed; that is recorded now",
    "resumed": "its open sync was resumed",
    "abandoned": "its open sync was abandoned; nothing of it was applied",
}
"""What became of the sync of a run that was interrupted."""

HELD: Mapping[str, str] = {
    "create": "{people} would get an account, more than the limit of {limit}",
    "update": "{people} would change their login or name, or lose a child, more than the limit of {limit}",
    "disable": "{people} would leave{before}, more than the limit of {limit}",
    "enable": "{people} would come back, more than the limit of {limit}",
    "refuse": "{people} would lose a child by a no, more than the limit of {limit}",
    "year": "{people} would lose the year {year}{before}, more than the limit of {limit}",
    "rekey": "{people} seem to have new ids, more than the limit of {limit}",
    "requests": "{count} course requests that were submitted or approved would be withdrawn; their students stay as they are",
    "change-of-year": "the whole run: the active year changes long before its end, or back to a year that is past",
}
"""Why something is held, by what ``--allow`` calls it."""


def held_because(held: Mapping[str, Any]) -> str:
    """Return why something is held, as a sentence. ``held``: as documents have it (``op``, ``kind``, ``count``, ``limit`` ...)."""
    op, before = str(held["op"]), held.get("before")
    said = HELD.get(op, op).format(
        people=plural(held["count"], held["kind"]),
        count=held["count"],
        limit=held["limit"],
        year=held.get("year"),
        before=f" after {before:,} in the last seven days" if before else "",
    )
    return f"{said}."


TURNED: Mapping[str, str] = {
    "graduates": "These are the graduates",
    "leavers": "Were expected, and have left",
    "arrived": "Have arrived",
}
"""Who goes and comes when the year changes."""

FIELDS: Mapping[str, str] = {
    "given_name": "given name",
    "family_name": "family name",
    "grade_level": "grade",
    "next_grade_level": "next year's grade",
    "new": "newcomer",
    "starts_on": "first day",
    "ends_on": "last day",
    "opened_as": "first sent as",
    "year_id": "year",
    "course_id": "course",
    "grade_levels": "grades",
}
"""Fields of accounts and records whose name is no word; the others are called as they are."""

_VALUES: Mapping[str, Mapping[str, str]] = {"years": {"active": "this year", "scheduling": "next year"}}
EMPTY = "empty"


def plural(number: int, word: str) -> str:
    """Return ``1 account``, ``2 accounts``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def yes_no(value: bool) -> str:
    """Return how the office's screen spells a setting."""
    return "Yes" if value else "No"


def simulated(today: date, clock: date) -> str:
    """Return which day it is for a school that rehearses, and by the clock: portal and history go by that."""
    return f"It is {today}, simulated; the clock says {clock}."


def full_name(given: str | None, family: str | None) -> str:
    """Return what somebody is called; nothing for whom nobody has named."""
    return " ".join(name for name in (given, family) if name)


def person(kind: str, ident: str, name: str | None = None) -> str:
    """Return a person as a line names them: by name first, where it is known and may be seen."""
    called = f"{KINDS.get(kind, kind)} {ident}"
    return f"{name} ({called})" if name else called


def field(name: str) -> str:
    """Return what a field is called."""
    return FIELDS.get(name, name.replace("_", " "))


def value(name: str, found: Any) -> str:
    """Return a field's value as a person reads it."""
    if found is None or found == []:
        return "none" if isinstance(found, list) else EMPTY
    if isinstance(found, bool):
        return "yes" if found else "no"
    words = _VALUES.get(name, {})
    return ", ".join(words.get(str(one), str(one)) for one in (found if isinstance(found, list) else [found]))


def change(name: str, before: str | None, after: str) -> str:
    """Return a change of a field whose values are in words already; ``before`` None: there was nothing to change."""
    return f"{field(name)}: {after}" if before is None else f"{field(name)}: {before} -> {after}"
