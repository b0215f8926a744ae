"""``dayzero undo``"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import allowed, everywhere, print_json, sends, service_of, titles_of
from dayzero.cli._streams import is_terminal
from dayzero.cli.sync import confirmed, say_written, show, show_conflicts
from dayzero.errors import ExitCode, UsageError, gravest
from dayzero.words import LOOKING

if TYPE_CHECKING:
    from dayzero.gradebook import Difference
    from dayzero.plan import Plan, Undo


@click.command(
    epilog="""\b
Examples:
  dayzero undo RUN                          shows the inverse plan and asks
  dayzero undo RUN --out back.plan          for review; then: dayzero sync --plan back.plan
  dayzero undo RUN --yes --allow disable=40"""
)
@click.argument("run_id", metavar="RUN")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the inverse plan instead of applying it.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@sends
@everywhere
def undo(
    run_id: str,
    out: Path | None,
    yes: bool,
    allowances: tuple[str, ...],
    wait: int,
    take_over: bool,
    as_json: bool,
    config_path: Path,
) -> ExitCode:
    """Take a run back, through the same review and limits.

    What was created is disabled, what was disabled is enabled, changed fields are set back. What somebody changed since
    stays and is listed. The next sync follows the source again: correct that first.
    """
    from dayzero.cli._page import Page, say_simulated
    from dayzero.sync.request import SyncRequest

    if out is None and not yes and not is_terminal(sys.stdin):
        raise UsageError("There is no terminal to ask on.", remedy="Say --yes, or write the plan: --out FILE.")
    request = SyncRequest(undo=run_id, allow=allowed(allowances), wait_seconds=wait, take_over=take_over)
    service = service_of(config_path, *(titles_of(asks=not yes) if out is None else (LOOKING,)))
    if not as_json:
        say_simulated(Page(), service)
    if out is not None:
        undone = service.inverse(run_id, wait_seconds=wait)
        service.save_plan(undone.plan, out)
        return _written(undone, out, as_json=as_json)

    def agreed(plan: Plan, conflicts: tuple[Difference, ...]) -> bool:
        if not as_json:
            show_conflicts(plan, conflicts)
        return yes or confirmed(plan)

    return show(service.sync(request, agreed), service, as_json=as_json)


def _written(undone: Undo, out: Path, *, as_json: bool) -> ExitCode:
    from dayzero.cli._page import Page
    from dayzero.cli._show import show_plan
    from dayzero.plan import plan_document

    plan = undone.plan
    if as_json:
        facts = {"undoes": plan.header.undoes, "conflicts": [asdict(c) for c in undone.conflicts]}
        print_json({**plan_document(plan), **facts})
    else:
        page = Page(plan.names)
        show_plan(page, plan)
        show_conflicts(plan, undone.conflicts)
        say_written(page, out, plan.plan_id)
    return gravest(plan.exit_code, ExitCode.INCOMPLETE if undone.conflicts else ExitCode.DONE)
