"""Accounts wanted and accounts known: one operation for each that must change (R14, R18, R31-R33, R39)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import pytest
from frames import account, accounts, nobody, records, said, unreadable, wanted

from dayzero.people.verdicts import WITHHELD_SCHEMA
from dayzero.plan.changes import account_operations, frozen_accounts, years_only_added

S1 = account("student", "s1")
C1 = account("parent", "c1", children=["s1"])


def leaving(ends: Iterable[tuple[str, str]], known: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return whose account ends, as verdicts say it."""
    working = {(a["kind"], a["person_id"]) for a in known if a["status"] != "disabled"}
    rows = [(kind, ident, "some-reason", None, True, (kind, ident) in working) for kind, ident in ends]
    return pl.DataFrame(rows, schema=WITHHELD_SCHEMA, orient="row")


def made(
    granted: Iterable[Mapping[str, Any]] = (), known: Iterable[Mapping[str, Any]] = (), *,
    ends: Iterable[tuple[str, str]] = (), frozen: pl.DataFrame | None = None, may_remove: bool = True,
) -> dict[tuple[str, str], Any]:  # fmt: skip
    """Return the operations by account."""
    still = nobody() if frozen is None else frozen
    who = leaving(ends, known)
    return said(account_operations(wanted(*granted), who, accounts(*known), still, may_remove=may_remove))


def test_a_new_account_starts_from_nothing() -> None:
    assert made([{**S1, "next_grade_level": None}]) == {
        ("student", "s1"): ("create", {
            "family_name": [None, "Family s1"], "given_name": [None, "Given s1"], "grade_level": [None, "9"],
            "login": [None, "s1@portal.example"], "new": [None, False], "years": [None, ["active"]],
        })
    }  # fmt: skip


def test_r18_what_is_as_it_should_be_needs_nothing() -> None:
    assert made([S1, C1], [S1, {**C1, "status": "pending"}]) == {}


def test_case_30_only_the_fields_that_differ_are_sent() -> None:
    renamed = {**S1, "given_name": 'Zoë "Z"', "next_grade_level": "10"}
    assert made([renamed], [S1]) == {
        ("student", "s1"): ("update", {"given_name": ["Given s1", 'Zoë "Z"'], "next_grade_level": [None, "10"]})
    }


def test_another_spelling_of_a_login_is_sent() -> None:
    assert made([{**S1, "login": "S1@portal.example"}], [S1])["student", "s1"][0] == "update"


def test_a_student_and_a_parent_of_one_id_are_two_accounts() -> None:
    twins = [account("student", "7"), account("parent", "7", given_name="New")]
    assert made(twins, [twins[0], account("parent", "7")]) == {
        ("parent", "7"): ("update", {"given_name": ["Given 7", "New"]})
    }


def test_r33_who_comes_back_gets_the_same_account_with_what_changed() -> None:
    gone = {**S1, "status": "disabled"}
    assert made([S1], [gone]) == {("student", "s1"): ("enable", {})}
    assert made([{**S1, "grade_level": "10"}], [gone]) == {
        ("student", "s1"): ("enable", {"grade_level": ["9", "10"]}),
    }


def test_r33_who_leaves_is_disabled_once_and_no_field_changes() -> None:
    leavers = [("student", "s1"), ("parent", "c1"), ("student", "never-there")]
    assert made([], [S1, {**C1, "status": "disabled"}], ends=leavers) == {("student", "s1"): ("disable", {})}


def test_who_is_withheld_and_kept_is_not_touched() -> None:
    assert made([], [S1]) == {}


# -- people who could not be read


def test_an_unreadable_person_stays_as_they_are() -> None:
    still = unreadable(("student", "s1"), ("student", "s2"), ("student", "s3"))
    gone = account("student", "s3", status="disabled")
    renamed = [{**S1, "given_name": "X"}, account("student", "s2"), account("student", "s3")]
    assert made(renamed, [S1, gone], frozen=still) == {}, "neither changed, made nor enabled"
    assert made([], [S1], ends=[("student", "s1")], frozen=still) == {}, "nor disabled"


def test_an_unreadable_parent_gets_a_new_child_and_nothing_else_changes() -> None:
    newer = {**C1, "given_name": "X", "children": ["s2"], "years": ["active", "scheduling"]}
    assert made([newer], [C1], frozen=unreadable(("parent", "c1"))) == {
        ("parent", "c1"): ("update", {
            "children": [["s1"], ["s1", "s2"]], "years": [["active"], ["active", "scheduling"]],
        })
    }  # fmt: skip


