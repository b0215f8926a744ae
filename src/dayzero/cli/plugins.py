"""``dayzero plugins``"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dayzero.cli._common import everywhere, print_json
from dayzero.cli._suggest import Suggesting
from dayzero.errors import UsageError
from dayzero.plugins import LoadedPlugin, load_plugins


@click.group(
    cls=Suggesting,
    invoke_without_command=True,
    epilog="""\b
Examples:
  dayzero plugins
  dayzero plugins --about csv
  dayzero plugins --about ./our_sis.py --markdown
  dayzero plugins new our_sis""",
)
@click.option("--about", metavar="NAME", help="Say what a source may be set: a name, or a file such as ./our_sis.py.")
@click.option("--markdown", is_flag=True, help="With --about: as a page.")
@everywhere
@click.pass_context
def plugins(ctx: click.Context, about: str | None, markdown: bool, as_json: bool, config_path: Path) -> None:  # noqa: ARG001 - every command takes --config
    """List the installed plugins, and what is wrong with a broken one."""
    if ctx.invoked_subcommand is not None:
        return
    if about is not None:
        _tell_about(about, markdown=markdown, as_json=as_json)
        return
    if markdown:
        raise UsageError("--markdown says how --about is printed.", remedy="dayzero plugins --about csv --markdown")
    from dayzero.cli._root import COMMANDS

    loaded = load_plugins(taken=COMMANDS).loaded
    if as_json:
        print_json({"plugins": [_document(p) for p in loaded]})
        return
    from dayzero.cli._page import Page

    page = Page()
    if not loaded:
        page.line("No plugin is installed. A source plugin to begin with: pip install dayzero-csv")
    for plugin in loaded:
        page.line(f"{plugin.name:<12} {plugin.distribution} {plugin.version}")
        for what, names in _document(plugin)["brings"].items():
            if names:
                page.line(f"{what}: {', '.join(names)}", indent=15)
        if plugin.problem:
            page.line(f"broken: {plugin.problem}", indent=15, style="red")


@plugins.command(
    epilog="""\b
Examples:
  dayzero plugins new our_sis
  dayzero plugins new our_sis --dir plugins/"""
)
@click.argument("name")
@click.option(
    "--dir", "parent", type=click.Path(path_type=Path), default=Path(), help="Where the package's folder is made; by default here."
)  # fmt: skip
@everywhere
def new(name: str, parent: Path, as_json: bool, config_path: Path) -> None:  # noqa: ARG001 - every command takes --config
    """Make a package for a source plugin of your own, with tests that pass: change it from there."""
    from dayzero.cli._new_plugin import made

    folder = made(name, parent)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "files": sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()),
            }
        )
        return
    click.echo(f"Made {folder}. Next:")
    click.echo(f'  cd {folder} && pip install -e ".[test]" && python -m pytest')


def _tell_about(name: str, *, markdown: bool, as_json: bool) -> None:
    from dayzero.cli._about import about_source, as_markdown, as_text

    document = about_source(load_plugins().source_type(name))
    if as_json:
        print_json(document)
    elif markdown:
        click.echo(as_markdown(document))
    else:
        from dayzero.cli._page import Page

        page = Page()
        for line in as_text(document).split("\n"):
            page.line(line.strip(), indent=len(line) - len(line.lstrip()))


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
