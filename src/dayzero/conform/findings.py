"""How findings are worded and ordered."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from dayzero.plugin import Finding, Severity
from dayzero.schema import TABLES

_SEVERITIES = ("error", "warning", "notice")
_LONGEST_VALUE = 80


def of_rows(
    rows: pl.DataFrame, severity: Severity, table: str, column: str | None, rule: str, message: str
) -> list[Finding]:
    """Return one finding per row. ``rows`` carries ``source_row`` and, where a value is at fault, ``column`` as text."""
    values = rows[column].to_list() if column and column in rows.columns else [None] * rows.height
    return [
        Finding(severity, table, row, column, shown(value), rule, message)
        for row, value in zip(rows["source_row"].to_list(), values, strict=True)
    ]


def shown(value: object) -> str | None:
    """Return a value as a finding shows it: text, without the mark of a wrong type, and not without end."""
    if value is None:
        return None
    text = str(value).removeprefix("\0")
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with root causes first: errors, then by the order of the tables, then by row."""
    tables = list(TABLES)

    def place(f: Finding) -> tuple[int, int, int, str, str]:
        table = tables.index(f.table) if f.table in tables else len(tables)
        return (_SEVERITIES.index(f.severity), table, f.row or 0, f.column or "", f.rule)

    return tuple(sorted(findings, key=place))
