"""How pages say things: numbers with their nouns, times in the school's zone, codes as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from dayzero.errors import ExitCode

if TYPE_CHECKING:
    from dayzero.journal import Run

__all__ = [
    "COUNTS_PEOPLE",
    "IF_RELEASED",
    "SETTING",
    "Ending",
    "agrees",
    "breakable",
    "day",
    "ending",
    "happens",
    "held_title",
    "in_answers",
    "listed",
    "many",
    "moment",
    "reason",
    "released",
    "was_done",
]

SETTING = "Send Scheduling Year Student Data"


class Ending(NamedTuple):
    """How a run ended. ``tone``: of its mark; ``short``: what stands in the mark."""

    tone: str
    short: str
    words: str


_ENDINGS = {
    ExitCode.DONE: Ending("good", "Done", "Done"),
    ExitCode.INCOMPLETE: Ending(
        "warn",
        "Done, with a remainder",
        "Done, with a remainder: the portal refused some records, or rows of the SIS were left out",
    ),
    ExitCode.USAGE: Ending("bad", "Could not start", "It could not start: the configuration is not right"),
    ExitCode.HELD: Ending("warn", "Done, a part is held", "Done, and something is held: it waits for you"),
    ExitCode.SOURCE: Ending("bad", "SIS not read", "The SIS could not be read. Nothing was sent"),
    ExitCode.PORTAL: Ending("bad", "Portal trouble", "The portal refused, or did not answer"),
    ExitCode.INTERRUPTED: Ending("bad", "Stopped", "It was stopped. Nothing of it was applied"),
}
"""How a run ended, by its exit code."""
_ALL_HELD = Ending("warn", "Held", "Nothing was sent, and something is held: it waits for you")
_REFUSED = Ending("warn", "Refused", "Refused. Nothing was sent")
_NOT_ENDED = Ending("warn", "Not ended", "It has not ended yet, or was cut off: the next run finds out")


def many(number: int, one: str, more: str | None = None) -> str:
    """Return ``1 student``, ``2 students``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def day(at: date) -> str:
    """Return ``Thursday, March 4, 2027``."""
    return f"{at:%A, %B} {at.day}, {at.year}"


def moment(at: datetime) -> str:
    """Return ``Thu, March 4, 2:00 AM``."""
    return f"{at:%a, %B} {at.day}, {at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def ending(code: int | None, state: str) -> Ending:
    """Return how a run ended."""
    if code is None:
        return _NOT_ENDED
    if code == ExitCode.HELD and state in ("failed", "nothing-to-do"):
        return _REFUSED if state == "failed" else _ALL_HELD
    return _ENDINGS[ExitCode(code)]


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


def in_answers(remedy: str) -> str:
    """Return what to do with answers as the buttons call them, not as a file of decisions does."""
    for word, said in ANSWERS.items():
        remedy = remedy.replace(f"`{word}`", f"\u201c{said}\u201d")
    return remedy


FACTS = {
    "active_enrolled": "Enrolled this year",
    "scheduling_enrolled": "Enrolled next year",
    "active_withdrawn": "Withdrawn this year",
    "scheduling_withdrawn": "Withdrawn next year",
    "entry_on_day_0": "Entry code on Day 0",
    "entry_days": "Calendar codes",
    "in_active": "Is there this year",
    "login": "Login",
    "sent_students": "Students who are sent",
    "granting_students": "Of them, with access",
}
"""What the rules look at."""
LOGINS = {"student": "Login", "parent": "Primary E-Mail"}
"""What the field is called from which a login comes, by kind."""
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
COUNTS_PEOPLE = frozenset(_HELD)
"""Where the number that is held is one of people."""
_DOUBTED = {
    "change-of-year": "The year has changed earlier than expected: nothing is sent",
    "lost-portal": "Accounts are gone from the portal: nothing is sent",
    "another-school": "This may be another school's data: nothing is sent",
    "emptied-column": "A column that decides who has access is empty: nothing is sent",
    "cut-line": "A file may be cut off in its last line: nothing is taken from anybody",
    "partial": "Only a part of the data was read: nothing is taken from anybody",
    "torn-read": "The files may be of different nights: whoever is missing in one of them stays",
    "emptied-table": "A table has nothing in it any more: what it had stays on the portal",
}


