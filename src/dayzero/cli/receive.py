"""``dayzero receive``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import everywhere, print_json, service_of
from dayzero.words import RECEIVING, plural


@click.command(
    epilog="""\b
Examples:
  dayzero receive --out course_requests.csv
  dayzero receive --out course_requests.csv --status received --json"""
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The CSV file; replaced as a whole, and only if something changed.",
)
@click.option(
    "--status",
    default="approved",
    show_default=True,
    type=click.Choice(["submitted", "reviewed", "received", "approved"]),
    help="Which requests.",
)
@everywhere
def receive(out: Path, status: str, as_json: bool, config_path: Path) -> None:
    """Fetch approved course requests from the portal into a file. The SIS itself is never written."""
    received = service_of(config_path, RECEIVING).receive(status, out)
    requests = received.requests
    students = requests["student_id"].n_unique()
    if as_json:
        print_json({"out": str(out), "changed": received.changed, "students": students, "items": requests.to_dicts()})
        return
    said = "" if received.changed else "; nothing has changed since the last time"
    from dayzero.cli._page import Page

    Page().line(f"{out}: {plural(requests.height, f'{status} request')} of {plural(students, 'student')}{said}.")
