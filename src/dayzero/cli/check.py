"""``dayzero check``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import console, everywhere, plural, print_json, service_of
from dayzero.errors import ExitCode


@click.command()
@everywhere
@click.pass_context
def check(ctx: click.Context, as_json: bool, config_path: Path) -> None:
    """Read the source and report every problem, without a portal. Nothing is sent."""
    service = service_of(config_path)
    report = service.check()
    service.progress.close()
    if as_json:
        print_json(report.document())
    else:
        from dayzero.cli._show import show_findings

        out = console()
        for table, rows in report.conformed.rows.items():
            out.print(f"  {table:<16} {plural(rows, 'row')}")
        out.print(
            f"  sent             {plural(report.sent['student'], 'student')}, {plural(report.sent['newcomers'], 'newcomer')}"
        )
        show_findings(out, report.findings)
    ctx.exit(int(ExitCode.INCOMPLETE if report.has_errors else ExitCode.DONE))
