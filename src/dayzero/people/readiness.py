"""Is the next year ready to be sent? What is missing of it is refused only where somebody would lose by it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dayzero.config import SyncSettings
from dayzero.errors import UntrustedSourceError
from dayzero.plugin import Finding

__all__ = ["NO_SCHEDULING_YEAR", "Missing", "missing_people"]


@dataclass(frozen=True)
class Missing:
    """What a scheduling year lacks to be sent (R3, R39): the ``rule`` it breaks, what is ``said`` of it, and what to do."""

    rule: str
    said: str
    remedy: str

    def refusal(self) -> UntrustedSourceError:
        """Return the error that stops a run for it."""
        return UntrustedSourceError(f"{self.said}.", remedy=self.remedy, rule=self.rule)

    def warning(self, active: str) -> Finding:
        """Return what is said where only the active year is sent meanwhile."""
        said = f"{self.said}; only the active year {active} is sent. {self.remedy}"
        return Finding("warning", "school_years", None, "role", None, "next-year-not-ready", said)


_OR_NO = "or run `dayzero settings send-scheduling-year no`."

NO_SCHEDULING_YEAR = Missing(
    "no-scheduling-year",
    "Send Scheduling Year Student Data is Yes, but no year is set as the scheduling year",
    f"In the SIS, create the year and set it as the scheduling year; {_OR_NO}",
)


def missing_people(
    enrollments: pl.DataFrame, codes: pl.DataFrame, students: pl.DataFrame, year: str, settings: SyncSettings
) -> Missing | None:
    """Return what a scheduling year lacks that would read as "nobody comes" (case 16); None where it is ready."""
    if not (enrollments["year_id"] == year).any():
        return Missing(
            "scheduling-year-without-enrollments",
            f"The scheduling year {year} has no enrollments",
            f"In the SIS, create the year and set it as the scheduling year, promote the students into it, and export again; {_OR_NO}",
        )
    # Who has left this year and still stands in the next one has no entry there, and is no sign that Day 0 is missing.
    newcomers = students.filter("scheduling_enrolled", ~pl.col("in_active"), ~pl.col("active_withdrawn"))
    entries = codes.filter(pl.col("year_id") == year, "enters", pl.col("day") == 0)
    if entries.is_empty() and not newcomers.is_empty():
        return Missing(
            "scheduling-year-without-day-0",
            f"No student has an entry code ({', '.join(settings.entry_codes)}) on Day 0 of the scheduling year {year}, though some "
            "are not in the active year: Day 0 seems to be missing from calendar_codes",
            "Export the calendar with Day 0, or set `entry_codes` under [sync] to the codes your school uses.",
        )
    return None
