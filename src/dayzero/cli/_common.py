"""What commands share: the two options every command has, the configured service, and how documents are printed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dayzero.cli._progress import watched
from dayzero.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from dayzero.service import Service

F = TypeVar("F", bound=Callable[..., Any])


def everywhere(command: F) -> F:
    """Add ``--json`` and ``--config`` to a command."""

    @click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on stdout, everything else on stderr."
    )
    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        default=Path("dayzero.toml"),
        show_default=True,
        metavar="FILE",
        help="The configuration.",
    )
    @functools.wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> Any:
        return command(*args, **kwargs)

    return with_options  # type: ignore[return-value]


def sends(command: F) -> F:
    """Add ``--allow`` and ``--wait`` to a command that sends."""

    @click.option(
        "--allow",
        "allowances",
        multiple=True,
        metavar="OP=N",
        help="Release exactly N held operations, such as disable=12.",
    )
    @click.option(
        "--wait", default=0, type=click.IntRange(0), metavar="SECONDS", help="Wait so long for another run to end."
    )
    @functools.wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> Any:
        return command(*args, **kwargs)

    return with_options  # type: ignore[return-value]


def allowed(allowances: tuple[str, ...]) -> dict[str, int]:
    """Read ``--allow`` as often as it was given: ``disable=412``."""
    allow: dict[str, int] = {}
    for text in allowances:
        op, _, number = text.partition("=")
        if not number.isdecimal():
            raise UsageError(
                f"--allow {text!r} is not OP=N.", remedy="For example --allow disable=12, as `dayzero plan` prints it."
            )
        allow[op.strip()] = int(number)
    return allow


def service_of(config_path: Path, *, asks_portal: bool = True) -> Service:
    """Return the service of the configured school, its progress drawn on a terminal.

    ``asks_portal`` False: for commands that never talk to the portal, so that nobody needs a token for them.
    """
    import os

    from dayzero.config import load
    from dayzero.service import Service

    return Service(load(config_path, environ=os.environ, asks_portal=asks_portal), progress=watched())


def say_simulated(service: Service) -> None:
    """Say on which day a rehearsal takes place; nothing where it is the clock's own."""
    if service.config.sync.today is not None:
        click.echo(f"It is {service.config.sync.today}, simulated: [sync] today.")


def print_json(document: Any) -> None:
    """Print one document on stdout."""
    import msgspec

    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.buffer.flush()


def console(*, stderr: bool = False) -> Console:
    """Return a console: colours only on a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def plural(number: int, word: str) -> str:
    """Return ``1 account``, ``2 accounts``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
