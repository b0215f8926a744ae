"""``dayzero completion``"""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from dayzero.cli import _powershell  # noqa: F401 - it makes its shell known
from dayzero.cli._common import everywhere, print_json
from dayzero.cli._root import COMPLETE
from dayzero.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  dayzero completion bash >> ~/.bashrc
  dayzero completion fish > ~/.config/fish/completions/dayzero.fish
  dayzero completion powershell >> $PROFILE"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@everywhere
@click.pass_context
def completion(ctx: click.Context, shell: str, as_json: bool, config_path: Path) -> None:  # noqa: ARG001 - every command takes --config
    """Print the shell completion script."""
    found = get_completion_class(shell)
    if found is None:
        raise UsageError(f"There is no completion for {shell}.", remedy="Choose bash, zsh, fish or powershell.")
    script = found(ctx.find_root().command, {}, "dayzero", COMPLETE).source()
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
