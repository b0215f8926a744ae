"""The pairs on docs/same-person.md: each is what the page says it is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from frames import NO, account, accounts, enrolled, pupil, tables, unreadable

from dayzero.config import SyncSettings
from dayzero.gradebook import RECORD_SCHEMAS
from dayzero.people import Births, counterparts_of, populate
from dayzero.people.another import other_persons

PAGE = (Path(__file__).parents[2] / "docs" / "same-person.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)[2:]
]


def names(cell: str) -> dict[str, str | None]:
    given, _, family = cell.partition(",")
    return {"given_name": given.strip() or None, "family_name": family.strip() or None}


def day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def test_there_are_sixty_pairs() -> None:
    assert len(ROWS) >= 60
    assert {row[5] for row in ROWS} == {"the same", "another person", "birth date changed"}


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}: {row[6]}" for n, row in enumerate(ROWS, 1)])
def test_each_is_what_the_page_says(row: list[str]) -> None:
    was, then, now, born, login, verdict, _ = row
    address = {"kept": "x@pupils.example", "changed": "y@pupils.example"}[login]
    here = tables(pupil("s1", email=address, birth_date=day(born), **names(now)), enrolled("s1"))
    population = populate(here, NO, SyncSettings(), unreadable=unreadable())
    known = accounts(account("student", "s1", login="x@pupils.example", **names(was)))
    marks = pl.DataFrame(
        {"student_id": ["s1"], "mark": [_mark(day(then))]}, schema={"student_id": pl.String, "mark": pl.UInt64}
    )
    births = Births(marks.drop_nulls(), lambda d: d.toordinal())
    no_records = pl.DataFrame(schema=RECORD_SCHEMAS["student-record"])
    doubts, found = other_persons(population, counterparts_of(population, known), no_records, births)
    said = "another person" if doubts else "birth date changed" if found else "the same"
    assert said == verdict


def _mark(then: date | None) -> int | None:
    return then.toordinal() if then else None
