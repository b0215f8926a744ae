"""``dayzero settings``"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from dayzero.cli._common import everywhere, sends, service_of
from dayzero.cli.sync import finish, parse_allowance


@click.group()
def settings() -> None:
    """Change a setting; the sync it asks for starts at once, as Done does in the real product."""


@settings.command(
    "send-scheduling-year",
    epilog="""\b
Examples:
  dayzero settings send-scheduling-year yes
  dayzero settings send-scheduling-year no --allow disable=30""",
)
@click.argument("value", type=click.Choice(["yes", "no"], case_sensitive=False))
@sends
@everywhere
@click.pass_context
def send_scheduling_year(
    ctx: click.Context, value: str, allowances: tuple[str, ...], wait: int, as_json: bool, config_path: Path
) -> None:
    """Save Send Scheduling Year Student Data and start an All Data sync.

    The setting is checked against the source first and saved only if it is not refused.
    """
    from dayzero.config.file import set_send_scheduling_year

    yes = value.lower() == "yes"
    service = service_of(config_path)
    with service.reporting(), service.alone(wait_seconds=wait):
        service.config = replace(service.config, sync=replace(service.config.sync, send_scheduling_year=yes))
        allow = dict(parse_allowance(a) for a in allowances)
        plan = service.decision().plan
        service.still_held(plan, allow)
        set_send_scheduling_year(config_path, yes)
        if not as_json:
            click.echo(f"Send Scheduling Year Student Data = {'Yes' if yes else 'No'}, saved in {config_path}.")
        finish(ctx, service, plan, allow, as_json=as_json, saved=True)
