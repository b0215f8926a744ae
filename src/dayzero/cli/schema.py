"""``dayzero schema``"""

from __future__ import annotations

import dataclasses
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayzero.cli._common import everywhere, print_json
from dayzero.errors import UsageError
from dayzero.schema import SCHEMA_VERSION, TABLES, Column, Table

if TYPE_CHECKING:
    from dayzero.cli._page import Page


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
    from dayzero.cli._page import Page

    page = Page()
    for number, one in enumerate(tables):
        if number:
            page.line()
        _show(page, one)


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


def _show(page: Page, table: Table) -> None:
    key = f"A row is known by {', '.join(table.key)}." if table.key else "Rows may repeat."
    needed = "" if table.required else " It may be left out."
    page.line(table.name, style="bold")
    page.line(f"{table.meaning} {key}{needed} * is needed.", indent=2)
    cells = [(f"{c.name}{'*' * c.required}", " | ".join(c.choices) or c.type.value) for c in table.columns]
    first, second = (max(len(cell[n]) for cell in cells) for n in (0, 1))
    for column, (name, value) in zip(table.columns, cells, strict=True):
        default = "" if column.default is None else f" Empty reads as {str(column.default).lower()}."
        page.beside(f"{name:<{first}}  {value}", f"{column.meaning}{default}", at=first + 2 + second)
