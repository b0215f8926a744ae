"""What an enrollment of RosarioSIS and openSIS means on a day: applications, drop dates, rows that a rollover made (H1, H4, H6, H7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from database_school import DatabaseSchool, working
from sis_schools import LAST, ROLLOVER_DAY, RosarioSis

NOVEMBER, MARCH, MAY, JULY = date(2026, 11, 3), date(2027, 3, 1), date(2027, 5, 25), date(2027, 7, 1)
LAST_WEEK = date(2027, 6, 8)
DAY = timedelta(days=1)


def turn(school: DatabaseSchool[Any], year: int) -> None:
    school.source["parameters"] = {**school.source["parameters"], "school_year": year}


# -- H1: a change of year loses rows and no people


@pytest.mark.parametrize(("families", "graduates", "yes"), [(120, 9, True), (120, 9, False), (250, 22, True)])
def test_h1_a_change_of_year_of_a_big_school_is_not_held(
    rosario: DatabaseSchool[RosarioSis], gradebook_cloud: Any, families: int, graduates: int, yes: bool
) -> None:
    """Of 124 students 9 graduate, say: enrollments fall from 239 to 119 rows, people from 124 to 115."""
    with rosario.edit() as sis:
        sis.families(families)
        for graduate in range(11, 10 + graduates):
            sis.change("student_enrollment", {"student_id": graduate}, grade_id=3)
        sis.rollover()
    rosario.sync(today=MAY, yes=yes)
    before = len(working(gradebook_cloud)["students"])
    turn(rosario, 2027)
    document = rosario.sync(today=JULY, yes=yes)
    assert document["held"] == document["reads"] == []
    left = len(working(gradebook_cloud)["students"])
    assert (document["applied"]["student"]["disable"], before - left, left) == (
        graduates,
        graduates,
        families + 4 - graduates,
    )


# -- H4: an application is no enrollment


def test_h4_an_application_without_a_start_date_gets_no_account(either: Any, gradebook_cloud: Any) -> None:
    with either.edit() as sis:
        sis.enroll(6, 2026, 1, start_date=None)
    document = either.sync(today=MARCH)
    assert working(gradebook_cloud)["students"] == ["1", "2", "3", "5"]
    assert "6" not in {w["person_id"] for w in document["withheld"] if w["kind"] == "student"}


def test_h4_it_is_none_for_next_year_either(either: Any) -> None:
    with either.edit() as sis:
        sis.rollover()
        sis.enroll(6, 2027, 1, start_date=None)
    assert "6" not in either.here(MAY)


def test_h4_beside_an_enrollment_it_changes_nothing(either: Any) -> None:
    before = either.here(MARCH, yes=False)
    with either.edit() as sis:
        sis.enroll(1, 2026, 3, start_date=None)
        sis.enroll(4, 2026, 3, start_date=None, end_date=None)
    assert either.here(MARCH, yes=False) == before


# -- H6: a date is a date


def test_h6_a_drop_date_to_come_disables_nobody_today(either: Any, gradebook_cloud: Any) -> None:
    either.sync(today=MARCH)
    before = working(gradebook_cloud)
    with either.edit() as sis:
        sis.change("student_enrollment", {"student_id": 3}, end_date=LAST_WEEK, drop_code=2)
    assert either.sync(today=MARCH)["operations"] == []
    assert either.sync(today=LAST_WEEK)["operations"] == []
    assert working(gradebook_cloud) == before
    either.sync(today=LAST_WEEK + DAY)
    assert working(gradebook_cloud)["students"] == ["1", "2", "5"]


def test_h6_who_is_retained_is_not_new(either: Any) -> None:
    with either.edit() as sis:
        sis.rollover()
        stay = sis.rows("student_enrollment", student_id=3)[0]["id"]
        sis.change("student_enrollment", {"id": stay}, end_date=LAST_WEEK, drop_code=2)
        sis.enroll(3, 2027, 3, start_date=ROLLOVER_DAY, last_school=1, enrollment_code=13)
    assert either.here(MAY)["3"] == "active scheduling"
    assert either.here(LAST_WEEK + DAY)["3"] == "scheduling new"


def test_h6_who_is_away_for_a_while_is_away_for_a_while(either: Any) -> None:
    """Eve left on 5 October and comes back on 11 January."""
    away, back = date(2026, 10, 6), date(2027, 1, 11)
    assert ["5" in either.here(day, yes=False) for day in (away - DAY, away, back - DAY, back)] == [
        True,
        False,
        False,
        True,
    ]


def test_h6_who_begins_later_is_not_there_yet(either: Any) -> None:
    begins = date(2027, 1, 18)
    with either.edit() as sis:
        sis.enroll(6, 2026, 1, start_date=begins)
    assert ["6" in either.here(day, yes=False) for day in (NOVEMBER, begins)] == [False, True]


def test_h6_before_the_first_day_everybody_who_begins_with_the_year_is_there(either: Any) -> None:
    assert {"1", "2", "3"} <= set(either.here(date(2026, 7, 1), yes=False))


def test_h6_who_drops_out_before_the_next_year_begins_never_comes(either: Any) -> None:
    with either.edit() as sis:
        sis.rollover()
        sis.admit()
        sis.change("student_enrollment", {"student_id": 6}, end_date=JULY, drop_code=12)
        sis.change(
            "student_enrollment", {"student_id": 1, "syear": 2027}, end_date=LAST[2027] - 100 * DAY, drop_code=12
        )
    here = either.here(MAY)
    assert "6" not in here
    assert here["1"] == "active scheduling"


# -- H7: the row that the rollover made, of somebody who has left since


def leave(school: DatabaseSchool[Any], student: int, day: date) -> None:
    with school.edit() as sis:
        sis.change("student_enrollment", {"student_id": student, "syear": 2026}, end_date=day, drop_code=2)


def test_h7_who_left_after_the_rollover_is_not_new(either: Any, gradebook_cloud: Any) -> None:
    with either.edit() as sis:
        sis.rollover()
    either.sync(today=MAY, yes=True)
    leave(either, 1, MAY)
    document = either.sync(today=MAY + DAY, yes=True)
    assert working(gradebook_cloud)["students"] == ["2", "3", "5"]
    assert [w["reason"] for w in document["withheld"] if (w["kind"], w["person_id"]) == ("student", "1")] == [
        "withdrawn"
    ]


def test_h7_who_was_entered_by_hand_for_next_year_is(either: Any) -> None:
    """Ada left and is entered anew, and Dan, who left in October, too."""
    with either.edit() as sis:
        sis.rollover()
    leave(either, 1, MAY)
    with either.edit() as sis:
        for student in (1, 4):
            sis.enroll(student, 2027, 2, enrollment_code=11)
    here = either.here(MAY + DAY)
    assert (here["1"], here["4"]) == ("scheduling new", "scheduling new")


def test_h7_nobody_new_is_needed_to_believe_it(either: Any) -> None:
    """Where nobody was entered by hand, a leaver's row is no sign that Day 0 is missing."""
    with either.edit() as sis:
        sis.rollover()
    leave(either, 2, MAY)
    assert either.here(MAY + DAY) == {"1": "active scheduling", "3": "active", "5": "active scheduling"}


