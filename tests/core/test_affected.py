"""Whom a plan touches, why, and in which grade."""

from __future__ import annotations

from typing import Any

from frames import Op, account, accounts, op, planned

from dayzero.plan import Header
from dayzero.plan.affected import by_reason, in_grade, people, saved_held
from dayzero.plan.model import bare_plan

OPS = (
    op("create", "student", "new", new=(None, True), grade_level=(None, "9")),
    op("create", "student", "late", new=(None, False), grade_level=(None, "10")),
    op("update", "student", "s1", grade_level=("9", "10"), given_name=("A", "B")),
    op("enable", "student", "s2"),
    op("disable", "student", "s3"),
    op("disable", "student", "s4"),
    op("update", "parent", "c1", children=(["s1"], ["s1", "new"])),
    op("disable", "parent", "c2"),
    op("create", "student-record", "new", grade_level=(None, "9")),
)
KNOWN = accounts(
    account("student", "s1", grade_level="9"), account("student", "s2", grade_level="11", next_grade_level="12"),
    account("student", "s3", grade_level="12"), account("student", "s4", grade_level="9"),
    account("parent", "c1", children=["s1"]), account("parent", "c2", children=["s3"]),
)  # fmt: skip


def plan(*ops: Op, held: tuple[str, ...] = ()) -> Any:
    """Return a plan of these operations that names a reason for one leaver."""
    reasons = {"student": {"withdrawn": ["s3"]}, "parent": {"no-sent-student": ["s4"]}}
    header = Header(
        schema="dayzero-plan/1", school="s", portal="p", send_scheduling_year=True, settings_digest="d",
        base_revision="r", reasons=reasons,
    )  # fmt: skip
    return bare_plan(header, planned(*ops, held=held), "id")


def test_everybody_has_a_reason_and_records_are_nobody() -> None:
    assert by_reason(people(plan(*OPS))) == {
        "create": {"has no account yet": ["student late"], "newcomer": ["student new"]},
        "update": {"changed: children": ["parent c1"], "changed: given_name, grade_level": ["student s1"]},
        "enable": {"is back": ["student s2"]},
        "disable": {"not recorded": ["student s4", "parent c2"], "withdrawn": ["student s3"]},
    }


def graded(grade: str) -> list[str]:
    """Return who is shown of a grade."""
    return [o["id"] for o in in_grade(people(plan(*OPS)), grade, KNOWN)]


def test_a_grade_shows_its_students_as_they_will_be_and_their_parents() -> None:
    assert graded("9") == ["new", "s4", "c1"]
    assert graded("10") == ["late", "s1", "c1"]


def test_a_grade_is_this_years_or_the_nexts() -> None:
    assert graded("11") == graded("12")[:1] == ["s2"]
    assert graded("12") == ["s2", "s3", "c2"]
    assert graded("13") == []


def test_a_saved_plan_says_what_it_holds_and_what_would_release_it() -> None:
    assert saved_held(plan(*OPS, held=("s3", "s4", "c2", "late"))) == [
        {"op": "create", "kind": "student", "count": 1, "limit": None, "allow": "create=1"},
        {"op": "disable", "kind": "parent", "count": 1, "limit": None, "allow": "disable=3"},
        {"op": "disable", "kind": "student", "count": 2, "limit": None, "allow": "disable=3"},
    ]
    assert saved_held(plan(*OPS)) == []
