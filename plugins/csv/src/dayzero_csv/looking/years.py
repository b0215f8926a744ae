"""The school years that no file tells: the one that holds today, 1 August to 31 July, and the next."""

from __future__ import annotations

import re
from datetime import date

from dayzero_csv.settings import Year

__all__ = ["this_and_next", "year_of"]


def this_and_next(today: date) -> list[Year]:
    """Return the active year and the one to schedule, named by the year they end in."""
    begins = today.year if today.month >= 8 else today.year - 1
    return [_year(begins, "active"), _year(begins + 1, "scheduling")]


def _year(begins: int, role: str) -> Year:
    ends = begins + 1
    return Year(str(ends), f"{begins}-08-01", f"{ends}-07-31", role, f"{begins}-{ends % 100:02d}")


def year_of(word: str) -> str | None:
    """Return the id of a year that a word names by both its numbers: `2026-27`, `Academic Year 2026/2027`."""
    both = re.search(r"(20\d\d)\s*[-/–]\s*((?:20)?\d\d)\b", word)
    if both is None or (int(both[1]) + 1) % 100 != int(both[2]) % 100:
        return None
    return str(int(both[1]) + 1)
