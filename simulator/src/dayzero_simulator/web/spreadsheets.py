"""Cells that no spreadsheet computes, wherever it splits a line (case 61)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response, make_response

__all__ = ["harmless", "sheet"]

_FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?=[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r])""")
"""A beginning that is computed; of the cell, and of what a spreadsheet with another separator would take for one."""


def harmless(value: object) -> str:
    """Return a cell's text with an apostrophe before whatever a spreadsheet would take for a formula; a number is none."""
    if isinstance(value, int | float):
        return str(value)
    return _FORMULA.sub(r"\1'", "" if value is None else str(value))


def sheet(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a CSV file to download."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    answer = make_response(out.getvalue().encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
