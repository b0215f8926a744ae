"""What Login Details say, on paper and by mail: all their words are here.

A letter is a text of blocks with a blank line between them: the school, what it is about, whom it is for, what opens the
portal, the steps in order, by when, and whom to ask. ``blocks`` takes it apart again for a page that prints it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dayzero_simulator.portal.moments import in_full, instant, zone_of
from dayzero_simulator.portal.settings import Settings, for_grade

__all__ = ["OFFICE", "SECRET", "SUBJECT", "Occasion", "blocks", "login_letter", "with_secret"]

SECRET = "{secret}"  # noqa: S105 - where one stands
"""Where a letter's temporary password stands. It is kept beside the letter: whether it is shown is decided when it is read."""
SUBJECT = "Login Credentials"
OFFICE = "the school's office"


@dataclass(frozen=True)
class Occasion:
    """What all letters that go out together have in common. ``year``: the scheduling year's name, or empty."""

    school: str
    address: str
    year: str
    settings: Settings
    now: datetime


def login_letter(
    person: Mapping[str, Any], children: Sequence[Mapping[str, Any]], of: Occasion, *, given_at: str | None = None
) -> str:
    """Return the letter to one person; ``SECRET`` stands in it, on a line of its own, for who has a temporary password.

    ``children``: of a parent, each with ``name``, ``next_grade_level``, ``in_active`` and ``in_scheduling``. ``given_at``:
    when the temporary password was given, if that is known.
    """
    asking = _asking(person, children) if of.year else []
    names = [_line(c["name"] or c["student_id"]) for c in children]
    parts = (
        of.school,
        f"Your access to the portal{f', as a parent of {_listed(names)}' if names else ''}",
        f"Dear {_line(person['name'] or person['person_id'])},",
        _to_parent(children, of) if person["kind"] == "parent" else _to_student(person, of, asks=bool(asking)),
        _opens(person, of, given_at),
        _steps(person, asking),
        _by_when(asking, of),
        f"Questions? Ask {_line(of.settings['contact']).rstrip('.') or OFFICE}.",
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _asking(person: Mapping[str, Any], children: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the students whose Course Requests the letter is about."""
    if person["kind"] == "parent":
        return [c for c in children if c["in_scheduling"]]
    return [person] if "scheduling" in person["years"] else []


def _line(text: str) -> str:
    """Return a text on one line: a letter's lines are its own."""
    return " ".join(text.split())


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _to_parent(children: Sequence[Mapping[str, Any]], of: Occasion) -> str:
    """Return what the letter is about: whose parent this is, and next year's courses where there is one."""
    whose = f" for {_listed([_child(c, of) for c in children])}" if children else ""
    access = f"You have access to the portal of {of.school}{whose}."
    if of.year and any(c["in_scheduling"] for c in children):
        return f"{access} There you find the course requests for {of.year}, and say whether you agree with them."
    return access


def _child(child: Mapping[str, Any], of: Occasion) -> str:
    name = _line(child["name"] or child["student_id"])
    if not of.year or not child["in_scheduling"]:
        return name
    about = [
        *(["new"] if not child["in_active"] else []),
        f"grade {child['next_grade_level']} in {of.year}" if child["next_grade_level"] else f"in {of.year}",
    ]
    return f"{name} ({', '.join(about)})"


def _to_student(person: Mapping[str, Any], of: Occasion, *, asks: bool) -> str:
    if not asks:
        return f"This is your access to the portal of {of.school}."
    grade = f", in grade {person['next_grade_level']}" if person["next_grade_level"] else ""
    begins = (
        f"You start at {of.school} in {of.year}{grade}."
        if person["new"]
        else f"{of.school} plans {of.year}, your next year{grade}."
    )
    return f"{begins} In the portal you ask for the courses that you want to take then."


def _opens(person: Mapping[str, Any], of: Occasion, given_at: str | None) -> str:
    lines = [f"Address: {of.address}", f"E-mail or user name: {_line(person['login'] or '')}"]
    if person["own_password"]:
        return "\n".join([*lines, "Password: the one you chose"])
    if given_at is None:
        return "\n".join([*lines, SECRET])
    until = datetime.fromisoformat(given_at) + timedelta(days=int(of.settings["temporary_days"]))
    return "\n".join([*lines, SECRET, f"Use it before: {in_full(until, zone_of(of.settings['timezone']))}"])


def _steps(person: Mapping[str, Any], asking: Sequence[Mapping[str, Any]]) -> str:
    """Return what to do, in order. ``asking``: the students with a form."""
    steps = ["Open the address."]
    if person["own_password"]:
        steps += ["Sign in with the password you chose. If you forgot it, choose: Can't access your account?"]
    else:
        steps += [
            "Sign in with the temporary password.",
            "Choose a password of your own; from then on only that one opens the portal.",
        ]
    if asking and person["kind"] == "student":
        steps.append(
            "Open Course Requests, choose your courses and submit them. A parent then says whether they agree."
        )
    elif asking:
        theirs = _listed([_line(c["name"] or c["student_id"]) for c in asking])
        steps.append(f"Open the Course Requests of {theirs}, and say whether you agree.")
    return "\n".join(f"{n}. {step}" for n, step in enumerate(steps, start=1))


def _by_when(asking: Sequence[Mapping[str, Any]], of: Occasion) -> str:
    """Return when course requests open, if that is still to come, and when they close, for each child where they differ."""
    windows = [(a, _window(for_grade(of.settings, a["next_grade_level"]), of)) for a in asking]
    if len({said_of for _, said_of in windows}) < 2:
        return windows[0][1] if windows else ""
    return " ".join(f"For {_line(a['name'] or a['student_id'])}: {said_of}" for a, said_of in windows if said_of)


def _window(settings: Settings, of: Occasion) -> str:
    """Return when a grade's requests open and close; nothing where they have closed."""
    zone = zone_of(settings["timezone"])
    opens, closes = (
        instant(settings[name], zone) if settings[name] else None for name in ("requests_open_at", "requests_close_at")
    )
    if closes is not None and closes <= of.now:
        return ""
    sentences = []
    if opens is not None and opens > of.now:
        sentences.append(f"Course Requests open on {in_full(opens, zone)}.")
    if closes is not None:
        sentences.append(f"Course Requests close on {in_full(closes, zone)}.")
    return " ".join(sentences)


def with_secret(body: str, secret: str) -> str:
    """Return a letter with its temporary password, or with what is said instead of it."""
    return re.sub(
        rf"^{re.escape(SECRET)}$", lambda _: f"Temporary password: {secret}", body, count=1, flags=re.MULTILINE
    )


def blocks(text: str) -> list[dict[str, Any]]:
    """Return a letter's blocks as a page prints them: ``steps`` in order, ``facts`` with their names, and ``text``."""
    found: list[dict[str, Any]] = []
    for part in re.split(r"\n{2,}", text.strip()):
        lines = part.split("\n")
        if all(re.match(r"\d+\. ", line) for line in lines):
            found.append({"kind": "steps", "steps": [line.partition(". ")[2] for line in lines]})
        elif len(lines) > 1 and all(": " in line for line in lines):
            found.append({"kind": "facts", "facts": [line.partition(": ")[::2] for line in lines]})
        else:
            found.append({"kind": "text", "text": part})
    return found
