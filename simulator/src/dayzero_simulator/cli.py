"""``dayzero simulator``: run the simulated server, and look into it."""

from __future__ import annotations

import json
import secrets
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from dayzero.errors import ConfigurationError, PortalError, PortalUnavailableError, UsageError

__all__ = ["simulator"]

F = TypeVar("F", bound=Callable[..., Any])


def _common(command: F) -> F:
    """Add what every command of dayzero accepts."""
    config = click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("dayzero.toml"),
        help="Supplies --url and --school where it exists.",
    )
    return config(click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command))


def _remote(command: F) -> F:
    """Add where the server is."""
    url = click.option("--url", help="The server's address; default: [portal] url of the configuration.")
    token = click.option("--token", envvar="DAYZERO_TOKEN", show_envvar=True, help="The server's token.")
    return url(token(_common(command)))


@click.group()
def simulator() -> None:
    """Run a simulated Gradebook Cloud, and look into it."""


@simulator.command(
    epilog="""\b
Examples:
  dayzero simulator serve
  dayzero simulator serve --port 8800 --db portal.sqlite --token rehearsal"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback unless you say otherwise.")
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535))
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
@_common
def serve(
    host: str,
    port: int,
    db: Path | None,
    token: str | None,
    admin_password: str | None,
    as_json: bool,
    config_path: Path,  # noqa: ARG001 - every command takes --config
) -> None:
    """Serve the simulated Gradebook Cloud, its API and its portal's pages, until Ctrl-C."""
    from waitress.server import create_server

    from dayzero_simulator.app import create_app
    from dayzero_simulator.cut import cut_instead_of_drop
    from dayzero_simulator.world import World

    token = token or secrets.token_urlsafe(24)
    admin_password = admin_password or secrets.token_urlsafe(12)
    try:
        world = World(db or ":memory:")
    except sqlite3.Error as error:
        raise UsageError(f"The state {db} cannot be used: {error}.", remedy="Name another file with --db.") from error
    try:
        app = create_app(world, token=token, admin_password=admin_password)
        server = create_server(cut_instead_of_drop(app), host=host, port=port, threads=8)
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", remedy="Name another port with --port."
        ) from error
    url = f"http://{host}:{server.effective_port}"
    if as_json:
        click.echo(
            json.dumps({"url": url, "token": token, "admin": "plusportaladmin", "admin_password": admin_password})
        )
    else:
        click.echo(f"Simulated Gradebook Cloud at {url}, state {db or 'in memory'}. Ctrl-C stops it.")
        click.echo(f"  export DAYZERO_TOKEN={token}")
        click.echo(f"  Portal: {url}/portal/  as plusportaladmin, password {admin_password}")
    try:
        server.run()
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        server.close()
        world.close()


@simulator.command(
    epilog="""\b
Examples:
  dayzero simulator accounts --school hampden --url http://127.0.0.1:8700 --json
  dayzero simulator accounts --school hampden --db portal.sqlite"""
)
@click.option("--school", help="The school's id; default: [school] id of the configuration.")
@click.option(
    "--db", type=click.Path(path_type=Path, dir_okay=False), help="Read this state instead of asking a server."
)
@_remote
def accounts(
    school: str | None, db: Path | None, url: str | None, token: str | None, as_json: bool, config_path: Path
) -> None:
    """Print a school's accounts, as the API lists them."""
    configured = _configured(config_path)
    school = school or configured["school"]
    if not school:
        raise UsageError("Which school? --school is missing.", remedy="Give its id: --school ID.")
    items = _from_file(db, school) if db else _all_pages(url or configured["url"], token, school)
    if as_json:
        click.echo(json.dumps({"items": items, "next": None}, ensure_ascii=False))
        return
    for a in items:
        click.echo(f"{a['kind']:<8} {a['person_id']:<14} {a['status']:<9} {a['login']}")
    click.echo(f"{len(items):,} accounts", err=True)


