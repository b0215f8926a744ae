"""The root command: finds commands by name and imports them when they are called, never for ``--help``."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from dayzero import __version__
from dayzero.cli._commands import ENDED, runnable
from dayzero.cli._help import Context, helped
from dayzero.cli._page import Page
from dayzero.cli._plugin_commands import Mounted, mounted
from dayzero.cli._streams import is_terminal, steady_streams
from dayzero.cli._suggest import Suggesting
from dayzero.errors import DayzeroError, ExitCode, InterruptedRunError, PluginError, UsageError

# name: what --help says, in the order of a school's first day with dayzero
COMMANDS = {
    "init": "Look at what a school has, and write a dayzero.toml for it.",
    "schema": "Print the source tables, their columns and allowed words.",
    "plugins": "List the installed plugins, and what is wrong with a broken one.",
    "check": "Read the source and report every problem, without a portal.",
    "plan": "Show what a sync would do, and why anybody is withheld.",
    "forecast": "Show the plan of the day the year changes.",
    "sync": "Run an All Data sync.",
    "explain": "Say, rule by rule, why a person has an account or not.",
    "settings": "Show the settings; change Send Scheduling Year Student Data, and sync.",
    "receive": "Fetch approved course requests into a file.",
    "history": "List past syncs, tell what one did, or what was done for a person.",
    "undo": "Take a sync back, through the same review and limits.",
    "fleet": "Plan, sync and look at many schools, each a run of its own.",
    "forget": "Remove a person from the journal.",
    "completion": "Print the shell completion script.",
}
JSON_ASKED = "dayzero.json"
GIVEN = "dayzero.given"
"""The words of the command line."""
COMPLETE = "_DAYZERO_COMPLETE"
"""Where a shell says what it wants to have completed."""


class Root(Suggesting):
    """A group whose commands live in modules of their own and in plugins."""

    context_class = Context
    _of_plugins: dict[str, Mounted] | None = None

    def _mounted(self) -> dict[str, Mounted]:
        """Return the commands that plugins bring."""
        if self._of_plugins is None:
            self._of_plugins = mounted(COMMANDS)
        return self._of_plugins

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, the plugins' commands behind our own."""
        return [*COMMANDS, *sorted(self._mounted())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return one command."""
        if cmd_name in COMMANDS:
            return helped(getattr(import_module(f"dayzero.cli.{cmd_name}"), cmd_name))
        brought = self._mounted().get(cmd_name)
        if brought is None:
            return None
        module, _, attribute = brought.target.partition(":")
        try:
            command = getattr(import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise PluginError(
                f"The command {cmd_name} cannot be loaded from {brought.target}: {error}",
                remedy="Reinstall its plugin.",
            ) from error
        return helped(command if isinstance(command, click.Command) else click.command(cmd_name)(command))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the summaries without importing a command."""
        own = list(COMMANDS.items())
        brought = sorted((name, command.summary) for name, command in self._mounted().items())
        for title, rows in (("Commands", own), ("Commands of plugins", brought)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run as the process's command, on streams that hold."""
        if COMPLETE in os.environ:
            import dayzero.cli._powershell  # noqa: F401 - it makes its shell known
        # What is left then goes with the process: to look through it for cycles takes a tenth of a short command.
        atexit.register(gc.freeze)
        with steady_streams():
            return super().main(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether a JSON document is asked for: an error is one then, too."""
        ctx.meta[JSON_ASKED] = "--json" in args
        ctx.meta[GIVEN] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and exit with the code it returns; whatever goes wrong is one clear message, never a traceback."""
        try:
            _refuse_nul(ctx.meta[GIVEN])
            answer = super().invoke(ctx)
        except DayzeroError as error:
            _report(ctx, error)
            ctx.exit(_code(ctx, error.exit_code))
        except (click.Abort, KeyboardInterrupt):
            _report(ctx, InterruptedRunError("Stopped.", remedy="`dayzero history` says whether anything was applied."))
            ctx.exit(_code(ctx, ExitCode.INTERRUPTED))
        except (click.exceptions.Exit, click.ClickException):
            raise
        except Exception as error:
            given = _given_path(error, ctx.meta[GIVEN])
            if given is not None:
                _report(ctx, given)
                ctx.exit(_code(ctx, given.exit_code))
            if os.environ.get("DAYZERO_DEBUG"):
                raise
            bug = DayzeroError(
                f"dayzero failed in a way it should not: {type(error).__name__}.",
                remedy="Please report it. DAYZERO_DEBUG=1 shows where (the output may name people).",
            )
            _report(ctx, bug)
            ctx.exit(_code(ctx, ExitCode.USAGE))
        if isinstance(answer, ExitCode):
            ctx.exit(int(answer))
        return answer


def _refuse_nul(words: Sequence[str]) -> None:
    """Raise UsageError for a NUL in a word of the command line: no file can be called so, and no id is."""
    for word in words:
        if "\0" in word:
            raise UsageError(f"{word!r} holds a NUL.", remedy="Type it anew.")


def _given_path(error: Exception, words: Sequence[str]) -> UsageError | None:
    """Return what the system said of a path that was given, or of one below it, or in the way to it; None for any other error.

    Which paths a system takes is for it to say, whatever a command wants with them.
    """
    # Of links in a circle Python says it in words of its own, behind which stands the system's.
    refused = error.__context__ if isinstance(error, RuntimeError) else error
    if not isinstance(refused, OSError) or not isinstance(refused.filename, str) or not refused.strerror:
        return None
    about = Path(os.path.abspath(refused.filename))  # noqa: PTH100 - `resolve` asks the system, which has refused
    given = (Path(os.path.abspath(word.partition("=")[2] if word.startswith("-") else word)) for word in words)  # noqa: PTH100
    if not any(about.is_relative_to(path) or path.is_relative_to(about) for path in given if path != Path.cwd()):
        return None
    return UsageError(
        f"{refused.filename} cannot be used: {refused.strerror}.",
        remedy="Name another file or folder, where there may be one and you have the right to it.",
        path=refused.filename,
    )


def _code(ctx: click.Context, failed: ExitCode) -> int:
    """Return what a command ends with that failed so, unless what it was there for was done before."""
    return int(ctx.meta.get(ENDED, failed))


def _report(ctx: click.Context, error: DayzeroError) -> None:
    import json

    notes = getattr(error, "__notes__", [])
    if ctx.meta.get(JSON_ASKED):
        facts = {k: v for k, v in {**error.facts, "notes": notes or None}.items() if v is not None}
        click.echo(
            json.dumps(
                {"error": {"kind": error.kind, "message": error.message, "remedy": error.remedy, **facts}},
                default=str,
                ensure_ascii=False,
            )
        )
    words = error.facts.get("said") if is_terminal(sys.stderr) else None
    page = Page(stderr=True)
    page.line(f"Error: {runnable(error.message)}", style="red")
    for said in (words, *notes, error.remedy):
        if said:
            page.line(runnable(said))


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Try it: `dayzero demo`. Then: `dayzero init`, `dayzero check`, `dayzero plan`, `dayzero sync`.",
)
@click.version_option(__version__, prog_name="dayzero")
def main() -> None:
    """Portal accounts for next year's students and parents, before day one."""
