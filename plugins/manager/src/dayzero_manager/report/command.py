"""``dayzero report``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

__all__ = ["report"]


@click.command(
    epilog="""\b
Examples:
  dayzero report --out report.html
  dayzero report --out report.html --csv sheets    and a sheet for each homeroom
  dayzero report --out shared.html --no-names      to pass on"""
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page there.",
)
@click.option(
    "--csv",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write data to fix as sheets, too: one for each thing to correct, one for each homeroom.",
)
@click.option("--no-names", is_flag=True, help="Leave out names and what people wrote: ids and counts alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout, everything else on stderr.")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("dayzero.toml"),
    show_default=True,
    metavar="FILE",
    help="The configuration.",
)
def report(out: Path, folder: Path | None, no_names: bool, as_json: bool, config_path: Path) -> None:
    """Write a report for the principal, the office and IT: one HTML file that needs no other. Nothing is sent."""
    from dayzero.config import load
    from dayzero.files import whole_file
    from dayzero.report import report_document
    from dayzero.service import Service
    from dayzero_manager.report import page
    from dayzero_manager.report.sheets import write_sheets

    made = Service(load(config_path, environ=os.environ)).report()
    with whole_file(out) as file:
        file.write(page(made, names=not no_names).encode())
    sheets = [] if folder is None else write_sheets(made, folder, names=not no_names)
    if as_json:
        document: dict[str, Any] = {**report_document(made), "file": str(out), "sheets": [str(s) for s in sheets]}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    click.echo(f"Wrote {out}" + (f" and {len(sheets)} sheet{'s' * (len(sheets) != 1)} in {folder}." if folder else "."))
