"""Data to fix as sheets for a spreadsheet: one for each thing to correct, one for each homeroom. Pure: the texts of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl

from dayzero.files import safe_csv
from dayzero.report.fix import to_correct
from dayzero.report.model import Report

__all__ = ["HEADER", "sheets_of"]

_COLUMNS = (
    "place_kind", "place", "kind", "person_id", "given_name", "family_name", "students", "student_ids",
    "reason", "detail", "remedy", "account",
)  # fmt: skip
_PERSONAL = ("given_name", "family_name", "students", "detail")
HEADER = ",".join(_COLUMNS)
"""The first line of every sheet, by which one is known."""


def sheets_of(report: Report, *, names: bool = True) -> dict[str, bytes]:
    """Return CSV by file name: for each thing to correct, and for each homeroom or grade what is to be asked for there. Without ``names``, ids alone say who it is: the cells of names and of what they wrote are empty."""
    found = {f"fix-{g.rule.kind}-{g.rule.code}.csv": g.people.with_columns(remedy=pl.lit(g.remedy)) for g in report.fix}
    places = to_correct(report.fix).partition_by("place_kind", "place", maintain_order=True, as_dict=True)
    found |= zip(_file_names(places), places.values(), strict=True)
    nothing = {} if names else dict.fromkeys(_PERSONAL, pl.lit(None, pl.String))
    return {name: safe_csv(people.with_columns(**nothing).select(_COLUMNS)) for name, people in found.items()}


def _file_names(places: Iterable[tuple[str | None, ...]]) -> Iterator[str]:
    """Yield a file name for each place: letters and digits of any alphabet, and no two that a file system takes for one."""
    taken: set[str] = set()
    for kind, place in places:
        name = wanted = "-".join([kind or "no-homeroom", *re.findall(r"\w+", place or "")])[:_LONGEST]
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name.casefold())
        yield f"{name}.csv"


_LONGEST = 40
"""Characters of a file's name, any of which may take four of its 255 bytes."""
