"""``dayzero forget``"""

from __future__ import annotations

from pathlib import Path

import click

from dayzero.cli._common import everywhere, print_json, service_of
from dayzero.words import plural


@click.command(
    epilog="""\b
Examples:
  dayzero forget 20417"""
)
@click.argument("person_id")
@everywhere
def forget(person_id: str, as_json: bool, config_path: Path) -> None:
    """Remove a student or contact from the journal, also where the records of others name them.

    The portal is not touched: who leaves the school is disabled there by the next sync. Runs that named the person can
    no longer be undone for them. Plan files you saved yourself are yours to delete.
    """
    service = service_of(config_path, asks_portal=False)
    records = service.forget(person_id)
    if as_json:
        print_json({"person_id": person_id, "records": records})
    else:
        from dayzero.cli._page import Page

        Page().line(f"Removed from {plural(records, 'record')}. Delete plan files and back-ups that name them, too.")