def test_h7_who_comes_from_another_school_of_the_district_is_new(either: Any) -> None:
    """Rolled from school 2 to school 1: of school 1 a newcomer; unless they have left school 2."""
    either.source["parameters"] |= {"school_id": 1}
    with either.edit() as sis:
        sis.rollover()
        for student, left in ((6, None), (7, MAY)):
            sis.enroll(student, 2026, 1, school_id=2, end_date=left, drop_code=left and 2)
            sis.enroll(student, 2027, 2, start_date=ROLLOVER_DAY, last_school=2, enrollment_code=13)
    here = either.here(MAY + DAY)
    assert here["6"] == "scheduling new"
    assert "7" not in here


def test_h7_a_mass_exit_of_the_last_days_is_no_leaving(
    rosario: DatabaseSchool[RosarioSis], gradebook_cloud: Any
) -> None:
    """The school drops everybody in the last week: whoever was rolled is still here."""
    with rosario.edit() as sis:
        sis.families(12)
        sis.rollover()
    rosario.sync(today=MAY, yes=True)
    before = working(gradebook_cloud)
    with rosario.edit() as sis:
        for row in sis.rows("student_enrollment", syear=2026, end_date=None):
            if row["student_id"] != 3:
                sis.change("student_enrollment", {"id": row["id"]}, end_date=LAST_WEEK)
    document = rosario.sync(today=LAST_WEEK + DAY, yes=True)
    assert working(gradebook_cloud) == before
    assert {f["rule"] for f in document["findings"]} >= {"bridged"}
