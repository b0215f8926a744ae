"""What real databases of RosarioSIS, openSIS and Gibbon did to the presets (H1-H11), from the database to the portal."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from database_school import Commands, DatabaseSchool, working
from gibbon_school import CURRENT, UPCOMING, Gibbon
from sis_schools import LAST, ROLLOVER_DAY, OpenSis, RosarioSis

NOVEMBER, MARCH, MAY, JULY = date(2026, 11, 3), date(2027, 3, 1), date(2027, 5, 25), date(2027, 7, 1)
LAST_WEEK = date(2027, 6, 8)
DAY = timedelta(days=1)


@pytest.fixture
def run(tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    return Commands(gradebook_cloud, tmp_path / "dayzero.toml")


@pytest.fixture
def rosario(run: Commands, tmp_path: Path) -> DatabaseSchool[RosarioSis]:
    return DatabaseSchool(run, tmp_path / "rosario.sqlite", RosarioSis, "rosariosis", school_year=2026)


@pytest.fixture
def opensis(run: Commands, tmp_path: Path) -> DatabaseSchool[OpenSis]:
    return DatabaseSchool(run, tmp_path / "opensis.sqlite", OpenSis, "opensis", school_year=2026)


@pytest.fixture
def gibbon(run: Commands, tmp_path: Path) -> DatabaseSchool[Gibbon]:
    return DatabaseSchool(run, tmp_path / "gibbon.sqlite", Gibbon, "gibbon")


@pytest.fixture(params=["rosariosis", "opensis"])
def either(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("rosario" if request.param == "rosariosis" else "opensis")


def turn(school: DatabaseSchool[Any], year: int) -> None:
    school.source["parameters"] = {**school.source["parameters"], "school_year": year}


# -- H1: a change of year loses rows and no people


def test_h1_a_change_of_year_of_a_big_school_is_not_held(
    rosario: DatabaseSchool[RosarioSis], gradebook_cloud: Any
) -> None:
    """Of 124 students 9 graduate: enrollments fall from 239 to 119 rows, people from 124 to 115."""
    with rosario.edit() as sis:
        sis.families(120)
        for graduate in range(11, 19):
            sis.change("student_enrollment", {"student_id": graduate}, grade_id=3)
        sis.rollover()
    rosario.sync(today=MAY, yes=True)
    turn(rosario, 2027)
    document = rosario.sync(today=JULY, yes=True)
    assert document["held"] == document["reads"] == []
    assert (document["applied"]["student"]["disable"], len(working(gradebook_cloud)["students"])) == (9, 115)


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


# -- H9: openSIS's contacts


def test_h9_people_without_a_name_are_nobody(opensis: DatabaseSchool[OpenSis]) -> None:
    with opensis.edit() as sis:
        for ident, blank in ((205, ""), (206, None), (207, "  ")):
            sis.add("people", {"staff_id": ident, "first_name": blank, "last_name": blank, "email": blank})
            sis.add("students_join_people", {"student_id": 1, "person_id": ident, "relationship": ""})
    opensis.sync(today=MARCH)


def test_h9_who_has_an_address_and_no_name_is_told_by_id(opensis: DatabaseSchool[OpenSis]) -> None:
    with opensis.edit() as sis:
        sis.add("people", {"staff_id": 205, "email": "dot@homes.example"})
        sis.add("students_join_people", {"student_id": 1, "person_id": 205, "relationship": "Parent"})
    document = opensis.sync(today=MARCH, code=1)
    [error] = [f for f in document["findings"] if f["severity"] == "error"]
    assert (error["row"], error["message"].partition("(")[2]) == (None, "contact_id 205)")


def test_h9_whether_a_parent_needs_a_login_is_a_setting(opensis: DatabaseSchool[OpenSis], gradebook_cloud: Any) -> None:
    document = opensis.sync(today=MARCH)
    bob = next(w for w in document["withheld"] if (w["kind"], w["person_id"]) == ("parent", "202"))
    assert bob["reason"] == "no-portal-access"
    assert "parents_need_login = 0" in bob["remedy"]
    opensis.source["parameters"] |= {"parents_need_login": 0}
    opensis.sync(today=MARCH)
    assert working(gradebook_cloud)["parents"] == ["201: 1 2", "202: 3"]  # Cem is disabled in openSIS


def test_h9_so_it_is_in_rosariosis(rosario: DatabaseSchool[RosarioSis], gradebook_cloud: Any) -> None:
    rosario.source["parameters"] |= {"parents_need_login": 0}
    rosario.sync(today=MARCH)
    assert working(gradebook_cloud)["parents"] == ["102: 3 5", "103: 1", "51: 1 2"]


def test_h9_a_graduate_whom_the_rollover_gave_no_grade_is_no_error(opensis: DatabaseSchool[OpenSis]) -> None:
    with opensis.edit() as sis:
        sis.rollover()
        sis.enroll(3, 2027, 1, grade_id=None, start_date=ROLLOVER_DAY, last_school=1, enrollment_code=13)
    conformed = opensis.read(MAY)
    assert not conformed.findings.any_error()
    assert opensis.here(MAY)["3"] == "active"


# -- H10: one school of several, and rows without a place


def add_parent(sis: Any, ident: int, name: str, *children: int) -> None:
    """Add a parent who can sign in, in either system."""
    if isinstance(sis, RosarioSis):
        sis.staff(ident, 2026, name)
    else:
        sis.add("people", {"staff_id": ident, "first_name": name, "last_name": "Novak"})
    for child in children:
        if isinstance(sis, RosarioSis):
            sis.add("students_join_users", {"student_id": child, "staff_id": ident})
        else:
            sis.add("students_join_people", {"student_id": child, "person_id": ident, "relationship": "Parent"})


def test_h10_school_id_limits_contacts_too(either: Any) -> None:
    """Student 6 is at school 2: who has children there alone is no contact of school 1."""
    with either.edit() as sis:
        sis.enroll(6, 2026, 1, school_id=2)
        add_parent(sis, 301, "There", 6)
        add_parent(sis, 302, "Both", 6, 1)
        add_parent(sis, 303, "Gone", 7)
    both = set(either.read(MARCH).tables["contacts"]["contact_id"])
    either.source["parameters"] |= {"school_id": 1}
    ours = set(either.read(MARCH).tables["contacts"]["contact_id"])
    assert both - ours <= {"301", "204"}  # 204: openSIS's Gil is student 6's
    assert "301" in both - ours
    assert {"302", "303"} <= ours
    either.source["parameters"] |= {"school_id": 2}
    assert {"301", "302"} <= set(either.read(MARCH).tables["contacts"]["contact_id"])


def test_h10_a_row_without_a_place_is_named_by_its_ids(rosario: DatabaseSchool[RosarioSis]) -> None:
    with rosario.edit() as sis:
        sis.change("school_gradelevels", {"id": 2}, short_name=None, title="")
        sis.enroll(1, 2026, 3)
        sis.change("students", {"student_id": 4}, first_name="", last_name=None)
        sis.add("students_join_users", {"student_id": 99, "staff_id": 101})
        sis.enroll(99, 2026, 1)
    code, document = rosario.run("check", today=MARCH)
    assert code == 1
    told = {(f["table"], f["message"].partition(" (")[2]) for f in document["findings"] if f["severity"] != "notice"}
    assert told == {
        ("students", "student_id 4)"),
        ("enrollments", "student_id 2, year_id 2026)"),
        ("enrollments", "student_id 1, year_id 2026)"),
        ("enrollments", "student_id 99, year_id 2026)"),
        ("calendar_codes", "student_id 99, year_id 2026)"),
        ("relationships", "student_id 99, contact_id 51, year_id 2026)"),
    }
    assert {f["row"] for f in document["findings"]} == {None}
    assert {u["row"] for u in document["unreadable"]} == {None}