@simulator.command()
@click.option("--seed", type=int, help="Make the ids that follow repeatable.")
@_remote
def reset(seed: int | None, url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """Forget everything on a running simulator."""
    _ask("POST", url or _configured(config_path)["url"], token, "/_sim/reset", {"seed": seed})
    click.echo(json.dumps({"reset": True}) if as_json else "The simulator is empty.")


@simulator.group()
def faults() -> None:
    """Script faults on a running simulator."""


@faults.command("list")
@_remote
def list_faults(url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """List the faults in force."""
    _print_faults(_ask("GET", url or _configured(config_path)["url"], token, "/_sim/faults"), as_json=as_json)


@faults.command(
    "add",
    epilog="""\b
Examples:
  dayzero simulator faults add --operation putPart --effect status --status 503
  dayzero simulator faults add --operation commitSync --effect lost-reply""",
)
@click.option("--operation", default="*", show_default=True, help="An operationId of the API.")
@click.option(
    "--effect",
    type=click.Choice(["status", "latency", "drop", "cut", "lost-reply"]),
    default="status",
    show_default=True,
)
@click.option("--status", default=503, show_default=True, type=click.IntRange(400, 599))
@click.option("--retry-after", type=int)
@click.option("--seconds", default=0.0, show_default=True, help="With --effect latency.")
@click.option("--after", default=0, show_default=True, help="So many requests pass first.")
@click.option("--times", type=int, help="So many requests fail; default: one, with --probability no end.")
@click.option("--probability", type=click.FloatRange(0, 1), help="That a request fails, drawn by --seed.")
@click.option("--seed", default=0, show_default=True, help="With --probability.")
@_remote
def add_fault(url: str | None, token: str | None, as_json: bool, config_path: Path, **fault: Any) -> None:
    """Add one fault."""
    if fault["times"] is None and fault["probability"] is None:
        fault["times"] = 1
    _print_faults(_ask("POST", url or _configured(config_path)["url"], token, "/_sim/faults", fault), as_json=as_json)


@faults.command("clear")
@_remote
def clear_faults(url: str | None, token: str | None, as_json: bool, config_path: Path) -> None:
    """Remove all faults."""
    _print_faults(_ask("DELETE", url or _configured(config_path)["url"], token, "/_sim/faults"), as_json=as_json)


def _print_faults(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document))
        return
    for fault in document["items"]:
        click.echo(", ".join(f"{k} {v}" for k, v in fault.items() if v is not None))
    if not document["items"]:
        click.echo("No fault is in force.")


def _configured(path: Path) -> dict[str, str | None]:
    """Return the address and school of a configuration, as far as it has them."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}.", remedy="Correct it, or give --url and --school."
        ) from error
    return {"url": document.get("portal", {}).get("url"), "school": document.get("school", {}).get("id")}


def _from_file(db: Path, school: str) -> list[dict[str, Any]]:
    from dayzero_simulator.world import World

    if not db.is_file():
        raise UsageError(f"There is no {db}.", remedy="Give the file that `simulator serve --db` keeps.")
    world = World(db)
    try:
        items: list[dict[str, Any]] = world.accounts(school, limit=2**62)["items"]
    finally:
        world.close()
    return items


def _all_pages(url: str | None, token: str | None, school: str) -> list[dict[str, Any]]:
    from urllib.parse import quote

    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = _ask(
            "GET",
            url,
            token,
            f"/v1/schools/{quote(school, safe='')}/accounts?limit=10000" + (f"&cursor={cursor}" if cursor else ""),
        )
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = page["next"]


def _ask(method: str, url: str | None, token: str | None, path: str, body: Any = None) -> dict[str, Any]:
    import requests

    if not url:
        raise UsageError(
            "Where is the simulator? --url is missing.", remedy="Give its address: --url http://127.0.0.1:8700."
        )
    if not token:
        raise ConfigurationError("The simulator's token is missing.", remedy="Give --token, or set DAYZERO_TOKEN.")
    try:
        answer = requests.request(
            method, url.rstrip("/") + path, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
    except requests.exceptions.RequestException as error:
        raise PortalUnavailableError(
            f"No answer from {url} ({type(error).__name__}).", remedy="Is `dayzero simulator serve` running there?"
        ) from error
    if answer.status_code == 401:
        raise PortalError(f"{url} does not accept the token.", remedy="Use the one `dayzero simulator serve` printed.")
    if answer.status_code >= 400:
        raise PortalError(
            f"{url} answers {answer.status_code}: {answer.text[:200]}", remedy="Check --url and --school."
        )
    document: dict[str, Any] = answer.json() if answer.content else {}
    return document
