"""A database as a source: one query or table per source table. The work is imported when a source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayzero.plugin import SourceType, hookimpl

__all__ = ["SqlSettings", "open_sql"]


@dataclass(frozen=True)
class SqlSettings:
    """``[source] plugin = "sql"``: either ``path`` (a SQLite file) or ``url`` (a SQLAlchemy URL).

    By source table: ``queries`` (or ``<table>.sql`` in ``queries_dir``), else ``tables``, else the table of that name.
    """

    path: Path | None = None
    url: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    queries_dir: Path | None = None


@contextmanager
def open_sql(settings: SqlSettings) -> Iterator[Any]:
    """Open one read-only transaction, so that all tables are of one moment."""
    from dayzero_sql.source import connected

    with connected(settings) as source:
        yield source


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``sql``."""
    return [SourceType("sql", SqlSettings, open_sql, summary="A database: one query or table per source table.")]
