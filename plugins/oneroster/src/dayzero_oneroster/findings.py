"""What was odd, as findings: a step returns them beside its result, and what was read carries those of its reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.rules import RULES

__all__ = ["Findings", "distrusted", "odd", "odd_rows"]

Findings: TypeAlias = tuple[Finding, ...]

_SHOWN = 20
"""Rows of one oddity that are named one by one; the rest is counted."""
_LONGEST_VALUE = 80


def odd(
    code: str, file: str, *, column: str | None = None, value: object = None, row: int | None = None, more: str = ""
) -> Finding:
    """Return the finding of one oddity. ``more`` is said behind the rule's message."""
    rule = RULES[code]
    shown = None if value is None else str(value)[:_LONGEST_VALUE]
    message = f"{rule.message}: {more}" if more else rule.message
    return Finding(rule.severity, f"{file}.csv", row, column, shown, code, message)


def odd_rows(code: str, file: str, rows: pl.DataFrame, column: str | None = None) -> Findings:
    """Return a finding for every row (``source_row``, and the value of ``column``); many are counted, not named."""
    first = rows.head(_SHOWN)
    numbers = first["source_row"].to_list()
    values = first[column].to_list() if column and column in rows.columns else [None] * len(numbers)
    named = [odd(code, file, column=column, value=v, row=n) for n, v in zip(numbers, values, strict=True)]
    rest = rows.height - len(named)
    return (*named, odd(code, file, column=column, more=f"and {rest:,} more rows")) if rest else tuple(named)


def distrusted(findings: Iterable[Finding], accept: Collection[str]) -> bool:
    """Say whether the read contradicts itself or ended early, by a rule whose findings the school has not accepted."""
    return any(RULES[f.rule].distrust and f.rule not in accept for f in findings)
