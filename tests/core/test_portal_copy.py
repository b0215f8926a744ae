"""This side's copy of the portal follows every operation; what somebody else did shows, field by field (R18)."""

from __future__ import annotations

from typing import Any

import pytest
from frames import Op, account, op, operations, view

from dayzero.gradebook import COURSE_WORDS, Drift, PortalView
from dayzero.portal.copy import after, decoded, drift, encoded, kept_after

S1 = account("student", "s1")
C1 = account("parent", "c1", children=["s1", "s2"], status="pending")
ADA = {"id": "s1", "given_name": "Ada", "grade_level": "9", "years": ["active"]}
MATHS = {"id": "2028/MAT", "title": "Maths", "credits": 1.0, "required": False, "grade_levels": ["9"]}


def people(portal: PortalView) -> dict[str, dict[str, Any]]:
    return {row["person_id"]: row for row in portal.accounts.to_dicts()}


def later(*ops: Op, rejected: Any = ()) -> PortalView:
    """Return a portal of student s1, parent c1 and their records after a commit of these operations."""
    return after(view(S1, C1, student_record=[ADA], course=[MATHS]), operations(*ops), rejected, "r2")


def test_a_new_account_is_pending_and_has_what_it_was_made_with() -> None:
    made = later(op("create", "student", "s0", login=(None, "a"), years=(None, ["active"]), new=(None, True)))
    assert people(made)["s0"] == {
        **dict.fromkeys(S1), "kind": "student", "person_id": "s0", "login": "a", "years": ["active"], "new": True,
        "status": "pending",
    }  # fmt: skip
    assert (made.revision, made.accounts["person_id"].to_list()) == ("r2", ["c1", "s0", "s1"])


def test_an_update_changes_the_fields_it_names_and_no_other() -> None:
    changed = later(op("update", "student", "s1", given_name=("Given s1", 'Z"oë'), next_grade_level=(None, "10")))
    assert people(changed) == {"s1": {**S1, "given_name": 'Z"oë', "next_grade_level": "10"}, "c1": C1}


def test_a_field_may_be_emptied() -> None:
    emptied = later(
        op("update", "student", "s1", grade_level=("9", None)),
        op("update", "parent", "c1", children=(["s1", "s2"], [])),
    )
    assert people(emptied) == {"s1": {**S1, "grade_level": None}, "c1": {**C1, "children": []}}


def test_a_disabled_account_keeps_its_fields_and_works_again_once_enabled() -> None:
    gone = later(op("disable", "student", "s1"))
    assert people(gone)["s1"] == {**S1, "status": "disabled"}
    back = after(gone, operations(op("enable", "student", "s1", grade_level=("9", "10"))), (), "r3")
    assert people(back)["s1"]["grade_level"] == "10"
    assert people(back)["s1"]["status"] != "disabled"


def test_an_update_leaves_the_status_as_it_is() -> None:
    assert people(later(op("update", "parent", "c1", login=("a", "b"))))["c1"]["status"] == "pending"


def test_what_was_rejected_did_not_happen() -> None:
    ops = (op("create", "student", "s0", login=(None, "a")), op("disable", "student", "s1"))
    assert people(later(*ops, rejected={("student", "s0")})).keys() == {"s1", "c1"}
    assert people(later(*ops, rejected={("parent", "s1"), ("student", "s1")}))["s1"]["status"] == "active"


def test_a_student_and_a_parent_of_one_id_are_two() -> None:
    twins = view(account("parent", "7"), account("student", "7"))
    found = after(twins, operations(op("disable", "parent", "7")), (), "r2").accounts
    assert found.select("kind", "status").rows() == [("parent", "disabled"), ("student", "active")]


def test_records_are_made_changed_and_removed() -> None:
    made = later(
        op("create", "student-record", "s0", given_name=(None, "New"), years=(None, ["scheduling"])),
        op("update", "student-record", "s1", grade_level=("9", "10")),
        op("remove", "course", MATHS["id"]),
        op("create", "school-year", "2027", role=(None, "active")),
        op(
            "create", "course", "2028/ART", credits=(None, 0.5), required=(None, True), grade_levels=(None, ["9", "10"])
        ),
    )
    rows = {kind: {r["id"]: r for r in frame.to_dicts()} for kind, frame in made.records.items()}
    assert list(rows["student-record"]) == ["s0", "s1"]
    assert (rows["student-record"]["s1"]["grade_level"], rows["student-record"]["s1"]["given_name"]) == ("10", "Ada")
    assert rows["school-year"]["2027"]["role"] == "active"
    (art,) = rows["course"].values()
    assert (art["credits"], art["required"], art["grade_levels"]) == (0.5, True, ["9", "10"])


