"""``dayzero settings``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.cli._common import allowed, ended, everywhere, print_json, sends, service_of, titles_of
from dayzero.cli._streams import is_terminal
from dayzero.cli._suggest import Suggesting
from dayzero.cli.sync import confirmed, show
from dayzero.errors import ExitCode, UsageError
from dayzero.words import SETTING, yes_no

if TYPE_CHECKING:
    from dayzero.plan import Plan


@click.group(
    cls=Suggesting,
    invoke_without_command=True,
    epilog="""\b
Examples:
  dayzero settings
  dayzero settings --json
  dayzero settings send-scheduling-year yes""",
)
@everywhere
@click.pass_context
def settings(ctx: click.Context, as_json: bool, config_path: Path) -> None:
    """Show the settings, or change the one an office changes; the sync it asks for starts at once, as Done does in the real
    product.
    """
    if ctx.invoked_subcommand is not None:
        return
    service = service_of(config_path, asks_portal=False)
    from dayzero.cli._settings import settings_document, show_settings

    if as_json:
        print_json(settings_document(service))
        return
    from dayzero.cli._page import Page

    show_settings(Page(), service)


@settings.command(
    "send-scheduling-year",
    epilog="""\b
Examples:
  dayzero settings send-scheduling-year yes         previews, and asks
  dayzero settings send-scheduling-year yes --yes   for a script
  dayzero settings send-scheduling-year no --allow disable=30""",
)
@click.argument("value", type=click.Choice(["yes", "no"], case_sensitive=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@sends
@everywhere
def send_scheduling_year(
    value: str, yes: bool, allowances: tuple[str, ...], wait: int, take_over: bool, as_json: bool, config_path: Path
) -> ExitCode:
    """Preview Send Scheduling Year Student Data at another value, ask, save it and start an All Data sync.

    The setting is checked against the source first and saved only if it is not refused.
    """
    from dayzero.cli._next import setting_to
    from dayzero.cli._page import Page, say_simulated
    from dayzero.sync.request import SyncRequest

    if not yes and not is_terminal(sys.stdin):
        raise UsageError(
            "There is no terminal to ask on.",
            remedy=f"Say --yes; `dayzero plan --send-scheduling-year {value.lower()}` shows what it would do.",
        )
    wanted = value.lower() == "yes"
    service = service_of(config_path, *titles_of(asks=not yes))
    if not as_json:
        say_simulated(Page(), service)
    anew = service.config.sync.send_scheduling_year != wanted

    def agreed(plan: Plan, _conflicts: object) -> bool:
        question = f"Save {SETTING} = {yes_no(wanted)}, and send this to the portal?"
        return yes or confirmed(plan, question, anyway=anew, way=setting_to(value.lower()))

    request = SyncRequest(
        send_scheduling_year=wanted, allow=allowed(allowances), wait_seconds=wait, take_over=take_over
    )
    outcome = service.sync(request, agreed)
    ended(outcome.exit_code)
    if not as_json:
        Page().line(f"{SETTING} = {yes_no(wanted)}, saved in {config_path}.")
    return show(outcome, service, as_json=as_json, saved=True)
