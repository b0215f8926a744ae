"""``dayzero sync``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import console, everywhere, print_json, sends, service_of
from dayzero.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from dayzero.plan.model import Plan
    from dayzero.service import Service


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
@click.option("--yes", is_flag=True, help="Do not ask.")
@sends
@everywhere
@click.pass_context
def sync(
    ctx: click.Context,
    plan_file: Path | None,
    expect: str | None,
    accept_rekey: Path | None,
    yes: bool,
    allowances: tuple[str, ...],
    wait: int,
    as_json: bool,
    config_path: Path,
) -> None:
    """Run an All Data sync: send what the plan says, hold what the limits hold."""
    if expect and plan_file is None:
        raise UsageError("--expect goes with --plan.", remedy="Name the plan file: --plan FILE.")
    if plan_file is None and not yes and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on.", remedy="Say --yes, or give a reviewed plan: --plan FILE.")
    allow = dict(parse_allowance(a) for a in allowances)
    service = service_of(config_path)
    with service.reporting(), service.alone(wait_seconds=wait):
        accepted = None
        if accept_rekey is not None:
            from dayzero.plan.rekey import IdMap

            accepted = IdMap.read(accept_rekey)
        if plan_file is not None:
            from dayzero.plan.file import read_plan

            reviewed, plan_id = read_plan(plan_file)
            if expect not in (None, plan_id):
                raise RefusedError(
                    f"{plan_file} is plan {plan_id}, not {expect}. Nothing was sent.",
                    remedy="Give the plan that was reviewed.",
                )
            plan = service.reviewed_plan(reviewed, plan_id)
        else:
            plan = service.decision(accepted).plan
            if not yes and not confirmed(service, plan):
                raise RefusedError("Not confirmed. Nothing was sent.", remedy="Run `dayzero plan` to look again.")
        if accepted is not None:
            service.still_held(plan, allow)
            service.accept_rekey(accepted)
        finish(ctx, service, plan, allow, as_json=as_json)


def parse_allowance(text: str) -> tuple[str, int]:
    """Read ``disable=412``."""
    op, _, number = text.partition("=")
    if not number.isdecimal():
        raise UsageError(
            f"--allow {text!r} is not OP=N.", remedy="For example --allow disable=12, as `dayzero plan` prints it."
        )
    return op.strip(), int(number)


def finish(
    ctx: click.Context,
    service: Service,
    plan: Plan,
    allow: dict[str, int],
    *,
    as_json: bool,
    at_least: int = 0,
    **extra: object,
) -> None:
    """Apply a plan, print the outcome and exit with its code, or with ``at_least`` where that is more."""
    outcome = service.sync(plan, allow)
    service.progress.close()
    if as_json:
        print_json({**outcome.document, **extra})
    else:
        from dayzero.cli._show import show_outcome

        show_outcome(console(), outcome.plan, outcome.document)
        click.echo(f"\nRun {outcome.document['run_id']}; the portal is at revision {outcome.document['revision']}.")
    ctx.exit(max(int(outcome.exit_code), at_least))


def confirmed(service: Service, plan: Plan) -> bool:
    """Show the plan and ask."""
    from dayzero.cli._show import show_plan

    service.progress.close()
    show_plan(console(stderr=True), plan)
    return click.confirm("\nSend this to the portal?", default=False, err=True)
