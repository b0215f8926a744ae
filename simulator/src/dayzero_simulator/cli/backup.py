"""``dayzero simulator backup``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dayzero.errors import UsageError
from dayzero_simulator.cli._common import common, usable

__all__ = ["backup"]


@click.command(
    epilog="""\b
Examples:
  dayzero simulator backup monday.sqlite --db portal.sqlite
  dayzero simulator serve --db monday.sqlite"""
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--db", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The state to copy.")
@common
def backup(
    file: Path,
    db: Path,
    as_json: bool,
    config_path: Path,  # noqa: ARG001 - every command takes --config
) -> None:
    """Copy a state as it is at one moment into FILE, while it may be served. `serve --db FILE` goes back to it."""
    from dayzero_simulator.state_file import back_up

    if not db.is_file():
        raise UsageError(f"There is no {db}.", remedy="Give the file that `simulator serve --db` keeps.")
    with usable(file if file.exists() else db):
        back_up(db, file)
    click.echo(json.dumps({"file": str(file)}) if as_json else f"{db} is copied to {file}.")
