"""``dayzero plugins``"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dayzero.cli._common import everywhere, print_json
from dayzero.plugins import LoadedPlugin, load_plugins


@click.command(
    epilog="""\b
Examples:
  dayzero plugins
  dayzero plugins --json"""
)
@everywhere
def plugins(as_json: bool, config_path: Path) -> None:  # noqa: ARG001 - every command takes --config
    """List the installed plugins, and what is wrong with a broken one."""
    from dayzero.cli._root import COMMANDS

    loaded = load_plugins(taken=COMMANDS).loaded
    if as_json:
        print_json({"plugins": [_document(p) for p in loaded]})
        return
    if not loaded:
        click.echo("No plugin is installed. A source plugin to begin with: pip install dayzero-csv")
    for plugin in loaded:
        click.echo(f"{plugin.name:<12} {plugin.distribution} {plugin.version}")
        for what, names in _document(plugin)["brings"].items():
            if names:
                click.echo(f"{'':<12}   {what}: {', '.join(names)}")
        if plugin.problem:
            click.secho(f"{'':<12}   broken: {plugin.problem}", fg="red")


def _document(plugin: LoadedPlugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "state": "broken" if plugin.problem else "ok",
        "problem": plugin.problem or None,
        "brings": {
            "sources": [s.name for s in plugin.sources],
            "checks": [c.name for c in plugin.checks],
            "commands": [c.name for c in plugin.commands],
        },
    }
