"""What becomes of one account, before and after, in the office's words: the one place for plan, holds, runs, undo and person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dayzero.gradebook import Difference

__all__ = ["named", "stays_as", "with_names"]

Who = Callable[[str, Iterable[str]], Mapping[str, Mapping[str, Any]]]
"""Gives people of one kind by id."""


def named(row: Mapping[str, Any]) -> str:
    """Return a person's name; where there is none, that there is none."""
    return " ".join(n for n in (row.get("given_name"), row.get("family_name")) if n) or "(no name)"


def with_names(who: Who, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of ``changes``, each with its ``parts``: label, before and after, children by name."""
    decoded = [json.loads(row["changes"]) for row in rows]
    ids = {i for changes in decoded for values in (changes.get("children") or ((), ())) for i in values or ()}
    children = who("student", ids) if ids else {}
    return [
        {**row, "name": named(row), "parts": _parts(row, changes, children)}
        for row, changes in zip(rows, decoded, strict=True)
    ]


LABELS = {
    "login": "Login", "given_name": "Given name", "family_name": "Family name", "grade_level": "Grade",
    "next_grade_level": "Grade next year", "years": "Years", "new": "Newcomer", "children": "Children",
}  # fmt: skip
_YEARS = {"active": "this year", "scheduling": "next year"}


def _parts(
    row: Mapping[str, Any], changes: Mapping[str, Any], children: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return what becomes of one account: label, before, after."""
    if row["op"] == "create":
        return [("", "No account", str(changes["login"][1]))]
    parts = {
        "disable": [("", "Can sign in", "Cannot sign in")],
        "enable": [("", "Cannot sign in", "Can sign in")],
        "renew": [("", "The former holder's account", "A fresh account")],
    }.get(row["op"], [])
    told = [
        (LABELS[field], _said(field, before, children), _said(field, after, children))
        for field, (before, after) in changes.items()
        if field in LABELS
    ]
    return [*parts, *told]


def stays_as(one: Difference) -> str:
    """Return what somebody or something is now that an undo does not overwrite."""
    if one.field is None:
        return {None: "is not on the portal any more", "there": "is there again"}.get(
            one.found, "what it was is not recorded"
        )
    if one.field == "status":
        return "cannot sign in any more"
    return f"{LABELS.get(one.field, one.field.replace('_', ' '))} is {_said(one.field, one.found, {})} now"


def _said(field: str, value: Any, children: Mapping[str, Any]) -> str:
    if field == "children":
        return ", ".join(named(children[i]) if i in children else i for i in value or ()) or "none"
    if field == "years":
        return " and ".join(_YEARS.get(year, year) for year in value or ()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
