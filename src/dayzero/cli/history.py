"""``dayzero history``"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._common import MOST, console, everywhere, print_json, service_of
from dayzero.cli._discreet import for_eyes, told
from dayzero.cli._text import text

if TYPE_CHECKING:
    from dayzero.journal import Run
    from dayzero.service import Change


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
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, MOST), help="How many runs, newest first."
)
@everywhere
def history(run_id: str | None, person: str | None, limit: int, as_json: bool, config_path: Path) -> None:
    """List past syncs, show one, or show who changed what for a person, when and from which source."""
    service = service_of(config_path, asks_portal=False)
    if person:
        _person(person, service.changes_of(person, run_id), as_json=as_json)
        return
    runs = [service.run(run_id)] if run_id else service.history(limit)
    if as_json:
        print_json(asdict(runs[0]) if run_id else {"runs": [asdict(r) for r in runs]})
        return
    _list(runs)


def _person(person: str, changes: list[Change], *, as_json: bool) -> None:
    if as_json:
        print_json({"person_id": person, "changes": [_document(c) for c in changes]})
        return
    from dayzero.gradebook import PERSONAL_FIELDS

    out = console()
    seen = for_eyes(out)
    if not changes:
        out.print(text(f"No recorded run changed anything for {person}."))
    for c in changes:
        run, operation = c.run, c.operation
        ending = f", rejected: {c.rejected}" if c.rejected else "" if run.state == "committed" else f", {run.state}"
        out.print(text(f"{run.started_at}  {run.run_id}  by {run.who or '?'} from {run.source}{ending}", style="bold"))
        out.print(text(f"  {operation['op']} {operation['kind']} {operation['id']}"))
        for name, (before, after) in operation["changes"].items():
            was, became = (told(v, personal=name in PERSONAL_FIELDS, seen=seen) for v in (before, after))
            out.print(text(f"    {name}: {was} -> {became}"))


def _document(change: Change) -> dict[str, Any]:
    names = ("run_id", "started_at", "who", "source", "state", "undoes")
    return {**{n: getattr(change.run, n) for n in names}, **change.operation, "rejected": change.rejected}


_OPS = ("create", "update", "enable", "disable")


def _list(runs: list[Run]) -> None:
    from rich.table import Table

    out = console()
    if not runs:
        out.print("No sync has run here yet. Next: dayzero plan")
        return
    caption = "/".join(f"{op}d" for op in _OPS)
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
    return "-" if not applied else "/".join(str(applied[op]) for op in _OPS)
