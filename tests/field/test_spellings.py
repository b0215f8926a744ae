"""C3-C5: grades, names and rows that differ only in how, or where, something is written."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, SCHEDULING, TinySchool

# -- C3: grades


def offered(school: TinySchool, student: str) -> list[str]:
    """Return the courses on a student's form."""
    from dayzero_simulator.courses.catalog import offered as on_form

    grade = school.account("student", student)["next_grade_level"]
    with school.cloud.world.reading() as db:
        return [c["course_id"] for c in on_form(db, school.id, SCHEDULING, grade)]


@pytest.mark.parametrize(
    ("enrolled", "courses"), [("09", "9|10"), ("9", "09"), ("k", "K|1"), ("KG", "kg"), ("009", "9")]
)
def test_c3_a_grade_written_in_another_way_is_the_same(tiny_school: TinySchool, enrolled: str, courses: str) -> None:
    tiny_school.student("s1", enrolled={SCHEDULING: enrolled}, entry={SCHEDULING: 0})
    tiny_school.row("courses", course_id="MAT", year_id=SCHEDULING, title="Maths", grade_levels=courses)
    run = tiny_school.sync(yes=True)
    assert offered(tiny_school, "s1") == ["MAT"]
    assert tiny_school.account("student", "s1")["next_grade_level"] == enrolled, "kept as written"
    assert run.findings("course-without-students") == []


@pytest.mark.parametrize("spellings", [("09", "9"), ("9", "09"), ("K", "k"), ("009", "09")])
def test_c3_two_spellings_of_one_grade_are_one_enrollment(tiny_school: TinySchool, spellings: tuple[str, str]) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: spellings[0]})
    tiny_school.row("enrollments", student_id="s1", year_id=ACTIVE, grade_level=spellings[1])
    run = tiny_school.sync()
    assert run.exit_code == 0
    assert tiny_school.account("student", "s1")["grade_level"] == min(spellings, key=lambda g: (len(g), g))


def test_c3_two_grades_are_two(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: "9"})
    tiny_school.row("enrollments", student_id="s1", year_id=ACTIVE, grade_level="90")
    assert [f["row"] for f in tiny_school.plan().findings("repeated-key")] == [4, 5]


def test_c3_a_course_nobody_may_take_and_a_grade_without_a_course_are_said(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER)
    tiny_school.row("courses", course_id="ART", year_id=SCHEDULING, title="Art", grade_levels="7 | 8")
    tiny_school.row("courses", course_id="BIO", year_id=SCHEDULING, title="Biology", grade_levels="11")
    plan = tiny_school.plan(yes=True)
    assert [(f["severity"], f["value"]) for f in plan.findings("course-without-students")] == [("warning", "ART")]
    assert [(f["severity"], f["value"]) for f in plan.findings("grade-without-courses")] == [("warning", "9")]
    assert plan.exit_code == 0


def test_c3_a_course_for_everybody_leaves_no_grade_out(tiny_school: TinySchool) -> None:
    tiny_school.row("courses", course_id="ART", year_id=ACTIVE, title="Art", grade_levels="")
    assert tiny_school.plan().findings("grade-without-courses") == []
    tiny_school.rows["courses"].clear()
    assert tiny_school.plan().findings("grade-without-courses") == [], "no courses, no forms"


# -- C4: rows that differ where nobody looks


@pytest.mark.parametrize("column", ["phone", "locker", "bus"])
def test_c4_students_may_differ_in_a_column_nobody_uses(tiny_school: TinySchool, column: str) -> None:
    for value in ("1", "2", ""):
        tiny_school.row(
            "students", student_id="s1", given_name="Ada", family_name="Day", email="ada@x.example", **{column: value}
        )
    tiny_school.row("enrollments", student_id="s1", year_id=ACTIVE, grade_level="9")
    run = tiny_school.sync()
    assert (run.exit_code, run.findings("repeated-key")) == (0, [])
    assert tiny_school.status("student", "s1") == "pending"


def test_c4_but_not_in_the_login(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = "badge"
    tiny_school.student("s0", badge="b0", enrolled={ACTIVE: "9"})
    for value in ("b1", "b2"):
        tiny_school.row("students", student_id="s1", given_name="Ada", family_name="Day", badge=value)
    plan = tiny_school.plan()
    assert len(plan.findings("repeated-key")) == 2
    assert plan.exit_code == 1


def test_c4_nor_in_a_name(tiny_school: TinySchool) -> None:
    for value in ("Ada", "Ida"):
        tiny_school.row("students", student_id="s1", given_name=value, family_name="Day", email="ada@x.example")
    assert len(tiny_school.plan().findings("repeated-key")) == 2


# -- C5: names


def test_c5_the_name_somebody_goes_by_is_shown_where_the_school_says_so(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", given_name="Alexandra", preferred_name="Sasha").student("s2", given_name="Ben")
    tiny_school.sync()
    assert tiny_school.account("student", "s1")["given_name"] == "Alexandra"
    tiny_school.sync_settings["use_preferred_name"] = True
    tiny_school.sync()
    assert [tiny_school.account("student", s)["given_name"] for s in ("s1", "s2")] == ["Sasha", "Ben"]
    names = {r["id"]: r["given_name"] for r in tiny_school.get("/students")["items"]}
    assert names["s1"] == "Sasha", "on a parent's page too"


@pytest.mark.parametrize("names", [("Suharto", ""), ("", "Suharto")])
def test_c5_a_person_with_a_single_name_is_one(tiny_school: TinySchool, names: tuple[str, str]) -> None:
    given, family = names
    tiny_school.student("s1", given_name=given, family_name=family)
    tiny_school.contact("c1", given_name=given, family_name=family, children=["s1"])
    run = tiny_school.sync()
    assert (run.exit_code, run.findings("required")) == (0, [])
    for kind, ident in (("student", "s1"), ("parent", "c1")):
        account = tiny_school.account(kind, ident)
        assert (account["given_name"] or "", account["family_name"] or "") == names
    assert tiny_school.sync().doc["operations"] == []


def test_c5_a_person_without_any_name_is_left_out(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", given_name="", family_name="  ").contact(
        "c1", given_name="", family_name="", children=["s0"]
    )
    plan = tiny_school.plan()
    assert [(f["table"], f["severity"]) for f in plan.findings("required")] == [
        ("students", "error"),
        ("contacts", "error"),
    ]
    assert plan.exit_code == 1


def test_c5_a_table_without_one_of_the_names_is_read(tiny_school: TinySchool) -> None:
    tiny_school.files["contacts"] = "contact_id,family_name,primary_email,portal_access\nc0,Day,c0@homes.example,yes\n"
    assert tiny_school.sync().exit_code == 0
    assert tiny_school.account("parent", "c0")["family_name"] == "Day"
    tiny_school.files["contacts"] = "contact_id,primary_email,portal_access\nc0,c0@homes.example,yes\n"
    refused = tiny_school.plan()
    assert refused.exit_code == 4
    assert "given_name, family_name" in refused.stderr
