"""``dayzero settings``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import allowed, ended, everywhere, sends, service_of
from dayzero.cli.sync import show
from dayzero.errors import ExitCode


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
def send_scheduling_year(
    value: str, allowances: tuple[str, ...], wait: int, take_over: bool, as_json: bool, config_path: Path
) -> ExitCode:
    """Save Send Scheduling Year Student Data and start an All Data sync.

    The setting is checked against the source first and saved only if it is not refused.
    """
    from dayzero.sync.request import SyncRequest

    yes = value.lower() == "yes"
    request = SyncRequest(send_scheduling_year=yes, allow=allowed(allowances), wait_seconds=wait, take_over=take_over)
    outcome = service_of(config_path).sync(request)
    ended(outcome.exit_code)
    if not as_json:
        click.echo(f"Send Scheduling Year Student Data = {'Yes' if yes else 'No'}, saved in {config_path}.")
    return show(outcome, as_json=as_json, saved=True)
