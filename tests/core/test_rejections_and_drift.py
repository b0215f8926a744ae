"""What would change something and is not sent: drift that is kept, and what the portal rejected and would again."""

from __future__ import annotations

import pytest
from frames import Op, op, operations, said

from dayzero.gradebook import Drift, Rejection
from dayzero.plan import rejections_of
from dayzero.plan.drift import keeping, still_kept
from dayzero.plan.rejections import passed_over


def drifted(field: str | None, kind: str = "student", ident: str = "s1") -> Drift:
    return Drift(kind, ident, field, "Ours", "Theirs", kept=True)


RENAMED = op("update", "student", "s1", given_name=("Theirs", "Ours"), login=("a", "b"))
OTHERS = (op("disable", "parent", "s1"), op("update", "student", "s2", given_name=("Theirs", "Ours")))


def test_a_field_that_is_kept_is_not_set_back_and_the_others_follow() -> None:
    left = said(keeping(operations(RENAMED, *OTHERS), [drifted("given_name")]))
    assert left == {**said(operations(*OTHERS)), ("student", "s1"): ("update", {"login": ["a", "b"]})}


def test_an_update_of_nothing_else_goes() -> None:
    kept = [drifted("given_name"), Drift("student", "s1", "login", "b", "a", kept=True)]
    assert said(keeping(operations(RENAMED, *OTHERS), kept)) == said(operations(*OTHERS))


def test_without_kept_drift_everything_stays_as_it_is() -> None:
    made = operations(RENAMED, *OTHERS)
    assert keeping(made, []).equals(made)
    assert said(keeping(made, [drifted("given_name", ident="s9"), drifted("given_name", "parent")])) == said(made)


@pytest.mark.parametrize("made", [op("enable", "student", "s1"), op("disable", "student", "s1")])
def test_a_status_that_is_kept_is_neither_enabled_nor_disabled(made: Op) -> None:
    assert said(keeping(operations(made), [drifted("status")])) == {}
    assert said(keeping(operations(made), [drifted("given_name")])) == said(operations(made))


def test_who_comes_back_is_enabled_without_the_field_that_is_kept() -> None:
    back = op("enable", "student", "s1", given_name=("Theirs", "Ours"))
    assert said(keeping(operations(back), [drifted("given_name")])) == {("student", "s1"): ("enable", {})}


@pytest.mark.parametrize(
    "made", [op("create", "student", "s1", login=(None, "a")), RENAMED, op("disable", "student", "s1")]
)
def test_that_an_account_is_gone_or_has_come_is_nobodys_opinion(made: Op) -> None:
    assert said(keeping(operations(made, *OTHERS), [drifted(None)])) == said(operations(made, *OTHERS))


def test_a_field_of_which_the_sis_says_something_else_by_now_is_sent() -> None:
    newer = operations(op("update", "student", "s1", given_name=("Theirs", "Newly")))
    assert said(keeping(newer, [drifted("given_name")])) == said(newer)


def test_what_was_sent_is_kept_no_more() -> None:
    kept = [drifted("given_name"), drifted("login"), drifted("given_name", ident="s2")]
    assert still_kept(kept, operations(op("update", "student", "s1", given_name=("Theirs", "Newly")))) == kept[1:]


def test_an_update_changes_other_fields_where_the_status_is_kept() -> None:
    assert said(keeping(operations(RENAMED), [drifted("status")])) == said(operations(RENAMED))


def test_records_are_kept_alike() -> None:
    made = operations(op("update", "student-record", "s1", given_name=("Theirs", "Ours")), RENAMED)
    left = said(keeping(made, [drifted("given_name", "student-record")]))
    assert left == said(operations(RENAMED))


# -- what the portal rejected

TAKEN = {"kind": "student", "id": "s1", "reason": "login-taken", "remedy": "Choose another."}


def remembered(*ops: Op) -> list[Rejection]:
    """Return what is remembered of a commit of these operations at which student s1 was rejected."""
    return rejections_of(operations(*ops), [TAKEN])


def test_a_rejected_operation_is_remembered_with_its_reason() -> None:
    (found,) = remembered(RENAMED, *OTHERS)
    assert (found.kind, found.id, found.reason, found.remedy) == ("student", "s1", "login-taken", "Choose another.")


def test_the_very_same_operation_is_passed_over_and_stays_listed() -> None:
    left, again = passed_over(operations(RENAMED, *OTHERS), remembered(RENAMED))
    assert (said(left), again) == (said(operations(*OTHERS)), remembered(RENAMED))


@pytest.mark.parametrize(
    "made",
    [
        op("update", "student", "s1", given_name=("Theirs", "Ours"), login=("a", "c")),
        op("update", "student", "s1", login=("a", "b")),
        op("enable", "student", "s1", given_name=("Theirs", "Ours"), login=("a", "b")),
        op("update", "parent", "s1", given_name=("Theirs", "Ours"), login=("a", "b")),
    ],
)
def test_any_other_operation_is_tried(made: Op) -> None:
    left, again = passed_over(operations(made), remembered(RENAMED))
    assert (said(left), again) == (said(operations(made)), [])


def test_what_is_not_wanted_any_more_is_not_listed() -> None:
    assert passed_over(operations(), remembered(RENAMED))[1] == []
    made = operations(RENAMED)
    assert passed_over(made, [])[0].equals(made)


def test_the_order_of_the_others_stays() -> None:
    left, _ = passed_over(operations(*OTHERS, RENAMED), remembered(RENAMED))
    assert left["id"].to_list() == ["s1", "s2"]
