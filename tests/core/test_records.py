"""What a plan carries besides accounts: students, years and courses (R27, R30, case 52)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import pytest
from frames import ACTIVE, NEXT, NO, YES, Row, code, courses, enrolled, nobody, pupil, records, said, tables, year

from dayzero.config import SyncSettings
from dayzero.gradebook import COURSE_WORDS
from dayzero.people import Years, populate
from dayzero.plan.records import record_operations, student_records, wanted_records

ADA = {"id": "s1", "given_name": "Ada", "family_name": "Ng", "grade_level": "9", "years": ["active"]}


def made(
    wanted: Iterable[Mapping[str, Any]], known: Iterable[Mapping[str, Any]], *, stay: Iterable[str] = (),
    kind: str = "student-record", **options: Any,
) -> dict[tuple[str, str], Any]:  # fmt: skip
    """Return the operations on records of a kind."""
    ids = pl.Series(list(stay), dtype=pl.String)
    return said(record_operations(kind, records(kind, *wanted), records(kind, *known), stay=ids, **options))


def test_a_record_is_made_changed_or_removed() -> None:
    known = [ADA, {**ADA, "id": "gone"}]
    assert made([{**ADA, "given_name": "Eda"}, {"id": "s2", "years": []}], known) == {
        ("student-record", "s1"): ("update", {"given_name": ["Ada", "Eda"]}),
        ("student-record", "s2"): ("create", {"years": [None, []]}),
        ("student-record", "gone"): ("remove", {}),
    }


def test_r18_a_record_that_is_as_it_should_be_needs_nothing() -> None:
    assert made([ADA], [ADA]) == {}


def test_the_record_of_an_unreadable_student_is_neither_made_changed_nor_removed() -> None:
    assert made([{**ADA, "given_name": "X"}, {"id": "s2"}], [ADA, {"id": "s3"}], stay=["s1", "s2", "s3"]) == {}


def test_r39_nothing_is_removed_by_what_was_read_in_part() -> None:
    assert made([], [ADA], may_remove=False) == {}


def test_a_value_that_was_lost_is_set_to_nothing() -> None:
    assert made([{**ADA, "grade_level": None}], [ADA]) == {
        ("student-record", "s1"): ("update", {"grade_level": ["9", None]})
    }


# -- which records there should be


def wanted(*rows: Row, years: Years = YES, known: Iterable[Mapping[str, Any]] = ()) -> dict[str, list[dict[str, Any]]]:
    """Return the records there should be, beside a steady newcomer."""
    source = tables(pupil("s0"), enrolled("s0", NEXT, "10"), code("s0"), *rows)
    population = populate(source, years, SyncSettings(), unreadable=nobody())
    found = wanted_records(years, source["school_years"], source["courses"], records("school-year", *known))
    return {kind: frame.to_dicts() for kind, frame in {**found, "student-record": student_records(population)}.items()}


def test_every_student_who_is_sent_has_a_record_also_without_a_login() -> None:
    found = wanted(pupil("s1", email=None), enrolled("s1"), pupil("s2"))["student-record"]
    assert {r["id"]: (r["grade_level"], r["next_grade_level"], r["years"]) for r in found} == {
        "s0": ("10", "10", ["scheduling"]),
        "s1": ("9", None, ["active"]),
    }


def roles(*rows: Row, **options: Any) -> dict[str, tuple[str, str]]:
    """Return the years there should be: role, and the role in which each was first sent."""
    return {y["id"]: (y["role"], y["opened_as"]) for y in wanted(*rows, **options)["school-year"]}


def test_r1_years_are_those_looked_at() -> None:
    assert roles() == {ACTIVE: ("active", "active"), NEXT: ("scheduling", "scheduling")}
    assert roles(years=NO) == {ACTIVE: ("active", "active")}


def test_a_year_that_is_past_stays_where_the_portal_knows_it_and_is_not_made_there() -> None:
    assert roles(known=[{"id": "2026", "opened_as": "active"}])["2026"] == ("past", "active")
    assert "2026" not in roles(known=[{"id": "2025", "opened_as": "active"}])


def test_a_future_year_that_the_portal_knows_goes() -> None:
    assert "2029" not in roles(
        year(ACTIVE, "active"), year(NEXT, "scheduling"), year("2029", "future"), known=[{"id": "2029"}]
    )


def test_case_6_a_year_remembers_the_role_in_which_it_was_first_sent() -> None:
    assert roles(known=[{"id": ACTIVE, "opened_as": "scheduling"}])[ACTIVE] == ("active", "scheduling")


def test_a_year_is_sent_by_days() -> None:
    (found,) = wanted(years=NO)["school-year"]
    assert (found["name"], found["starts_on"], found["ends_on"]) == ("to 2027", "2026-08-25", "2027-06-12")


def test_courses_are_those_of_the_years_looked_at() -> None:
    rows = courses("English", credits=0.33349, grade_levels="9 | 10|11", required=True)
    assert wanted(*rows)["course"] == [
        {
            "id": f"{NEXT}/ENG", "course_id": "ENG", "year_id": NEXT, "title": "English", "department": None,
            "credits": 0.333, "grade_levels": ["9", "10", "11"], "required": True, **dict.fromkeys(COURSE_WORDS),
        }
    ]  # fmt: skip
    assert wanted(*rows, years=NO)["course"] == []


def test_what_a_course_says_of_itself_is_sent_and_what_it_does_not_say_is_not() -> None:
    course = {"id": f"{NEXT}/ENG", "title": "English"}
    assert made([{**course, "code": "ENG109"}], [], kind="course") == {
        ("course", course["id"]): ("create", {"code": [None, "ENG109"], "title": [None, "English"]})
    }
    assert made([course], [course], kind="course") == {}
    assert made([{**course, "term": "All year"}], [{**course, "description": "Read."}], kind="course") == {
        ("course", course["id"]): ("update", {"description": ["Read.", None], "term": [None, "All year"]})
    }


@pytest.mark.parametrize("known", [(), [{"id": ACTIVE}]])
def test_a_year_nobody_remembers_opens_as_what_it_is(known: Any) -> None:
    assert roles(known=known)[ACTIVE] == ("active", "active")
