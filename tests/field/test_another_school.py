"""I4: another school's export under this school's id is one doubt about the whole read, and nothing of it is sent."""

from __future__ import annotations

import pytest
from tiny_school import TinySchool

OTHERS = ["Zyx Quill", "Wolf Xander", "Vera Yule", "Umberto Fox", "Tilda Gray", "Sven Holm", "Rhea Ivy", "Pia Juul"]


def pupils(school: TinySchool, number: int, *, strange: int = 0, more: int = 0) -> TinySchool:
    for n in range(number + more):
        given, family = OTHERS[n % 8].split() if n < strange else (f"Kid{'abcdefghijkl'[n % 12]}{n}", f"Known{n}")
        school.student(f"s{n + 1}", f"{given.lower()}{n}@pupils.example", given_name=given, family_name=family)
    return school


def test_i4_nothing_is_sent(tiny_school: TinySchool) -> None:
    pupils(tiny_school, 30).sync()
    before = tiny_school.everything()
    run = pupils(tiny_school, 30, strange=30, more=40).sync()
    assert run.exit_code == 3
    (doubt,) = run.doc["reads"]
    assert (doubt["doubt"], doubt["count"], doubt["allow"]) == ("another-school", 30, "another-school=30")
    assert len(doubt["evidence"]) == 20
    assert tiny_school.everything() == before


def test_i4_once_it_is_released_each_is_decided_by_itself(tiny_school: TinySchool) -> None:
    pupils(tiny_school, 30).sync()
    run = pupils(tiny_school, 30, strange=6).sync(allow="another-school=6")
    assert (run.exit_code, len(run.doc["doubts"]), run.doc["reads"]) == (3, 6, [])
    assert tiny_school.account("student", "s1")["given_name"] == "Kida0"


@pytest.mark.parametrize(("number", "strange"), [(30, 4), (400, 8)])
def test_i4_a_few_are_doubts_about_these(tiny_school: TinySchool, number: int, strange: int) -> None:
    pupils(tiny_school, number).sync()
    run = pupils(tiny_school, number, strange=strange).student("new").sync()
    assert (run.exit_code, run.doc["reads"], len(run.doc["doubts"])) == (3, [], strange)
    assert tiny_school.status("student", "new") == "pending"


@pytest.mark.parametrize("left", [0, 2])
def test_i4_strangers_in_nearly_everybodys_place_are_another_schools(tiny_school: TinySchool, left: int) -> None:
    pupils(tiny_school, 30).sync()
    before = tiny_school.everything()
    for n in range(left, 30):
        tiny_school.forget_student(f"s{n + 1}")
    for n in range(12):
        tiny_school.student(f"x{n}")
    run = tiny_school.sync()
    assert (run.exit_code, [d["doubt"] for d in run.doc["reads"]]) == (3, ["another-school"])
    assert tiny_school.everything() == before


def test_i4_but_not_once_the_year_has_changed(tiny_school: TinySchool) -> None:
    pupils(tiny_school, 30).sync(yes=True)
    tiny_school.activate()
    for n in range(12):
        tiny_school.student(f"x{n}", enrolled={"2028": "9"}, entry={"2028": 0})
    assert tiny_school.sync(yes=True).doc["reads"] == []
