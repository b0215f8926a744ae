"""``dayzero explain``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import everywhere, print_json, service_of
from dayzero.cli._page import Page, say_simulated
from dayzero.words import field

if TYPE_CHECKING:
    from dayzero.plan import Explanation, Names
    from dayzero.plan.explain import Answer


@click.command(
    epilog="""\b
Examples:
  dayzero explain 20417
  dayzero explain C-311 --kind parent"""
)
@click.argument("person_id")
@click.option(
    "--kind", type=click.Choice(["student", "parent"]), help="Needed where a student and a contact have the same id."
)
@everywhere
def explain(person_id: str, kind: str | None, as_json: bool, config_path: Path) -> None:
    """Say, rule by rule, why a student or contact has an account or not, and what to change in the SIS."""
    service = service_of(config_path)
    explanation = service.explain(person_id, kind)
    if as_json:
        print_json(asdict(explanation))
    else:
        page = Page(_names(explanation))
        say_simulated(page, service)
        _show(page, explanation)


def _show(page: Page, explained: Explanation) -> None:
    from dayzero.cli._people import show_operation

    def said(name: str, found: object) -> str:
        return page.value(name, found, personal=_says_who(name))

    page.line(f"{page.person(explained.kind, explained.person_id)}: {explained.verdict}", style="bold")
    for where in explained.unreadable:
        place = f"{where['table']}{_place(where['row'])}"
        page.line(f"could not be read: {place} was left out; an account stays as it is", indent=2)
    for row in explained.left_out:
        values = ", ".join(page.cell(row["table"], name, found, sign=" = ") for name, found in row["values"].items())
        page.line(f"left out: {row['table']}{_place(row['row'])}: {values}", indent=2)
    for doubt in explained.doubts:
        who = f": {doubt['was']} -> {doubt['is']}" if page.seen else ""
        page.line(f"in doubt, and untouched{who}", indent=2, style="yellow")
        page.line(f"What to do: {doubt['remedy']}", indent=4)
    for rule in explained.rules:
        _rule(page, explained, rule)
    other = "parent" if explained.kind == "student" else "student"
    for link in explained.relations:
        grants = "grants access" if link["grants"] else "no access"
        sent = "" if link["student_sent"] else ", student not sent"
        page.line(f"{page.person(other, link['person_id'])}: {grants}{sent}", indent=2)
    account = explained.account
    there = f"{account['status']}, login {said('login', account['login'])}" if account else "no account"
    page.line(f"on the portal: {there}", indent=2)
    for operation in explained.operations:
        page.line(f"planned{' (held)' if operation['held'] else ''}:", indent=2)
        show_operation(page, operation, indent=4)


def _rule(page: Page, explained: Explanation, rule: Answer) -> None:
    """Print what a rule says, and of the decisive one what to do."""
    looked_at = ", ".join(
        f"{field(name)} = {page.value(name, found, personal=_says_who(name))}" for name, found in rule.looked_at.items()
    )
    # A rule is named for what withholds: "clear of no-login" is read as it is meant, "passed: no-login" as its opposite.
    mark = "not asked" if not rule.asked else "WITHHELD" if rule.decisive else "clear of"
    page.line(
        f"{mark:<9} {rule.code}: {looked_at}", indent=2, style="red" if rule.decisive else "" if rule.asked else "dim"
    )
    if not rule.decisive:
        return
    detail = explained.detail if page.seen or not _says_whose(rule, explained) else None
    page.line(f"{rule.message}{f' ({detail})' if detail else ''}", indent=4)
    page.line(f"What to do: {rule.remedy}", indent=4)


def _names(explained: Explanation) -> Names:
    """Return what the people it speaks of are called."""
    from dayzero.plan import Names

    other = "parent" if explained.kind == "student" else "student"
    me = [(explained.person_id, explained.given_name, explained.family_name)]
    theirs = [(link["person_id"], link["given_name"], link["family_name"]) for link in explained.relations]
    return Names.told({explained.kind: me, other: theirs})


def _place(row: int | None) -> str:
    """Return where a row stands in the source; nothing for one that has no place."""
    return "" if row is None else f" row {row}"


def _says_who(name: str) -> bool:
    """Say whether a fact or field says who somebody is."""
    from dayzero.gradebook import PERSONAL_FIELDS
    from dayzero.schema import TABLES

    return name in PERSONAL_FIELDS or any(name in t.names and t[name].personal for t in TABLES.values())


def _says_whose(rule: Answer, explained: Explanation) -> bool:
    """Say whether a verdict's detail repeats something that says who somebody is."""
    values = [v for name, v in rule.looked_at.items() if _says_who(name) and v is not None]
    return any(str(v) in str(explained.detail) for v in values)
