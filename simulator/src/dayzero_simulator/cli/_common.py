"""What the commands share: their options, and how they ask a server or open a file."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from dayzero.errors import ConfigurationError, PortalError, PortalUnavailableError, UsageError

__all__ = ["ask", "common", "configured", "remote", "usable"]

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """Add what every command of dayzero accepts."""
    config = click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("dayzero.toml"),
        help="Supplies --url and --school where it exists.",
    )
    return config(click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command))


def remote(command: F) -> F:
    """Add where the server is."""
    url = click.option("--url", help="The server's address; default: [portal] url of the configuration.")
    token = click.option("--token", envvar="DAYZERO_TOKEN", show_envvar=True, help="The server's token.")
    return url(token(common(command)))


def configured(path: Path) -> dict[str, str | None]:
    """Return the address and school of a configuration, as far as it has them."""
    try:
        if path.is_char_device() or path.is_block_device():  # it may have no end
            raise OSError("it is no file")  # noqa: TRY301 - said as what the system says
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}.", remedy="Correct it, or give --url and --school."
        ) from error
    return {"url": document.get("portal", {}).get("url"), "school": document.get("school", {}).get("id")}


@contextmanager
def usable(db: Path) -> Iterator[None]:
    """Say of a file of state that cannot be used what is wrong with it."""
    try:
        yield
    except sqlite3.Error as error:
        remedy = getattr(error, "remedy", "Name another file.")
        raise UsageError(f"The state {db} cannot be used: {error}.", remedy=remedy) from error
    except OSError as error:
        raise UsageError(
            f"The state {db} cannot be used: {error.filename or db}: {error.strerror or error}.",
            remedy="Name a file in a folder that is there and that you may write to.",
        ) from error


def ask(method: str, url: str | None, token: str | None, path: str, body: Any = None) -> dict[str, Any]:
    """Ask a server, and return its answer."""
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
        raise PortalError(
            f"{url} answered, and does not accept the token: it is not the one of the server there.",
            remedy="Use the one that `dayzero simulator serve` or `dayzero demo` printed for it, or name another server: --url.",
        )
    if answer.status_code >= 400:
        raise PortalError(
            f"{url} answers {answer.status_code}: {answer.text[:200]}", remedy="Check --url and --school."
        )
    document: dict[str, Any] = answer.json() if answer.content else {}
    return document
