"""What commands share: the two options every command has, the configured service, and how documents are printed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dayzero.cli._commands import ENDED, USED
from dayzero.cli._progress import watched
from dayzero.errors import ExitCode, UsageError
from dayzero.words import LOOKING, SYNCING

if TYPE_CHECKING:
    from rich.console import Console

    from dayzero.service import Service

MOST = 1_000_000_000
"""No count and no number of seconds on a command line is larger."""
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
        help="The configuration; of one school of a fleet: FILE#ID.",
    )
    @functools.wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> Any:
        _refuse_no_text(kwargs)
        context = click.get_current_context()
        if context.get_parameter_source("config_path") is ParameterSource.DEFAULT:
            kwargs["config_path"] = context.meta.get(USED, kwargs["config_path"])  # as it was given to the group
        context.meta[USED] = kwargs["config_path"]
        return command(*args, **kwargs)

    return with_options  # type: ignore[return-value]


def _refuse_no_text(given: Mapping[str, Any]) -> None:
    """Raise UsageError for an argument with bytes that are no text: no id, name or number has any. Files may be called so."""
    for value in given.values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
                raise UsageError(f"{text!r} is no text: it holds bytes that are not UTF-8.", remedy="Type it anew.")


def sends(command: F) -> F:
    """Add ``--allow``, ``--wait`` and ``--take-over`` to a command that sends."""

    @click.option(
        "--allow",
        "allowances",
        multiple=True,
        metavar="OP=N",
        help="Release exactly N held operations, such as disable=12.",
    )
    @click.option(
        "--take-over", is_flag=True, help="Go on from here, though another installation synced this school last."
    )
    @click.option(
        "--wait",
        default=0,
        type=click.IntRange(0, MOST),
        metavar="SECONDS",
        help="Wait so long for another run to end.",
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
        if not number.isdecimal() or len(number) > len(str(MOST)):
            raise UsageError(
                f"--allow {text!r} is not OP=N.", remedy="For example --allow disable=12, as `dayzero plan` prints it."
            )
        allow[op.strip()] = int(number)
    return allow


def service_of(config_path: Path, *titles: str, asks_portal: bool = True) -> Service:
    """Return the service of the configured school, its progress drawn on a terminal below a title; ``titles``: see ``Display``.

    ``asks_portal`` False: for commands that never talk to the portal, so that nobody needs a token for them.
    """
    import os

    from dayzero.config import load
    from dayzero.service import Service

    fleet, mark, ident = str(config_path).rpartition("#")
    if mark and not config_path.exists() and Path(fleet).exists():
        from dayzero.fleet import school_in

        config = school_in(Path(fleet), ident).config(os.environ, asks_portal=asks_portal)
    else:
        config = load(config_path, environ=os.environ, asks_portal=asks_portal)
    return Service(config, progress=watched(*(titles or (LOOKING,))))


def titles_of(*, asks: bool) -> tuple[str, ...]:
    """Return what stands above the stages of a command that sends: it only looks until somebody has agreed."""
    return (LOOKING, SYNCING) if asks else (SYNCING,)


def print_json(document: Any) -> None:
    """Print one document on stdout."""
    import msgspec

    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:  # a file's name that is no text
        import json

        encoded = json.dumps(document, default=str).encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(encoded + b"\n")
    sys.stdout.buffer.flush()


def ended(code: ExitCode) -> ExitCode:
    """Note what a command ends with, as soon as that is known: nothing that is printed afterwards changes it."""
    click.get_current_context().meta[ENDED] = code
    return code


def console(*, stderr: bool = False) -> Console:
    """Return a console: colours only on a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)
