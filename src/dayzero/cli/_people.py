"""Whom a plan touches, for people: everybody before and after, or by reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dayzero.cli._page import Page
from dayzero.gradebook import ACCOUNT_KINDS, PERSONAL_FIELDS
from dayzero.words import OPS, plural

__all__ = ["show_operation", "show_people", "show_who"]


def show_who(page: Page, done: Iterable[tuple[str, str, str]], words: Mapping[str, str]) -> None:
    """Name the first few of whom each thing is done to: of each its operation, kind and id. ``words``: what an operation is called."""
    every: dict[tuple[str, str], list[str]] = {}
    for op, kind, ident in done:
        if kind in ACCOUNT_KINDS:
            every.setdefault((op, kind), []).append(ident)
    if every:
        page.heading("Who")
    for op, kind in ((op, kind) for op in OPS for kind in ACCOUNT_KINDS):
        if ids := every.get((op, kind)):
            page.line(f"{plural(len(ids), kind)} {words[op]}: {page.few(kind, ids)}", indent=2)


def show_people(page: Page, looked_into: Mapping[str, Any]) -> None:
    """Print whom a plan touches, newcomers first."""
    every = sorted(looked_into.get("people", ()), key=lambda o: o["reason"] != "newcomer")
    if every:
        page.line()
    for kind in ACCOUNT_KINDS:
        page.people(kind, (o["id"] for o in every if o["kind"] == kind))
    for o in every:
        held = " (held)" if o["held"] else ""
        show_operation(page, o, f"{held}: {o['reason']}")
    for op, reasons in looked_into.get("by_reason", {}).items():
        for reason, who in reasons.items():
            page.heading(f"{OPS[op].to}, {reason}: {len(who):,}")
            page.line(", ".join(_named(page, who)), indent=4)


def _named(page: Page, who: list[str]) -> list[str]:
    """Return ``kind id`` of people as a line names them."""
    split = [called.split(" ", 1) for called in who]
    by_kind = {kind: dict.fromkeys(i for k, i in split if k == kind) for kind, _ in split}
    called = {(k, i): name for k, ids in by_kind.items() for i, name in zip(ids, page.people(k, ids), strict=True)}
    return [called[kind, ident] for kind, ident in split]


def show_operation(page: Page, operation: Mapping[str, Any], remark: str = "", *, indent: int = 0) -> None:
    """Print what is done for one person, and each field before and after."""
    who = page.person(operation["kind"], operation["id"])
    page.line(f"{operation['op']} {who}{remark}", indent=indent, style="bold")
    for name, (before, after) in operation["changes"].items():
        page.line(page.change(name, before, after, personal=name in PERSONAL_FIELDS), indent=indent + 4)
