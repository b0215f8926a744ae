"""What courses say of themselves: code, description, prerequisite, term. A school that says none of it syncs as it always did."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import SCHEDULING, TinySchool

from dayzero.gradebook import COURSE_WORDS

WORDS = {
    "code": "LAN110", "description": "Speak from the first week; “¡Hola!”", "prerequisite": "none", "term": "All year",
}  # fmt: skip
COLUMNS = "course_id,year_id,title,department,credits,grade_levels,required"
ROW = f"SPA,{SCHEDULING},Spanish I,Languages,1,9|10,no"


def courses(school: TinySchool) -> list[dict[str, Any]]:
    return list(school.get("/courses", limit=100)["items"])


@pytest.mark.parametrize("there", [False, True], ids=["no such columns", "empty columns"])
def test_a_school_without_them_sends_and_lists_what_it_always_did(tiny_school: TinySchool, there: bool) -> None:
    tiny_school.files["courses"] = (
        f"{COLUMNS},{','.join(COURSE_WORDS)}\n{ROW},,,,\n" if there else f"{COLUMNS}\n{ROW}\n"
    )
    planned = tiny_school.plan(yes=True)
    assert planned.operation("course", f"{SCHEDULING}/SPA")["changes"] == {
        "course_id": [None, "SPA"], "credits": [None, 1.0], "department": [None, "Languages"],
        "grade_levels": [None, ["9", "10"]], "required": [None, False], "title": [None, "Spanish I"],
        "year_id": [None, SCHEDULING],
    }  # fmt: skip
    tiny_school.sync(yes=True)
    assert set(courses(tiny_school)[0]) == {"id", *COLUMNS.split(",")}
    assert tiny_school.sync(yes=True).doc["operations"] == []


def test_the_same_school_has_the_same_plan_whether_the_columns_are_missing_or_empty(tiny_school: TinySchool) -> None:
    tiny_school.files["courses"] = f"{COLUMNS}\n{ROW}\n"
    missing = tiny_school.plan(yes=True).doc["plan_id"]
    tiny_school.files["courses"] = f"{COLUMNS},{','.join(COURSE_WORDS)}\n{ROW},,,,\n"
    assert tiny_school.plan(yes=True).doc["plan_id"] == missing


def test_they_come_change_and_go(tiny_school: TinySchool) -> None:
    tiny_school.row("courses", course_id="SPA", year_id=SCHEDULING, title="Spanish I", **WORDS).sync(yes=True)
    assert {name: courses(tiny_school)[0][name] for name in WORDS} == WORDS
    tiny_school.edit("courses", {"course_id": "SPA"}, term="", description="Speak.")
    changed = tiny_school.sync(yes=True)
    assert changed.operation("course", f"{SCHEDULING}/SPA")["changes"] == {
        "description": [WORDS["description"], "Speak."], "term": [WORDS["term"], None],
    }  # fmt: skip
    assert "term" not in courses(tiny_school)[0]
    assert tiny_school.plan(yes=True).doc["operations"] == []
