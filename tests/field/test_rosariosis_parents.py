"""Who is who over the years in RosarioSIS, whose users are others every year (H2, H5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from database_school import DatabaseSchool, working
from sis_schools import RosarioSis

MAY = date(2027, 5, 25)


# -- H2: a user name that passes on


def test_h2_a_user_name_that_passes_on_makes_no_two_persons_one(
    rosario: DatabaseSchool[RosarioSis], gradebook_cloud: Any
) -> None:
    """Ann's rolled row gets another user name, and a Novak who is new has her old one."""
    rosario.sync(today=MAY)
    with rosario.edit() as sis:
        sis.rollover()
        sis.admit()
        sis.change("staff", {"staff_id": 1101}, username="ann.novak")
        sis.change("staff", {"staff_id": 1200}, username="ann", first_name="Gil")
    rosario.sync(today=MAY, yes=True)
    assert working(gradebook_cloud)["parents"] == ["102: 3 5", "1200: 6", "51: 1 2"]


def contact_ids(school: DatabaseSchool[RosarioSis]) -> dict[str, str]:
    """Return the contacts' ids by user name and year, as the next year's chain has them."""
    contacts = school.read(MAY).tables["contacts"].filter(year_id="2027")
    return dict(zip(contacts["given_name"], contacts["contact_id"], strict=True))


def test_h2_who_was_deleted_leaves_the_user_name_to_somebody_else(rosario: DatabaseSchool[RosarioSis]) -> None:
    with rosario.edit() as sis:
        sis.rollover()
        sis.remove("students_join_users", staff_id=1101)
        sis.remove("staff", staff_id=1101)
        sis.staff(1300, 2027, "Adam", username="ann")
    assert contact_ids(rosario) == {"Bob": "102", "Cem": "103", "Adam": "1300"}


def test_h2_two_users_of_one_name_are_nobody_in_particular(rosario: DatabaseSchool[RosarioSis]) -> None:
    with rosario.edit() as sis:
        sis.year(2027)
        sis.staff(1101, 2027, "Ann")
        sis.staff(1102, 2027, "Ann")
        sis.staff(1103, 2027, "Bob", username="bob@homes.example")
        sis.staff(1104, 2027, "Cem", username="")
    contacts = rosario.read(MAY).tables["contacts"].filter(year_id="2027")
    assert sorted(contacts["contact_id"]) == ["102", "1101", "1102", "1104"]


@pytest.mark.parametrize("points_to", [1101, 1102, 9999], ids=["itself", "its own year", "nobody"])
def test_h2_a_chain_that_leads_nowhere_loses_nobody(rosario: DatabaseSchool[RosarioSis], points_to: int) -> None:
    with rosario.edit() as sis:
        sis.rollover()
        sis.change("staff", {"staff_id": 1101}, rollover_id=points_to)
    assert contact_ids(rosario)["Ann"] == "51"


def test_h2_rolled_over_twice_everybody_is_who_they_were(rosario: DatabaseSchool[RosarioSis]) -> None:
    """The second press deletes next year's users and makes them again, under other ids."""
    with rosario.edit() as sis:
        sis.rollover()
        for row in sis.rows("staff", syear=2027):
            sis.change("staff", {"staff_id": row["staff_id"]}, staff_id=row["staff_id"] + 1000)
    assert contact_ids(rosario) == {"Ann": "51", "Bob": "102", "Cem": "103"}


# -- H5: what a year removed can be seen


def test_h5_a_link_belongs_to_its_year(rosario: DatabaseSchool[RosarioSis]) -> None:
    with rosario.edit() as sis:
        sis.rollover()
        sis.remove("students_join_users", student_id=2, staff_id=101)
        sis.remove("students_join_users", student_id=3, staff_id=102)
    links = rosario.read(MAY).tables["relationships"].sort("student_id", "contact_id", "year_id")
    told = [f"{s}-{c} {y}" for s, c, y in links.select("student_id", "contact_id", "year_id").iter_rows()]
    assert told == [
        *("1-103 2026", "1-103 2027", "1-51 2026", "1-51 2027"),
        *("2-51 2027", "3-102 2027", "5-102 2026", "5-102 2027"),
    ]
