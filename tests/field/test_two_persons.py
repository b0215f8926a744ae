"""B1: the years' copies of one id are of two persons: merged, strangers would see each other's children."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

OTTO: dict[str, Any] = {"given_name": "Otto", "family_name": "Old", "email": "otto@pupils.example"}
NINA: dict[str, Any] = {"given_name": "Nina", "family_name": "New", "email": "nina@pupils.example"}


def said(run: Any) -> list[str]:
    return [f["value"] for f in run.findings("copies-of-two-persons")]


def test_a_student_who_is_somebody_else_next_year_stays_as_they_are(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", year_id=ACTIVE, **OTTO).contact("olga", children=["1001"])
    assert tiny_school.sync(yes=True).exit_code == 0
    before = tiny_school.account("student", "1001")
    tiny_school.row("students", student_id="1001", year_id=SCHEDULING, **NINA)
    tiny_school.row("enrollments", student_id="1001", year_id=SCHEDULING, grade_level="9").code(
        "1001", SCHEDULING, 0, "E"
    )
    tiny_school.contact("nora").row("relationships", student_id="1001", contact_id="nora", year_id=SCHEDULING)
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, said(run)) == (1, ["1001"])
    assert [(u["kind"], u["person_id"]) for u in run.doc["unreadable"]] == [("student", "1001"), ("parent", "olga")]
    assert tiny_school.account("student", "1001") == before
    assert tiny_school.account("parent", "olga")["children"] == ["1001"]
    assert tiny_school.account("parent", "nora") is None


def test_a_contact_who_is_somebody_else_next_year_gets_no_strangers_child(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2", **NEWCOMER).contact(
        "c7", given_name="Petra", family_name="Alt", year_id=ACTIVE
    )
    tiny_school.row("relationships", student_id="s1", contact_id="c7", year_id=ACTIVE)
    assert tiny_school.sync(yes=True).exit_code == 0
    olga = {"given_name": "Olga", "family_name": "Neu", "primary_email": "olga@homes.example", "portal_access": "yes"}
    tiny_school.row("contacts", contact_id="c7", year_id=SCHEDULING, **olga)
    tiny_school.row("relationships", student_id="s2", contact_id="c7", year_id=SCHEDULING)
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, said(run)) == (1, ["c7"])
    account = tiny_school.account("parent", "c7")
    assert (account["given_name"], account["children"], account["status"]) == ("Petra", ["s1"], "pending")


def test_a_no_for_one_of_the_two_is_one(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").contact("c7", given_name="Petra", family_name="Alt", year_id=ACTIVE)
    for child in ("s1", "s2"):
        tiny_school.row("relationships", student_id=child, contact_id="c7")
    tiny_school.sync(yes=True)
    tiny_school.row(
        "contacts",
        contact_id="c7",
        year_id=SCHEDULING,
        given_name="Olga",
        family_name="Neu",
        primary_email="o@x.example",
    )
    tiny_school.edit("relationships", {"contact_id": "c7", "student_id": "s1"}, portal_access="no")
    tiny_school.sync(yes=True)
    assert tiny_school.account("parent", "c7")["children"] == ["s2"]


@pytest.mark.parametrize(
    ("given", "family"), [("Otto", "Brandt"), ("Oto", "Oldd"), ("Old", "Otto"), ("", "Old"), ("奥托", "")]
)
def test_one_person_may_be_written_in_two_ways(tiny_school: TinySchool, given: str, family: str) -> None:
    tiny_school.student("1001", year_id=ACTIVE, **OTTO)
    tiny_school.row(
        "students", student_id="1001", year_id=SCHEDULING, **{**OTTO, "given_name": given, "family_name": family}
    )
    assert said(tiny_school.sync(yes=True)) == []


def test_other_names_alone_are_another_spelling(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", year_id=ACTIVE, **OTTO)
    for email in (OTTO["email"], ""):
        tiny_school.remove("students", year_id=SCHEDULING)
        tiny_school.row("students", student_id="1001", year_id=SCHEDULING, **{**NINA, "email": email})
        assert said(tiny_school.sync(yes=True)) == []


def test_at_no_next_years_copy_has_no_say(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", year_id=ACTIVE, **OTTO)
    tiny_school.row("students", student_id="1001", year_id=SCHEDULING, **NINA)
    run = tiny_school.sync()
    assert (run.exit_code, said(run), tiny_school.account("student", "1001")["given_name"]) == (0, [], "Otto")
