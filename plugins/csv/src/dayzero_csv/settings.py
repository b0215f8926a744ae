"""What a school may set about its CSV files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CsvSettings"]


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
