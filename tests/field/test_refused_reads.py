"""D1-D4, C2: a refusal wins everywhere and says why; an absent column is no empty one; dates are looked at."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tiny_school import ACTIVE, SCHEDULING, TinySchool

# -- D1: a no in any row or copy


COPIES = [
    ("yes", ACTIVE, "no", SCHEDULING),
    ("no", ACTIVE, "yes", SCHEDULING),
    ("yes", "", "no", SCHEDULING),
    ("no", "", "yes", ACTIVE),
]


@pytest.mark.parametrize(("one", "year", "other", "later"), COPIES)
@pytest.mark.parametrize("turned", [False, True])
def test_d1_a_no_in_any_copy_of_a_link_wins(
    tiny_school: TinySchool, one: str, year: str, other: str, later: str, turned: bool
) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: "9", SCHEDULING: "10"}).contact("c1", tick=True)
    copies = [(one, year), (other, later)]
    for access, of in reversed(copies) if turned else copies:
        tiny_school.row("relationships", student_id="s1", contact_id="c1", portal_access=access, year_id=of)
    plan = tiny_school.plan(yes=True)
    assert plan.reason("parent", "c1") == "no-portal-access"
    assert [f["severity"] for f in plan.findings("conflict-between-years")] == ["notice"]


def test_d1_a_copy_of_a_year_that_is_not_looked_at_says_nothing(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1")
    for access, year in (("yes", ""), ("no", SCHEDULING)):
        tiny_school.row("relationships", student_id="s1", contact_id="c1", portal_access=access, year_id=year)
    assert tiny_school.plan().reason("parent", "c1") is None
    assert tiny_school.plan(yes=True).reason("parent", "c1") == "no-portal-access"


def test_d1_a_contacts_own_tick_as_well_but_the_links_word_goes_before_it(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2")
    for access, year in (("yes", ""), ("no", SCHEDULING)):
        tiny_school.row(
            "contacts",
            contact_id="c1",
            family_name="Day",
            primary_email="c1@homes.example",
            portal_access=access,
            year_id=year,
        )
    tiny_school.row("relationships", student_id="s1", contact_id="c1")
    tiny_school.row("relationships", student_id="s2", contact_id="c1", portal_access="yes")
    tiny_school.sync(yes=True)
    assert tiny_school.account("parent", "c1")["children"] == ["s2"]


# -- D2: what explains a refusal


def us_dates(school: TinySchool) -> None:
    for row in school.rows["school_years"]:
        row["starts_on"], row["ends_on"] = "8/25/2026", "6/12/2027"


def null_status(school: TinySchool) -> None:
    for row in school.rows["enrollments"]:
        row["status"] = "NULL"


@pytest.mark.parametrize(("damage", "table"), [(us_dates, "school_years"), (null_status, "enrollments")])
@pytest.mark.parametrize("command", ["plan", "check"])
def test_d2_a_refusal_says_why_with_the_root_cause_first(
    tiny_school: TinySchool, damage: Any, table: str, command: str
) -> None:
    tiny_school.student("s1").sync(yes=True)
    damage(tiny_school)
    tiny_school.write(yes=True)
    run = tiny_school.run(command)
    assert run.exit_code == 4
    error = run.doc["error"]
    assert (error["findings"][0]["severity"], error["findings"][0]["table"]) == ("error", table)
    assert f"{table} row 2" in error["message"]
    assert "findings name" in error["remedy"]
    assert "send-scheduling-year no" not in error["remedy"]


def test_d2_a_refusal_without_left_out_rows_keeps_its_own_remedy(tiny_school: TinySchool) -> None:
    tiny_school.year("2027", "past")
    error = tiny_school.plan().doc["error"]
    assert error["remedy"] == "Give exactly one year the role `active`."


# -- D3: absent columns


@pytest.mark.parametrize(("table", "header", "hint"), [
    ("students", "student_id,given_name,family_name,E-Mail", "E-Mail"),
    ("students", "student_id,given_name,family_name,Student Email", "Student Email"),
    ("contacts", "contact_id,given_name,family_name,Primary E-Mail,portal_access", "Primary E-Mail"),
    ("contacts", "contact_id,given_name,family_name,primary_email,Portal", "Portal"),
])  # fmt: skip
def test_d3_an_absent_column_is_refused_with_the_nearest_header(
    tiny_school: TinySchool, table: str, header: str, hint: str
) -> None:
    person = "s0" if table == "students" else "c0"
    words = header.split(",")
    cells = [
        f"{person}@x.example" if "mail" in name.lower() else "yes" if "ortal" in name else person for name in words
    ]
    tiny_school.files[table] = f"{header}\n{','.join(cells)}\n"
    for command in (tiny_school.plan, tiny_school.sync):
        run = command()
        assert (run.exit_code, run.doc["error"]["rule"]) == (4, "missing-column")
        assert repr(hint) in run.doc["error"]["message"]
    looked = tiny_school.run("check")
    (warning,) = looked.findings("missing-column")
    assert (looked.exit_code, warning["severity"], warning["table"]) == (0, "warning", table)
    assert repr(hint) in warning["message"]


def test_d3_unless_no_row_of_it_matters(tiny_school: TinySchool) -> None:
    tiny_school.files["contacts"] = "contact_id,family_name\nc0,Day\n"
    tiny_school.rows["relationships"].clear()
    assert tiny_school.plan().exit_code == 0


def test_d3_links_may_say_it_all(tiny_school: TinySchool) -> None:
    tiny_school.files["contacts"] = "contact_id,family_name,primary_email\nc0,Day,c0@homes.example\n"
    tiny_school.edit("relationships", {"contact_id": "c0"}, portal_access="yes")
    assert tiny_school.plan().reason("parent", "c0") is None


# -- D4: who was left out


def test_d4_explain_knows_who_was_left_out(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: ""})
    said = tiny_school.explain("s1")
    assert said.exit_code == 0
    assert said.doc["verdict"] == "unreadable"
    (row,) = said.doc["left_out"]
    assert (row["table"], row["values"]["student_id"]) == ("enrollments", "s1")


def test_d4_and_whose_own_row_was(tiny_school: TinySchool) -> None:
    tiny_school.row("students", student_id="s9", given_name="", family_name="", email="s9@pupils.example")
    said = tiny_school.explain("s9")
    assert (said.exit_code, said.doc["verdict"]) == (0, "unreadable")
    assert said.doc["left_out"][0]["values"]["email"] == "s9@pupils.example"


def test_d4_and_whom_rows_name_without_one_of_their_own(tiny_school: TinySchool) -> None:
    tiny_school.row("enrollments", student_id="s9", year_id=ACTIVE, grade_level="9")
    said = tiny_school.explain("s9")
    assert (said.exit_code, said.doc["kind"]) == (0, "student")
    assert said.doc["left_out"][0]["values"]["grade_level"] == "9"
    assert tiny_school.explain("nobody").exit_code == 2


# -- C2: dates that cannot be


@pytest.mark.parametrize(("changes", "said"), [
    ({"year_id": ACTIVE, "starts_on": "2027-07-25", "ends_on": "2027-06-12"}, "before it begins"),
    ({"year_id": ACTIVE, "starts_on": "2023-08-25", "ends_on": "2024-06-12"}, "has been over since"),
    ({"year_id": SCHEDULING, "starts_on": "2025-08-25", "ends_on": "2028-06-12"}, "before the active year"),
])  # fmt: skip
def test_c2_years_that_cannot_be_are_refused(tiny_school: TinySchool, changes: dict[str, str], said: str) -> None:
    tiny_school.edit("school_years", {"year_id": changes["year_id"]}, **changes)
    run = tiny_school.plan(yes=True)
    assert run.exit_code == 4
    assert said in run.doc["error"]["message"]
    assert run.doc["error"]["rule"] == "implausible-year"


@pytest.mark.parametrize("written", ["0025-08-25", "1850-01-01", "0002-01-01"])
def test_c2_years_of_two_digits_and_long_ago_are_no_dates(tiny_school: TinySchool, written: str) -> None:
    tiny_school.student("s1", birth_date=written)
    plan = tiny_school.plan()
    assert [(f["severity"], f["column"]) for f in plan.findings("date")] == [("warning", "birth_date")]
    tiny_school.edit("school_years", {"year_id": ACTIVE}, starts_on=written)
    assert tiny_school.plan().exit_code == 4


def test_c2_the_day_is_the_schools(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["today"] = date(2029, 1, 1)
    assert tiny_school.plan().exit_code == 4
