"""``dayzero plan``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import console, everywhere, print_json, service_of
from dayzero.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  dayzero plan
  dayzero plan --out tonight.plan     and later: dayzero sync --plan tonight.plan"""
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the plan, for review and `sync --plan`.",
)
@everywhere
@click.pass_context
def plan(ctx: click.Context, out: Path | None, as_json: bool, config_path: Path) -> None:
    """Show what a sync would do, and why anybody is withheld. Nothing is sent."""
    from dayzero.review import plan_document, write_plan

    service = service_of(config_path)
    made = service.decision().plan
    service.progress.close()
    if out is not None:
        write_plan(made, out)
    if as_json:
        print_json(plan_document(made))
    else:
        from dayzero.cli._show import show_plan

        show_plan(console(), made)
        if out is not None:
            click.echo(f"\nWrote {out}; apply exactly it with: dayzero sync --plan {out} --expect {made.plan_id}")
    code = ExitCode.HELD if made.held else ExitCode.INCOMPLETE if made.rows_left_out else ExitCode.DONE
    ctx.exit(int(code))
