"""Plans and outcomes as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dayzero.cli._common import plural
from dayzero.cli._discreet import for_eyes, told
from dayzero.cli._text import text
from dayzero.conform import Findings
from dayzero.gradebook import ACCOUNT_KINDS, PERSONAL_FIELDS, count_operations
from dayzero.people import DOUBTS, RULES, Doubt, remedy_of
from dayzero.plan import Plan, withheld_by_reason
from dayzero.schema import is_personal
from dayzero.sync.outcome import Outcome

_PAST = {"create": "created", "update": "updated", "renew": "renewed", "enable": "enabled", "disable": "disabled"}
_FUTURE = {op: f"to {op}" for op in _PAST}
_RECOVERED = {
    "committed": "its sync had been committed; that is recorded now",
    "resumed": "its open sync was resumed",
    "abandoned": "its open sync was abandoned; nothing of it was applied",
}
_SHOWN_FINDINGS = 12


def show_plan(console: Console, plan: Plan) -> None:
    """Print what a sync would do."""
    counts = count_operations(plan.operations)
    yes = plan.header.send_scheduling_year
    console.print(
        f"Plan [bold]{plan.plan_id[:12]}[/bold] for {plan.header.school}, Send Scheduling Year Student Data = {'Yes' if yes else 'No'}"
    )
    console.print(_accounts(counts, plan, _FUTURE))
    _rest(console, plan)


def show_outcome(console: Console, outcome: Outcome) -> None:
    """Print what a sync did, and the three most useful next steps."""
    console.print(_accounts(outcome.result.applied, outcome.plan, _PAST))
    for run in outcome.recovered:
        console.print(text(f"  the interrupted run {run.run_id}: {_RECOVERED[run.became]}", style="yellow"))
    for one in outcome.rejected:
        console.print(text(f"  rejected: {one['kind']} {one['id']}: {one['reason']}. {one['remedy']}", style="red"))
    if outcome.unchanged:
        console.print(
            "\nNothing has changed since the last run: its answer holds. `dayzero plan` shows who is withheld and why."
        )
        console.print(Group(*_held(outcome.plan)))
        return
    _rest(console, outcome.plan)


def _accounts(counts: Mapping[str, Mapping[str, int]], plan: Plan, words: Mapping[str, str]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    # An account that goes to another person is rare: its column is there when one does.
    words = {
        op: word for op, word in words.items() if op != "renew" or any(counts[kind].get(op) for kind in ACCOUNT_KINDS)
    }
    for word in (*words.values(), "unchanged"):
        table.add_column(word, justify="right")
    for kind in ACCOUNT_KINDS:
        numbers = [counts[kind].get(op, 0) for op in words] + [plan.unchanged.get(kind, 0)]
        table.add_row(f"{kind} accounts", *(f"{n:,}" if n else "[dim]-[/dim]" for n in numbers))
    return Padding(table, (1, 0, 0, 2))


def _rest(console: Console, plan: Plan) -> None:
    parts: list[RenderableType] = []
    reasons = withheld_by_reason(plan)
    if reasons:
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for reason, number in reasons.items():
            table.add_row(Text(f"{number:,}", justify="right"), reason, text(_message(reason), style="dim"))
        parts += [text("\nWithheld"), Padding(table, (0, 0, 0, 2))]
    if plan.change_of_year:
        parts.append(text("\n" + _turned(plan.change_of_year)))
    parts += _held(plan)
    seen = for_eyes(console)
    parts += _doubted(plan.doubts, names=seen)
    for d in plan.drift:
        done = "kept" if d.kept else "to be repaired"
        what = f"{d.kind} {d.id}" + (f", {d.field}" if d.field else "")
        was, found = (told(v, personal=d.field in PERSONAL_FIELDS, seen=seen) for v in (d.expected, d.found))
        parts.append(text(f"Drift, {done}: {what}: {was} became {found}", style="yellow"))
    if plan.partial:
        parts.append(
            text(
                f"\nRead in part: {', '.join(plan.partial)}. Nothing is taken from anybody in this run.", style="yellow"
            )
        )
    if plan.unreadable.height:
        parts.append(
            text(
                f"\n{plural(plan.unreadable.height, 'account')} of people who could not be read stay as they are.",
                style="yellow",
            )
        )
    if parts:
        console.print(Group(*parts))
    show_findings(console, plan.findings)
    steps = next_steps(plan)
    if steps:
        console.print("\nNext")
        for step in steps:
            console.print(text(f"  - {step}"))


def _turned(change: Mapping[str, Any]) -> str:
    graduates, leavers, arrived = (len(change[who]) for who in ("graduates", "leavers", "arrived"))
    return (
        f"The year has changed, from {change['from']} to {change['to']}: {graduates:,} graduates, "
        f"{leavers:,} who were expected have left, {arrived:,} have arrived."
    )


def _held(plan: Plan) -> list[RenderableType]:
    return [text(f"\nHeld: {one.said}", style="yellow") for one in plan.waiting]


def _doubted(doubts: Sequence[Doubt], *, names: bool) -> list[RenderableType]:
    """Say who is in doubt; with ``names``, who they were and seem to be."""
    shown: list[RenderableType] = []
    for rule in DOUBTS.values():
        mine = [d for d in doubts if d.doubt == rule.code]
        if not mine:
            continue
        shown.append(text(f"\nIn doubt, and untouched: {len(mine):,} x {rule.code}: {rule.message}", style="yellow"))
        few = mine[:_SHOWN_FINDINGS]
        shown += [text(f"  {d.kind} {d.person_id}" + (f": {d.was} -> {d.now}" if names else "")) for d in few]
        if len(mine) > _SHOWN_FINDINGS:
            shown.append(text(f"  ... and {len(mine) - _SHOWN_FINDINGS:,} more"))
    return shown


def show_people(console: Console, looked_into: Mapping[str, Any]) -> None:
    """Print whom a plan touches: everybody before and after, or by reason."""
    seen = for_eyes(console)
    for o in looked_into.get("people", ()):
        held = " (held)" if o["held"] else ""
        console.print(text(f"{o['op']} {o['kind']} {o['id']}{held}: {o['reason']}", style="bold"))
        for field, (before, after) in o["changes"].items():
            was, will = (told(v, personal=field in PERSONAL_FIELDS, seen=seen) for v in (before, after))
            console.print(text(f"    {field}: {was} -> {will}"))
    for op, reasons in looked_into.get("by_reason", {}).items():
        for reason, who in reasons.items():
            console.print(text(f"{op}, {reason}: {len(who):,}", style="bold"))
            console.print(text("    " + ", ".join(who)))


def show_findings(console: Console, findings: Findings) -> None:
    """Print errors and warnings, the first dozen; notices are counted."""
    weighty = Findings(findings.frame.filter(pl.col("severity") != "notice"))
    seen = for_eyes(console)
    if weighty:
        console.print("\nFindings")
    for f in weighty[:_SHOWN_FINDINGS]:
        place = ", ".join(p for p in (f"{f.table} row {f.row}" if f.row else f.table, f.column) if p)
        value = f" {told(f.value, personal=is_personal(f.table, f.column), seen=seen)}:" if f.value is not None else ""
        console.print(
            text(f"  {f.severity:<7} {place}:{value} {f.message}", style="red" if f.severity == "error" else "yellow")
        )
    more, notices = len(weighty) - _SHOWN_FINDINGS, len(findings) - len(weighty)
    if more > 0:
        console.print(f"  ... and {more:,} more; `dayzero check --json` lists all")
    if notices:
        console.print(f"  {plural(notices, 'notice')} besides; `dayzero check --json` lists them")


def next_steps(plan: Plan) -> list[str]:
    """Return the three most useful things to do next."""
    steps = [
        "Many people seem to have new ids: dayzero plan --rekey-out ids.csv, review it, then sync --accept-rekey ids.csv"
        for _ in [b for b in plan.held if b.op == "rekey"][:1]
    ]
    if plan.doubts:
        answers = ", ".join(dict.fromkeys(answer for doubt in plan.doubts for answer in doubt.rule.answers))
        steps.append(
            f"Decide who is who: dayzero plan --doubts-out doubts.csv, fill in an answer ({answers}), then dayzero sync --decide doubts.csv"
        )
    release = " ".join(f"--allow {allow}" for allow in sorted({b.allow for b in plan.waiting}))
    if release:
        steps.append(f"Look at who is held (`dayzero plan --json`); if it is right: dayzero sync --yes {release}")
    if plan.rows_left_out:
        steps.append("Correct the rows reported as errors in the SIS, and run again.")
    fixable = {r.code: r for r in RULES if r.fixable}
    for reason, number in withheld_by_reason(plan).items():
        if reason in fixable:
            someone = plan.withheld.filter(pl.col("reason") == reason)["person_id"][0]
            steps.append(
                f"{number:,} x {reason}: {remedy_of(fixable[reason], plan.remedies)} (dayzero explain {someone})"
            )
    return steps[:3]


def _message(reason: str) -> str:
    return next(r.message for r in RULES if r.code == reason)
