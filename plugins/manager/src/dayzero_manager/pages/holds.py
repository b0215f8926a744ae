"""Holds and questions: what waits for the office, released by its exact number or answered person by person."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.errors import RefusedError, UsageError
from dayzero.gradebook import canonical
from dayzero.people import Decisions, Doubt
from dayzero.plan import Breach, IdMap, ReadDoubt
from dayzero.service import SyncRequest
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.office import Office
from dayzero_manager.pages.run import begin
from dayzero_manager.view import ROWS, Paged, Shown, named, planned
from dayzero_manager.words import many

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def holds() -> str:
        shown = planned(office)
        return render_template(
            "holds.html", shown=shown, held=_held(shown), questions=_questions(shown), rekeyed=_rekeyed(shown)
        )

    def names() -> str:
        shown, op = planned(office), request.args.get("op", "")
        group = next((g for g in _held(shown) if g["op"] == op), None)
        if group is None:
            raise UsageError("Nothing of that kind is held any more.", remedy="Look at the holds again.")
        page = Paged.of_frame(_rows_of(shown, group), request.args.get("page", 1, int))
        rows = [{**row, "name": named(row)} for row in page.rows]
        return render_template("held_names.html", group=group, page=page, rows=rows)

    def release() -> Response:
        numbers = zip(request.form.getlist("op"), request.form.getlist("number"), strict=False)
        allow = {op: int(number) for op, number in numbers if number.isdecimal() and len(number) < 10}
        asked = SyncRequest(allow=allow, expect=request.form.get("plan_id", ""))
        return begin(office, f"All Data, with {sum(allow.values()):,} released", asked)

    def check() -> str:
        """Show the answers once more, each with what it means; nothing is saved yet."""
        shown = planned(office, wait=True)
        answers, gone = _answers(shown)
        if gone:
            raise _changed(gone)
        if not answers:
            raise UsageError("No question was answered. Nothing was saved.")
        chosen = [(q, answers[q["doubt"]]) for q in _questions(shown) if q["doubt"] in answers]
        return render_template("answers.html", shown=shown, chosen=chosen)

    def answer() -> Response:
        shown = planned(office, wait=True)
        answers, gone = _answers(shown)
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


def _held(shown: Shown) -> list[dict[str, Any]]:
    """Return what is held, by what releases it: how many, why, and the first names."""
    groups: dict[str, dict[str, Any]] = {}
    for one in shown.plan.waiting:
        number = int(one.allow.split("=")[1])
        group = groups.setdefault(one.op, {"op": one.op, "number": number, "said": [], "evidence": []})
        group["said"].append(_said(one))
        group["evidence"] += getattr(one, "evidence", ())
    return [{**group, **_whom(shown, group)} for group in groups.values()]


def _said(one: Breach | ReadDoubt) -> str:
    """Return why something waits."""
    if isinstance(one, ReadDoubt) or one.op == "change-of-year":
        return one.said
    limit = "" if one.limit is None else f"; a run may do that to {one.limit:,} by itself"
    return f"{many(one.count, one.kind)}{limit}."


def _whom(shown: Shown, group: dict[str, Any]) -> dict[str, Any]:
    """Return the first names of whom a held group is about, and how many there are."""
    rows = _rows_of(shown, group)
    return {"names": [{**row, "name": named(row)} for row in rows.head(ROWS).to_dicts()], "all": rows.height}


def _rows_of(shown: Shown, group: dict[str, Any]) -> pl.DataFrame:
    """Return whom a held group is about: who would leave, what else is held, or whom a doubtful read names."""
    if group["evidence"]:
        return shown.people.filter(pl.col("person_id").is_in(group["evidence"]))
    if group["op"] == "disable":
        return shown.held_leavers
    return shown.held.filter(pl.col("op").replace({"renew": "update"}) == group["op"])


def _questions(shown: Shown) -> list[dict[str, Any]]:
    """Return questions about persons: what differs, what may be answered and what that means, and a key for the form."""
    doubts = shown.plan.doubts
    accounts = shown.decided.portal.accounts
    found = []
    for doubt in doubts:
        had = accounts.filter(pl.col("kind") == doubt.kind, pl.col("person_id") == doubt.person_id)
        has = _in_source(
            shown, doubt.kind, doubt.now if doubt.doubt in ("renumbered", "look-alike-id") else doubt.person_id
        )
        before = had.row(0, named=True) if had.height else {}
        differs = [
            (label, before.get(name), has.get(name))
            for name, label in (("given_name", "Given name"), ("family_name", "Family name"), ("login", "Login"))
            if before or has
        ]
        name = named(before or has)
        found.append({
            "doubt": doubt, "key": _key(doubt), "name": name, "now": named(has) if has else "", "differs": differs,
            "answers": doubt.rule.answers, "message": doubt.rule.message, "remedy": doubt.rule.remedy,
        })  # fmt: skip
    return found


def _in_source(shown: Shown, kind: str, person_id: str) -> dict[str, Any]:
    people = shown.decided.population
    rows, column, login = (
        (people.students, "student_id", "login")
        if kind == "student"
        else (people.contacts, "contact_id", "primary_email")
    )
    mine = rows.filter(pl.col(column) == person_id)
    return (
        {"login": mine[login][0], **mine.select("given_name", "family_name").row(0, named=True)} if mine.height else {}
    )


def _key(doubt: Doubt) -> str:
    """Return what names this very question in a form: nothing of the person, and another one once anything changes."""
    return hashlib.sha256(canonical(astuple(doubt))).hexdigest()[:20]


def _answers(shown: Shown) -> tuple[dict[Doubt, Any], int]:
    """Return the answers of the form to questions that are still asked, and how many it has to others."""
    asked = {_key(doubt): doubt for doubt in shown.plan.doubts}
    alike = {doubt: request.form.get(f"all-{doubt}", "") for doubt in {d.doubt for d in asked.values()}}
    said = {name[7:]: value for name, value in request.form.items() if name.startswith("answer-") and value}
    answers = {asked[key]: value for key, value in said.items() if key in asked and value in asked[key].rule.answers}
    for doubt in asked.values():
        everybody = alike[doubt.doubt]
        if doubt not in answers and everybody in doubt.rule.answers:
            answers[doubt] = everybody
    return answers, sum(key not in asked for key in said)


def _rekeyed(shown: Shown) -> dict[str, list[dict[str, Any]]]:
    """Return who seems to have a new id, by kind, with names."""
    found = {}
    for kind, pairs in shown.plan.header.rekeyed.items():
        who = shown.who(kind, pairs)
        found[kind] = [{"old": old, "new": new, "name": named(who.get(old, {}))} for old, new in pairs.items()]
    return found
