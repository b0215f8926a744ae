"""Read one table: find its file, read it as text, name its columns by the schema."""

from __future__ import annotations

import codecs

import polars as pl

from dayzero.errors import ConfigurationError, SourceError
from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_csv.conversion import to_iso
from dayzero_csv.files import find_file, stamp
from dayzero_csv.reading import read_text
from dayzero_csv.settings import CsvSettings
from dayzero_csv.text import utf8


class CsvSource:
    """The tables of one folder or zip."""

    def __init__(self, settings: CsvSettings) -> None:
        self._settings = settings
        _check(settings)

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table`` as text with ``source_row`` (line in the file), or None where no file is.

        A row with too few or too many fields carries ``source_problem``. Raises SourceError naming file and line.
        """
        found = find_file(self._settings.path, table, self._settings.files.get(table))
        if found is None:
            return None
        name, data = found
        frame = read_text(name, utf8(name, data, self._settings.encoding), self._settings.delimiter)
        frame = self._named(name, table, frame)
        return to_iso(table, frame, self._settings)

    def stamp(self) -> str | None:
        """Return what the files are known by: their content. None where one cannot be read."""
        return stamp(self._settings.path, self._settings.files)

    def _named(self, file: str, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        mapped = self._settings.columns.get(table, {})
        absent = [header for header in mapped.values() if header not in frame.columns]
        if absent:
            there = ", ".join(c for c in frame.columns if c not in RESERVED_COLUMNS)
            raise SourceError(
                f"{file}, line 1: no column {absent[0]!r}; the header has: {there}.",
                remedy=f"Correct `columns.{table}` under [source].",
                file=file,
                line=1,
                column=absent[0],
            )
        renamed = {header: column for column, header in mapped.items()}
        names = [renamed.get(c, c) for c in frame.columns]
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise SourceError(
                f"{file}, line 1: two columns would be {twice!r}.",
                remedy=f"Map another header to it in `columns.{table}`, or rename one of them.",
                file=file,
                line=1,
                column=twice,
            )
        return frame.rename(renamed)


def _check(settings: CsvSettings) -> None:
    try:
        codecs.lookup(settings.encoding)
    except LookupError:
        raise ConfigurationError(
            f"[source] encoding: {settings.encoding!r} is no known encoding.", remedy='For example "utf-8" or "cp1252".'
        ) from None
    if settings.delimiter != "auto" and (
        len(settings.delimiter) != 1 or not settings.delimiter.isascii() or settings.delimiter in '"\r\n\0'
    ):
        raise ConfigurationError(
            f"[source] delimiter: {settings.delimiter!r} is not one character.", remedy='For example ";" or "auto".'
        )
    unknown = sorted({*settings.files, *settings.columns} - set(TABLES))
    if unknown:
        raise ConfigurationError(
            f"[source] names a table {unknown[0]!r} that does not exist.", remedy=f"Tables: {', '.join(TABLES)}."
        )
