"""``dayzero check``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._common import MOST, everywhere, print_json, service_of
from dayzero.cli._page import Page, say_simulated
from dayzero.cli._streams import is_terminal
from dayzero.errors import ExitCode
from dayzero.words import READING, plural

if TYPE_CHECKING:
    from dayzero.service import CheckReport


@click.command(
    epilog="""\b
Examples:
  dayzero check
  dayzero check --samples 3
  dayzero check --all
  dayzero check --json > findings.json"""
)
@click.option(
    "--samples",
    type=click.IntRange(0, MOST),
    metavar="N",
    help="Show the first N rows of each table as they were understood. [default: 1 on a terminal, else 0]",
)
@click.option("--all", "everything", is_flag=True, help="Show every finding, the notices too.")
@everywhere
def check(samples: int | None, everything: bool, as_json: bool, config_path: Path) -> ExitCode:
    """Read the source and report every problem, without a portal. Nothing is sent."""
    service = service_of(config_path, READING, asks_portal=False)
    report = service.check()
    # Output that goes to a file may be kept as a log, and children's data do not belong there (case 62).
    shown = _samples(report, (1 if is_terminal(sys.stdout) and not as_json else 0) if samples is None else samples)
    if as_json:
        print_json(_document(report) | ({"samples": shown} if samples else {}))
        return report.exit_code
    from dayzero.cli._show import show_findings

    page = Page(report.names)
    say_simulated(page, service)
    for table, rows in report.conformed.rows.items():
        page.line(f"{table:<16} {plural(rows, 'row'):<14} {report.seconds[table]:>8.2f} s", indent=2)
        for row in shown[table]:
            page.line(", ".join(page.cell(table, c, v) for c, v in row.items()), indent=4, style="dim")
    sent, new = (report.sent[who] for who in ("student", "newcomers"))
    page.line(f"{'sent':<16} {plural(sent, 'student')}, {plural(new, 'newcomer')} among them", indent=2)
    show_findings(page, report.findings, everything=everything)
    return report.exit_code


def _document(report: CheckReport) -> dict[str, Any]:
    conformed = report.conformed
    return {
        "tables": dict(conformed.rows),
        "seconds": dict(report.seconds),
        "states": dict(conformed.states),
        "sent": dict(report.sent),
        "unreadable": conformed.unreadable.to_dicts(),
        "findings": report.findings.frame.to_dicts(),
    }


def _samples(report: CheckReport, rows: int) -> dict[str, list[dict[str, Any]]]:
    """Return the first ``rows`` rows of each table as they were understood, without what is empty in them."""
    return {
        table: [
            {column: value for column, value in row.items() if value is not None}
            for row in report.conformed.tables[table].head(rows).iter_rows(named=True)
        ]
        for table in report.conformed.rows
    }
