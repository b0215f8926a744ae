"""Whom RosarioSIS and openSIS call a contact, of which school, and how a row without a place is named (H9, H10)."""

from __future__ import annotations

from datetime import date
from typing import Any

from database_school import DatabaseSchool, working
from sis_schools import ROLLOVER_DAY, OpenSis, RosarioSis

MARCH, MAY = date(2027, 3, 1), date(2027, 5, 25)


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