def held_title(op: str, people: int, number: int) -> str:
    """Return what is held, as a heading. ``number``: what is counted, where it is not people."""
    if op == "requests":
        return f"{many(number, 'course request')} would be withdrawn"
    if op in _DOUBTED:
        return _DOUBTED[op]
    said = _HELD[op].replace("seem", "seems") if op == "rekey" and people == 1 else _HELD[op]
    return f"{many(people, 'person', 'people')} {said}"


IF_RELEASED = {
    "create": "They get an account. Nobody is mailed: login details are sent in the portal.",
    "update": "Login, name and children become what the SIS says. Who has another login signs in with it from then on, with the same "
    "password; a parent who loses a child does not see it any more.",
    "disable": "They cannot sign in any more. Nothing is deleted: grades, messages and requests stay, and whoever comes back gets the "
    "same account and password.",
    "enable": "They can sign in again, with the same password.",
    "refuse": "They do not see the child any more for whom the SIS says no. Who has no other child there cannot sign in any more.",
    "year": "They are not in that year any more, and do not see what belongs to it. Their account stays.",
    "rekey": "They are taken for other people: the accounts under the old ids end, and the new ids get new accounts, without password and "
    "history. If they are the same people, tick them below instead.",
    "requests": "What their families have handed in is withdrawn. They would have to choose again.",
    "change-of-year": "Everybody goes on to the next year now: newcomers become students of this year, and whoever is in no next year "
    "loses access.",
    "lost-portal": "The accounts are made again, with new login details.",
    "another-school": "The data is taken as this school's. Whoever seems to be somebody else is still asked about, one by one, below.",
    "emptied-column": "The column is taken to be truly empty, for everybody.",
    "cut-line": "The last line is taken as it stands, and whoever is missing after it as gone.",
    "partial": "Whoever is missing in what was read is taken to be gone.",
    "torn-read": "Whoever is missing in one of the files is taken to be gone.",
    "emptied-table": "What the table had is taken away from the portal. No account ends by that.",
}
"""What a release does, by what is released."""
RELEASED = {
    "leave": ("can no longer sign in", "can no longer sign in"),
    "change": ("changes and stays", "change and stay"),
    "back": ("can sign in again", "can sign in again"),
    "appear": ("gets an account", "get an account"),
}
"""What becomes of one, and of several, who are released."""


def happens(tally: Mapping[str, int]) -> str:
    """Return ``1 appears and 2 leave``, without what nobody does."""
    verbs = {
        "appear": ("appears", "appear"),
        "change": ("changes", "change"),
        "back": ("comes back", "come back"),
        "leave": ("leaves", "leave"),
    }
    return listed([f"{tally[does]:,} {verb[tally[does] != 1]}" for does, verb in verbs.items() if tally.get(does)])


def was_done(tally: Mapping[str, int]) -> str:
    """Return ``1 changed and 2 left``, without what nobody did."""
    verbs = {"appear": "appeared", "change": "changed", "back": "came back", "leave": "left"}
    return listed([f"{tally[does]:,} {verb}" for does, verb in verbs.items() if tally.get(does)])


def released(tally: Mapping[str, int]) -> str:
    """Return ``2 can no longer sign in and 1 changes and stays``."""
    return listed([f"{number:,} {RELEASED[does][number != 1]}" for does, number in tally.items() if number])


def happened(run: Run) -> str:
    """Return what a run did, in a few words."""
    if run.state == "nothing-to-do" and run.exit_code == ExitCode.HELD:
        return "Nothing was sent"
    if run.state != "committed" or not run.applied:
        return {"nothing-to-do": "Nothing had to be sent", "failed": "Nothing was applied"}.get(
            run.state, "Not known yet"
        )
    both = [run.applied[kind] for kind in ("student", "parent")]
    told = [(op, sum(counts.get(op, 0) for counts in both)) for op in _APPLIED]
    parts = [f"{number:,} {_APPLIED[op]}" for op, number in told if number]
    return ", ".join(parts) or "Years and courses only"


_APPLIED = {"create": "appeared", "update": "changed", "enable": "came back", "disable": "left"}
