"""Columns that may say who has left: offered where they say it plainly, told of where they only might."""

from __future__ import annotations

from dayzero_csv.looking.columns import Candidates, Columns
from dayzero_csv.looking.draft import Draft
from dayzero_csv.looking.seen import Seen
from dayzero_csv.looking.standing import Kind, may_tell, says_plainly

__all__ = ["offer_exit_date", "offer_status", "tell_of_standing"]

_STATUS = "Which column says who is here and who has left?"
_EXIT_DATE = "Which column says since when somebody has left?"
_WITHOUT = " Without one everybody in {file} is taken for active."


def offer_status(draft: Draft, columns: Columns, *, dated: bool) -> str | None:
    """Return the header of the status. A column that says plainly who is here is offered, and it has to be said whether it does.

    ``dated``: an exit date is read beside it, so that it need not.
    """
    told = dated and columns.sure(Kind.DATES.value) is not None
    return _offered(draft, columns, Kind.WORDS, _STATUS, told=told)


def offer_exit_date(draft: Draft, columns: Columns, status: str | None) -> str | None:
    """Return the header of the exit date; one that is plainly it has to be said where no ``status`` tells who has left."""
    return _offered(draft, columns, Kind.DATES, _EXIT_DATE, told=status is not None)


def _offered(draft: Draft, columns: Columns, kind: Kind, asked: str, *, told: bool) -> str | None:
    plain = [h for h in columns.seen.headers if says_plainly(columns.seen, h) is kind]
    if plain:
        candidates = columns.found.setdefault(kind.value, Candidates())
        candidates.maybe += [h for h in plain if h not in candidates.all]
        # A student's `Active` is no parent's tick.
        ticks = columns.found.get("relationships.portal_access", Candidates())
        ticks.maybe = [h for h in ticks.maybe if h not in plain]
    table, _, column = kind.value.partition(".")
    asked = (asked + ("" if told else _WITHOUT.format(file=columns.seen.file))) if plain else ""
    return draft.one(columns, table, column, asked=asked, needed=bool(plain) and not told)


def tell_of_standing(draft: Draft, seen: Seen, way: str, *read: str | None) -> None:
    """Tell of columns that are not read, and may say who has left. ``read``: what says it; ``way``: how a column comes to.

    Where something is read or asked for that says it, only those are told of that say it as plainly.
    """
    used = {header for columns in draft.mapping.values() for header in columns.values()}
    unread = [h for h in seen.headers if h not in used and h not in read]
    told = next((what for what in read if what), None)
    if told is not None:
        for header in unread:
            if says_plainly(seen, header):
                draft.note(f"{header} of {seen.file} is not read: {told} says who has left.")
        return
    if {q.key for q in draft.questions} & {kind.value for kind in Kind}:
        return
    for kind, what in (
        (Kind.WORDS, "with a few words that part the rows"),
        (Kind.DATES, "with dates in some of the rows"),
    ):
        may = [h for h in unread if may_tell(seen, h) is kind]
        if may and draft.looking.answers.get(kind.value) != "none":
            draft.note(
                f"Not read of {seen.file}, {what}: {', '.join(may)}. Nothing that is read says who has left; "
                f"if one of these does, {way.format(key=kind.value)}."
            )
