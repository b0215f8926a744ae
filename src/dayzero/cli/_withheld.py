"""Who is withheld, for people: a line a reason, or everybody by name."""

from __future__ import annotations

import re

from dayzero.cli._commands import command
from dayzero.cli._page import Page
from dayzero.plan import Plan, Withheld, withheld_groups
from dayzero.words import ACCOUNTS, full_name, person, plural

__all__ = ["show_withheld"]


def show_withheld(page: Page, plan: Plan, *, everybody: bool, offered: str) -> None:
    """Print who gets no account and why; each reason heads its group. ``offered``: the command that shows everybody."""
    groups = list(withheld_groups(plan))
    if not groups:
        if everybody:
            page.heading("Nobody is withheld.")
        return
    if everybody:
        for group in groups:
            _group(page, group)
        return
    page.heading("Withheld")
    for group in groups:
        people = plural(group.people.height, group.rule.kind)
        page.line(f"{group.rule.code} ({people}): {group.rule.message}", indent=2)
    page.offer("All of them, by name:", command(offered))


_NAMES_ANOTHER = re.compile("(same (?:login|address|person) as )(.+)")


def _with_name(page: Page, kind: str, detail: str) -> str:
    """Return what was seen; where it is somebody else, with their name."""
    return _NAMES_ANOTHER.sub(lambda found: found[1] + page.person(kind, found[2]), detail)


def _group(page: Page, group: Withheld) -> None:
    rule = group.rule
    page.heading(f"{rule.code} ({plural(group.people.height, rule.kind)}): {rule.message}")
    page.line(f"What to do: {group.remedy}", indent=2)
    hides = "login" in rule.looks_at and not page.seen
    for row in group.people.iter_rows(named=True):
        name = full_name(row["given_name"], row["family_name"]) if page.seen else None
        parts = [person(row["kind"], row["person_id"], name)]
        if row["detail"] and not hides:
            parts.append(_with_name(page, row["kind"], row["detail"]))
        if row["account"] != "none":
            parts.append(ACCOUNTS[row["account"]])
        page.line(", ".join(parts), indent=2)
