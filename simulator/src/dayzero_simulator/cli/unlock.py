"""``dayzero simulator unlock``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dayzero.errors import UsageError
from dayzero_simulator.cli._common import ask, configured, remote, usable

__all__ = ["unlock"]


@click.command(
    epilog="""\b
Examples:
  dayzero simulator unlock
  dayzero simulator unlock --school hampden --login plusportaladmin
  dayzero simulator unlock --db portal.sqlite"""
)
@click.option("--school", help="With --login, the school's id; default: [school] id of the configuration.")
@click.option("--login", help="Forget the tries of this login alone; default: all.")
@click.option(
    "--db", type=click.Path(path_type=Path, dir_okay=False), help="In this state, instead of asking a server."
)
@remote
def unlock(
    school: str | None,
    login: str | None,
    db: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
    config_path: Path,
) -> None:
    """Let those who tried too often try again at once."""
    settings = configured(config_path)
    school = school or settings["school"]
    if login is not None and not school:
        raise UsageError("Which school? --school is missing.", remedy="Give its id: --school ID.")
    if db is not None:
        number = _in_file(db, school or "", login)
    else:
        body = {} if login is None else {"school": school, "login": login}
        number = ask("POST", url or settings["url"], token, "/_sim/unlock", body)["unlocked"]
    click.echo(json.dumps({"unlocked": number}) if as_json else f"Nobody has to wait any more ({number:,} counted).")


def _in_file(db: Path, school: str, login: str | None) -> int:
    from dayzero_simulator.portal import patience
    from dayzero_simulator.state_file import changing

    if not db.is_file():
        raise UsageError(f"There is no {db}.", remedy="Give the file that `simulator serve --db` keeps.")
    with usable(db), changing(db) as state:
        return patience.unlock(state, school, login)
