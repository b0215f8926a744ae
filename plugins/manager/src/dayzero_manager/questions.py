"""Questions about persons as pages ask them, and the answers of a form to those that are still asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import polars as pl

from dayzero.gradebook import canonical
from dayzero.people import Doubt
from dayzero_manager.changes import named
from dayzero_manager.view import Shown
from dayzero_manager.words import in_answers

__all__ = ["answers_in", "questions_of"]


def questions_of(shown: Shown) -> list[dict[str, Any]]:
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
            "answers": doubt.rule.answers, "message": doubt.rule.message, "remedy": in_answers(doubt.rule.remedy),
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


def answers_in(shown: Shown, form: Mapping[str, str]) -> tuple[dict[Doubt, Any], int]:
    """Return the answers of the form to questions that are still asked, and how many it has to others."""
    asked = {_key(doubt): doubt for doubt in shown.plan.doubts}
    alike = {doubt: form.get(f"all-{doubt}", "") for doubt in {d.doubt for d in asked.values()}}
    said = {name[7:]: value for name, value in form.items() if name.startswith("answer-") and value}
    answers = {asked[key]: value for key, value in said.items() if key in asked and value in asked[key].rule.answers}
    for doubt in asked.values():
        everybody = alike[doubt.doubt]
        if doubt not in answers and everybody in doubt.rule.answers:
            answers[doubt] = everybody
    return answers, sum(key not in asked for key in said)
