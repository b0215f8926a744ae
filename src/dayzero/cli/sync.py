"""``dayzero sync``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._commands import command, quoted
from dayzero.cli._common import allowed, ended, everywhere, print_json, sends, service_of, titles_of
from dayzero.cli._streams import is_terminal
from dayzero.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from dayzero.cli._next import Way
    from dayzero.cli._page import Page
    from dayzero.gradebook import Difference
    from dayzero.plan import Plan
    from dayzero.service import Service
    from dayzero.sync.outcome import Outcome


@click.command(
    epilog="""\b
Examples:
  dayzero sync                              shows the plan and asks
  dayzero sync --yes                        for a timer
  dayzero sync --plan tonight.plan          applies exactly the reviewed plan
  dayzero sync --yes --allow disable=412    releases exactly what was held"""
)
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Apply exactly this plan, or refuse.",
)
@click.option("--expect", metavar="PLAN_ID", help="With --plan: refuse any other plan than this one.")
@click.option(
    "--accept-rekey",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep this id map: people under new ids keep their accounts.",
)
@click.option(
    "--decide",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep these answers to doubts, and carry them out.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@sends
@everywhere
def sync(
    plan_file: Path | None,
    expect: str | None,
    accept_rekey: Path | None,
    decide: Path | None,
    yes: bool,
    allowances: tuple[str, ...],
    wait: int,
    take_over: bool,
    as_json: bool,
    config_path: Path,
) -> ExitCode:
    """Run an All Data sync: send what the plan says, hold what the limits hold."""
    from dayzero.cli._page import Page, say_simulated
    from dayzero.sync.request import SyncRequest

    if expect and plan_file is None:
        raise UsageError("--expect goes with --plan.", remedy="Name the plan file: --plan FILE.")
    if plan_file is not None and decide is not None:
        raise UsageError(
            "A saved plan is applied as it is.",
            remedy="Decide while planning: `dayzero plan --decide FILE --out PLAN`.",
        )
    if plan_file is None and not yes and not is_terminal(sys.stdin):
        raise UsageError("There is no terminal to ask on.", remedy="Say --yes, or give a reviewed plan: --plan FILE.")
    request = SyncRequest(
        plan_file=plan_file,
        expect=expect,
        id_map=accept_rekey,
        decisions=decide,
        allow=allowed(allowances),
        wait_seconds=wait,
        take_over=take_over,
    )
    agreed = yes or plan_file is not None
    kept = "this id map" if accept_rekey else "these answers" if decide else ""
    question = f"Keep {kept}, and send this to the portal?" if kept else "Send this to the portal?"
    service = service_of(config_path, *titles_of(asks=not agreed))
    if not as_json:
        say_simulated(Page(), service)
    outcome = service.sync(request, lambda plan, _conflicts: agreed or confirmed(plan, question, anyway=bool(kept)))
    return show(outcome, service, as_json=as_json)


def show(outcome: Outcome, service: Service, *, as_json: bool, **further: Any) -> ExitCode:
    """Print how a sync ended, as a document with what is ``further`` to say or for people, and return its exit code."""
    from dayzero.cli._page import Page
    from dayzero.cli._show import show_outcome
    from dayzero.sync.outcome import outcome_document

    code = ended(outcome.exit_code)
    if as_json:
        print_json({**outcome_document(outcome), **further})
    else:
        # The answer of the run before is kept without names: who reads it is told them as the portal has them.
        asked = outcome.unchanged and is_terminal(sys.stdout)
        page = Page(service.names() if asked else outcome.plan.names)
        show_outcome(page, outcome)
        page.line()
        page.line(f"Run {outcome.run_id}; the portal is at revision {outcome.result.revision}.")
    return code


def confirmed(
    plan: Plan, question: str = "Send this to the portal?", *, anyway: bool = False, way: Way | None = None
) -> bool:
    """Show the plan and ask; where nothing is to be sent, nobody is asked, unless ``anyway``: something else comes of it.

    ``way``: the commands that belong to it, where they are not a sync's.
    """
    from dayzero.cli._next import SYNC
    from dayzero.cli._page import Page
    from dayzero.cli._show import show_plan

    if plan.going.is_empty() and not anyway:
        return True
    page = Page(plan.names, stderr=True)
    show_plan(page, plan, way=way or SYNC)
    return page.agreed(question)


def say_written(page: Page, out: Path, plan_id: str) -> None:
    """Say that a plan was written, and how exactly it is applied."""
    page.line()
    page.offer(
        f"Wrote {out}; apply exactly it with:", command(f"sync --plan {quoted(out)} --expect {plan_id}"), indent=0
    )


def show_conflicts(plan: Plan, conflicts: tuple[Difference, ...]) -> None:
    """Print what an undo leaves alone."""
    from dayzero.cli._page import Page
    from dayzero.gradebook import PERSONAL_FIELDS
    from dayzero.words import field

    page = Page(plan.names, stderr=True)
    for c in conflicts:
        what = page.person(c.kind, c.id) + (f", {field(c.field)}" if c.field else "")
        left, found = (page.value(c.field or "", v, personal=c.field in PERSONAL_FIELDS) for v in (c.expected, c.found))
        page.line(f"changed since, stays: {what}: the run left {left}, it is {found}", style="yellow")
