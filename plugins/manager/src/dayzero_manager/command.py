"""``dayzero manager``."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayzero.errors import UsageError

if TYPE_CHECKING:
    from flask import Flask

    from dayzero_manager.door import Door

__all__ = ["manager"]


@click.command(
    epilog="""\b
Examples:
  dayzero manager
  dayzero manager --port 8601 --look     a link for somebody who only looks
  dayzero manager --fleet fleet.toml     one page of many schools: what waits at which"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback unless you say otherwise.")
@click.option("--port", default=8600, show_default=True, type=click.IntRange(0, 65535))
@click.option("--look", is_flag=True, help="The link opens it for looking: nothing can be sent or decided.")
@click.option(
    "--fleet",
    "where",
    type=click.Path(path_type=Path, exists=True),
    metavar="WHERE",
    help="Show how the last run of each school of a fleet ended, instead of one school.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the link as a JSON document.")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("dayzero.toml"),
    show_default=True,
    metavar="FILE",
    help="The configuration.",
)
def manager(host: str, port: int, look: bool, where: Path | None, as_json: bool, config_path: Path) -> None:
    """Open the Sync Manager, the office's page, until Ctrl-C or SIGTERM. The link that is printed opens it once."""
    from dayzero_manager.app import create_app
    from dayzero_manager.door import FULL, LOOK
    from dayzero_manager.fleet import create_fleet_app
    from dayzero_manager.fleet.schools import Fleet
    from dayzero_manager.office import Office
    from dayzero_manager.serving import is_loopback, listening, run, url_of

    made: Callable[..., tuple[Flask, Door]]
    if where is not None:
        made, page = partial(create_fleet_app, Fleet(where.resolve())), ""
    else:
        office = Office(config_path)
        made, page = partial(create_app, office), office.config.notify.page
    try:
        bound = listening(host, port)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", remedy="Name another port with --port."
        ) from error
    with closing(bound):
        reached = page or url_of(bound)
        role = LOOK if look else FULL

        def tell(link: str) -> None:
            click.echo(json.dumps({"link": link, "role": role}) if as_json else f"Open the Sync Manager, once: {link}")

        app, door = made(url=reached, hosts=(host,), most=role, tell=tell)
        tell(door.link(role))
        if not is_loopback(bound):
            click.echo(
                f"Warning: {host} can be reached from other machines over plain HTTP: put a server with TLS before it.",
                err=True,
            )
        run(app, bound)
    click.echo("Stopped.", err=True)
