"""A portal_access that cannot be read freezes its link: what the portal has stays, and nothing is given."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, SCHEDULING, TinySchool

BAD = "perhaps"


def children(school: TinySchool) -> Any:
    return school.account("parent", "c1")["children"]


def linked(school: TinySchool, tick: Any, *said: tuple[str, str, str]) -> TinySchool:
    """Let c1 have this tick and these links: child, access, year."""
    school.contact("c1", tick=tick)
    for child, access, year in said:
        school.row("relationships", student_id=child, contact_id="c1", portal_access=access, year_id=year)
    return school


@pytest.fixture
def both(tiny_school: TinySchool) -> TinySchool:
    tiny_school.edit("relationships", {"contact_id": "c0"}, portal_access="yes")  # the column is never empty
    linked(tiny_school.student("s1").student("s2").student("s3"), "yes", ("s1", "", ""), ("s2", "yes", "")).sync()
    assert children(tiny_school) == ["s1", "s2"]
    return tiny_school


@pytest.mark.parametrize(
    ("tick", "links", "left"),
    [
        (BAD, [("s1", "", ""), ("s2", "", "")], ["s1", "s2"]),
        ("yes", [("s1", BAD, ""), ("s2", BAD, "")], ["s1", "s2"]),
        ("no", [("s1", BAD, ""), ("s2", "yes", "")], ["s1", "s2"]),
        (BAD, [("s1", "no", ""), ("s2", "", "")], ["s2"]),
        (BAD, [("s1", "", ""), ("s2", "", ""), ("s3", "", "")], ["s1", "s2"]),
        ("yes", [("s1", "", ""), ("s2", "yes", ""), ("s3", BAD, "")], ["s1", "s2"]),
        ("yes", [("s1", BAD, ""), ("s1", "no", ""), ("s2", "", "")], ["s2"]),
        ("yes", [("s1", BAD, ""), ("s1", "no", ACTIVE), ("s2", "", "")], ["s2"]),
        ("yes", [("s1", BAD, ""), ("s1", "yes", ACTIVE), ("s2", "", ""), ("s3", BAD, ""), ("s3", "yes", "")], ["s1", "s2"]),
        ("yes", [("s1", "", ""), ("s2", "", ""), ("s3", "yes", ""), ("s3", BAD, SCHEDULING)], ["s1", "s2", "s3"]),
        (BAD, [("s1", "", ""), ("s2", "yes", ""), ("s3", "yes", "")], ["s1", "s2", "s3"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_neither_given_nor_taken(
    both: TinySchool, tick: str, links: list[tuple[str, str, str]], left: list[str]
) -> None:
    run = linked(both, tick, *links).sync()
    assert run.exit_code == 0
    assert (both.status("parent", "c1"), children(both)) == ("pending", left)
    assert [f["severity"] for f in run.findings("boolean")] == ["warning"] * len(run.findings("boolean"))


def test_a_child_who_leaves_goes_all_the_same(both: TinySchool) -> None:
    linked(both, BAD, ("s1", "", ""), ("s2", "", "")).student("s2", enrolled={}).row(
        "relationships", student_id="s2", contact_id="c1"
    ).sync()
    assert children(both) == ["s1"]


def test_somebody_new_gets_nothing_by_it(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", tick=BAD, children=["s1"]).contact(
        "c2", children=["s1"], access={"s1": BAD}
    )
    run = tiny_school.sync()
    assert run.reason("parent", "c1") == run.reason("parent", "c2") == "no-portal-access"
