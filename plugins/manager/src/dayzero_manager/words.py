"""How pages say things: numbers with their nouns, times in the school's zone, codes as sentences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from dayzero.errors import ExitCode
from dayzero_manager.office import Office

__all__ = ["ENDINGS", "SETTING", "day", "many", "moment", "teach"]

SETTING = "Send Scheduling Year Student Data"
ENDINGS = {
    ExitCode.DONE: ("good", "Done"),
    ExitCode.INCOMPLETE: (
        "warn",
        "Done, with a remainder: the portal refused some records, or rows of the SIS were left out",
    ),
    ExitCode.USAGE: ("bad", "It could not start: the configuration is not right"),
    ExitCode.HELD: ("warn", "Done, and something is held: it waits for you"),
    ExitCode.SOURCE: ("bad", "The SIS could not be read. Nothing was sent"),
    ExitCode.PORTAL: ("bad", "The portal refused, or did not answer"),
    ExitCode.INTERRUPTED: ("bad", "It was stopped. Nothing of it was applied"),
}
"""How a run ended: the mark, and its exit code in words."""


def many(number: int, one: str, more: str | None = None) -> str:
    """Return ``1 student``, ``2 students``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def day(at: date) -> str:
    """Return ``Thursday, March 4, 2027``."""
    return f"{at:%A, %B} {at.day}, {at.year}"


def moment(at: datetime) -> str:
    """Return ``Thu, March 4, 2:00 AM``."""
    return f"{at:%a, %B} {at.day}, {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def ending(code: int | None, state: str) -> tuple[str, str]:
    """Return the mark and the words for how a run ended."""
    if code is None:
        return "warn", "It has not ended yet, or was cut off: the next run finds out"
    if state == "failed" and code == ExitCode.HELD:
        return "warn", "Refused. Nothing was sent"
    return ENDINGS[ExitCode(code)]


def teach(app: Flask, office: Office) -> None:
    """Give the templates these words."""

    def at(text: str | None) -> str:
        return moment(datetime.fromisoformat(text).astimezone(office.zone)) if text else ""

    def breakable(text: object) -> Markup:
        """Let an address break behind its @."""
        return Markup(str(escape("" if text is None else text)).replace("@", "@<wbr>"))  # noqa: S704 - escaped before

    words: dict[str, Any] = {"at": at, "day": day, "moment": moment, "breakable": breakable}
    app.jinja_env.filters.update(words)
    app.jinja_env.globals.update(many=many, ending=ending, SETTING=SETTING)
