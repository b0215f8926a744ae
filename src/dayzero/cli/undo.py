"""``dayzero undo``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import console, everywhere, print_json, sends, service_of
from dayzero.cli.sync import confirmed, finish, parse_allowance
from dayzero.errors import ExitCode, RefusedError, UsageError

if TYPE_CHECKING:
    from dayzero.service import Undo


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
@click.pass_context
def undo(
    ctx: click.Context,
    run_id: str,
    out: Path | None,
    yes: bool,
    allowances: tuple[str, ...],
    wait: int,
    as_json: bool,
    config_path: Path,
) -> None:
    """Take a run back, through the same review and limits.

    What was created is disabled, what was disabled is enabled, changed fields are set back. What somebody changed since
    stays and is listed. The next sync follows the source again: correct that first.
    """
    if out is None and not yes and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on.", remedy="Say --yes, or write the plan: --out FILE.")
    allow = dict(parse_allowance(a) for a in allowances)
    service = service_of(config_path)
    with service.reporting(), service.alone(wait_seconds=wait):
        undone = service.undo(run_id)
        if out is not None:
            service.progress.close()
            _write(undone, out, as_json=as_json)
            ctx.exit(int(_code(undone)))
        if not as_json:
            _show_conflicts(undone)
        if not yes and not confirmed(service, undone.plan):
            raise RefusedError("Not confirmed. Nothing was sent.", remedy="Look again: dayzero undo RUN --out FILE.")
        finish(ctx, service, undone.plan, allow, as_json=as_json, at_least=_code(undone, held=False), **undone.facts())


def _code(undone: Undo, *, held: bool = True) -> ExitCode:
    if held and undone.plan.held:
        return ExitCode.HELD
    return ExitCode.INCOMPLETE if undone.conflicts else ExitCode.DONE


def _write(undone: Undo, out: Path, *, as_json: bool) -> None:
    from dayzero.cli._show import show_plan
    from dayzero.plan.file import write_plan
    from dayzero.plan.model import plan_document

    write_plan(undone.plan, out)
    if as_json:
        print_json({**plan_document(undone.plan), **undone.facts()})
        return
    show_plan(console(), undone.plan)
    _show_conflicts(undone)
    click.echo(f"\nWrote {out}; apply exactly it with: dayzero sync --plan {out} --expect {undone.plan.plan_id}")


def _show_conflicts(undone: Undo) -> None:
    for c in undone.conflicts:
        what = f"{c.kind} {c.id}" + (f", {c.field}" if c.field else "")
        click.secho(
            f"changed since, stays: {what}: the run left {c.expected!r}, it is {c.found!r}", fg="yellow", err=True
        )
