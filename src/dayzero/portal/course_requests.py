"""Course requests on their way back: what the school approved, as a file for the SIS side to read.

The SIS itself is never written (R40): an import, or a person, takes the file from here.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import polars as pl

from dayzero.files import whole_file

__all__ = ["COURSE_REQUEST_SCHEMA", "write_receipt"]

COURSE_REQUEST_SCHEMA: dict[str, type[pl.DataType]] = {
    "request_id": pl.String,
    "student_id": pl.String,
    "year_id": pl.String,
    "course_id": pl.String,
    "rank": pl.Int64,
    "alternate": pl.Boolean,
    "status": pl.String,
    "submitted_by": pl.String,
    "updated_at": pl.String,
}
"""The columns of a course request, in the order of the file."""


def write_receipt(requests: pl.DataFrame, out: Path) -> bool:
    """Write requests (``COURSE_REQUEST_SCHEMA``) as CSV, as a whole or not at all; return whether the file changed.

    Rows are sorted by year, student, alternates last, rank: the same requests give the same bytes. A text that a
    spreadsheet would take for a formula begins with an apostrophe (case 61). Raises UsageError where ``out`` cannot be
    written.
    """
    ordered = requests.select(*COURSE_REQUEST_SCHEMA).sort("year_id", "student_id", "alternate", "rank", "course_id")
    text = pl.col(pl.String)
    harmless = pl.when(text.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + text).otherwise(text).name.keep()
    buffer = io.BytesIO()
    ordered.with_columns(harmless).write_csv(buffer)
    content = buffer.getvalue()
    if out.is_file() and os.access(out, os.R_OK) and out.read_bytes() == content:
        return False
    with whole_file(out) as file:
        file.write(content)
    return True
