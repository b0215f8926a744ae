"""``dayzero schema``"""

from __future__ import annotations

import dataclasses
from enum import Enum
from pathlib import Path
from typing import Any

import click

from dayzero.cli._common import everywhere, print_json
from dayzero.errors import UsageError
from dayzero.schema import SCHEMA_VERSION, TABLES, Column, Table


@click.command(
    epilog="""\b
Examples:
  dayzero schema
  dayzero schema enrollments
  dayzero schema --json"""
)
@click.argument("table", required=False)
@everywhere
def schema(table: str | None, as_json: bool, config_path: Path) -> None:  # noqa: ARG001 - every command takes --config
    """Print the source tables: their columns, which words are allowed, and what an empty cell means."""
    if table is not None and table not in TABLES:
        raise UsageError(f"There is no source table {table!r}.", remedy=f"Tables: {', '.join(TABLES)}.")
    tables = [t for t in TABLES.values() if table in (None, t.name)]
    if as_json:
        print_json({"schema": SCHEMA_VERSION, "tables": [_document(t) for t in tables]})
        return
    click.echo("\n\n".join(map(_text, tables)))


def _document(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "meaning": table.meaning,
        "required": table.required,
        "key": table.key,
        "columns": [{**_fields(c), "unreadable": c.unreadable} for c in table.columns],
    }


def _fields(column: Column) -> dict[str, Any]:
    """Return all that is said of a column, by name."""
    said = {field.name: getattr(column, field.name) for field in dataclasses.fields(column)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in said.items()}


def _text(table: Table) -> str:
    key = f"A row is known by {', '.join(table.key)}." if table.key else "Rows may repeat."
    needed = "" if table.required else " It may be left out."
    lines = [click.style(table.name, bold=True), f"  {table.meaning} {key}{needed} * is needed."]
    cells = [(f"{c.name}{'*' * c.required}", " | ".join(c.choices) or c.type.value) for c in table.columns]
    widths = [max(len(cell[n]) for cell in cells) for n in (0, 1)]
    return "\n".join([*lines, *(_line(c, cell, widths) for c, cell in zip(table.columns, cells, strict=True))])


def _line(column: Column, cells: tuple[str, str], widths: list[int]) -> str:
    name, value = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    default = "" if column.default is None else f" Empty reads as {str(column.default).lower()}."
    return f"  {name}  {value}  {column.meaning}{default}"
