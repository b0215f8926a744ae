"""How pages say things: numbers with their nouns, times in the school's zone, codes as sentences."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from dayzero.errors import ExitCode

if TYPE_CHECKING:
    from dayzero.journal import Run

__all__ = ["ENDINGS", "SETTING", "agrees", "breakable", "day", "ending", "listed", "many", "moment", "reason"]

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


def agrees(number: int, verb: str) -> str:
    """Return ``1 leaves``, ``2 leave``."""
    return f"{number:,} {verb}{'s' if number == 1 else ''}"


def listed(parts: list[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def breakable(text: object) -> Markup:
    """Let an address break behind its @."""
    return Markup(str(escape("" if text is None else text)).replace("@", "@<wbr>"))  # noqa: S704 - escaped before


_REASONS = {
    "newcomer": "Newcomer",
    "has no account yet": "Has no account yet",
    "is back": "Is at the school again",
    "not recorded": "",
}


def reason(said: str | None, kind: str = "student") -> str:
    """Return why, in words: a rule's message, or what an operation tells of itself."""
    if said is None or said.startswith("changed: "):
        return "Changed in the SIS" if said else ""
    if said in _REASONS:
        return _REASONS[said]
    from dayzero.people import rules_for

    message = next((rule.message for rule in rules_for(kind) if rule.code == said), said)
    return message[:1].upper() + message[1:]


ANSWERS = {"same": "Same person", "other": "Another person", "gone": "It is gone", "leave": "Leave it as it is"}
"""What may be answered to a question about a person."""
FACTS = {
    "active_enrolled": "Enrolled this year",
    "scheduling_enrolled": "Enrolled next year",
    "active_withdrawn": "Withdrawn this year",
    "scheduling_withdrawn": "Withdrawn next year",
    "entry_on_day_0": "Entry code on Day 0",
    "entry_days": "Calendar codes",
    "in_active": "Is there this year",
    "login": "Login or Primary E-Mail",
    "sent_students": "Students who are sent",
    "granting_students": "Of them, with access",
}
"""What the rules look at."""
RULES_ASKED = {
    "not-enrolled": "Is enrolled in a year that is sent",
    "withdrawn": "Has not withdrawn",
    "no-entry-on-day-0": "Is here already, or new from the start",
    "no-login": "Has a login",
    "invalid-login": "It is one that somebody can sign in with",
    "duplicate-login": "Nobody else has that login",
    "no-sent-student": "Has a student who is sent",
    "no-portal-access": "Enable Parent Portal Access is ticked for one of them",
    "no-email": "Has a Primary E-Mail",
    "invalid-email": "It is an e-mail address",
    "placeholder-email": "It is a family's own, not everybody's",
    "shared-by-strangers": "No stranger has the same one",
    "same-person-twice": "Is in the SIS once",
}
"""The rules as questions to which Yes lets pass."""
DONE = {
    "create": "Appeared",
    "update": "Changed",
    "renew": "Account given to another person",
    "enable": "Came back",
    "disable": "Left",
    "remove": "Record removed",
}
"""What an operation did."""
_HELD = {
    "create": "would appear",
    "update": "would change who they are, or lose a child",
    "disable": "would lose access",
    "enable": "would come back",
    "refuse": "would lose a child because somebody said no",
    "year": "would lose a year",
    "rekey": "seem to have new ids",
}


def held(op: str, number: int) -> str:
    """Return what is held, as a heading."""
    if op == "change-of-year":
        return "The year has changed earlier than expected"
    if op == "requests":
        return f"{many(number, 'course request')} would be withdrawn"
    if op in _HELD:
        return f"{many(number, 'person', 'people')} {_HELD[op]}"
    return f"{op.replace('-', ' ').capitalize()}: the read is in doubt"


def happened(run: Run) -> str:
    """Return what a run did, in a few words."""
    if run.state != "committed" or not run.applied:
        return {"nothing-to-do": "Nothing had to be sent", "failed": "Nothing was applied"}.get(
            run.state, "Not known yet"
        )
    both = [run.applied[kind] for kind in ("student", "parent")]
    told = [(op, sum(counts.get(op, 0) for counts in both)) for op in _APPLIED]
    parts = [f"{number:,} {_APPLIED[op]}" for op, number in told if number]
    said = ", ".join(parts) or "Years and courses only"
    return f"Took an earlier sync back: {said}" if run.undoes else said


_APPLIED = {"create": "appeared", "update": "changed", "enable": "came back", "disable": "left"}
