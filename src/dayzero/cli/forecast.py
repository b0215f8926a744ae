"""``dayzero forecast``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import everywhere, print_json, service_of
from dayzero.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  dayzero forecast
  dayzero forecast --json | jq .change_of_year"""
)
@everywhere
def forecast(as_json: bool, config_path: Path) -> ExitCode:
    """Show the plan of the day the year changes: as if the scheduling year were the active one. Nothing is sent."""
    from dayzero.plan import plan_document

    service = service_of(config_path)
    made = service.forecast().plan
    if as_json:
        print_json(plan_document(made))
    else:
        from dayzero.cli._next import FORECAST
        from dayzero.cli._page import Page, say_simulated
        from dayzero.cli._show import show_plan

        page = Page(made.names)
        say_simulated(page, service)
        show_plan(page, made, way=FORECAST)
    return made.exit_code
