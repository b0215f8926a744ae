"""The report's sentences with numbers: its heading, what is asked of whom, what happens next."""

from __future__ import annotations

from collections.abc import Iterator

from dayzero.gradebook import ACCOUNT_KINDS, ACCOUNT_OPS
from dayzero.report import Report, Shares
from dayzero_manager.report.words import DOES
from dayzero_manager.words import day, many

__all__ = ["asks", "changes_headline", "days_left", "headline", "next_year", "of_interest", "rest_of"]


def of_interest(report: Report) -> tuple[str, Shares, Shares]:
    """Return whom the first figures are about, with their families: the newcomers, where some are expected."""
    people = report.people
    if people.newcomers.all:
        return "newcomer", people.newcomers, people.families_new
    return "student", people.here, people.families_here


def headline(report: Report) -> str:
    """Return the answer: how many have an account, and how much time is left."""
    word, shares, _ = of_interest(report)
    if not shares.all:
        return "Nobody is at the school yet."
    said = f"{shares.has:,} of {many(shares.all, word)} {'has' if shares.all == 1 else 'have'} an account."
    if shares.comes:
        said += f" {shares.comes:,} more {'gets' if shares.comes == 1 else 'get'} one with the next sync."
    return f"{said} {left}" if (left := days_left(report)) else said


def days_left(report: Report) -> str:
    """Return how far the change of year is; empty where no day is known."""
    change = report.change_of_year
    if change is None:
        return ""
    if change.days > 0:
        return f"{many(change.days, 'day')} to the change of year."
    return "The year changes today." if not change.days else f"The year ended {many(-change.days, 'day')} ago."


def rest_of(shares: Shares) -> str:
    """Return what becomes of those without: ``3 with the next sync, 2 left out``."""
    parts = [(shares.comes, "with the next sync"), (shares.waits, "held"), (shares.left_out, "left out")]
    return ", ".join(f"{n:,} {words}" for n, words in parts if n) or "nobody is left out"


def next_year(report: Report) -> str:
    """Return what the change of year does."""
    change = report.change_of_year
    if change is None:
        return "The active year has no last day in the SIS, so the day on which the year changes is not known."
    if not change.known:
        why = (
            "there is no scheduling year yet"
            if report.send_scheduling_year
            else "Send Scheduling Year Student Data is No"
        )
        return f"The year changes on {day(change.day)}. Who comes then is not looked at: {why}."
    return (
        f"On {day(change.day)} the year changes: {many(change.arrive, 'newcomer')} {_verb(change.arrive, 'arrive')}, "
        f"{many(change.go_up, 'student')} {_verb(change.go_up, 'go')} up a year, and {change.leave:,} "
        f"{_verb(change.leave, 'leave')}. Nothing is deleted."
    )


def _verb(people: int, word: str) -> str:
    return {"go": "goes"}.get(word, f"{word}s") if people == 1 else word


def asks(report: Report) -> Iterator[str]:
    """Yield what waits for somebody, the rare first."""
    if report.waiting:
        yield f"The office: look at what is held, and release it if it is right. {' '.join(one.said for one in report.waiting)}"
    if report.doubts:
        yield f"The office: answer {many(len(report.doubts), 'question')} about who somebody is. They stay as they are until then."
    if report.places:
        kinds = sorted({"homeroom" if row.kind == "homeroom" else "grade" for row in report.places}, reverse=True)
        places = many(len(report.places), " or ".join(kinds), " and ".join(f"{kind}s" for kind in kinds))
        yield f"Homeroom teachers: ask for what is missing in {places}. Each is one field to correct in the SIS."
    unread = sum(one.count for one in report.unread)
    if unread:
        yield f"The office: correct the rows that could not be read; {many(unread, 'account')} of people named there {'stays' if unread == 1 else 'stay'} as it was."


def changes_headline(report: Report) -> str:
    """Return what the next sync does, in one sentence."""
    totals = {op: sum(report.counts[kind][op] for kind in ACCOUNT_KINDS) for op in ACCOUNT_OPS}
    said = ", ".join(f"{number:,} {DOES[op]}" for op, number in totals.items() if number)
    return f"The next sync: {said}." if said else "The next sync has nothing to do for accounts."
