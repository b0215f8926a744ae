"""A refusal is not an absence: a `no` in a row that is there is carried out in every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_school import ACTIVE, TinySchool


def family(school: TinySchool, access: str = "yes") -> TinySchool:
    """A father of two, who has access to one for certain and to the other as ``access`` says."""
    school.student("s1").student("s2")
    return school.contact("father", tick="", children=["s1", "s2"], access={"s1": access, "s2": "yes"})


def children(school: TinySchool, parent: str = "father") -> list[str]:
    return list(school.account("parent", parent)["children"])


def crowd_leaves(school: TinySchool) -> None:
    for n in range(14):
        school.remove("enrollments", student_id=f"p{n}")


def crowd(school: TinySchool) -> TinySchool:
    for n in range(14):
        school.student(f"p{n}").contact(f"m{n}", children=[f"p{n}"])
    return school


def test_a_court_order_does_not_wait_behind_held_graduates(tiny_school: TinySchool) -> None:
    family(crowd(tiny_school)).sync()
    crowd_leaves(family(tiny_school, "no"))
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert children(tiny_school) == ["s2"]
    assert {h["op"] for h in held.doc["held"]} == {"disable"}


def test_the_last_child_refused_ends_the_account_in_a_held_run_too(tiny_school: TinySchool) -> None:
    crowd(tiny_school).student("s1").contact("father", children=["s1"], access={"s1": "yes"}).sync()
    crowd_leaves(tiny_school.contact("father", children=["s1"], access={"s1": "no"}))
    assert tiny_school.sync().exit_code == 3
    assert tiny_school.status("parent", "father") == "disabled"


def test_a_child_who_leaves_and_is_refused_goes_though_the_child_is_held(tiny_school: TinySchool) -> None:
    crowd(tiny_school).contact("father", children=["p0", "p1"], access={"p0": "yes", "p1": "yes"}).sync()
    crowd_leaves(tiny_school.contact("father", children=["p0", "p1"], access={"p0": "no", "p1": "yes"}))
    assert tiny_school.sync().exit_code == 3
    assert children(tiny_school) == ["p1"]
    assert "p0" in tiny_school.working("student")


@pytest.mark.parametrize("state", [{"partial": ["students"]}, {"partial": ["relationships"]}])
def test_a_read_in_part_refuses_what_it_read(halves: Callable[..., TinySchool], state: dict[str, list[str]]) -> None:
    school = family(halves())
    assert school.sync().exit_code == 0
    family(halves(**state), "no").remove("relationships", student_id="s2")
    assert school.sync().exit_code == 0
    assert children(school) == ["s2"], "who was not read stays, who was refused goes"


def test_a_read_in_part_refuses_the_last_child_too(halves: Callable[..., TinySchool]) -> None:
    school = halves().student("s1").contact("father", children=["s1"], access={"s1": "yes"})
    assert school.sync().exit_code == 0
    halves(partial=["enrollments"]).contact("father", children=["s1"], access={"s1": "no"})
    assert school.sync().exit_code == 0
    assert school.status("parent", "father") == "disabled"


def test_an_unreadable_child_does_not_shield_the_other(tiny_school: TinySchool) -> None:
    family(tiny_school).sync()
    family(tiny_school, "no").edit("enrollments", {"student_id": "s2", "year_id": ACTIVE}, grade_level="")
    assert tiny_school.sync().exit_code == 1
    assert children(tiny_school) == ["s2"]


def test_refusals_have_a_limit_of_their_own(tiny_school: TinySchool) -> None:
    for n in range(8):
        tiny_school.student(f"p{n}").contact(f"m{n}", children=[f"p{n}"], access={f"p{n}": "yes"})
    tiny_school.sync()
    before = tiny_school.accounts()
    for n in range(8):
        tiny_school.contact(f"m{n}", children=[f"p{n}"], access={f"p{n}": "no"})
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert [(h["op"], h["kind"], h["count"], h["limit"]) for h in held.doc["held"]] == [("refuse", "parent", 8, 5)]
    assert tiny_school.accounts() == before
    assert tiny_school.sync(allow="refuse=8").exit_code == 0
    assert tiny_school.working("parent") == {"c0"}


def test_an_empty_tick_refuses_nobody(tiny_school: TinySchool) -> None:
    crowd(tiny_school).student("s1").contact("father", tick="yes", children=["s1"]).sync()
    crowd_leaves(tiny_school.contact("father", tick="", children=["s1"]))
    held = tiny_school.sync()
    assert not [h for h in held.doc["held"] if h["op"] == "refuse"]


SLIPS: list[dict[str, Any]] = [{"email": ""}, {"email": "#N/A"}, {"email": "no at sign"}]


@pytest.mark.parametrize("slip", SLIPS)
def test_who_is_kept_for_a_slip_of_the_pen_loses_who_is_refused(tiny_school: TinySchool, slip: dict[str, Any]) -> None:
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"]).sync()
    tiny_school.contact("c1", children=["s1", "s2"], access={"s2": "no"}, **slip)
    run = tiny_school.sync()
    account = tiny_school.account("parent", "c1")
    assert (run.op("parent", "c1"), account["status"], account["children"]) == ("update", "pending", ["s1"])
    assert account["login"] == "c1@homes.example"
    assert tiny_school.sync().doc["operations"] == []


def test_who_is_in_doubt_loses_who_is_refused(tiny_school: TinySchool) -> None:
    olga, petra = {"given_name": "Olga", "family_name": "Old"}, {"given_name": "Petra", "family_name": "Neu"}
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"], **olga).sync()
    tiny_school.contact("c1", "petra@homes.example", children=["s1", "s2"], access={"s2": "no"}, **petra)
    run = tiny_school.sync()
    assert [d["doubt"] for d in run.doc["doubts"]] == ["another-person"]
    account = tiny_school.account("parent", "c1")
    assert (account["given_name"], account["children"]) == ("Olga", ["s1"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s.row(
            "contacts", contact_id="father", given_name="An", family_name="Other", primary_email="o@x.example"
        ),
        lambda s: s.edit("contacts", {"contact_id": "father"}, given_name="", family_name=""),
        lambda s: s.row("students", student_id="s1", given_name="An", family_name="Other", email="o@x.example"),
        lambda s: s.remove("contacts", contact_id="father"),
    ],
    ids=["two fathers", "a nameless father", "two children", "no father"],
)
def test_d1_a_no_is_one_though_the_row_of_whom_it_names_cannot_be_read(tiny_school: TinySchool, spoil: Any) -> None:
    family(tiny_school).sync()
    spoil(family(tiny_school, "no"))
    assert tiny_school.sync().exit_code in (1, 3)
    assert children(tiny_school) == ["s2"]


def test_d1_but_a_no_of_another_year_is_none(tiny_school: TinySchool) -> None:
    family(tiny_school).sync()
    tiny_school.row("relationships", student_id="s1", contact_id="father", year_id="2020", portal_access="no")
    tiny_school.edit("contacts", {"contact_id": "father"}, given_name="", family_name="")
    tiny_school.sync()
    assert children(tiny_school) == ["s1", "s2"]


@pytest.mark.parametrize("ticks", [("no", "yes"), ("yes", "no"), ("", "no")])
def test_d1_of_two_rows_of_a_contact_that_differ_in_the_tick_alone_no_wins(
    tiny_school: TinySchool, ticks: tuple[str, str]
) -> None:
    tiny_school.student("s1").contact("father", children=["s1"]).sync()
    father = next(r for r in tiny_school.rows["contacts"] if r["contact_id"] == "father")
    tiny_school.remove("contacts", contact_id="father")
    for tick in ticks:
        tiny_school.row("contacts", **{**father, "portal_access": tick})
    assert tiny_school.sync().exit_code == 0
    assert tiny_school.status("parent", "father") == "disabled"
