"""A database as a source: one query or table per source table. The work is imported when a source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dayzero.plugin import Command, SourceType, hookimpl
from dayzero_sql.settings import SqlSettings

__all__ = ["SqlSettings", "open_sql"]


@contextmanager
def open_sql(settings: SqlSettings) -> Iterator[Any]:
    """Open one read-only transaction, so that all tables are of one moment."""
    from dayzero_sql.source import opened

    with opened(settings) as source:
        yield source


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``sql``."""
    summary = "A database: one query or table per source table."
    return [SourceType("sql", SqlSettings, open_sql, summary=summary, look="dayzero_sql.look:look")]


@hookimpl
def dayzero_commands() -> list[Command]:
    """Bring ``dayzero source``."""
    return [Command("source", "Print the queries that a database is read with.", "dayzero_sql.command:source")]
