"""Course requests as a file. The SIS itself is never written (R40): an import, or a person, takes the file from here."""

from __future__ import annotations

import polars as pl

from dayzero.files import safe_csv
from dayzero.gradebook import COURSE_REQUEST_SCHEMA

__all__ = ["csv_of_requests"]


def csv_of_requests(requests: pl.DataFrame) -> bytes:
    """Return requests (``COURSE_REQUEST_SCHEMA``) as CSV; the same requests give the same bytes.

    Rows are sorted by year, student, alternates last, rank. A text that a spreadsheet would take for a formula begins
    with an apostrophe (case 61).
    """
    ordered = requests.select(*COURSE_REQUEST_SCHEMA)
    return safe_csv(ordered.sort("year_id", "student_id", "alternate", "rank", "course_id"))
