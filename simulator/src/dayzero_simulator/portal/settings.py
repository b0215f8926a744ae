"""The portal's settings, as data: the page, the checks and the rules read this table."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from dayzero_simulator.portal.moments import is_zone, local_moment, zone_of
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["GROUPS", "HIDE", "SETTINGS", "Setting", "Settings", "read_settings", "write_settings"]

GROUPS = {"parent": "Parents", "student": "Students"}
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Setting:
    """One setting. ``kind``: yes-no, text, number, days, moment, zone or choice. ``ours``: not documented, decided here."""

    name: str
    section: str
    title: str
    help: str
    default: str = "no"
    kind: str = "yes-no"
    choices: tuple[str, ...] = ()
    ours: bool = False


def _of_groups() -> tuple[Setting, ...]:
    rows: list[Setting] = []
    for kind, group in GROUPS.items():
        rows += [
            Setting(f"lock_{kind}", "Lock Accounts", f"Lock {group}", f"Nobody of {group} can sign in."),
            Setting(
                f"lock_message_{kind}",
                "Lock Accounts",
                f"Message to locked {group}",
                "Shown to those who are refused.",
                "",
                "text",
            ),
            Setting(
                f"transition_{kind}",
                "New Year Transition Mode",
                f"Hide schedules from {group}",
                "Signing in and Course Requests go on.",
            ),
            Setting(
                f"own_password_{kind}",
                "Passwords",
                f"{group} may change and reset their own password",
                "A temporary password is always changed at the first sign-in.",
                "yes",
            ),
        ]
    return tuple(rows)


HIDE = Setting(
    "hide_temporary_passwords",
    "Passwords",
    "Hide temporary passwords",
    "Cannot be undone. Those of students with a user name and no e-mail stay visible.",
)
SETTINGS = (
    *_of_groups(),
    HIDE,
    Setting(
        "temporary_days",
        "Passwords",
        "Days a temporary password lasts",
        "After that it opens nothing, and Login Details give a new one.",
        "14",
        "days",
        ours=True,
    ),
    Setting(
        "school_name",
        "School",
        "Name of the school",
        "Stands above every page. Empty: the school's id.",
        "",
        "text",
        ours=True,
    ),
    Setting(
        "timezone",
        "Times",
        "Time zone",
        "All times on these pages are of this zone, such as America/New_York.",
        "UTC",
        "zone",
        ours=True,
    ),
    Setting(
        "requests_open_at",
        "Course Requests",
        "Open from",
        "In the school's time zone. Empty: open at once.",
        "",
        "moment",
        ours=True,
    ),
    Setting(
        "requests_close_at",
        "Course Requests",
        "Closed from",
        "In the school's time zone. Empty: no end.",
        "",
        "moment",
        ours=True,
    ),
    Setting("min_credits", "Course Requests", "Fewest credits", "Alternates do not count.", "5", "number", ours=True),
    Setting("max_credits", "Course Requests", "Most credits", "Alternates do not count.", "8", "number", ours=True),
    Setting("max_alternates", "Course Requests", "Most alternates", "Ranked by the student.", "3", "number", ours=True),
    Setting(
        "submit_by",
        "Course Requests",
        "Who may submit",
        "A child without a login has no other way than a parent.",
        "student-or-parent",
        "choice",
        ("student", "student-or-parent"),
        ours=True,
    ),
    Setting(
        "parent_review",
        "Course Requests",
        "Reviewed when",
        "Every parent's word is shown to the school whatever is chosen.",
        "any",
        "choice",
        ("any", "all"),
        ours=True,
    ),
)
_BY_NAME = {s.name: s for s in SETTINGS}


def read_settings(db: sqlite3.Connection, school: str) -> dict[str, str]:
    """Return every setting's value by name; yes-no ones as ``yes`` or ``no``."""
    values = {s.name: s.default for s in SETTINGS}
    values.update(dict(db.execute("select name, value from portal_settings where school = ?", [school]).fetchall()))
    return values


def write_settings(db: sqlite3.Connection, school: str, changes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Save settings; return those that are another now, each with what it was and is.

    RefusedAction is raised for a value that cannot be, before anything is saved.
    """
    before = read_settings(db, school)
    for name, value in changes.items():
        setting = _BY_NAME[name]
        if setting is HIDE and before[name] == "yes" and value != "yes":
            raise RefusedAction("Temporary passwords are hidden for good: that cannot be undone (R23).")
        if problem := _problem(setting, value):
            raise RefusedAction(f"{setting.title}: {problem}", status=422)
    after = {**before, **changes}
    if float(after["min_credits"]) > float(after["max_credits"]):
        raise RefusedAction("Fewest credits is more than most credits.", status=422)
    zone = zone_of(after["timezone"])
    for name in changes:
        if _BY_NAME[name].kind == "moment" and after[name]:
            after[name] = local_moment(after[name], zone) or ""
    changed = {name: (before[name], after[name]) for name in changes if after[name] != before[name]}
    db.executemany(
        "insert or replace into portal_settings values (?, ?, ?)",
        [(school, name, value) for name, (_, value) in changed.items()],
    )
    return changed


def _problem(setting: Setting, value: str) -> str:
    if setting.kind == "yes-no" and value not in ("yes", "no"):
        return "yes or no"
    if setting.kind == "choice" and value not in setting.choices:
        return f"one of {', '.join(setting.choices)}"
    if setting.kind == "number" and not (value.replace(".", "", 1).isdecimal() and float(value) <= 100):
        return "a number from 0 to 100"
    if setting.kind == "days" and not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= 365):
        return "a number of days from 1 to 365"
    if setting.kind == "text" and len(value) > 500:
        return "no more than 500 characters"
    if setting.kind == "zone" and not is_zone(value):
        return "a time zone such as Europe/Berlin"
    if setting.kind == "moment" and value and local_moment(value, UTC) is None:
        return "a day and time such as 2027-03-01T08:00"
    return ""
