"""``dayzero simulator accounts``."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from dayzero.errors import UsageError
from dayzero_simulator.cli._common import ask, configured, remote, usable

__all__ = ["accounts"]


@click.command(
    epilog="""\b
Examples:
  dayzero simulator accounts --school hampden --url http://127.0.0.1:8700 --json
  dayzero simulator accounts --school hampden --db portal.sqlite"""
)
@click.option("--school", help="The school's id; default: [school] id of the configuration.")
@click.option(
    "--db", type=click.Path(path_type=Path, dir_okay=False), help="Read this state instead of asking a server."
)
@remote
def accounts(
    school: str | None, db: Path | None, url: str | None, token: str | None, as_json: bool, config_path: Path
) -> None:
    """Print a school's accounts, as the API lists them."""
    settings = configured(config_path)
    school = school or settings["school"]
    if not school:
        raise UsageError("Which school? --school is missing.", remedy="Give its id: --school ID.")
    items = _from_file(db, school) if db else _all_pages(url or settings["url"], token, school)
    if as_json:
        click.echo(json.dumps({"items": items, "next": None}, ensure_ascii=False))
        return
    for a in items:
        click.echo(f"{a['kind']:<8} {a['person_id']:<14} {a['status']:<9} {a['login']}")
    click.echo(f"{len(items):,} accounts", err=True)


def _from_file(db: Path, school: str) -> list[dict[str, Any]]:
    from dayzero_simulator.world import World

    if not db.is_file():
        raise UsageError(f"There is no {db}.", remedy="Give the file that `simulator serve --db` keeps.")
    with usable(db), closing(World.looked_at(db)) as world:
        items: list[dict[str, Any]] = world.accounts(school, limit=2**62)["items"]
    return items


def _all_pages(url: str | None, token: str | None, school: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    path, cursor = f"/v1/schools/{quote(school, safe='')}/accounts?limit=10000", ""
    while True:
        page = ask("GET", url, token, path + (f"&cursor={cursor}" if cursor else ""))
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = page["next"]
