"""The portal's settings as a school has them: read, checked and kept; some may be another for a grade of the next year."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC

from dayzero_simulator.names import grade_key
from dayzero_simulator.portal.moments import is_day, is_zone, local_moment, zone_of
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.setting_table import GROUPS, HIDE, SETTINGS, Setting

__all__ = [
    "GROUPS",
    "HIDE",
    "SETTINGS",
    "Setting",
    "Settings",
    "for_grade",
    "grades_set",
    "read_settings",
    "settings_of",
    "title_of",
    "write_settings",
]

Settings = Mapping[str, str]


_BY_NAME = {s.name: s for s in SETTINGS}
_AT = "@"
"""A setting of a grade is called ``min_credits@9``."""


def settings_of(grades: Iterable[str]) -> tuple[Setting, ...]:
    """Return every setting, those that may be another for one of these grades last."""
    return (*SETTINGS, *(_of_grade(s, grade) for grade in grades for s in SETTINGS if s.by_grade))


def _of_grade(setting: Setting, grade: str) -> Setting:
    return replace(setting, name=f"{setting.name}{_AT}{grade}", default="", ours=False, grade=grade)


def _called(name: str) -> Setting:
    """Return a setting by its name; raise KeyError where there is none."""
    of, at, grade = name.partition(_AT)
    setting = _BY_NAME[of]
    if not at:
        return setting
    if not setting.by_grade or not grade:
        raise KeyError(name)
    return _of_grade(setting, grade)


def title_of(name: str) -> str:
    """Return what a setting is called on the page and in the audit."""
    setting = _called(name)
    return f"{setting.title}, grade {setting.grade}" if setting.grade else setting.title


def grades_set(settings: Settings) -> set[str]:
    """Return the grades for which something is another."""
    return {name.partition(_AT)[2] for name, value in settings.items() if _AT in name and value}


def for_grade(settings: Settings, grade: str | None) -> dict[str, str]:
    """Return the settings as they are for whoever is in a grade next year."""
    own = {
        name.partition(_AT)[0]: value
        for name, value in settings.items()
        if grade is not None and value and _AT in name and grade_key(name.partition(_AT)[2]) == grade_key(grade)
    }
    return {**settings, **own}


def read_settings(db: sqlite3.Connection, school: str) -> dict[str, str]:
    """Return every setting's value by name; yes-no ones as ``yes`` or ``no``."""
    values = {s.name: s.default for s in SETTINGS}
    values.update(dict(db.execute("select name, value from portal_settings where school = ?", [school]).fetchall()))
    return values


def write_settings(db: sqlite3.Connection, school: str, changes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Save settings; return those that are another now, each with what it was and is.

    RefusedAction is raised for a value that cannot be, before anything is saved.
    """
    before = dict.fromkeys(changes, "") | read_settings(db, school)
    for name, value in changes.items():
        setting = _called(name)
        if setting is HIDE and before[name] == "yes" and value != "yes":
            raise RefusedAction("Temporary passwords are hidden for good: that cannot be undone (R23).")
        if problem := _problem(setting, value):
            raise RefusedAction(f"{title_of(name)}: {problem}", status=422)
    after = {**before, **changes}
    zone = zone_of(after["timezone"])
    for name in changes:
        if _called(name).kind == "moment" and after[name]:
            after[name] = local_moment(after[name], zone) or ""
    if any(_called(name).by_grade for name in changes):
        _require_order(after)
    changed = {name: (before[name], after[name]) for name in changes if after[name] != before[name]}
    db.executemany(
        "insert or replace into portal_settings values (?, ?, ?)",
        [(school, name, value) for name, (_, value) in changed.items()],
    )
    return changed


def _require_order(settings: Settings) -> None:
    """Refuse a grade, or a school, that must choose more than it may, or that closes before it opens."""
    for grade in (None, *sorted(grades_set(settings))):
        own, where = for_grade(settings, grade), f" for grade {grade}" if grade else ""
        if float(own["min_credits"]) > float(own["max_credits"]):
            raise RefusedAction(f"Fewest credits is more than most credits{where}.", status=422)
        opens, closes = own["requests_open_at"], own["requests_close_at"]
        if opens and closes and opens >= closes:
            raise RefusedAction(f"Course Requests close before they open{where}.", status=422)


def _problem(setting: Setting, value: str) -> str:
    if setting.grade and not value:
        return ""
    if setting.kind == "yes-no" and value not in ("yes", "no"):
        return "yes or no"
    if setting.kind == "choice" and value not in setting.choices:
        return f"one of {', '.join(setting.choices)}"
    if setting.kind == "number" and not (value.replace(".", "", 1).isdecimal() and float(value) <= 100):
        return "a number from 0 to 100"
    if setting.kind == "size" and not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= 100):
        return "a whole number from 1 to 100"
    if setting.kind == "days" and not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= 365):
        return "a number of days from 1 to 365"
    if setting.kind in ("text", "lines") and len(value) > 500:
        return "no more than 500 characters"
    if setting.kind == "zone" and not is_zone(value):
        return "a time zone such as Europe/Berlin"
    if setting.kind == "moment" and value and local_moment(value, UTC) is None:
        return "a day and time such as 2027-03-01T08:00"
    if setting.kind == "day" and value and not is_day(value):
        return "a day such as 2027-04-16"
    return ""
