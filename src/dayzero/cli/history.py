"""``dayzero history``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._common import MOST, everywhere, print_json, service_of

if TYPE_CHECKING:
    from dayzero.service import Change, Service


@click.command(
    epilog="""\b
Examples:
  dayzero history
  dayzero history RUN_ID
  dayzero history --person 20417
  dayzero history RUN_ID --person 20417"""
)
@click.argument("run_id", required=False)
@click.option("--person", metavar="ID", help="What was done for this student or contact.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, MOST), help="How many runs, newest first."
)
@everywhere
def history(run_id: str | None, person: str | None, limit: int, as_json: bool, config_path: Path) -> None:
    """List past syncs, tell what one did, or show who changed what for a person, when and from which source."""
    service = service_of(config_path, asks_portal=False)
    if person:
        _person(service, person, run_id, as_json=as_json)
    elif run_id:
        _run(service, run_id, as_json=as_json)
    else:
        _list(service, limit, as_json=as_json)


def _list(service: Service, limit: int, *, as_json: bool) -> None:
    runs = service.history(limit)
    if as_json:
        print_json({"runs": [asdict(run) for run in runs]})
        return
    from dayzero.cli._page import Page, say_simulated
    from dayzero.cli._runs import show_runs

    page = Page()
    say_simulated(page, service)
    show_runs(page, runs, service.config.schedule.timezone)


def _run(service: Service, run_id: str, *, as_json: bool) -> None:
    run, operations = service.run(run_id), service.operations_of(run_id)
    if as_json:
        print_json({**asdict(run), "operations": operations})
        return
    from dayzero.cli._page import Page, say_simulated
    from dayzero.cli._runs import show_run
    from dayzero.plan import names_told

    page = Page(service.names() | names_told(operations))
    say_simulated(page, service)
    show_run(page, run, operations, service.config.schedule.timezone, undone_by=service.undone_by(run_id))


def _person(service: Service, person: str, run_id: str | None, *, as_json: bool) -> None:
    changes = service.changes_of(person, run_id)
    if as_json:
        print_json({"person_id": person, "changes": [_document(change) for change in changes]})
        return
    from dayzero.cli._page import Page, say_simulated
    from dayzero.cli._runs import show_changes
    from dayzero.plan import names_told

    names = service.names() | names_told(change.operation for change in changes)
    page = Page(names)
    say_simulated(page, service)
    show_changes(page, person, changes, service.config.schedule.timezone)


def _document(change: Change) -> dict[str, Any]:
    names = ("run_id", "started_at", "who", "source", "state", "undoes")
    return {**{n: getattr(change.run, n) for n in names}, **change.operation, "rejected": change.rejected}
