"""``dayzero check``"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dayzero.cli._common import console, everywhere, plural, print_json, service_of
from dayzero.cli._text import text
from dayzero.errors import ExitCode


@click.command()
@click.option(
    "--samples",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show the first N rows of each table as they were understood. [default: 1 on a terminal, else 0]",
)
@everywhere
@click.pass_context
def check(ctx: click.Context, samples: int | None, as_json: bool, config_path: Path) -> None:
    """Read the source and report every problem, without a portal. Nothing is sent."""
    service = service_of(config_path, asks_portal=False)
    report = service.check()
    service.progress.close()
    # Output that goes to a file may be kept as a log, and children's data do not belong there (case 62).
    shown = report.samples((1 if sys.stdout.isatty() and not as_json else 0) if samples is None else samples)
    if as_json:
        print_json(report.document() | ({"samples": shown} if samples else {}))
    else:
        from dayzero.cli._show import show_findings

        out = console()
        for table, rows in report.conformed.rows.items():
            out.print(f"  {table:<16} {plural(rows, 'row'):<14} {report.seconds[table]:>8.2f} s")
            for row in shown[table]:
                out.print(text(f"    {', '.join(f'{column}={value}' for column, value in row.items())}", style="dim"))
        out.print(
            f"  sent             {plural(report.sent['student'], 'student')}, {plural(report.sent['newcomers'], 'newcomer')}"
        )
        show_findings(out, report.findings)
    ctx.exit(int(ExitCode.INCOMPLETE if report.has_errors else ExitCode.DONE))
