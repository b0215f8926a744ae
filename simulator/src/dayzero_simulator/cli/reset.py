"""``dayzero simulator reset``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dayzero_simulator.cli._common import ask, configured, remote

__all__ = ["reset"]


@click.command()
@click.option("--seed", type=int, help="Make the ids that follow repeatable.")
@remote
def reset(seed: int | None, url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """Forget everything on a running simulator."""
    ask("POST", url or configured(config_path)["url"], token, "/_sim/reset", {"seed": seed})
    click.echo(json.dumps({"reset": True}) if as_json else "The simulator is empty.")
