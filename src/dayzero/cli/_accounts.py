"""How many accounts come, change and go, for people."""

from __future__ import annotations

from collections.abc import Mapping

from dayzero.cli._page import NONE, Page
from dayzero.gradebook import ACCOUNT_KINDS, ACCOUNT_OPS

__all__ = ["show_accounts"]

Counts = Mapping[str, int]


def show_accounts(page: Page, counts: Mapping[str, Counts], words: Mapping[str, str], **further: Counts) -> None:
    """Print ``counts`` (by kind, by operation) under what an operation is called in ``words``, and ``further`` ones by kind."""
    done = {op: {kind: counts[kind].get(op, 0) for kind in ACCOUNT_KINDS} for op in words if op in ACCOUNT_OPS}
    # An account that goes to another person is rare: its column is there when one does.
    columns = {words[op]: of for op, of in done.items() if op != "renew" or any(of.values())} | further
    rows = [
        [f"{kind} accounts", *(f"{n:,}" if (n := of.get(kind, 0)) else NONE for of in columns.values())]
        for kind in ACCOUNT_KINDS
    ]
    page.line()
    page.table(["", *columns], rows)
