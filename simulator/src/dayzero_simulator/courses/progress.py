"""How far a request is and whose turn it is, in the words of whoever looks at it. Nothing is decided here.

A parent is told that another parent has answered, and never who that is nor what they wrote: each answers for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Literal

from dayzero_simulator.courses.forms import Form
from dayzero_simulator.courses.window import window_of
from dayzero_simulator.portal.moments import in_short
from dayzero_simulator.portal.settings import Settings

__all__ = ["Looker", "Step", "Turn", "mine_of", "steps", "turn"]


@dataclass(frozen=True)
class Looker:
    """Who looks at a request: ``role`` and ``person_id``; the ``student``'s name; the ``parents`` who have access to it.

    ``alone``: the student cannot sign in, so that nobody but a parent can choose.
    """

    role: str
    person_id: str
    student: str
    parents: Sequence[Mapping[str, Any]]
    zone: tzinfo
    now: datetime
    alone: bool = False

    def when(self, at: str | datetime) -> str:
        """Return a moment in their school's time."""
        return in_short(at, self.zone, self.now)

    def called(self, kind: str, person_id: str) -> str:
        """Return who somebody is to them, as the beginning of a sentence."""
        if (kind, person_id) == (self.role, self.person_id):
            return "You"
        if kind == "student":
            return self.student
        if kind != "parent":
            return "The school" if kind == "admin" else "Somebody who is not here any more"
        if self.role == "parent":
            others = [p for p in self.parents if p["person_id"] != self.person_id]
            return "The other parent" if [p["person_id"] for p in others] == [person_id] else "A parent"
        return next((p["name"] or "A parent" for p in self.parents if p["person_id"] == person_id), "A parent")


@dataclass(frozen=True)
class Step:
    """One step of a request. ``lines``: what is known of it."""

    title: str
    state: Literal["done", "now", "next"]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: ``yours`` or not, what is so, and what comes next. ``do``: what the way there is called."""

    sentence: str
    after: str = ""
    yours: bool = False
    do: str = ""


def mine_of(form: Form, who: Looker) -> dict[str, Any] | None:
    """Return what a parent has answered to the choices as they are, or None."""
    return next((r for r in form.reviews if who.role == "parent" and r["parent_id"] == who.person_id), None)


def steps(form: Form, who: Looker, settings: Settings) -> list[Step]:
    """Return the way of a request: what happened, where it is now, what comes."""
    return [
        _submitting(form, who),
        *_agreeing(form, who),
        _receiving(form, who, settings),
        _approving(form, who, settings),
    ]


def _last(form: Form, action: str) -> dict[str, Any] | None:
    return next((e for e in reversed(form.events) if e["action"] == action), None)


def _submitting(form: Form, who: Looker) -> Step:
    event = _last(form, "submit")
    if event is not None and form.state not in ("draft", "returned"):
        return Step(f"{who.called(event['actor_kind'], event['actor_id'])} submitted", "done", (who.when(event["at"]),))
    if form.state == "returned":
        returned = form.events[-1]
        return Step("The school asks for a change", "now", (who.when(returned["at"]),))
    subject = "You choose" if who.role == "student" else f"{who.student} chooses"
    return Step(f"{subject} and submit{'' if who.role == 'student' else 's'}", "now")


def _agreeing(form: Form, who: Looker) -> list[Step]:
    if not who.parents:
        return []
    answers = {r["parent_id"]: r for r in form.reviews}
    lines = []
    for parent in sorted(who.parents, key=lambda p: (who.role, who.person_id) != ("parent", p["person_id"])):
        given = answers.get(parent["person_id"])
        said = (
            "not yet"
            if given is None
            else f"{'agreed' if given['agrees'] else 'did not agree'}, {who.when(given['at'])}"
        )
        lines.append(f"{who.called('parent', parent['person_id'])}: {said}")
    title = "You agree, or not" if [p["person_id"] for p in who.parents] == [who.person_id] else "Parents agree, or not"
    if form.state == "submitted":
        return [Step(title, "now", tuple(lines))]
    done = form.state in ("reviewed", "received", "approved")
    return [Step(_answered(answers, who) or title, "done" if done else "next", tuple(lines) if done else ())]


def _answered(answers: Mapping[str, Any], who: Looker) -> str:
    if not answers:
        return ""
    return (
        "Parents have answered" if {p["person_id"] for p in who.parents} <= answers.keys() else "A parent has answered"
    )


def _receiving(form: Form, who: Looker, settings: Settings) -> Step:
    event = _last(form, "receive")
    if form.state in ("received", "approved") and event is not None:
        return Step("The school received it", "done", (who.when(event["at"]), *_note_of(event)))
    closes = window_of(settings).closes
    last = f"Until then it can be changed, until {who.when(closes)} at the latest." if closes else ""
    lines = (last,) if closes and closes > who.now else ()
    waits = form.state == "reviewed" or (form.state == "submitted" and not who.parents)
    return Step("The school receives it", "now" if waits else "next", lines)


def _approving(form: Form, who: Looker, settings: Settings) -> Step:
    if form.state == "approved":
        return Step("The school approved it", "done", (who.when(form.updated_at), *_note_of(_last(form, "approve"))))
    by = settings["requests_decided_by"]
    lines = (f"by {_day(by)}",) if by else ()
    return Step("The school approves it", "now" if form.state == "received" else "next", lines)


def _note_of(event: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return what the school wrote to the family when it did something."""
    return (f"“{event['note']}”",) if event and event["note"] else ()


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day:%A, %B} {day.day}"


