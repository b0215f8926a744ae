"""People: found by part of a name, an id or a login; every rule in turn, the family, and what happened."""

from __future__ import annotations

import difflib
from typing import Any

import polars as pl
from flask import Response, render_template, request

from dayzero.gradebook import ACCOUNT_KINDS, canonical
from dayzero.people import rules_for
from dayzero.plan import Explanation, explain
from dayzero.service import Change
from dayzero_manager import words
from dayzero_manager.changes import named, with_names
from dayzero_manager.door import Door, decider, to
from dayzero_manager.office import Office
from dayzero_manager.standing import standings
from dayzero_manager.view import Paged, Shown, planned

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the pages."""

    def people() -> str:
        session, shown = door.session(), planned(office)
        looked_for = session.kept.get("people", "") if session else ""
        page = Paged.found(shown.people, looked_for, request.args.get("page", 1, int))
        near = _near(shown, looked_for) if looked_for and not page.total else []
        stands = standings(shown, page.rows)
        rows = [{**row, "name": named(row), "stands": how} for row, how in zip(page.rows, stands, strict=True)]
        return render_template("people.html", shown=shown, looked_for=looked_for, page=page, rows=rows, near=near)

    def find() -> Response:
        session = door.session()
        if session:
            session.kept["people"] = request.form.get("q", "").strip()[:200]
        return to("people")

    def person() -> str:
        shown = planned(office)
        kind = request.args.get("kind")
        explained = explain(shown.decided, request.args.get("id", ""), kind if kind in ACCOUNT_KINDS else None)
        me = shown.who(explained.kind, [explained.person_id]).get(explained.person_id, {})
        changes = [c for c in office.service().changes_of(explained.person_id) if c.operation["kind"] == explained.kind]
        return render_template(
            "person.html", shown=shown, explained=explained, me=me, name=named(me), headline=_headline(shown, explained, me, decider(door.session())),
            family=_family(shown, explained), concerns=_concerns(shown, explained), facts=_facts(explained),
            changes=list(zip(reversed(changes), with_names(shown.who, [_row(c) for c in reversed(changes)]), strict=True)),
            stands=standings(shown, [me])[0] if me else None,
        )  # fmt: skip

    door.mount("/people", "people", people)
    door.mount("/people/find", "people_find", find, sends=True)
    door.mount("/person", "person", person)


def _near(shown: Shown, looked_for: str) -> list[str]:
    """Return names that are spelled nearly so."""
    names = shown.people["family_name"].drop_nulls().unique().to_list()
    by_case = {name.lower(): name for name in names[:20_000]}
    return [by_case[n] for n in difflib.get_close_matches(looked_for.lower(), by_case, n=3)]


def _headline(shown: Shown, explained: Explanation, me: dict[str, Any], until: str) -> str:
    """Return how things stand with one person, as a sentence."""
    name, account = named(me), explained.account
    has = account is not None and account["status"] != "disabled"
    if explained.verdict == "granted":
        coming = any(o["op"] in ("create", "enable") for o in explained.operations)
        return (
            f"{name} can sign in."
            if has
            else f"{name} gets an account with the next sync."
            if coming
            else f"{name} has no account yet."
        )
    if explained.doubts:
        return f"{name}: a question waits for an answer."
    if explained.verdict == "unreadable":
        return f"{name} could not be read in the SIS, and stays as before."
    rule = next((r for r in rules_for(explained.kind) if r.code == explained.verdict), None)
    why = rule.message if rule else explained.verdict
    held = any(how.until_decided for how in standings(shown, [me] if me else []))
    stands = "has no account" if not has else f"can sign in until {until}" if held else "can sign in still"
    return f"{name} {stands}: {why}."


def _row(change: Change) -> dict[str, Any]:
    """Return a change of the past as a row of changes."""
    done = change.operation
    return {"op": done["op"], "changes": canonical(done["changes"]).decode()}


def _family(shown: Shown, explained: Explanation) -> list[dict[str, Any]]:
    other = "parent" if explained.kind == "student" else "student"
    who = shown.who(other, [link["person_id"] for link in explained.relations])
    them = [who.get(link["person_id"]) for link in explained.relations]
    stands = iter(standings(shown, [person for person in them if person]))
    return [
        {**link, "kind": other, "name": named(person or {}), "stands": next(stands) if person else None}
        for link, person in zip(explained.relations, them, strict=True)
    ]


def _concerns(shown: Shown, explained: Explanation) -> list[dict[str, Any]]:
    """Return what the plan has for this person and their family: what a sync of nobody else would send."""
    ids = {explained.kind: [explained.person_id]}
    ids["parent" if explained.kind == "student" else "student"] = [link["person_id"] for link in explained.relations]
    mine = pl.any_horizontal((pl.col("kind") == kind) & pl.col("person_id").is_in(some) for kind, some in ids.items())
    return with_names(shown.who, shown.changes.filter(mine).to_dicts())


def _facts(explained: Explanation) -> list[tuple[str, Any]]:
    """Return what the SIS says of the person, as far as a rule looks at it, each once."""
    seen = {name: value for rule in explained.rules for name, value in rule.looked_at.items()}
    called = {**words.FACTS, "login": words.LOGINS[explained.kind]}
    return [(called.get(name, name.replace("_", " ")), value) for name, value in seen.items()]
