"""What is held, on every page that speaks of it: the same people, the same number, and what becomes of them in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import ACTIVE, SCHEDULING, TinySchool

from dayzero.plan import REQUEST_STATES, concerned
from dayzero.plan.holds import RELEASES
from dayzero_manager.words import IF_RELEASED, held_title

PROMOTED: dict[str, Any] = {"enrolled": {ACTIVE: "9", SCHEDULING: "10"}}


@pytest.fixture
def held(tiny_school: TinySchool) -> TinySchool:
    """A school at Yes with three holds at once: a leaver, two who would lose the next year, a parent who is refused a child."""
    school = tiny_school
    for number in range(1, 6):
        school.student(f"s{number}", given_name=f"Lea{number}", **PROMOTED)
    school.contact("c1", given_name="Nora", children=["s1", "s4"])
    assert school.sync(yes=True).exit_code == 0
    school.edit("relationships", {"student_id": "s4", "contact_id": "c1"}, portal_access="no")
    for number in (2, 3):
        school.remove("enrollments", student_id=f"s{number}", year_id=SCHEDULING)
    school.remove("enrollments", student_id="s5", year_id=SCHEDULING)
    school.edit("enrollments", {"student_id": "s5"}, status="inactive")
    school.limits.update({"disable": 0, "year": 0, "refuse": 0})
    return school


def test_home_plan_and_holds_say_the_same_numbers(held: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk(yes=True).browser()
    said = {path: (browser.get(path), browser.text)[1] for path in ("/", "/plan", "/holds")}
    for path, text in said.items():
        assert "4 people are held" in text, path
        assert "3 decisions" in text, path
    assert "Held 4" in said["/plan"], "the filter has as many"
    browser.get("/plan?held=1")
    assert len(set(re.findall(r'href="/person\?kind=(\w+&amp;id=\w+)"', browser.page))) == 4
    counts = re.findall(r"<tr><th scope=\"row\">(Students|Parents)</th>(.*?)</tr>", said_page(browser, "/plan"))
    assert [re.findall(r'data-h="Held">(\d+)</td>', row)[0] for _, row in counts] == ["3", "1"]


def said_page(browser: Any, path: str) -> str:
    page: str = browser.get(path)
    return page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("op", "said"),
    [
        ("disable", ("1 person would lose access", "Lea5", "Can sign in &rarr; Cannot sign in", "1 can no longer sign in")),
        ("year", ("2 people would lose a year", "Lea2", "Lea3", "this year and next year &rarr; this year", "2 change and stay")),
        ("refuse", ("1 person would lose a child because somebody said no", "Nora", "Lea4", "1 changes and stays")),
    ],
)  # fmt: skip
def test_each_hold_names_its_people_says_what_becomes_of_them_and_asks_once_more(
    held: TinySchool, at_desk: Callable[..., Any], op: str, said: tuple[str, ...]
) -> None:
    desk = at_desk(yes=True)
    browser = desk.browser()
    browser.get("/holds")
    assert not [words for words in said if words.lower() not in browser.text.lower()]
    browser.get(f"/holds/confirm?op={op}")
    assert not [words for words in said[1:] if words.lower() not in browser.text.lower()]
    number = re.search(r'name="number" value="(\d+)"', browser.page)
    plan_id = re.search(r'name="plan_id" value="(\w+)"', browser.page)
    assert number
    assert plan_id
    browser.send("/holds/release", op=op, number=number[1], plan_id=plan_id[1])
    assert desk.done().error is None
    browser.get("/holds")
    assert "2 decisions wait for you." in browser.text


@pytest.mark.slow
def test_everything_is_released_together(held: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk(yes=True)
    browser = desk.browser()
    browser.get("/holds/confirm?op=disable&op=year&op=refuse")
    assert "Release 4 people? 1 can no longer sign in and 3 change and stay." in browser.text
    form = {name: re.findall(rf'name="{name}" value="(\w+)"', browser.page) for name in ("op", "number", "plan_id")}
    browser.send("/holds/release", op=form["op"], number=form["number"], plan_id=form["plan_id"][0])
    assert desk.done().error is None
    browser.get("/progress")
    assert "1 left" in browser.text.replace("3 changed and ", "")
    assert "Who left Lea5" in browser.text
    assert "Nothing is held" in (browser.get("/holds"), browser.text)[1]


def test_what_is_not_held_any_more_is_not_asked(held: TinySchool, at_desk: Callable[..., Any]) -> None:
    browser = at_desk(yes=True).browser()
    assert browser.status("/holds/confirm?op=create") == 400
    assert browser.status("/holds/confirm") == 400


@pytest.mark.slow
def test_who_left_within_the_week_is_said_beside_whom_is_held(
    tiny_school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    for n in range(30):
        tiny_school.student(f"p{n:02}")
    tiny_school.sync()
    for few in (range(8), range(8, 12)):
        for n in few:
            tiny_school.forget_student(f"p{n:02}")
        tiny_school.sync()
    browser = at_desk().browser()
    browser.get("/holds")
    assert "4 students after 8 in the last seven days; a week may do that to 10 by itself." in browser.text


def test_there_are_words_for_everything_that_can_be_held() -> None:
    assert set(RELEASES) == set(IF_RELEASED)
    for op in RELEASES:
        for number in (1, 2):
            title = held_title(op, number, number)
            assert not re.search(r"_|\{", title)
            assert "-" not in op or op not in title.lower()


def test_nothing_is_weighed_where_nothing_is_held(tiny_school: TinySchool, at_desk: Callable[..., Any]) -> None:
    plan = at_desk().office.service().plan().plan
    assert concerned(plan, pytest.fail).operations.is_empty()
    assert REQUEST_STATES


def test_a_doubt_about_the_read_names_whom_it_keeps(tiny_school: TinySchool, at_desk: Callable[..., Any]) -> None:
    """The last line of a table is cut off: somebody else would leave, and waits for that."""
    school = tiny_school.student("s1", given_name="Lea1").student("s2", given_name="Lea2")
    school.sync()
    school.edit("enrollments", {"student_id": "s1"}, status="inactive").write()
    file = school.folder / "export" / "students.csv"
    school.files["students"] = file.read_text().rstrip().rsplit(",", 3)[0]
    browser = at_desk().browser()
    browser.get("/holds")
    assert "A file may be cut off in its last line: nothing is taken from anybody" in browser.text
    assert "Lea1" in browser.text
    assert "1 can no longer sign in" in browser.text
    assert "hangs on it" not in browser.text
    assert "1 person is held" in (browser.get("/"), browser.text)[1]


def test_the_change_of_year_says_who_leaves_by_itself_and_who_is_held(
    tiny_school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school = tiny_school
    for number in range(1, 4):
        school.student(f"s{number}", given_name=f"Gerd{number}", enrolled={ACTIVE: "12"})
        school.student(f"p{number}", **PROMOTED)
    school.limits["disable"] = 3
    school.sync(yes=True)
    browser = at_desk(yes=True).browser()
    browser.get("/forecast")
    head = browser.text.split("Before and after")[0]
    assert "0 newcomers arrive and 3 students leave. 132 days from now. Nothing is over a limit." in head
    school.limits["disable"] = 1
    browser = at_desk(yes=True).browser()
    page = browser.get("/forecast")
    head = browser.text.split("Before and after")[0]
    assert "3 students are held until you decide." in head
    assert "3 students leave" not in browser.text
    assert "3 graduates , all held" in browser.text.replace("graduates,", "graduates ,")
    row = re.search(r"<tr><th scope=\"row\">Students</th>(.*?)</tr>", page)
    assert row
    numbers = re.findall(r">([\d−&;a-z+]+)<", row[1])
    assert numbers == ["7", "0", "0", "0", "3", "7"], "now, appear, back, leave, held, that day"


def test_of_whom_there_is_a_doubt_nobody_says_that_they_leave(
    tiny_school: TinySchool, at_desk: Callable[..., Any]
) -> None:
    school = tiny_school
    for number in range(1, 4):
        school.student(f"p{number}", **PROMOTED)
    school.limits["disable"] = 3
    school.student("g1", enrolled={ACTIVE: "12"}).sync(yes=True)
    school.edit("students", {"student_id": "p1"}, given_name="Nina", family_name="New", email="nina@pupils.example")
    browser = at_desk(yes=True).browser()
    browser.get("/forecast")
    head = browser.text.split("Before and after")[0]
    assert "0 newcomers arrive, 1 student leaves and 1 student stays in doubt." in head


def test_a_held_person_can_sign_in_until_somebody_decides(held: TinySchool, at_desk: Callable[..., Any]) -> None:
    desk = at_desk(yes=True)
    for role, until in (("full", "you decide"), ("look", "the office decides")):
        browser = desk.browser(role)
        browser.get("/people")
        browser.send("/people/find", q="Lea5")
        assert f"Can sign in until {until} Held: " in browser.text
        assert "Why not" not in browser.text
        browser.get("/person?kind=student&id=s5")
        assert f"Can sign in until {until}" in browser.text
