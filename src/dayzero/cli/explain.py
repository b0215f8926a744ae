"""``dayzero explain``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import console, everywhere, print_json, service_of
from dayzero.cli._discreet import for_eyes, told
from dayzero.cli._text import text

if TYPE_CHECKING:
    from dayzero.plan import Explanation
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
    explanation = service_of(config_path).explain(person_id, kind)
    if as_json:
        print_json(asdict(explanation))
    else:
        _show(explanation)


def _show(explained: Explanation) -> None:
    out = console()
    seen = for_eyes(out)

    def said(name: str, value: object) -> str:
        return told(value, personal=_says_who(name), seen=seen, form=_shown)

    out.print(text(f"{explained.kind} {explained.person_id}: {explained.verdict}", style="bold"))
    for where in explained.unreadable:
        out.print(
            text(f"  could not be read: {where['table']}{_place(where['row'])} was left out; an account stays as it is")
        )
    for row in explained.left_out:
        values = ", ".join(f"{name} = {said(name, value)}" for name, value in row["values"].items())
        out.print(text(f"  left out: {row['table']}{_place(row['row'])}: {values}"))
    for doubt in explained.doubts:
        who = f": {doubt['was']} -> {doubt['is']}" if seen else ""
        out.print(text(f"  in doubt, and untouched{who}", style="yellow"))
        out.print(text(f"  {'':<10} What to do: {doubt['remedy']}"))
    for rule in explained.rules:
        looked_at = ", ".join(f"{k} = {said(k, v)}" for k, v in rule.looked_at.items())
        mark = "not asked" if not rule.asked else "WITHHELD" if rule.decisive else "passed"
        style = "red" if rule.decisive else "dim" if not rule.asked else ""
        out.print(text(f"  {mark:<10} {rule.code:<20} {looked_at}", style=style))
        if rule.decisive:
            out.print(
                text(
                    f"  {'':<10} {explained.kind} {rule.message}"
                    + (f" ({explained.detail})" if explained.detail and (seen or not _names(rule, explained)) else "")
                )
            )
            out.print(text(f"  {'':<10} What to do: {rule.remedy}"))
    other = "contact" if explained.kind == "student" else "student"
    for link in explained.relations:
        grants = "grants access" if link["grants"] else "no access"
        out.print(
            text(f"  {other} {link['person_id']}: {grants}" + ("" if link["student_sent"] else ", student not sent"))
        )
    account = explained.account
    out.print(
        text(
            f"  on the portal: {account['status']}, login {said('login', account['login'])}"
            if account
            else "  on the portal: no account"
        )
    )
    for operation in explained.operations:
        changed = ", ".join(f"{f}: {said(f, b)} -> {said(f, a)}" for f, (b, a) in operation["changes"].items())
        out.print(
            text(
                f"  planned: {operation['op']}"
                + (" (held)" if operation["held"] else "")
                + (f" {changed}" if changed else "")
            )
        )


def _place(row: int | None) -> str:
    """Return where a row stands in the source; nothing for one that has no place."""
    return "" if row is None else f" row {row}"


def _says_who(name: str) -> bool:
    """Say whether a fact or field says who somebody is."""
    from dayzero.gradebook import PERSONAL_FIELDS
    from dayzero.schema import TABLES

    return name in PERSONAL_FIELDS or any(name in t.names and t[name].personal for t in TABLES.values())


def _names(rule: Answer, explained: Explanation) -> bool:
    """Say whether a verdict's detail repeats something that says who somebody is."""
    values = [v for name, v in rule.looked_at.items() if _says_who(name) and v is not None]
    return any(str(v) in str(explained.detail) for v in values)


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
