"""Which course requests a plan would withdraw, and which it keeps back (R29, R39)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from frames import NEXT, op, planned, view

from dayzero.plan import REQUESTS_SCHEMA, losing_next_year, withdrawing

BOTH = ["active", "scheduling"]
PORTAL = view(
    student_record=[{"id": "s1", "years": BOTH}, {"id": "s2", "years": BOTH}, {"id": "s3", "years": ["active"]}],
    school_year=[{"id": NEXT, "role": "scheduling"}],
)
LEAVES = op("remove", "student-record", "s1")
STAYS = op("update", "student-record", "s2", years=(BOTH, ["active"]))
ELSEWHERE = op("remove", "student-record", "s3")
ASKED = [("s1", "draft"), ("s1", "submitted"), ("s2", "approved"), ("s2", "approved"), ("s3", "submitted")]


def found(*ops: Any, released: Any = (), held: Any = (), asked: Any = tuple(ASKED)) -> tuple[list[int], Any, list[str]]:
    rows = [(student, NEXT, state) for student, state in asked] + [("s1", "2019", "approved")]
    requests = pl.DataFrame(rows, schema=REQUESTS_SCHEMA, orient="row")
    made = withdrawing(planned(*ops, held=held), PORTAL, requests, released)
    return list(made.lost.values()), [b.allow for b in made.held], sorted(made.students)


def test_who_loses_the_next_year_loses_what_they_asked_for() -> None:
    assert list(losing_next_year(planned(LEAVES, STAYS, ELSEWHERE), PORTAL)) == ["s1", "s2"]
    assert found(LEAVES, STAYS, ELSEWHERE) == ([1, 1, 2], ["requests=3"], ["s1", "s2"])
    assert found(LEAVES, STAYS, held=["s2"]) == ([1, 1, 0], ["requests=1"], ["s1"])


def test_a_draft_is_not_handed_in() -> None:
    assert found(LEAVES, asked=[("s1", "draft")]) == ([1, 0, 0], [], [])


@pytest.mark.parametrize(
    ("released", "students"),
    [
        (["requests"], []),
        (["disable"], ["s2"]),
        (["rekey"], ["s2"]),
        (["year"], ["s1"]),
        (["disable", "year"], []),
        (["update"], ["s1", "s2"]),
    ],
)
def test_who_was_released_takes_them_along(released: list[str], students: list[str]) -> None:
    assert found(LEAVES, STAYS, released=released)[2] == students


@pytest.mark.parametrize("turns", [op("remove", "school-year", NEXT), op("update", "school-year", NEXT, role=(1, 2))])
def test_a_year_that_turns_or_goes_makes_history_of_them(turns: Any) -> None:
    assert found(LEAVES, STAYS, turns) == ([0, 0, 0], [], [])
