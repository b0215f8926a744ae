"""The summer bridge: a mass exit in the last weeks of a year is a stamp of the SIS, and who goes on is still here."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.conform import Findings, gathered_at, places, remarks
from dayzero.people.codes import coded, enrolled, of_year

__all__ = ["Bridge", "bridged"]


@dataclass(frozen=True)
class Bridge:
    """The last weeks of the active year. ``were_active``: sorted ids of students whom the portal has in it, with their
    ``grades``; ``limit``: how many may lose it at once; ``next_year``: the id of the one that follows, if it is known.
    """

    were_active: pl.Series
    grades: pl.Series
    limit: int | None
    next_year: str | None

    def gone(self, ids: pl.Series) -> int:
        """Return how many of them are in no table any more."""
        return int((~self.were_active.is_in(ids.implode())).sum())


def bridged(
    students: pl.DataFrame,
    enrollments: pl.DataFrame,
    codes: pl.DataFrame,
    active: str,
    bridge: Bridge,
    read: pl.Series,
) -> tuple[pl.DataFrame, Findings]:
    """Keep in the active year whom its end has stamped out, where so many lost it at once and they are enrolled in the next."""
    was = students["student_id"].is_in(bridge.were_active.implode())
    lost = was & ~students["in_active"] & read
    if bridge.limit is None or lost.sum() + bridge.gone(students["student_id"]) <= bridge.limit:
        return students, Findings()
    count = students.height
    goes_on, *_ = enrolled(of_year(enrollments, bridge.next_year, read), count, "next")
    withdrawn = coded(of_year(codes, bridge.next_year, read), count, "next")[0]
    still = lost & goes_on & ~withdrawn
    this_year = of_year(enrollments, active, read).unique("student", keep="first", maintain_order=True)
    grade = this_year["grade_level"].gather(gathered_at(this_year["student"], count))
    known = bridge.grades.gather(places(bridge.were_active, students["student_id"]))
    made = students.with_columns(
        pl.Series("in_active", students["in_active"] | still),
        pl.when(still).then(pl.coalesce(known, grade, "active_grade")).otherwise("active_grade").alias("active_grade"),
    )
    rows = students.filter(still).select("student_id")
    said = pl.format(
        "student {} lost the active year with many others shortly before its end, and is enrolled in the next: still here",
        "student_id",
    )
    return made, remarks(rows, "notice", "enrollments", "status", "bridged", said, value=pl.col("student_id"))
