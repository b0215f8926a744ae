"""Plans and outcomes for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dayzero.cli._accounts import show_accounts
from dayzero.cli._commands import command, runnable
from dayzero.cli._next import SYNC, Step, Way, next_steps
from dayzero.cli._page import Page, is_known
from dayzero.cli._people import show_who
from dayzero.cli._withheld import show_withheld
from dayzero.conform import Findings
from dayzero.gradebook import ACCOUNT_KINDS, PERSONAL_FIELDS, Drift, count_operations, of_keys
from dayzero.people import DOUBTS, Doubt
from dayzero.plan import Breach, Plan, newcomers_made
from dayzero.plugin import Finding
from dayzero.schema import PERSON_OF_COLUMN, PERSONS, is_personal
from dayzero.sync.outcome import Outcome
from dayzero.words import OPS, RECOVERED, SETTING, TURNED, plural, yes_no

_SHOWN_FINDINGS = 12
_LOST = {"year": '"years":', "refuse": '"children":'}
"""What those lose who are held for losing it: a change of a field, not an operation."""
_COLOURS = {"error": "red", "warning": "yellow"}


def show_plan(page: Page, plan: Plan, *, all_withheld: bool = False, way: Way = SYNC) -> None:
    """Print what a sync would do; with ``all_withheld``, everybody who gets no account. ``way``: as for ``next_steps``."""
    header = plan.header
    page.line(f"Plan {plan.plan_id[:12]} for {header.school}, {SETTING} = {yes_no(header.send_scheduling_year)}")
    words = {op: words.to for op, words in OPS.items()}
    _concerned(page, plan, plan.going, words)
    _accounts(page, plan, count_operations(plan.going), words)
    _rest(page, plan, way, all_withheld=all_withheld)


def show_outcome(page: Page, outcome: Outcome) -> None:
    """Print what a sync did, and the three most useful next steps."""
    plan = outcome.plan
    if not outcome.result.sync_id:
        page.line(
            "Nothing was sent: all of it is held." if plan.operations["held"].any() else "Nothing was to be sent."
        )
    refused = of_keys((one["kind"], one["id"]) for one in outcome.result.rejected)
    words = {op: words.done for op, words in OPS.items()}
    _concerned(page, plan, plan.going.join(refused, on=["kind", "id"], how="anti"), words)
    _accounts(page, plan, outcome.result.applied, words)
    for run in outcome.recovered:
        page.line(f"the interrupted run {run.run_id}: {RECOVERED[run.became]}", indent=2, style="yellow")
    for one in outcome.rejected:
        page.line(f"rejected: {page.person(one['kind'], one['id'])}: {one['reason']}. {one['remedy']}", indent=2, style="red")  # fmt: skip
    if outcome.unchanged:
        page.line()
        page.line("Nothing has changed since the last run: its answer holds.")
        page.offer("Who is withheld, and why:", command("plan --withheld"), indent=0)
        _held(page, plan)
        return
    _rest(page, plan, SYNC)


def _concerned(page: Page, plan: Plan, operations: pl.DataFrame, words: Mapping[str, str]) -> None:
    """Name the people a plan is about: of an undo all whom it touches, else who appears and who leaves."""
    if plan.header.undoes:
        page.line(f"It takes back run {plan.header.undoes}.")
        show_who(page, operations.select("op", "kind", "id").iter_rows(), words)
    else:
        _come_and_go(page, operations)


def _come_and_go(page: Page, going: pl.DataFrame) -> None:
    """Name those who appear before the year changes, which is what all this is for, and those whose accounts end."""
    for heading, which in (("Newcomers", newcomers_made()), ("Leaving", pl.col("op") == "disable")):
        rows = going.filter(which)
        if not rows.is_empty():
            page.heading(heading)
        for kind in ACCOUNT_KINDS:
            ids = rows.filter(pl.col("kind") == kind)["id"].to_list()
            if ids:
                page.line(f"{plural(len(ids), kind)}: {page.few(kind, ids)}", indent=2)


def _accounts(page: Page, plan: Plan, counts: Mapping[str, Mapping[str, int]], words: Mapping[str, str]) -> None:
    """Print how many accounts come, change and go and, apart from these, how many are held."""
    waiting = count_operations(plan.operations.filter("held"))
    held = {kind: sum(waiting[kind].values()) for kind in ACCOUNT_KINDS}
    show_accounts(page, counts, words, **({"held": held} if any(held.values()) else {}), unchanged=plan.unchanged)


def _rest(page: Page, plan: Plan, way: Way, *, all_withheld: bool = False) -> None:
    show_withheld(page, plan, everybody=all_withheld, offered=way.withheld)
    if plan.change_of_year:
        _turned(page, plan.change_of_year)
    _held(page, plan)
    _doubted(page, plan.doubts)
    _drifted(page, plan.drift)
    if plan.partial:
        page.heading(f"Read in part: {', '.join(plan.partial)}. Nothing is taken from anybody in this run.", "yellow")
    _unreadable(page, plan.unreadable)
    show_findings(page, plan.findings)
    _next(page, next_steps(plan, way))


def _turned(page: Page, turn: Mapping[str, Any]) -> None:
    """Say that the year has changed, and who has gone and come by it."""
    page.heading(f"The year has changed, from {turn['from']} to {turn['to']}", "bold")
    for who, said in TURNED.items():
        ids = turn[who]
        few = f": {page.few('student', ids)}" if ids else ""
        page.line(f"{said}: {plural(len(ids), 'student')}{few}", indent=2)


def _held(page: Page, plan: Plan) -> None:
    for breach in plan.held:
        page.heading(f"Held: {breach.said}", "yellow")
        if plan.change_of_year and (breach.op, breach.kind) == ("disable", "student"):
            alone = breach.count == len(plan.change_of_year["graduates"])
            page.line("They are the graduates." if alone else "The graduates are among them.", indent=2)
        ids = _held_people(plan, breach)
        if ids:
            page.line(page.few(breach.kind, ids), indent=2)
    for doubt in plan.reads:
        if doubt.waits:
            page.heading(f"Held: {doubt.said}", "yellow")
            whose = [person.kind for person in PERSONS if person.table == doubt.table]
            if whose and doubt.evidence:
                page.line(page.few(whose[0], doubt.evidence), indent=2)


def _held_people(plan: Plan, breach: Breach) -> list[str]:
    """Return whom a hold on one kind of operations is about."""
    lost = _LOST.get(breach.op)
    such = pl.col("op") == breach.op if lost is None else pl.col("changes").str.contains(lost, literal=True)
    return plan.operations.filter("held", such, pl.col("kind") == breach.kind)["id"].to_list()


def _doubted(page: Page, doubts: Sequence[Doubt]) -> None:
    """Say who is in doubt and, to a person, who they were and seem to be."""
    for rule in DOUBTS.values():
        mine = [d for d in doubts if d.doubt == rule.code]
        if not mine:
            continue
        page.heading(f"In doubt, and untouched: {len(mine):,} x {rule.code}: {rule.message}", "yellow")
        for d in mine[:_SHOWN_FINDINGS]:
            page.line(page.person(d.kind, d.person_id) + (f": {d.was} -> {d.now}" if page.seen else ""), indent=2)
        if len(mine) > _SHOWN_FINDINGS:
            page.line(f"... and {len(mine) - _SHOWN_FINDINGS:,} more", indent=2)


def _unreadable(page: Page, people: pl.DataFrame) -> None:
    """Say whose accounts stay as they are because they could not be read."""
    if people.is_empty():
        return
    page.heading(f"{plural(people.height, 'account')} of people who could not be read stay as they are", "yellow")
    for (kind,), mine in people.partition_by("kind", as_dict=True).items():
        page.line(page.few(kind, mine["person_id"].to_list()), indent=2)


def _drifted(page: Page, drift: Sequence[Drift]) -> None:
    """Say what somebody else has changed on the portal."""
    if drift:
        page.heading("Drift: changed by somebody else on the portal", "yellow")
    for d in drift:
        came = "is gone" if d.found is None else "has come"
        what = (
            came if d.field is None else page.change(d.field, d.expected, d.found, personal=d.field in PERSONAL_FIELDS)
        )
        page.line(f"{page.person(d.kind, d.id)}, {what} ({'kept' if d.kept else 'to be repaired'})", indent=2)


def show_findings(page: Page, findings: Findings, *, everything: bool = False) -> None:
    """Print errors and warnings, the first dozen, and count the notices; or ``everything``."""
    of_weight = findings.frame["severity"] != "notice"
    weighty, notices = Findings(findings.frame.filter(of_weight)), Findings(findings.frame.filter(~of_weight))
    shown = weighty if everything else weighty[:_SHOWN_FINDINGS]
    if shown:
        page.heading("Findings")
    _findings(page, shown)
    more = len(weighty) - len(shown)
    if more > 0:
        page.line(f"... and {more:,} more", indent=2)
    if notices and everything:
        page.heading("Notices")
        _findings(page, notices)
    elif notices:
        counted = notices.frame["rule"].value_counts(sort=True).iter_rows()
        page.line(
            f"{plural(len(notices), 'notice')} besides: {', '.join(f'{n:,} x {rule}' for rule, n in counted)}", indent=2
        )
    if not everything and (more > 0 or notices):
        page.offer("All of them:", command("check --all"))


def _findings(page: Page, findings: Findings) -> None:
    for kind in ACCOUNT_KINDS:  # many are best asked for together
        page.people(kind, (f.value for f in findings if f.value and _whose(f) == kind))
    for f in findings:
        # Of a column that nobody knows the name may be what is remarked on: a value then, and no place.
        column = f.column if f.column != f.value or is_known(f.table, f.column or "") else None
        place = ", ".join(p for p in (f"{f.table} row {f.row}" if f.row else f.table, column) if p)
        who = _whose(f)
        value = f"{page.value(f.column or '', f.value, personal=is_personal(f.table, f.column))}" if f.value is not None else ""  # fmt: skip
        told = page.person(who, f.value) if who and f.value else value
        said = f"{f.severity} {place}: {told + ': ' if told else ''}{runnable(f.message)}"
        page.line(said, indent=2, style=_COLOURS.get(f.severity, ""))


def _whose(finding: Finding) -> str | None:
    """Return which kind of people a finding's value is the id of."""
    person = PERSON_OF_COLUMN.get(finding.column or "")
    return person.kind if person else None


def _next(page: Page, steps: Sequence[Step]) -> None:
    if not steps:
        return
    page.heading("Next")
    for step in steps:
        page.line(f"- {step.said}", indent=2)
        for words in step.commands:
            page.whole(command(words), indent=6)
