"""A read in part adds and updates, takes nothing at all, and is a doubt where it keeps somebody from leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import ACTIVE, PROMOTED, SCHEDULING, TinySchool

from dayzero.plan.reads import measured

TABLES = ["students", "enrollments", "calendar_codes", "contacts", "relationships"]
Halves = Callable[..., TinySchool]


@pytest.fixture
def families(halves: Halves) -> TinySchool:
    return put_in(halves())


def put_in(school: TinySchool) -> TinySchool:
    """Put two families in, and sync."""
    for n in (1, 2):
        school.student(f"s{n}", **PROMOTED, entry={ACTIVE: 0, SCHEDULING: 0}).contact(f"c{n}", children=[f"s{n}", "s0"])
    assert school.sync(yes=True).exit_code == 0
    return school


def partial(run: Any) -> list[tuple[str, int, list[str], str | None]]:
    return [(d["table"], d["count"], d["evidence"], d["allow"]) for d in run.doc["reads"] if d["doubt"] == "partial"]


def test_a_read_in_part_that_keeps_nobody_is_a_notice(families: TinySchool, halves: Halves) -> None:
    families.student("s9").edit("students", {"student_id": "s1"}, given_name="Other")
    for table in TABLES:
        halves(partial=[table])
        run = families.plan(yes=True)
        assert (run.exit_code, partial(run)) == (0, [(table, 0, [], None)])
        assert [f["severity"] for f in run.findings("read-in-part")] == ["notice"]
    assert families.sync(yes=True).exit_code == 0
    assert families.status("student", "s9") == "pending"
    assert families.account("student", "s1")["given_name"] == "Other"


GONE: list[dict[str, Any]] = [
    {"student_id": "s1"},
    {"student_id": "s1", "year_id": ACTIVE},
    {"student_id": "s1", "year_id": SCHEDULING},
    {"contact_id": "c1"},
    {"contact_id": "c1", "student_id": "s1"},
]


@pytest.mark.parametrize("table", TABLES)
def test_nothing_at_all_is_taken(families: TinySchool, halves: Halves, table: str) -> None:
    """No account, child, year, grade or record."""
    rows = families.rows[table]
    halves(partial=[table])
    for gone in GONE:
        families.rows[table] = rows
        families.remove(table, **gone)
        run = families.plan(yes=True)
        assert run.doc["operations"] == [], gone
        assert run.exit_code == (3 if partial(run)[0][1] else 0)


@pytest.mark.parametrize("table", ["enrollments", "calendar_codes"])
def test_no_grade_changes_by_a_row_in_pieces(families: TinySchool, halves: Halves, table: str) -> None:
    """One is another grade now; of another the code is missing by which this is not her year."""
    families.student("s3", **PROMOTED, entry={ACTIVE: 0, SCHEDULING: 0}, withdrawn={ACTIVE: 0}).sync(yes=True)
    before = families.account("student", "s3")["grade_level"], families.account("student", "s1")["grade_level"]
    families.edit("enrollments", {"student_id": "s1", "year_id": ACTIVE}, grade_level="9-1")
    families.remove("calendar_codes", student_id="s3", code="W")
    halves(partial=[table])
    assert families.sync(yes=True).exit_code in (0, 3)
    after = families.account("student", "s3")["grade_level"], families.account("student", "s1")["grade_level"]
    assert after == before


def test_whoever_would_leave_is_told_and_released_once(families: TinySchool, halves: Halves) -> None:
    halves(partial=["students"]).forget_student("s1").remove("contacts", contact_id="c1")
    families.remove("relationships", contact_id="c1")
    run = families.sync(yes=True)
    assert (run.exit_code, partial(run)) == (3, [("students", 2, ["c1", "s1"], "partial=2")])
    assert run.withheld("student", "s1")["account"] == "kept"
    assert families.sync(yes=True).exit_code == 3
    assert families.sync(yes=True, allow="partial=2").exit_code == 0
    assert (families.status("student", "s1"), families.status("parent", "c1")) == ("disabled", "disabled")
    assert (families.sync(yes=True).exit_code, families.get("/students", limit=10)["items"][-1]["id"]) == (0, "s2")


def test_a_saved_plan_of_it_is_sent_and_cannot_release_it(families: TinySchool, halves: Halves, tmp_path: Any) -> None:
    halves(partial=["students"]).forget_student("s1").student("s9")
    file = str(tmp_path / "plan")
    assert families.plan("--out", file, yes=True).exit_code == 3
    assert families.run("sync", "--yes", "--plan", file, "--allow", "partial=1").exit_code == 2
    assert families.run("sync", "--yes", "--plan", file).exit_code == 3
    assert (families.status("student", "s1"), families.status("student", "s9")) == ("pending", "pending")


def test_a_read_in_part_does_not_forget_what_a_table_was_measured_by() -> None:
    now = {"students": 5, "relationships": 1, "relationships.portal_access#filled": 0, "relationships#ended": 0}
    before = {"students": 4, "relationships": 9, "relationships.portal_access#filled": 7, "relationships#ended": 1}
    assert measured(now, before, ["relationships"]) == {**before, "students": 5}
    assert measured(now, before, []) == now
