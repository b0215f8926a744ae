"""``dayzero history``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._common import console, everywhere, print_json
from dayzero.cli._text import text

if TYPE_CHECKING:
    from dayzero.journal import Journal, Run


@click.command(
    epilog="""\b
Examples:
  dayzero history
  dayzero history RUN_ID --json
  dayzero history --person 20417
  dayzero history RUN_ID --person 20417"""
)
@click.argument("run_id", required=False)
@click.option("--person", metavar="ID", help="What was done for this student or contact.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many runs, newest first.")
@everywhere
def history(run_id: str | None, person: str | None, limit: int, as_json: bool, config_path: Path) -> None:
    """List past syncs, show one, or show who changed what for a person, when and from which source."""
    import os

    from dayzero.clock import SystemClock
    from dayzero.config.file import load
    from dayzero.journal import Journal

    config = load(config_path, environ=os.environ, asks_portal=False)
    with Journal(config.state.path, clock=SystemClock()) as journal:
        runs = [journal.run(run_id)] if run_id else journal.runs(limit)
        changes = _changes_of(journal, person, run_id) if person else []
    if person:
        _person(person, changes, as_json=as_json)
        return
    if as_json:
        print_json(asdict(runs[0]) if run_id else {"runs": [asdict(r) for r in runs]})
        return
    _list(runs)


def _changes_of(journal: Journal, person: str, run_id: str | None) -> list[dict[str, Any]]:
    """Return a person's operations, oldest first, each with its run; one that the portal rejected says so."""
    changes = []
    for run, operation in journal.history_of(person):
        if run_id in (None, run.run_id):
            about = {name: getattr(run, name) for name in ("run_id", "started_at", "who", "source", "state", "undoes")}
            key = operation["kind"], operation["id"]
            rejected = next((r["reason"] for r in run.rejected or () if (r["kind"], r["id"]) == key), None)
            changes.append({**about, **operation, "rejected": rejected})
    return changes


def _person(person: str, changes: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json({"person_id": person, "changes": changes})
        return

    out = console()
    if not changes:
        out.print(text(f"No recorded run changed anything for {person}."))
    for c in changes:
        ending = (
            f", rejected: {c['rejected']}" if c["rejected"] else "" if c["state"] == "committed" else f", {c['state']}"
        )
        out.print(
            text(f"{c['started_at']}  {c['run_id']}  by {c['who'] or '?'} from {c['source']}{ending}", style="bold")
        )
        out.print(text(f"  {c['op']} {c['kind']} {c['id']}"))
        for name, (before, after) in c["changes"].items():
            out.print(text(f"    {name}: {before!r} -> {after!r}"))


def _list(runs: list[Run]) -> None:
    from rich.table import Table

    out = console()
    if not runs:
        out.print("No sync has run here yet. Next: dayzero plan")
        return
    caption = "created/updated/enabled/disabled"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), caption=caption, caption_justify="left")
    for column in ("run", "state", "set", "students", "parents", "rejected", "exit"):
        table.add_column(column, no_wrap=column in ("run", "students", "parents"), overflow="fold")
    for run in runs:
        table.add_row(
            run.run_id,
            run.state,
            "Yes" if run.send_scheduling_year else "No",
            *(_numbers((run.applied or {}).get(kind)) for kind in ("student", "parent")),
            str(len(run.rejected or [])),
            "" if run.exit_code is None else str(run.exit_code),
        )
    out.print(table)


def _numbers(applied: dict[str, int] | None) -> str:
    return "-" if not applied else "/".join(str(applied[op]) for op in ("create", "update", "enable", "disable"))
