"""Source check: what was read, how it was understood, and what is wrong with it. No portal is asked."""

from __future__ import annotations

from typing import Any

import polars as pl
from flask import render_template

from dayzero.service import CheckReport
from dayzero_manager.door import Door
from dayzero_manager.office import Office
from dayzero_manager.view import ROWS

__all__ = ["mount"]

SAMPLES = 3
_ALIKE = ("severity", "rule", "table", "column")


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def check() -> str:
        found = office.looked("check", "Reading the SIS", lambda service: _slim(service.check()))
        return render_template("check.html", **found)

    door.mount("/check", "check", check)


def _slim(report: CheckReport) -> dict[str, Any]:
    """Return what the page shows of a check; the tables themselves are not kept."""
    tables = [
        {
            "name": table, "rows": rows, "seconds": report.seconds.get(table), "state": report.conformed.states.get(table),
            "samples": [{k: v for k, v in row.items() if v is not None} for row in report.conformed.tables[table].head(SAMPLES).to_dicts()],
        }
        for table, rows in report.conformed.rows.items()
    ]  # fmt: skip
    findings = report.findings.frame
    counts = dict(findings.group_by("severity").len().iter_rows())
    return {
        "tables": tables,
        "remarks": _alike(findings),
        "counts": counts,
        "sent": dict(report.sent),
        "all": findings.height,
    }


def _alike(findings: pl.DataFrame) -> list[dict[str, Any]]:
    """Return remarks of one rule on one column as one, with how many they are (``count``) and the first of them (``some``)."""
    some = pl.struct("message", "row", "value").head(ROWS)
    return findings.group_by(_ALIKE, maintain_order=True).agg(count=pl.len(), some=some).to_dicts()
