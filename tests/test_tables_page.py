"""docs/tables.md has every source table, every column and every word that a column takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dayzero.schema import RESERVED_COLUMNS, TABLES, Column

PAGE = (Path(__file__).parents[1] / "docs" / "tables.md").read_text(encoding="utf-8")
COLUMNS = [(table.name, column) for table in TABLES.values() for column in table.columns]
CHOICES = [(table, column.name, choice) for table, column in COLUMNS for choice in column.choices]


def row_of(table: str, column: str) -> str:
    """Return the row of a column below its table's heading."""
    text = PAGE.partition(f"\n## `{table}`\n")[2].partition("\n## ")[0]
    [row] = re.findall(rf"^\| `{column}` \| (?:yes|no) \|.*$", text, re.MULTILINE)
    return str(row)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_in_the_overview(table: str) -> None:
    assert f"| [`{table}`](#{table}) | {'yes' if TABLES[table].required else 'no'} |" in PAGE


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda v: v if isinstance(v, str) else v.name)
def test_every_column_has_its_row(table: str, column: Column) -> None:
    row = row_of(table, column.name)
    assert row.startswith(f"| `{column.name}` | {'yes' if column.required else 'no'} |")
    assert column.meaning.replace("|", "\\|") in row
    assert column.default is None or f"`{str(column.default).lower()}`" in row


@pytest.mark.parametrize(("table", "column", "choice"), CHOICES)
def test_every_word_a_column_takes_is_there(table: str, column: str, choice: str) -> None:
    assert f"`{choice}`" in row_of(table, column)


@pytest.mark.parametrize("role", TABLES["school_years"]["role"].choices)
def test_every_role_is_explained(role: str) -> None:
    assert re.search(rf"^\| `{role}` \| \w", PAGE, re.MULTILINE)


@pytest.mark.parametrize("column", RESERVED_COLUMNS)
def test_every_reserved_column_is_there(column: str) -> None:
    assert f"| `{column}` |" in PAGE


def test_every_source_page_leads_here() -> None:
    """The pages on one system say what its tables are made of; the others say what they have to become."""
    pages = {
        p.stem: p.read_text(encoding="utf-8") for p in (Path(__file__).parents[1] / "docs" / "sources").glob("*.md")
    }
    assert [name for name in ("csv", "mock", "oneroster", "sql") if "../tables.md" not in pages[name]] == []
