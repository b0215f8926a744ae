"""B4, B5: parents with one mailbox are one person, a family, strangers or nobody; each has another remedy."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import TinySchool

BOX = "box@homes.example"
MARY: dict[str, Any] = {"given_name": "Mary", "family_name": "Major"}


def children(school: TinySchool, parent: str) -> Any:
    account = school.account("parent", parent)
    return account and account["children"]


def reasons(school: TinySchool, *parents: str) -> list[str | None]:
    plan = school.plan()
    assert plan.exit_code == 0
    return [plan.reason("parent", p) for p in parents]


@pytest.fixture
def school(tiny_school: TinySchool) -> TinySchool:
    for n in range(1, 9):
        tiny_school.student(f"s{n}")
    return tiny_school


# -- one person under several ids


def test_b4_one_mother_with_a_record_for_each_child_sees_both(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"], **MARY).contact("m2", BOX, children=["s2"], **MARY)
    run = school.sync()
    assert run.exit_code == 0
    assert children(school, "m1") == ["s1", "s2"]
    assert school.account("parent", "m2") is None
    entry = run.withheld("parent", "m2")
    assert (entry["reason"], entry["account"]) == ("same-person-twice", "none")
    assert "m1" in entry["detail"]
    assert "of their own" not in entry["remedy"]
    assert school.sync().doc["operations"] == []


@pytest.mark.parametrize("other", [
    {"given_name": "MARY", "family_name": "major"}, {"given_name": "Máry", "family_name": "Major"},
    {"given_name": "Mary ", "family_name": " Major"}, {"given_name": "Major", "family_name": "Mary"},
])  # fmt: skip
def test_spelling_makes_no_other_person(school: TinySchool, other: dict[str, str]) -> None:
    school.contact("m1", BOX, children=["s1"], **MARY).contact("m2", BOX.upper(), children=["s2"], **other).sync()
    assert children(school, "m1") == ["s1", "s2"]


def test_each_own_row_says_for_its_own_child_and_a_no_of_either_wins(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1", "s2"], access={"s1": "yes", "s2": "yes"}, tick="", **MARY)
    school.contact("m2", BOX, children=["s2", "s3", "s4"], access={"s2": "no", "s3": "yes"}, tick="", **MARY).sync()
    assert children(school, "m1") == ["s1", "s3"]


def test_who_has_the_account_goes_on_with_it_whatever_the_ids(school: TinySchool) -> None:
    school.contact("m5", BOX, children=["s1"], **MARY).sync()
    school.sign_in("parent", "m5", "Day0-secret")
    school.contact("m1", BOX, children=["s2"], **MARY).sync()
    assert children(school, "m5") == ["s1", "s2"]
    assert school.has_password("parent", "m5", "Day0-secret")
    assert school.account("parent", "m1") is None
    school.remove("enrollments", student_id="s1").sync()
    assert (school.status("parent", "m5"), children(school, "m5")) == ("active", ["s2"]), "her first child has left"


def test_two_accounts_of_one_person_both_stay(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"], **MARY).contact(
        "m2", "work@homes.example", children=["s2"], **MARY
    ).sync()
    run = school.contact("m2", BOX, children=["s2"], **MARY).sync()
    assert run.withheld("parent", "m2")["account"] == "kept"
    assert school.account("parent", "m2")["login"] == "work@homes.example"
    assert children(school, "m1") == ["s1", "s2"]


def test_a_further_id_without_access_gives_none(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"], **MARY).contact("m2", BOX, tick=False, children=["s2"], **MARY)
    assert reasons(school, "m1", "m2") == [None, "no-portal-access"]
    school.sync()
    assert children(school, "m1") == ["s1"]


# -- a family


def test_case_37_a_family_is_asked_what_it_wants(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"]).contact("d1", BOX, children=["s1"])
    assert reasons(school, "d1", "m1") == [None, "duplicate-login"]
    school.sync_settings["shared_parent_login"] = "withhold"
    assert reasons(school, "d1", "m1") == ["duplicate-login"] * 2


def test_a_household_makes_a_family_as_well(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"], household_id="h").contact("d1", BOX, children=["s2"], household_id="h")
    assert reasons(school, "d1", "m1") == [None, "duplicate-login"]


def test_a_family_may_hang_together_over_a_third(school: TinySchool) -> None:
    school.contact("a", BOX, children=["s1"], household_id="h1").contact("b", BOX, children=["s1", "s2"])
    school.contact("c", BOX, children=["s2"], household_id="h1")
    assert reasons(school, "a", "b", "c") == [None, "duplicate-login", "duplicate-login"]


# -- strangers


def test_b5_of_two_strangers_neither_gets_the_mailbox(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"]).contact("m2", BOX, children=["s2"])
    run = school.sync()
    assert [run.reason("parent", p) for p in ("m1", "m2")] == ["shared-by-strangers"] * 2
    assert school.working("parent") == {"c0"}
    assert "both families" in run.withheld("parent", "m1")["remedy"]
    assert "m2" in run.withheld("parent", "m1")["detail"]


def test_a_family_name_alone_is_nothing(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"], given_name="Ann", family_name="Smith")
    school.contact("m2", BOX, children=["s2"], given_name="Bob", family_name="Smith")
    assert reasons(school, "m1", "m2") == ["shared-by-strangers"] * 2


def test_b5_a_slip_gives_nobody_the_account_of_another_and_takes_it_from_nobody(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"]).contact("m2", children=["s2"]).sync()
    before = school.accounts()
    run = school.contact("m2", BOX, children=["s2"]).sync()
    assert (run.exit_code, school.accounts()) == (0, before)
    entry = run.withheld("parent", "m2")
    assert (entry["reason"], entry["account"]) == ("shared-by-strangers", "kept")
    assert run.reason("parent", "m1") is None


def test_a_couple_and_a_stranger_are_strangers(school: TinySchool) -> None:
    for ident, child in (("m1", "s1"), ("d1", "s1"), ("x1", "s2")):
        school.contact(ident, BOX, children=[child])
    assert reasons(school, "m1", "d1", "x1") == ["shared-by-strangers"] * 3


def test_who_leaves_is_nobody_to_share_with(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"]).sync()
    school.remove("enrollments", student_id="s1").contact("m2", BOX, children=["s2"]).sync()
    assert (school.status("parent", "m1"), school.status("parent", "m2")) == ("disabled", "pending")


# -- nobody's


@pytest.mark.parametrize("named", [{}, {"given_name": "Parent", "family_name": "Unknown"}])
def test_a_placeholder_is_nobodys(school: TinySchool, named: dict[str, str]) -> None:
    for n in range(1, 6):
        school.contact(f"m{n}", "none@school.example", children=[f"s{n}"], **named)
    plan = school.plan()
    assert {plan.reason("parent", f"m{n}") for n in range(1, 6)} == {"placeholder-email"}
    assert "5 families" in plan.withheld("parent", "m1")["detail"]


def test_four_families_are_strangers_still(school: TinySchool) -> None:
    for n in range(1, 5):
        school.contact(f"m{n}", "none@school.example", children=[f"s{n}"])
    assert set(reasons(school, "m1", "m2", "m3", "m4")) == {"shared-by-strangers"}


def test_who_had_the_account_of_a_placeholder_goes_on_as_granted(school: TinySchool) -> None:
    school.contact("m1", "none@school.example", children=["s1"]).sync()
    for n in range(2, 6):
        school.contact(f"m{n}", "none@school.example", children=[f"s{n}"])
    assert reasons(school, "m1", "m2") == [None, "placeholder-email"]


def test_the_rules_say_it_too(school: TinySchool) -> None:
    school.contact("m1", BOX, children=["s1"]).contact("m2", BOX, children=["s2"])
    said = school.explain("m2").doc
    assert said["verdict"] == "shared-by-strangers"
    assert [r["code"] for r in said["rules"] if r["decisive"]] == ["shared-by-strangers"]


@pytest.mark.parametrize("word", ["NULL", "#N/A", "0", "-", "\\N", "n/a", "000"])
def test_b5_a_household_that_is_none_makes_nobody_a_family(school: TinySchool, word: str) -> None:
    school.contact("m1", BOX, children=["s1"], household_id=word).contact("m2", BOX, children=["s2"], household_id=word)
    assert reasons(school, "m1", "m2") == ["shared-by-strangers", "shared-by-strangers"]
