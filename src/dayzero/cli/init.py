"""``dayzero init``"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dayzero.cli._common import everywhere, print_json
from dayzero.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  dayzero init --path export/
  dayzero init --plugin sql --set path=school.sqlite --school hampden"""
)
@click.option("--plugin", default="csv", show_default=True, help="The source plugin.")
@click.option("--path", "source_path", help="The source's `path` setting: a folder, a zip or a database file.")
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Another setting of the source; may be repeated."
)
@click.option("--school", default="my-school", show_default=True, help="The school's id, also on the portal.")
@click.option("--name", help="The school's name.")
@click.option(
    "--portal", "portal_url", default="http://127.0.0.1:8700", show_default=True, help="The portal's address."
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="For a rehearsal: the day instead of the clock's.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@everywhere
def init(
    plugin: str,
    source_path: str | None,
    pairs: tuple[str, ...],
    school: str,
    name: str | None,
    portal_url: str,
    today: datetime | None,
    force: bool,
    as_json: bool,
    config_path: Path,
) -> None:
    """Write a commented dayzero.toml for a source plugin."""
    from dayzero.config import starter_file
    from dayzero.files import whole_file
    from dayzero.plugins import load_plugins

    load_plugins().source_type(plugin)
    settings = dict(_pair(p) for p in pairs)
    if source_path:
        settings["path"] = source_path
    if plugin == "csv":
        settings.setdefault("path", "export/")
    if config_path.exists() and not force:
        raise UsageError(f"{config_path} exists already.", remedy="Edit it, or overwrite it with --force.")
    text = starter_file(
        plugin,
        settings,
        school_id=school,
        school_name=name or school,
        portal_url=portal_url,
        today=today.date() if today else None,
    )
    with whole_file(config_path, mode=0o644) as file:
        file.write(text.encode())
    if as_json:
        print_json({"config": str(config_path), "plugin": plugin})
        return
    click.echo(f"Wrote {config_path}. Put the portal's token into the environment variable DAYZERO_TOKEN.")
    click.echo("Next: `dayzero check` reads the source; `dayzero plan` shows what a sync would do.")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"--set {text!r} is not KEY=VALUE.", remedy="For example --set path=school.sqlite")
    return key.strip(), value