def test_an_unreadable_parent_without_a_new_child_does_not_change_at_all() -> None:
    newer = {**C1, "children": [], "years": ["scheduling"], "new": True}
    assert made([newer], [C1], frozen=unreadable(("parent", "c1"))) == {}


def test_a_new_child_makes_no_old_parent_new() -> None:
    newer = {**C1, "children": ["s2"], "years": ["scheduling"], "new": True}
    changes = made([newer], [C1], frozen=unreadable(("parent", "c1")))["parent", "c1"][1]
    assert changes.keys() == {"children", "years"}


def test_freezing_one_leaves_the_others_free() -> None:
    newer = {**C1, "children": []}
    assert made([newer], [C1], frozen=unreadable(("parent", "c2"), ("student", "c1"))) == {
        ("parent", "c1"): ("update", {"children": [["s1"], []]})
    }


def test_with_an_unreadable_student_the_parents_freeze_who_have_that_child_on_the_portal() -> None:
    known = accounts(
        account("parent", "c1", children=["s1", "s2"]), account("parent", "c2", children=["s2"]),
        account("parent", "c3", children=["s1"], status="disabled"), account("student", "s1"),
    )  # fmt: skip
    still = frozen_accounts(known, unreadable(("student", "s1"), ("parent", "c9")))
    assert still.select("kind", "person_id").rows() == [("student", "s1"), ("parent", "c9"), ("parent", "c1")]
    assert still["row"].to_list() == [2, 3, 2], "the row is that of the root cause"


def test_somebody_unreadable_twice_is_frozen_once() -> None:
    known = accounts(account("parent", "c1", children=["s1", "s2"]))
    assert frozen_accounts(known, unreadable(("student", "s1"), ("student", "s2"), ("parent", "c1"))).height == 3


# -- tables that were read in part, and the add-only weeks


def test_r39_after_a_partial_read_nobody_is_disabled_and_children_are_only_added() -> None:
    newer = {**C1, "children": ["s2"], "years": ["scheduling"], "new": True, "given_name": "X"}
    assert made([newer], [C1, S1], ends=[("student", "s1")], may_remove=False) == {
        ("parent", "c1"): ("update", {
            "children": [["s1"], ["s1", "s2"]], "given_name": ["Given c1", "X"],
            "years": [["active"], ["active", "scheduling"]],
        })
    }  # fmt: skip


def test_r39_a_parent_back_from_a_partial_read_has_the_known_children_too() -> None:
    changes = made([{**C1, "children": ["s2"]}], [{**C1, "status": "disabled"}], may_remove=False)["parent", "c1"]
    assert changes == ("enable", {"children": [["s1"], ["s1", "s2"]]})


def test_r39_a_new_parent_of_a_partial_read_is_made_as_wanted() -> None:
    assert made([C1], may_remove=False)["parent", "c1"][0] == "create"


GRADES = {"grade_level": "9", "next_grade_level": "10", "years": ["active", "scheduling"]}
HALF = {"grade_level": "10", "next_grade_level": "10", "years": ["scheduling"], "new": True}


@pytest.mark.parametrize(
    ("now", "known", "becomes"),
    [
        (HALF, GRADES, {**GRADES, "new": False}),
        ({"next_grade_level": None}, GRADES, {**GRADES, "new": False}),
        (HALF, {"grade_level": "8"}, {**GRADES, "grade_level": "8", "new": False}),
        ({**GRADES, "grade_level": "11"}, GRADES, {**GRADES, "new": False}),
        (HALF, {**HALF, "grade_level": "9"}, {**HALF, "grade_level": "9"}),
        (GRADES, {**GRADES, "next_grade_level": None}, {**GRADES, "new": False}),
        (HALF, None, HALF),
    ],
)  # fmt: skip
def test_r39_an_enrollment_that_did_not_come_takes_no_year_or_grade_and_makes_nobody_new(
    now: dict[str, Any], known: dict[str, Any] | None, becomes: dict[str, Any]
) -> None:
    there = accounts(*([{**S1, **known}] if known else []))
    asked, given = (wanted({**S1, **fields})("student") for fields in (now, becomes))
    assert years_only_added(asked, there).equals(given)


def test_r39_records_keep_their_years_alike() -> None:
    known = records("student-record", {"id": "s1", **GRADES})
    now = records(
        "student-record", {"id": "s1", "grade_level": "10", "next_grade_level": "10", "years": ["scheduling"]}
    )
    assert years_only_added(now, known).to_dicts() == known.to_dicts()
