"""What no type can say about the settings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.schema import RESERVED_COLUMNS, TABLES
from dayzero_csv.flat import EXTRA_COLUMNS, PARENT_COLUMNS
from dayzero_csv.names import NAME, ORDERS
from dayzero_csv.settings import CsvSettings, Flat

__all__ = ["checked"]

_NOT_OF_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Python's own, for domain names and its sources: no program writes a file so."""
_A_DAY = datetime(2026, 8, 31, tzinfo=UTC)
_OF_A_ROW = frozenset(RESERVED_COLUMNS) - {"removed"}
"""Columns in which the reader says something about a row."""


def checked(settings: CsvSettings) -> CsvSettings:
    """Return the settings; raise ConfigurationError for one that cannot be meant."""
    for encoding in _each(settings.encoding):
        _check_encoding(encoding)
    for delimiter in _each(settings.delimiter):
        if delimiter != "auto" and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0'):
            raise ConfigurationError(
                f"[source] delimiter: {delimiter!r} is not one character.", remedy='For example ";" or "auto".'
            )
    _check_date_format(settings.date_format)
    if settings.name_order not in ORDERS:
        raise ConfigurationError(
            f"[source] name_order: {settings.name_order!r} is not known.", remedy=f"One of: {', '.join(ORDERS)}."
        )
    said = [s for s in (settings.encoding, settings.delimiter) if isinstance(s, dict)]
    _check_tables(
        {*settings.without, *settings.files, *settings.columns, *settings.constants, *settings.values}, TABLES
    )
    _check_reserved("constants", settings.constants, frozenset(RESERVED_COLUMNS))
    _check_reserved("columns", settings.columns, _OF_A_ROW)
    _check_reserved("values", settings.values, _OF_A_ROW)
    _check_tables({*settings.sheets, *(t for s in said for t in s)}, (*TABLES, "flat"))
    for year in settings.years:
        _check_words("years", year.role, TABLES["school_years"]["role"].choices, "role")
        for day in (year.starts_on, year.ends_on):
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
                raise ConfigurationError(
                    f"[source.years] {day!r} is no date.", remedy="Write it as 2026-08-31, in quotes."
                )
    if settings.flat is not None:
        _check_flat(settings.flat)
    return settings


def _each(setting: str | dict[str, str]) -> Iterable[str]:
    return [setting] if isinstance(setting, str) else setting.values()


def _check_encoding(encoding: str) -> None:
    try:
        found = None if encoding == "auto" else codecs.lookup(encoding)
        known = found is None or (found._is_text_encoding and found.name not in _NOT_OF_FILES)
    except (LookupError, ValueError):
        known = False
    if not known:
        raise ConfigurationError(
            f"[source] encoding: {encoding!r} is no known encoding.", remedy='For example "utf-8" or "cp1252".'
        )


def _check_date_format(date_format: str) -> None:
    """Refuse a format that does not tell a day: what is written by it has to be read by it."""
    try:
        written = pl.Series([_A_DAY]).dt.strftime(date_format)
        told = not date_format or written.str.to_date(date_format, strict=False).item() == _A_DAY.date()
    except pl.exceptions.PolarsError:
        told = False
    if not told:
        raise ConfigurationError(
            f"[source] date_format: {date_format!r} is no format of a date with day, month and year.",
            remedy='For example "%d/%m/%Y" or "%m/%d/%y".',
        )


def _check_reserved(section: str, tables: Mapping[str, Iterable[str]], reserved: frozenset[str]) -> None:
    """Refuse columns that are not the school's to fill."""
    for table, columns in tables.items():
        found = sorted(reserved.intersection(columns))
        if found:
            raise ConfigurationError(
                f"[source.{section}.{table}] {found[0]}: this column is not set here: {RESERVED_COLUMNS[found[0]]}.",
                remedy=f"Take `{found[0]}` out of [source.{section}.{table}].",
            )


def _check_tables(named: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ConfigurationError(
            f"[source] names a table {unknown[0]!r} that does not exist.", remedy=f"Tables: {', '.join(known)}."
        )


def _check_words(section: str, word: str, known: Iterable[str], key: str) -> None:
    if word not in known:
        raise ConfigurationError(
            f"[source.{section}] {key}: {word!r} is not known.", remedy=f"One of: {', '.join(known)}."
        )


def _check_flat(flat: Flat) -> None:
    _check_reserved("flat", {"students": flat.students}, _OF_A_ROW)
    if "student_id" not in flat.students:
        raise ConfigurationError(
            "[source.flat.students] has no `student_id`.", remedy="Say which header holds the student's stable id."
        )
    if not ("grade_level" in flat.enrollments or "next_grade_level" in flat.enrollments):
        raise ConfigurationError(
            "[source.flat.enrollments] has no `grade_level`.",
            remedy='Say which header holds it; where there is none, `grade_level = "=9"` is said of all rows.',
        )
    for table in ("enrollments", "calendar_codes"):
        known = (*TABLES[table].names, *EXTRA_COLUMNS[table])
        for column in getattr(flat, table):
            _check_words(f"flat.{table}", column, known, "column")
    for parent in flat.parents:
        for column in parent:
            _check_words("flat.parents", column, PARENT_COLUMNS, "column")
        if not {NAME, "given_name", "family_name", "primary_email", "contact_id"} & set(parent):
            raise ConfigurationError(
                "[[source.flat.parents]] names neither a name nor an e-mail.", remedy="Say which headers hold them."
            )
