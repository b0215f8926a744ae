"""Groups of commands that know what was meant: a mistyped command is told the nearest one."""

from __future__ import annotations

import difflib

import click

__all__ = ["Suggesting"]


class Suggesting(click.Group):
    """A group that names the nearest command to one that does not exist; click looks only at those that are loaded."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; raise UsageError for one there is not."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name.lower(), known, n=2, cutoff=0.55)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)
