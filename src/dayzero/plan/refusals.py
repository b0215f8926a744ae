"""Why a read was refused: what explains it is said with it, root causes first. Pure."""

from __future__ import annotations

import polars as pl

from dayzero.conform import Findings
from dayzero.errors import UntrustedSourceError

__all__ = ["because"]

_TOLD = 100
"""How many findings a refusal carries."""
_DECIDING = ("school_years", "students", "enrollments", "calendar_codes", "contacts", "relationships")


def because(error: UntrustedSourceError, findings: Findings) -> UntrustedSourceError:
    """Return a refusal with the findings that explain it, notices last; where rows were left out, correcting them is the remedy."""
    in_order = findings.ordered().frame
    weighty = in_order.filter(pl.col("severity") != "notice")
    told = pl.concat([weighty, in_order.filter(pl.col("severity") == "notice")]).head(_TOLD).to_dicts()
    errors = weighty.filter(pl.col("severity") == "error", pl.col("table").is_in(_DECIDING))
    if errors.is_empty():
        return error.because(told, "", "")
    first = errors.row(0, named=True)
    where = ", ".join(
        str(p)
        for p in (f"{first['table']} row {first['row']}" if first["row"] else first["table"], first["column"])
        if p
    )
    rows = f"{errors.height:,} rows were left out" if errors.height > 1 else "A row was left out"
    said = f"{rows}, and that may be why. First of them: {where}: {first['message']}."
    return error.because(
        told, said, "Correct the rows that the findings name (`dayzero check` lists them), and export again."
    )