def turn(form: Form, who: Looker, settings: Settings, *, may_choose: bool) -> Turn:
    """Return whose turn it is. ``may_choose``: whoever looks may work on the choices now."""
    window = window_of(settings)
    state, until = window.state(who.now), window.until(who.now)
    if form.withdrawn:
        return Turn(
            f"{_subject(who)} not in the next year any more.",
            "The request is kept as it is.",
        )
    if form.state == "approved":
        after = "A schedule comes from the school. A request is not yet a place."
        return Turn("The school approved the request.", after, do="See the request")
    if form.state == "received":
        after = "Nobody has to do anything here. The school decides next."
        return Turn("The school has received the request.", after, do="See the request")
    if form.state in ("submitted", "reviewed"):
        return _of_submitted(form, who, open_now=state == "open", until=until)
    if state != "open":
        return _of_shut(form, who, settings)
    return _of_choosing(form, who, until, may_choose=may_choose)


def _subject(who: Looker) -> str:
    return "You are" if who.role == "student" else f"{who.student} is"


def _of_submitted(form: Form, who: Looker, *, open_now: bool, until: str) -> Turn:
    disagreed, own = any(not r["agrees"] for r in form.reviews), mine_of(form, who)
    sent = _last(form, "submit")
    if who.role == "parent" and own is None and open_now:
        by_them = (sent["actor_kind"], sent["actor_id"]) == ("parent", who.person_id) if sent else False
        asked = (
            f"You submitted it for {who.student}. Please confirm that you agree."
            if by_them
            else f"Do you agree with what {who.student} chose?"
        )
        return Turn(asked, until, yours=True, do="Answer")
    if own is not None:
        said = "You agreed." if own["agrees"] else "You did not agree."
        after = "You do not have to do anything. The school receives the request next."
        return Turn(said, after, do="See the request")
    if disagreed:
        return Turn(
            "A parent did not agree.", "The school sees it. You do not have to do anything.", do="See the request"
        )
    if form.reviews or not who.parents or who.role == "parent":
        after = "You do not have to do anything."
        return Turn("Now it is the school’s turn.", after, do="See the request")
    after = "You do not have to do anything."
    whose = "your parents’ turn" if len(who.parents) > 1 else "your parent’s turn"
    return Turn(f"Now it is {whose}.", after, do="See the request")


def _of_shut(form: Form, who: Looker, settings: Settings) -> Turn:
    window = window_of(settings)
    if window.opens and window.state(who.now) == "early":
        return Turn(
            f"Course Requests open {who.when(window.opens)}.",
            "You do not have to do anything before.",
        )
    closes = f" {who.when(window.closes)}" if window.closes else ""
    if form.state:
        return Turn(
            f"Course Requests closed{closes}.",
            "What was chosen was not submitted. Please ask the school.",
            do="See the choices",
        )
    return Turn(f"Course Requests closed{closes}.", "Nothing was chosen. Please ask the school.")


def _of_choosing(form: Form, who: Looker, until: str, *, may_choose: bool) -> Turn:
    own = who.role == "student"
    yours = own or who.alone
    if not may_choose:
        return Turn(
            f"{who.student} has not submitted yet.",
            "You are asked once the choices are there. You do not have to do anything before.",
        )
    if form.state == "returned" or (form.state == "draft" and form.note):
        return Turn("The school asks for a change.", until, yours=yours, do="Change the choices")
    if form.state == "draft":
        whose = "Your draft is" if own else f"{who.student}’s draft is"
        return Turn(f"{whose} not submitted yet.", until, yours=yours, do="Go on choosing")
    if own:
        return Turn("Choose your courses for next year.", until, yours=True, do="Choose courses")
    return Turn(
        f"{who.student} has not chosen courses yet.",
        f"{until} {'Please choose.' if who.alone else 'You can choose together.'}".strip(),
        yours=yours,
        do="Choose courses",
    )
