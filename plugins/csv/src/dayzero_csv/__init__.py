"""A folder or zip of CSV files as a source. The work is imported when a source is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dayzero.plugin import SourceType, hookimpl

__all__ = ["CsvSettings", "open_csv"]


@dataclass(frozen=True)
class CsvSettings:
    """``[source] plugin = "csv"``.

    ``path``: a folder or a zip of ``<table>.csv``. ``files``: other file names, by table. ``columns``: by table, which
    header stands for a column of the schema. ``delimiter``: one character, or ``auto`` to take it from the header.
    ``date_format``: as of ``strptime``; without it only ISO dates are dates, never guessed ones.
    """

    path: Path
    files: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8"
    date_format: str = ""
    true_words: list[str] = field(default_factory=list)
    false_words: list[str] = field(default_factory=list)


@contextmanager
def open_csv(settings: CsvSettings) -> Iterator[Any]:
    """Open a folder or zip; nothing in it is ever written."""
    from dayzero_csv.source import CsvSource

    yield CsvSource(settings)


@hookimpl
def dayzero_sources() -> list[SourceType]:
    """Bring ``csv``."""
    return [SourceType("csv", CsvSettings, open_csv, summary="A folder or zip of <table>.csv files.")]
