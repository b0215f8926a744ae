"""Commands as they can be typed here: with the ``--config`` that was used."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import click

__all__ = ["ENDED", "USED", "command", "runnable"]

USED = "dayzero.config"
"""Where a command notes the configuration it was given."""
ENDED = "dayzero.ended"
"""Where a command that sends leaves its exit code as soon as it is known: printing does not change it."""
_DEFAULT = Path("dayzero.toml")
_CONFIGURED = "check|explain|forecast|forget|history|plan|receive|settings|sync|undo"
_SAID = re.compile(rf"`dayzero ((?:{_CONFIGURED})\b[^`]*)`")


def command(words: str, used: Path | None = None) -> str:
    """Return a command of dayzero's as it can be typed here; ``words`` are its name, arguments and options.

    ``used``: the configuration it is for; None: the one that this command was given.
    """
    if "--config " in words:
        return f"dayzero {words}"
    if used is None:
        context = click.get_current_context(silent=True)
        used = context.meta.get(USED, _DEFAULT) if context else _DEFAULT
    return f"dayzero {words}" if used == _DEFAULT else f"dayzero {words} --config {quoted(used)}"


def runnable(said: str, used: Path | None = None) -> str:
    """Return a text whose commands, between backticks, can be typed here. ``used``: see ``command``."""
    return _SAID.sub(lambda found: f"`{command(found[1], used)}`", said)


def quoted(word: str | Path) -> str:
    """Return a word as this system's shell takes it for one."""
    return subprocess.list2cmdline([str(word)]) if os.name == "nt" else shlex.quote(str(word))
