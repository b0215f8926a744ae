"""CSV files and workbooks as a source. The work is imported when a source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dayzero.plugin import SourceType, hookimpl
from dayzero_csv.settings import CsvSettings

__all__ = ["CsvSettings", "open_csv"]


@contextmanager
def open_csv(settings: CsvSettings) -> Iterator[Any]:
    """Open a folder, a zip or a file; nothing in it is ever written."""
    from dayzero_csv.source import CsvSource

    yield CsvSource(settings)


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``csv``."""
    summary = "CSV files and workbooks: one for each table, or one row a student."
    return [SourceType("csv", CsvSettings, open_csv, summary=summary, look="dayzero_csv.looking.propose:look")]
