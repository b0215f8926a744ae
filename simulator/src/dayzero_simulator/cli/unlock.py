"""``dayzero simulator unlock``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dayzero.errors import UsageError
from dayzero_simulator.cli._common import ask, configured, remote

__all__ = ["unlock"]


@click.command(
    epilog="""\b
Examples:
  dayzero simulator unlock
  dayzero simulator unlock --school hampden --login plusportaladmin"""
)
@click.option("--school", help="With --login, the school's id; default: [school] id of the configuration.")
@click.option("--login", help="Forget the tries of this login alone; default: all.")
@remote
def unlock(
    school: str | None, login: str | None, url: str | None, token: str | None, as_json: bool, config_path: Path
) -> None:
    """Let those who tried too often try again at once, on a running simulator."""
    settings = configured(config_path)
    school = school or settings["school"]
    if login is not None and not school:
        raise UsageError("Which school? --school is missing.", remedy="Give its id: --school ID.")
    body = {} if login is None else {"school": school, "login": login}
    number = ask("POST", url or settings["url"], token, "/_sim/unlock", body)["unlocked"]
    click.echo(json.dumps({"unlocked": number}) if as_json else f"Nobody has to wait any more ({number:,} counted).")
