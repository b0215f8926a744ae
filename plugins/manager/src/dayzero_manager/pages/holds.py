"""Holds and questions: what waits for the office, released by its exact number or answered person by person."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.errors import RefusedError, UsageError
from dayzero.people import Decisions
from dayzero.plan import IdMap
from dayzero.service import SyncRequest
from dayzero_manager.changes import named, with_names
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.held import Group, going_by, tally
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.questions import answers_in, questions_of
from dayzero_manager.view import Paged, Shown, planned

__all__ = ["mount"]

FIRST = 5
"""So many are named at once; the others are one click away."""


def mount(door: Door, office: Office) -> None:
    """Mount the pages."""

    def holds() -> str:
        shown = planned(office)
        first = {group.op: _rows(shown, group.people.head(FIRST)) for group in shown.groups}
        return render_template(
            "holds.html", shown=shown, first=first, questions=questions_of(shown), rekeyed=_rekeyed(shown), FIRST=FIRST,
        )  # fmt: skip

    def names() -> str:
        shown = planned(office)
        [group] = _asked_for(shown)[:1]
        page = Paged.of_frame(group.people, request.args.get("page", 1, int))
        return render_template("held_names.html", shown=shown, group=group, page=page, rows=_rows(shown, page.rows))

    def confirm() -> str:
        """Show once more who is released, and what becomes of them; nothing is sent yet."""
        shown = planned(office)
        groups = _asked_for(shown)
        going = going_by(shown.groups, [g.op for g in groups], shown.waits_for)
        page = Paged.of_frame(going, request.args.get("page", 1, int))
        return render_template(
            "release.html", shown=shown, groups=groups, page=page, rows=_rows(shown, page.rows), tally=tally(going),
        )  # fmt: skip

    def release() -> Response:
        numbers = zip(request.form.getlist("op"), request.form.getlist("number"), strict=False)
        allow = {op: int(number) for op, number in numbers if number.isdecimal() and len(number) < 10}
        asked = SyncRequest(allow=allow, expect=request.form.get("plan_id", ""))
        return begin(office, "All Data, with what you released", asked)

    def check() -> str:
        """Show the answers once more, each with what it means; nothing is saved yet."""
        shown = planned(office, wait=True)
        answers, gone = answers_in(shown, request.form)
        if gone:
            raise _changed(gone)
        if not answers:
            raise UsageError("No question was answered. Nothing was saved.")
        chosen = [(q, answers[q["doubt"]]) for q in questions_of(shown) if q["doubt"] in answers]
        return render_template("answers.html", shown=shown, chosen=chosen)

    def answer() -> Response:
        shown = planned(office, wait=True)
        answers, gone = answers_in(shown, request.form)
        if gone:
            raise _changed(gone)
        office.service().answer(Decisions(answers))
        return _saved(len(answers), "answer")

    def rekey() -> Response:
        shown = planned(office, wait=True)
        wanted = set(request.form.getlist("pair"))
        pairs = {
            kind: {row["old"]: row["new"] for row in rows if f"{kind} {row['old']} {row['new']}" in wanted}
            for kind, rows in _rekeyed(shown).items()
        }
        number = sum(map(len, pairs.values()))
        if number < len(wanted):
            raise _changed(len(wanted) - number)
        if not number:
            raise UsageError("Nobody was ticked. Nothing was saved.")
        office.service().answer(Decisions(), IdMap.proposal(pairs))
        return _saved(number, "new id")

    def _saved(number: int, what: str) -> Response:
        office.ask_anew()
        session = door.session()
        if session:
            said = f"{number:,} {what}{'' if number == 1 else 's'} saved. The next run goes by {'it' if number == 1 else 'them'}: tonight's, or now, from Plan."
            session.said.append(("good", said))
        return to("holds")

    door.mount("/holds", "holds", holds)
    door.mount("/holds/names", "held_names", names)
    door.mount("/holds/confirm", "confirm_release", confirm, role=FULL)
    door.mount("/holds/release", "release", release, role=FULL, sends=True)
    door.mount("/holds/check", "check_answers", check, role=FULL, sends=True)
    door.mount("/holds/answer", "answer", answer, role=FULL, sends=True)
    door.mount("/holds/rekey", "accept_rekey", rekey, role=FULL, sends=True)


def _changed(number: int) -> RefusedError:
    return RefusedError(
        f"{number} of these questions {'is' if number == 1 else 'are'} not asked any more: the data changed, or somebody "
        "has answered. Nothing of yours was saved.",
        remedy="Look at them again.",
    )


def _asked_for(shown: Shown) -> list[Group]:
    """Return the held groups that the address names. Raises UsageError where one of them is not held any more."""
    ops = request.args.getlist("op")
    groups = [group for group in shown.groups if group.op in ops]
    if not groups or len(groups) < len(set(ops)):
        raise UsageError("This is not held any more. Nothing was sent.", remedy="Look at the holds again.")
    return groups


def _rows(shown: Shown, rows: pl.DataFrame | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return people with names, and what becomes of each."""
    return with_names(shown.who, rows if isinstance(rows, list) else rows.to_dicts())


def _rekeyed(shown: Shown) -> dict[str, list[dict[str, Any]]]:
    """Return who seems to have a new id, by kind, with names."""
    found = {}
    for kind, pairs in shown.plan.header.rekeyed.items():
        who = shown.who(kind, pairs)
        found[kind] = [{"old": old, "new": new, "name": named(who.get(old, {}))} for old, new in pairs.items()]
    return found
