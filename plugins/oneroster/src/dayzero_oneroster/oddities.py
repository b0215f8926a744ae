"""One place that collects findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from dayzero.plugin import Finding
from dayzero_oneroster.findings import distrusted, odd, odd_rows
from dayzero_oneroster.rules import require_rules

__all__ = ["Oddities"]


class Oddities:
    """Findings of one read, and whether the read may be trusted to disable.

    ``accept``: codes the school has looked at; they are still reported, and no longer make the read partial.
    """

    def __init__(self, accept: Collection[str] = ()) -> None:
        require_rules(accept)
        self._accept = frozenset(accept)
        self._findings: dict[Finding, None] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, in order, each once."""
        return tuple(self._findings)

    @property
    def distrusted(self) -> bool:
        """Whether the read contradicts itself or ended early."""
        return distrusted(self._findings, self._accept)

    def add(
        self, code: str, file: str, *, column: str | None = None, value: object = None, row: int | None = None,
        more: str = "",
    ) -> None:  # fmt: skip
        """Report one oddity. ``more`` is said behind the rule's message."""
        self.take([odd(code, file, column=column, value=value, row=row, more=more)])

    def has(self, code: str, file: str) -> bool:
        """Whether an oddity of a file was found."""
        return any(f.rule == code and f.table == f"{file}.csv" for f in self._findings)

    def rows(self, code: str, file: str, rows: pl.DataFrame, column: str | None = None) -> None:
        """Report an oddity of every row (``source_row``, and the value of ``column``); many are counted, not named."""
        self.take(odd_rows(code, file, rows, column))

    def take(self, findings: Iterable[Finding]) -> None:
        """Take findings, each once."""
        self._findings |= dict.fromkeys(findings)
