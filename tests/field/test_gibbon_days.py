"""What Gibbon's days and its Rollover mean (H8, H11)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from database_school import DatabaseSchool, working
from gibbon_school import CURRENT, UPCOMING, Gibbon
from sis_schools import LAST

NOVEMBER, MARCH, JULY = date(2026, 11, 3), date(2027, 3, 1), date(2027, 7, 1)
DAY = timedelta(days=1)


# -- H8: Gibbon's days


@pytest.mark.parametrize("last", [date(2026, 10, 30), date(2025, 1, 31), date(2026, 11, 2)])
def test_h8_full_with_an_end_date_that_has_passed_is_gone(gibbon: DatabaseSchool[Gibbon], last: date) -> None:
    with gibbon.edit() as sis:
        sis.change("gibbonPerson", {"gibbonPersonID": 2}, dateEnd=last)
        sis.change("gibbonPerson", {"gibbonPersonID": 11}, dateEnd=last)
    population = gibbon.population(NOVEMBER)
    assert gibbon.here(NOVEMBER) == {"1": "active scheduling"}
    assert population.contacts["contact_id"].to_list() == ["12"]


def test_h8_an_end_date_to_come_is_to_come(gibbon: DatabaseSchool[Gibbon], gradebook_cloud: Any) -> None:
    """A graduate's last day is known in November: until then nothing is lost, and the next year is not theirs."""
    with gibbon.edit() as sis:
        for person in (2, 12):
            sis.change("gibbonPerson", {"gibbonPersonID": person}, dateEnd=LAST[2026])
    assert gibbon.here(NOVEMBER) == {"1": "active scheduling", "2": "active"}
    assert gibbon.here(LAST[2026])["2"] == "active"
    assert "2" not in gibbon.here(LAST[2026] + DAY)
    gibbon.sync(today=NOVEMBER)
    assert working(gradebook_cloud) == {"students": ["1", "2"], "parents": ["11: 1 2", "12: 2"]}


def test_h8_who_starts_later_is_not_there_yet(gibbon: DatabaseSchool[Gibbon]) -> None:
    starts = date(2027, 1, 11)
    with gibbon.edit() as sis:
        sis.person(3, "Eve", dateStart=starts).enrol(3, CURRENT)
        sis.person(4, "Finn", dateStart=date(2027, 8, 24)).enrol(4, UPCOMING)
        sis.person(5, "Gus", "Expected", dateStart=date(2027, 9, 13)).enrol(5, UPCOMING)
    assert {**gibbon.here(NOVEMBER)} == {
        **dict.fromkeys("12", "active scheduling"),
        **dict.fromkeys("45", "scheduling new"),
    }
    assert gibbon.here(starts)["3"] == "active"


# -- H11: Gibbon's Rollover is the change of year


def set_current(school: DatabaseSchool[Gibbon]) -> None:
    """Take the first step of Gibbon's Rollover."""
    with school.edit() as sis:
        sis.change("gibbonSchoolYear", {"gibbonSchoolYearID": CURRENT}, status="Past")
        sis.change("gibbonSchoolYear", {"gibbonSchoolYearID": UPCOMING}, status="Current")


def test_h11_the_next_year_set_current_is_the_change_of_year(
    gibbon: DatabaseSchool[Gibbon], gradebook_cloud: Any
) -> None:
    with gibbon.edit() as sis:
        sis.person(3, "Cleo").enrol(3, CURRENT)
    gibbon.sync(today=MARCH, yes=True)
    set_current(gibbon)
    document = gibbon.sync(today=JULY, yes=True)
    assert document["change_of_year"] == {
        "from": str(CURRENT), "to": str(UPCOMING), "graduates": ["3"], "leavers": [], "arrived": [],
    }  # fmt: skip
    assert working(gradebook_cloud)["students"] == ["1", "2"]


@pytest.mark.parametrize("yes", [True, False])
def test_h11_run_in_spring_to_promote_it_is_held(
    gibbon: DatabaseSchool[Gibbon], gradebook_cloud: Any, yes: bool
) -> None:
    gibbon.sync(today=MARCH, yes=yes)
    before = working(gradebook_cloud)
    set_current(gibbon)
    document = gibbon.sync(today=MARCH, yes=yes, code=3)
    assert [held["allow"] for held in document["held"]] == ["change-of-year=1"]
    assert working(gradebook_cloud) == before
