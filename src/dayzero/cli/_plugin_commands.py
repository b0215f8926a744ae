"""The commands that plugins bring, remembered between calls: looking for plugins takes longer than all the rest of ``--help``.

What is remembered holds while nothing was installed or removed (the stamps of the folders Python looks in) and no entry
module was edited. It is a cache: it may vanish, be damaged or be out of reach at any time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from dayzero import __version__

__all__ = ["Mounted", "mounted"]


class Mounted(NamedTuple):
    """A plugin's command: what ``--help`` says, and ``module:attribute`` of a click command."""

    summary: str
    target: str


def mounted(own: Mapping[str, str]) -> dict[str, Mounted]:
    """Return the plugins' commands by name; ``own`` are dayzero's, which no plugin may replace."""
    file = _cache_file()
    found = _remembered(file)
    if found is None:
        found, entries = _looked_for(own)
        _remember(file, found, entries)
    return found


def _looked_for(own: Mapping[str, str]) -> tuple[dict[str, Mounted], list[str]]:
    """Return the commands of the installed plugins, and the files of the modules that named them."""
    from dayzero.plugins import load_plugins

    plugins = load_plugins(taken=own)
    modules = (sys.modules.get(m) for p in plugins.loaded for m in p.modules)
    files = [m.__file__ for m in modules if m is not None and m.__file__]
    return {c.name: Mounted(c.summary, c.target) for c in plugins.commands}, files


def _cache_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")  # noqa: PTH111 - pathlib's raises where there is no home
    return Path(base) / "dayzero" / f"commands-{sys.implementation.cache_tag}.json"


def _stamp(path: str) -> int:
    """Return when a file or folder last changed, 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a hundred of them, each time
    except OSError:
        return 0


def _remembered(file: Path) -> dict[str, Mounted] | None:
    import json

    try:
        kept = json.loads(file.read_bytes())
        if kept["version"] != __version__ or kept["path"] != sys.path:
            return None
        if any(_stamp(path) != stamp for path, stamp in kept["stamps"].items()):
            return None
        return {name: Mounted(summary, target) for name, (summary, target) in kept["commands"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(file: Path, found: Mapping[str, Mounted], entries: list[str]) -> None:
    import json

    stamps = {path: _stamp(path) for path in (*sys.path, *entries)}
    document = {"version": __version__, "path": sys.path, "stamps": stamps, "commands": found}
    part = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(document), encoding="utf-8")
        part.replace(file)
