"""``dayzero simulator serve``."""

from __future__ import annotations

import errno
import json
import secrets
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import click

from dayzero.errors import UsageError
from dayzero_simulator.cli._common import common, usable

__all__ = ["serve"]


@click.command(
    epilog="""\b
Examples:
  dayzero simulator serve
  dayzero simulator serve --port 8800 --db portal.sqlite --token rehearsal
  dayzero simulator serve --host 0.0.0.0 --public-url http://lab.school.example:8700"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback unless you say otherwise.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--db", type=click.Path(path_type=Path, dir_okay=False), help="Keep the state in this file; default: in memory."
)
@click.option(
    "--token",
    envvar="DAYZERO_TOKEN",
    show_envvar=True,
    help="The token that opens every school; generated where absent.",
)
@click.option(
    "--admin-password",
    envvar="DAYZERO_ADMIN_PASSWORD",
    show_envvar=True,
    help="Of plusportaladmin at every school's portal, until changed there; generated where absent.",
)
@click.option("--public-url", help="What links in letters begin with; default: the address it listens on.")
@click.option("--allow-host", "names", multiple=True, help="Another name this server may be asked for by; repeatable.")
@common
def serve(
    host: str,
    port: int,
    db: Path | None,
    token: str | None,
    admin_password: str | None,
    public_url: str | None,
    names: tuple[str, ...],
    as_json: bool,
    config_path: Path,  # noqa: ARG001 - every command takes --config
) -> None:
    """Serve the simulated Gradebook Cloud, its API and its portal's pages, until Ctrl-C or SIGTERM."""
    from dayzero_simulator.app import create_app
    from dayzero_simulator.reached import Reached
    from dayzero_simulator.serving import EVERYWHERE, is_loopback, listening, run, url_of
    from dayzero_simulator.world import World

    _require_address(public_url)
    token = token or secrets.token_urlsafe(24)
    admin_password = admin_password or secrets.token_urlsafe(12)
    try:
        bound = listening(host, port)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    with closing(bound):
        with usable(db or Path(":memory:")):
            world = World(db or ":memory:")
        with closing(world):
            url = url_of(bound)
            reached = Reached(public_url or url, (host, *names), everywhere=host in EVERYWHERE)
            app = create_app(world, token=token, admin_password=admin_password, reached=reached)

            def started() -> None:
                _say(url, token, admin_password, str(db or "in memory"), as_json=as_json)
                if not is_loopback(bound):
                    _warn(host, public_url)

            run(app, bound, started=started)
    click.echo("Stopped.", err=True)


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"Cannot listen on {host}:{port}: port {port} is taken by another program, such as a demo or another simulator.",
            remedy="End that program, or name another port, such as --port 0 for a free one; configurations then need the "
            "address that is printed: [portal] url, or `dayzero init --portal URL`.",
            port=port,
        )
    return UsageError(
        f"Cannot listen on {host}:{port}: {error.strerror}.", remedy="Name another address with --host and --port."
    )


def _require_address(public_url: str | None) -> None:
    if public_url is None:
        return
    try:
        parts = urlsplit(public_url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(
            f"--public-url {public_url!r} is no address of a server.", remedy="Such as http://lab.school.example:8700."
        )


def _say(url: str, token: str, admin_password: str, state: str, *, as_json: bool) -> None:
    if as_json:
        document = {"url": url, "token": token, "admin": "plusportaladmin", "admin_password": admin_password}
        click.echo(json.dumps(document))
        return
    click.echo(f"Simulated Gradebook Cloud at {url}, state {state}. Ctrl-C stops it.")
    click.echo(f"  export DAYZERO_TOKEN={token}")
    click.echo(f"  Portal: {url}/portal/")
    click.echo(f"    as plusportaladmin, password {admin_password}")


def _warn(host: str, public_url: str | None) -> None:
    click.echo(
        f"Warning: {host} can be reached from other machines, over plain HTTP: passwords, the token and children's data"
        " can be read on the way. Use a demo school, or put a server with TLS before it.",
        err=True,
    )
    if public_url is None:
        click.echo("Links in letters lead to this machine alone: --public-url says what they begin with.", err=True)
