"""What a school may set about its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CsvSettings", "Flat", "Year", "of_table"]


@dataclass(frozen=True)
class Year:
    """``[[source.years]]``: a school year that no file has."""

    year_id: str
    starts_on: str
    ends_on: str
    role: str
    name: str = ""


@dataclass(frozen=True)
class Flat:
    """``[source.flat]``: one file with a row for each student, parents in groups of columns beside them.

    ``students``, ``enrollments``, ``calendar_codes`` and each of ``parents``: which header stands for a column of the
    schema. Besides those of the schema there are ``given_name+family_name`` (both in one cell), ``next_grade_level``,
    ``entry_date`` and ``exit_date``. A value that begins with ``=`` is no header: it is what stands in every row.
    """

    file: str = ""
    students: dict[str, str] = field(default_factory=dict)
    enrollments: dict[str, str] = field(default_factory=dict)
    calendar_codes: dict[str, str] = field(default_factory=dict)
    parents: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class CsvSettings:
    """``[source] plugin = "csv"``.

    ``path``: a folder or a zip of files named after their table, a workbook, or the one file of ``flat``. ``files``: other
    file names, ``sheets``: other sheet names, by table. ``columns``: by table, which header stands for a column of the
    schema. ``constants``: by table and column, what stands where a file has nothing. ``values``: by table and column, what
    a word of the school means. ``delimiter`` and ``encoding``: found by looking, or said for all files or by table.
    ``name_order``: how a name in one cell is split where no comma says it. ``date_format``: as of ``strptime``; without it only ISO dates are dates, never guessed ones. ``without``: tables that the school does not have; without a file they are empty.
    """

    path: Path
    files: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    delimiter: str | dict[str, str] = "auto"
    encoding: str | dict[str, str] = "auto"
    name_order: str = "given family"
    date_format: str = ""
    true_words: list[str] = field(default_factory=list)
    false_words: list[str] = field(default_factory=list)
    flat: Flat | None = None
    years: list[Year] = field(default_factory=list)
    without: list[str] = field(default_factory=list)


def of_table(setting: str | dict[str, str], table: str) -> str:
    """Return what a setting says for one table (``flat`` for the flat file); what is said of others only is ``auto``."""
    return setting if isinstance(setting, str) else setting.get(table, "auto")
