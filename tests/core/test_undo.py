"""The inverse of what a run did: values from the journal, and what somebody changed since is left alone (R33)."""

from __future__ import annotations

from typing import Any

import pytest
from frames import Op, account, config, op, said, view

from dayzero.config import Limit
from dayzero.gradebook import Difference, PortalView
from dayzero.plan.undo import inverse, undo

ADA = {"id": "s1", "given_name": "Ada", "grade_level": "9", "years": ["active"]}


def undone(portal: PortalView, *done: Op, removed: Any = None) -> tuple[dict[tuple[str, str], Any], list[Difference]]:
    """Return what takes these operations back, and the conflicts."""
    decoded = [{"op": o, "kind": k, "id": i, "changes": c} for o, k, i, c in done]
    made, conflicts = inverse(decoded, removed or {}, portal)
    assert not made["held"].any()
    assert made.sort("kind", "id").equals(made)
    return said(made), conflicts


def test_r33_a_created_account_is_disabled_and_not_deleted() -> None:
    done = op("create", "student", "s1", login=(None, "a"))
    assert undone(view(account("student", "s1")), done) == ({("student", "s1"): ("disable", {})}, [])


def test_a_disabled_account_is_enabled_and_an_enabled_one_disabled() -> None:
    portal = view(account("student", "s1", status="disabled"), account("parent", "c1"))
    done = op("disable", "student", "s1"), op("enable", "parent", "c1", given_name=("Old", "New"))
    assert undone(portal, *done) == ({("student", "s1"): ("enable", {}), ("parent", "c1"): ("disable", {})}, [])


@pytest.mark.parametrize("works", ["pending", "active"])
def test_who_signed_in_since_is_disabled_all_the_same(works: str) -> None:
    done = op("create", "student", "s1", login=(None, "a"))
    assert undone(view(account("student", "s1", status=works)), done)[0] == {("student", "s1"): ("disable", {})}


def test_a_changed_field_is_set_back_from_what_it_is() -> None:
    portal = view(account("student", "s1", given_name="New", next_grade_level="10"))
    done = op("update", "student", "s1", given_name=("Old", "New"), next_grade_level=(None, "10"))
    assert undone(portal, done) == (
        {("student", "s1"): ("update", {"given_name": ["New", "Old"], "next_grade_level": ["10", None]})}, [],
    )  # fmt: skip


def test_what_somebody_changed_since_is_left_alone_and_the_rest_set_back() -> None:
    portal = view(account("student", "s1", given_name="Third", family_name="New"))
    done = op("update", "student", "s1", given_name=("Old", "New"), family_name=("Old", "New"))
    assert undone(portal, done) == (
        {("student", "s1"): ("update", {"family_name": ["New", "Old"]})},
        [Difference("student", "s1", "given_name", "New", "Third")],
    )


@pytest.mark.parametrize(
    ("now", "done"),
    [
        (account("student", "s1", given_name="Old"), op("update", "student", "s1", given_name=("Old", "New"))),
        (account("student", "s1", status="disabled"), op("create", "student", "s1", login=(None, "a"))),
        (account("student", "s1", status="disabled"), op("enable", "student", "s1")),
        (account("student", "s1"), op("disable", "student", "s1")),
    ],
)
def test_what_is_back_already_needs_nothing_and_is_no_conflict(now: Any, done: Op) -> None:
    assert undone(view(now), done) == ({}, [])


def test_a_change_of_an_account_that_was_disabled_since_is_a_conflict() -> None:
    portal = view(account("student", "s1", given_name="New", status="disabled"))
    assert undone(portal, op("update", "student", "s1", given_name=("Old", "New"))) == (
        {}, [Difference("student", "s1", "status", "working", "disabled")],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["create", "update", "disable", "enable"])
def test_an_account_that_is_gone_is_a_conflict(name: str) -> None:
    conflicts = [Difference("student", "s1", None, "there", None)]
    assert undone(view(account("parent", "s1")), op(name, "student", "s1")) == ({}, conflicts)


# -- records


def test_a_record_that_was_made_is_removed() -> None:
    done = op("create", "student-record", "s1", given_name=(None, "Ada"), years=(None, ["active"]))
    assert undone(view(student_record=[ADA]), done) == ({("student-record", "s1"): ("remove", {})}, [])
    assert undone(view(), done) == ({}, []), "it is gone already"


def test_a_record_that_was_made_and_changed_since_stays() -> None:
    done = op("create", "student-record", "s1", given_name=(None, "Eda"))
    assert undone(view(student_record=[ADA]), done) == (
        {}, [Difference("student-record", "s1", "given_name", "Eda", "Ada")],
    )  # fmt: skip


def test_a_removed_record_is_made_again_as_it_was() -> None:
    before = {("student-record", "s1"): {**ADA, "family_name": None}}
    assert undone(view(), op("remove", "student-record", "s1"), removed=before) == (
        {("student-record", "s1"): ("create", {
            "given_name": [None, "Ada"], "grade_level": [None, "9"], "years": [None, ["active"]],
        })}, [],
    )  # fmt: skip


def test_a_removed_record_that_is_back_or_was_not_recorded_is_a_conflict() -> None:
    done = op("remove", "student-record", "s1")
    back = undone(view(student_record=[ADA]), done, removed={("student-record", "s1"): ADA})
    assert back == ({}, [Difference("student-record", "s1", None, None, "there")])
    assert undone(view(), done) == ({}, [Difference("student-record", "s1", None, None, "not recorded")])


def test_a_changed_record_is_set_back() -> None:
    done = op("update", "student-record", "s1", grade_level=("8", "9"), given_name=("A", "B"))
    assert undone(view(student_record=[ADA]), done) == (
        {("student-record", "s1"): ("update", {"grade_level": ["9", "8"]})},
        [Difference("student-record", "s1", "given_name", "B", "Ada")],
    )


def test_an_account_and_a_record_of_one_id_are_two() -> None:
    portal = view(account("student", "s1", given_name="New"), student_record=[ADA])
    done = op("update", "student", "s1", given_name=("Old", "New")), op("create", "student-record", "s1")
    assert undone(portal, *done)[0] == {
        ("student", "s1"): ("update", {"given_name": ["New", "Old"]}),
        ("student-record", "s1"): ("remove", {}),
    }


def test_what_taking_back_takes_away_is_held_like_anything_else() -> None:
    portal = view(account("parent", "c1", children=["s1", "s2"]), account("parent", "c2", children=["s1"]))
    done = [
        {"op": "update", "kind": "parent", "id": ident, "changes": {"children": pair}}
        for ident, pair in (("c1", [["s1"], ["s1", "s2"]]), ("c2", [["s1", "s3"], ["s1"]]))
    ]
    made = undo("run", done, {}, portal, config(update=Limit(count=0)))
    assert made.plan.operations.select("id", "held").rows() == [("c1", True), ("c2", False)]
    assert [(b.op, b.kind, b.count) for b in made.plan.held] == [("update", "parent", 1)]
    assert (made.plan.header.undoes, made.plan.header.base_revision, made.conflicts) == ("run", "r1", ())


def test_nothing_done_is_nothing_to_take_back() -> None:
    assert undone(view(account("student", "s1"))) == ({}, [])
