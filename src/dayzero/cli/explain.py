"""``dayzero explain``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import console, everywhere, print_json, service_of
from dayzero.cli._text import text

if TYPE_CHECKING:
    from dayzero.plan import Explanation


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
    out.print(text(f"{explained.kind} {explained.person_id}: {explained.verdict}", style="bold"))
    for where in explained.unreadable:
        out.print(
            text(f"  could not be read: {where['table']} row {where['row']} was left out; an account stays as it is")
        )
    for row in explained.left_out:
        said = ", ".join(f"{name} = {value}" for name, value in row["values"].items()) if out.is_terminal else ""
        out.print(text(f"  left out: {row['table']} row {row['row']}" + (f": {said}" if said else "")))
    for doubt in explained.doubts:
        out.print(text(f"  in doubt, and untouched: {doubt['was']} -> {doubt['is']}", style="yellow"))
        out.print(text(f"  {'':<10} What to do: {doubt['remedy']}"))
    for rule in explained.rules:
        seen = ", ".join(f"{k} = {_shown(v)}" for k, v in rule.looked_at.items())
        mark = "not asked" if not rule.asked else "WITHHELD" if rule.decisive else "passed"
        style = "red" if rule.decisive else "dim" if not rule.asked else ""
        out.print(text(f"  {mark:<10} {rule.code:<20} {seen}", style=style))
        if rule.decisive:
            out.print(
                text(
                    f"  {'':<10} {explained.kind} {rule.message}"
                    + (f" ({explained.detail})" if explained.detail else "")
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
            f"  on the portal: {account['status']}, login {account['login']}"
            if account
            else "  on the portal: no account"
        )
    )
    for operation in explained.operations:
        changed = ", ".join(f"{f}: {_shown(b)} -> {_shown(a)}" for f, (b, a) in operation["changes"].items())
        out.print(
            text(
                f"  planned: {operation['op']}"
                + (" (held)" if operation["held"] else "")
                + (f" {changed}" if changed else "")
            )
        )


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
