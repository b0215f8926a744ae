"""Past runs for people: a list, what one did, and what was done for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayzero.cli._accounts import show_accounts
from dayzero.cli._commands import command
from dayzero.cli._page import Page
from dayzero.cli._people import show_operation, show_who
from dayzero.errors import ExitCode
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.people import DOUBTS
from dayzero.words import OPS, RECOVERED, SETTING, STATES, held_because, plural, yes_no

if TYPE_CHECKING:
    from dayzero.journal import Run
    from dayzero.service import Change

__all__ = ["show_changes", "show_run", "show_runs"]

Operation = Mapping[str, Any]


def show_runs(page: Page, runs: Sequence[Run], timezone: str) -> None:
    """Print past runs, newest first, with the school's time."""
    if not runs:
        page.offer("No sync has run here yet. Next:", command("plan"), indent=0)
        return
    undone = {run.took_back: run for run in reversed(runs) if run.took_back}
    for run in runs:
        page.line(f"{run.run_id}  {when(run.started_at, timezone)}: {_became(run)}", style="bold")
        if run.undoes:
            page.line(f"{'took' if run.took_back else 'was to take'} back run {run.undoes}", indent=2)
        if by := undone.get(run.run_id):
            page.line(f"taken back{_in_part(by)} by run {by.run_id}", indent=2)
        code = "" if run.exit_code is None else f", exit code {run.exit_code}"
        held = ", something is held" if run.exit_code == ExitCode.HELD else ""
        page.line(f"{_about(run)}{code}{held}", indent=2)
        done = [f"{kind}s: {said}" for kind in ACCOUNT_KINDS if (said := _counted((run.applied or {}).get(kind, {})))]
        if run.rejected:
            done.append(f"rejected: {len(run.rejected):,}")
        if done:
            page.line("; ".join(done), indent=2)
    page.line()
    page.offer("What one of them did:", command("history RUN"), indent=0)


def show_run(
    page: Page, run: Run, operations: Sequence[Operation], timezone: str, *, undone_by: Sequence[Run] = ()
) -> None:
    """Print what one run did: how many, who, and what it left. ``undone_by``: the runs that took it back."""
    page.line(f"Run {run.run_id}: {_became(run)}", style="bold")
    page.line(f"{when(run.started_at, timezone)}{_lasted(run)}, {timezone}", indent=2)
    page.line(_about(run), indent=2)
    if run.exit_code is not None:
        page.line(f"exit code {run.exit_code}{f', {run.problem}' if run.problem else ''}", indent=2)
    if run.undoes:
        page.line(f"It {'took' if run.took_back else 'was to take'} back run {run.undoes}.", indent=2)
    for by in undone_by:
        page.line(f"It was taken back{_in_part(by)} by run {by.run_id}.", indent=2)
    if run.recovered:
        page.line(f"It was interrupted: {RECOVERED.get(run.recovered, run.recovered)}.", indent=2)
    _accounts(page, run)
    show_who(page, ((o["op"], o["kind"], o["id"]) for o in operations), {op: words.done for op, words in OPS.items()})
    _left(page, run)
    if run.state == "committed":
        page.line()
        page.offer("Each field, before and after:", command(f"history {run.run_id} --json"), indent=0)
        if all(map(_in_part, undone_by)):
            rest = "To take back the rest of it:" if undone_by else "To take it back:"
            page.offer(rest, command(f"undo {run.run_id}"), indent=0)


def show_changes(page: Page, person: str, changes: Sequence[Change], timezone: str) -> None:
    """Print what was done for a person, run by run."""
    if not changes:
        page.line(f"No recorded run changed anything for {person}.")
    for one in changes:
        run = one.run
        back = f", taking back {run.undoes}" if run.undoes else ""
        page.line(f"{when(run.started_at, timezone)}  {run.run_id}{_by(run)}{back}{_ended(one)}", style="bold")
        show_operation(page, one.operation, indent=2)


def _ended(change: Change) -> str:
    """Return what became of something that was done for a person, where that is not what was wanted."""
    if change.rejected:
        return f", rejected: {change.rejected}"
    return "" if change.run.state == "committed" else f", {_became(change.run)}"


def _became(run: Run) -> str:
    return STATES.get(run.state, run.state)


def when(moment: str, timezone: str) -> str:
    """Return a moment as the school's clock shows it."""
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)):%a %Y-%m-%d %H:%M}"


def _lasted(run: Run) -> str:
    if run.finished_at is None:
        return ""
    seconds = (datetime.fromisoformat(run.finished_at) - datetime.fromisoformat(run.started_at)).total_seconds()
    return f", took {plural(max(round(seconds), 0), 'second')}"


def _in_part(undo: Run) -> str:
    """Say that a run did not take back all of another: something was held, or had been changed since."""
    return "" if undo.whole else " in part"


def _by(run: Run) -> str:
    """Return who let a run send, and from which source; what takes back is from none."""
    return f"{f', by {run.who}' if run.who else ''}{'' if run.undoes else f', from {run.source}'}"


def _about(run: Run) -> str:
    return f"{SETTING} = {yes_no(run.send_scheduling_year)}{_by(run)}"


def _counted(numbers: Mapping[str, int]) -> str:
    """Return how many accounts an operation each was done to."""
    return ", ".join(f"{number:,} {OPS[op].done}" for op in OPS if (number := numbers.get(op, 0)))


def _accounts(page: Page, run: Run) -> None:
    if not run.applied:
        return
    show_accounts(page, run.applied, {op: words.done for op, words in OPS.items()})
    records = _counted(run.applied.get("records", {}))
    if records:
        page.line(f"records of students, years and courses: {records}", indent=2)


def _left(page: Page, run: Run) -> None:
    """Say what the run did not do: who was rejected, withheld, held and in doubt."""
    for one in run.rejected or ():
        page.heading(f"Rejected: {page.person(one['kind'], one['id'])}: {one['reason']}. {one['remedy']}", "red")
    if run.withheld:
        page.heading("Withheld")
        for reason, number in run.withheld.items():
            page.line(f"{reason}: {number:,}", indent=2)
    for held in run.held or ():
        page.heading(f"Held: {held_because(held)}", "yellow")
    for doubt in run.doubts or ():
        rule = DOUBTS.get(doubt["doubt"])
        said = f"{doubt['doubt']}{f': {rule.message}' if rule else ''}"
        page.heading(f"In doubt, and untouched: {page.person(doubt['kind'], doubt['person_id'])}: {said}", "yellow")
    for read in run.reads or ():
        place = ".".join(part for part in (read["table"], read["column"]) if part)
        page.heading(f"Doubted: {read['doubt']} of {place}, {read['count']:,} of {read['of']:,}", "yellow")
