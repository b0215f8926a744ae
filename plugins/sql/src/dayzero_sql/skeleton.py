"""Queries to be filled in, for a database that nobody has described: a query a source table, made of the schema."""

from __future__ import annotations

from collections.abc import Iterator

from dayzero.schema import TABLES, Column, Table

__all__ = ["skeleton"]

_CONSTANT = {"day": "0", "code": "'E'"}
"""What a system without calendar codes says of everybody who is enrolled."""


def skeleton() -> dict[str, str]:
    """Return a query for each table that must be there. What stands in capitals is to be replaced by the school's own names."""
    return {name: "\n".join(_lines(table)) + "\n" for name, table in TABLES.items() if table.required}


def _lines(table: Table) -> Iterator[str]:
    yield f"-- {table.meaning}"
    yield "select"
    asked = [c for c in table.columns if c.required or c.decides or c.name in (*table.any_of, "email", "primary_email")]
    for column in asked:
        comma = "" if column is asked[-1] else ","
        yield f"    {_CONSTANT.get(column.name, column.name.upper())} as {column.name}{comma}  -- {_meaning(column)}"
    others = ", ".join(c.name for c in table.columns if c not in asked)
    if others:
        yield f"    -- if there is such a thing: {others}"
    yield f"from {table.name.upper()}"


def _meaning(column: Column) -> str:
    words = f" ({', '.join(column.choices)})" if column.choices else ""
    return f"{column.meaning.rstrip('.')}{words}"
