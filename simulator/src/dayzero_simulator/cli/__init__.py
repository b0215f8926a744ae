"""``dayzero simulator``: run the simulated server, and look into it."""

from __future__ import annotations

import click

from dayzero_simulator.cli.accounts import accounts
from dayzero_simulator.cli.backup import backup
from dayzero_simulator.cli.faults import faults
from dayzero_simulator.cli.reset import reset
from dayzero_simulator.cli.serve import serve
from dayzero_simulator.cli.unlock import unlock

__all__ = ["simulator"]


@click.group()
def simulator() -> None:
    """Run a simulated Gradebook Cloud, and look into it."""


for command in (serve, accounts, backup, unlock, reset, faults):
    simulator.add_command(command)
