"""``dayzero history``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dayzero.cli._common import console, everywhere, print_json


@click.command(
    epilog="""\b
Examples:
  dayzero history
  dayzero history RUN_ID --json"""
)
@click.argument("run_id", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="How many runs, newest first.")
@everywhere
def history(run_id: str | None, limit: int, as_json: bool, config_path: Path) -> None:
    """List past syncs, or show one."""
    import os

    from dayzero.clock import SystemClock
    from dayzero.config import load
    from dayzero.journal import Journal

    config = load(config_path, environ=os.environ)
    with Journal(config.state.path, clock=SystemClock()) as journal:
        runs = [journal.run(run_id)] if run_id else journal.runs(limit)
    if as_json:
        print_json(asdict(runs[0]) if run_id else {"runs": [asdict(r) for r in runs]})
        return
    from rich.table import Table

    out = console()
    if not runs:
        out.print("No sync has run here yet. Next: dayzero plan")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("run", "state", "setting", "students c/u/e/d", "parents c/u/e/d", "rejected", "exit"):
        table.add_column(column, no_wrap=column == "run")
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
