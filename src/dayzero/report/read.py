"""What whoever looks after the connection wants to know of a read: rows, seconds, findings. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.plan import Plan
from dayzero.report.model import FindingGroup, Read, Unread
from dayzero.schema import TABLES

__all__ = ["findings_of", "reads_of", "unread_of"]

FEW = 3
"""So many rows are named as examples."""


def reads_of(plan: Plan, seconds: Mapping[str, float]) -> tuple[Read, ...]:
    """Return the tables that were read, in the order of the schema."""
    return tuple(Read(t, plan.measure[t], seconds.get(t)) for t in TABLES if t in plan.measure)


def findings_of(plan: Plan) -> tuple[FindingGroup, ...]:
    """Return findings by rule and column, root causes first."""
    key = ("severity", "table", "column", "rule")
    groups = plan.findings.frame.group_by(key, maintain_order=True).agg(
        count=pl.len(), message=pl.col("message").first(), rows=pl.col("row").drop_nulls().head(FEW)
    )
    return tuple(FindingGroup(**{**row, "rows": tuple(row["rows"])}) for row in groups.iter_rows(named=True))


def unread_of(plan: Plan) -> tuple[Unread, ...]:
    """Return the tables that have rows of people with an account which could not be read."""
    of_table = plan.unreadable.group_by("table", maintain_order=True).agg(
        count=pl.struct("kind", "person_id").n_unique(), rows=pl.col("row").drop_nulls().unique().sort().head(FEW)
    )
    return tuple(Unread(table, count, tuple(rows)) for table, count, rows in of_table.iter_rows())