def test_a_commit_of_nothing_changes_the_revision_alone() -> None:
    before = view(S1, C1, student_record=[ADA])
    assert drift(before, after(before, operations(), (), "r2")) == []


def test_a_copy_is_read_as_it_was_kept() -> None:
    before = view(S1, C1, student_record=[ADA], course=[MATHS])
    kept = [Drift("student", "s1", "children", ["a"], None, kept=True)]
    portal, still_kept = decoded("r1", encoded(before, kept))
    assert (portal.revision, drift(before, portal), still_kept) == ("r1", [], kept)
    assert portal.accounts.equals(before.accounts)
    assert {kind: frame.schema for kind, frame in portal.records.items()} == {
        kind: frame.schema for kind, frame in before.records.items()
    }


# -- what others did


def test_every_field_that_differs_is_named_with_both_values() -> None:
    found = view(
        {**S1, "login": "other", "grade_level": None},
        {**C1, "children": ["s1"]},
        student_record=[{**ADA, "given_name": "Eda"}],
    )
    assert drift(view(S1, C1, student_record=[ADA]), found) == [
        Drift("student", "s1", "login", "s1@portal.example", "other"),
        Drift("student", "s1", "grade_level", "9", None),
        Drift("parent", "c1", "children", ["s1", "s2"], ["s1"]),
        Drift("student-record", "s1", "given_name", "Ada", "Eda"),
    ]  # fmt: skip


def test_what_is_gone_and_what_has_come_differ_as_a_whole() -> None:
    assert drift(view(S1, student_record=[ADA]), view(account("student", "s2"), course=[MATHS])) == [
        Drift("student", "s1", None, "there", None),
        Drift("student", "s2", None, None, "there"),
        Drift("student-record", "s1", None, "there", None),
        Drift("course", MATHS["id"], None, None, "there"),
    ]


def test_r18_a_first_sign_in_is_no_drift() -> None:
    assert drift(view({**S1, "status": "pending"}), view({**S1, "status": "active"})) == []


@pytest.mark.parametrize("works", ["pending", "active"])
def test_that_somebody_was_disabled_or_enabled_is(works: str) -> None:
    ours, theirs = view({**S1, "status": works}), view({**S1, "status": "disabled"})
    assert drift(ours, theirs) == [Drift("student", "s1", "status", "working", "disabled")]
    assert drift(theirs, ours) == [Drift("student", "s1", "status", "disabled", "working")]


def test_children_and_years_in_another_order_are_another_value() -> None:
    assert [d.field for d in drift(view(C1), view({**C1, "children": ["s2", "s1"]}))] == ["children"]


def test_of_what_is_kept_the_latest_word_counts() -> None:
    first = Drift("student", "s1", "login", "a", "b")
    others = [Drift("student", "s1", "given_name", "a", "b"), Drift("parent", "s1", "login", "a", "b")]
    latest = Drift("student", "s1", "login", "b", "c")
    kept = kept_after([first, *others], [latest])
    assert [(d.kind, d.field, d.found, d.kept) for d in kept] == [
        ("student", "login", "c", True), ("student", "given_name", "b", True), ("parent", "login", "b", True),
    ]  # fmt: skip


def test_a_copy_that_an_earlier_version_kept_has_the_columns_of_this_one() -> None:
    kept = view(S1, course=[MATHS])
    accounts, courses = kept.accounts.drop("disabled_at"), kept.records["course"].drop(COURSE_WORDS)
    older = PortalView("r1", accounts, {**kept.records, "course": courses})
    read, _ = decoded("r1", encoded(older, ()))
    assert drift(kept, read) == []
    assert set(read.records["course"].columns) == set(kept.records["course"].columns)
    changed = after(read, operations(op("update", "course", "2028/MAT", code=(None, "MAT101"))), (), "r2")
    assert changed.records["course"]["code"].to_list() == ["MAT101"]
