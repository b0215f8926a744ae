"""The proof is one only if it fails without what it proves: each part of the cascade is switched off, and a test sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from field import (
    test_another_school,
    test_cut_lines,
    test_cut_links,
    test_doubts,
    test_empty_tables,
    test_holds,
    test_link_only_next_year,
    test_nights,
    test_partial_reads,
    test_reads,
    test_refusals,
    test_renewed_records,
    test_requests,
)
from field.test_requests import choosing
from tiny_school import TinySchool

from dayzero.plan import cascade, reads
from dayzero_simulator.portal import formers

__all__ = ["choosing"]

Switch = Callable[[pytest.MonkeyPatch], None]
decide: Any = import_module("dayzero.plan.decide")
identify: Any = import_module("dayzero.people.identify")
_asked = cascade._Families.without_taking


def _let_through(monkeypatch: pytest.MonkeyPatch, concerns: Callable[[Mapping[str, Any], Any], bool]) -> None:
    """Let operations of one sort go whole, whoever is kept."""

    def without_taking(self: Any, row: Mapping[str, Any], changes: Any, refused: frozenset[str]) -> Any:
        return None if concerns(row, changes) else _asked(self, row, changes, refused)

    monkeypatch.setattr(cascade._Families, "without_taking", without_taking)


def records_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "_with_records_named", lambda operations, *_, **__: operations)


def records(monkeypatch: pytest.MonkeyPatch) -> None:
    records_named(monkeypatch)  # whose parents wait keep theirs by that as well
    _let_through(monkeypatch, lambda row, _: (row["kind"], row["op"]) == ("student-record", "remove"))


def links(monkeypatch: pytest.MonkeyPatch) -> None:
    _let_through(monkeypatch, lambda row, changes: row["kind"] == "parent" and "children" in changes)


def years(monkeypatch: pytest.MonkeyPatch) -> None:
    _let_through(monkeypatch, lambda row, changes: row["kind"] != "parent" and "years" in changes)


def years_of_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    _let_through(monkeypatch, lambda row, changes: row["kind"] == "parent" and "years" in changes)


def school_years(monkeypatch: pytest.MonkeyPatch) -> None:
    _let_through(monkeypatch, lambda row, _: row["kind"] == "school-year")


def courses(monkeypatch: pytest.MonkeyPatch) -> None:
    _let_through(monkeypatch, lambda row, _: row["kind"] == "course")


def requests(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = decide.withdrawing
    monkeypatch.setattr(decide, "withdrawing", lambda *given: replace(asked(*given), held=(), students=frozenset()))


def refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "refused_children", lambda *_: {})


def password_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formers, "hand_over", lambda *_: None)


def renewal_is_an_update(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = decide.account_operations
    monkeypatch.setattr(decide, "account_operations", lambda *given, **named: asked(*given, **{**named, "renewed": ()}))


def record_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = decide.record_operations
    monkeypatch.setattr(decide, "record_operations", lambda *given, **named: asked(*given, **{**named, "renewed": ()}))


def look_alikes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "look_alike_ids", lambda *_: [])


def links_after_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "links_of_others", lambda *_: set())


def links_under_new_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "under_new_ids", lambda *_: set())


def children_of_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "cut_children", lambda *_: {})


def links_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "without_lost", lambda population, *_: (population, []))


def removed_this_year(school: TinySchool) -> None:
    school = test_link_only_next_year.rolled_over(school)
    test_link_only_next_year.test_h5_what_the_active_year_removed_is_in_doubt_and_the_parent_keeps_the_child(school)


def contact_numbered_anew(school: TinySchool) -> None:
    test_cut_links.test_b1_a_child_under_a_new_id_is_no_child_of_a_contact_who_is_another(school, "")


def parents_alone_wait(school: TinySchool) -> None:
    test_nights.test_a1_whose_parents_are_held_is_not_nameless(school, test_nights.two_parents_each)


def everybody_exits(school: TinySchool) -> None:
    test_holds.test_a2_everybody_exits_at_once(school, "inactive")


@pytest.mark.parametrize(
    ("switch", "proof"),
    [
        (records, everybody_exits),
        (records_named, parents_alone_wait),
        (links, everybody_exits),
        (years, test_holds.test_a4_a_withdrawal_for_everybody_makes_newcomers_of_nobody),
        (years_of_parents, test_holds.test_a4_a_withdrawal_for_everybody_makes_newcomers_of_nobody),
        (school_years, test_holds.test_a3_no_after_yes_takes_the_next_year_from_nobody),
        (courses, test_holds.test_a3_no_after_yes_takes_the_next_year_from_nobody),
        (password_stays, test_doubts.test_b1_an_id_that_changes_hands_while_in_use),
        (renewal_is_an_update, test_doubts.test_b1_an_id_that_changes_hands_while_in_use),
        (
            record_is_updated,
            test_renewed_records.test_b1_who_cannot_sign_in_after_somebody_who_could_sees_nothing_of_theirs,
        ),
        (look_alikes, test_doubts.test_b2_a_rounded_number_is_known_again),
        (links_after_other, test_doubts.test_b1_a_contacts_former_child_is_cut),
        (
            links_after_other,
            test_renewed_records.test_b1_a_parent_who_has_another_child_here_does_not_see_whoever_gets_the_id,
        ),
        (links_under_new_ids, contact_numbered_anew),
        (
            children_of_kept,
            test_renewed_records.test_b1_nobody_who_is_kept_or_untouched_keeps_a_child_who_is_somebody_else,
        ),
        (links_lost, removed_this_year),
        (refusals, test_refusals.test_a_child_who_leaves_and_is_refused_goes_though_the_child_is_held),
    ],
)
def test_what_is_switched_off_is_missed(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, switch: Switch, proof: Callable[[TinySchool], None]
) -> None:
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        proof(tiny_school)


def test_requests_that_are_withdrawn_unseen_are_missed(choosing: TinySchool, monkeypatch: pytest.MonkeyPatch) -> None:
    requests(monkeypatch)
    with pytest.raises(AssertionError):
        test_requests.test_what_was_handed_in_is_held_with_the_person_until_somebody_looks(
            choosing, test_requests.loses_next_year
        )


Proof = Callable[[TinySchool, Callable[..., TinySchool]], None]
PROOFS: Mapping[str, Proof] = {
    "lost-portal": lambda school, _: test_reads.test_i3_a_portal_that_was_reset_is_one_doubt(school, "repair"),
    "another-school": lambda school, _: test_another_school.test_i4_nothing_is_sent(school),
    "emptied-column": lambda school, _: test_reads.test_i8_a_deciding_column_that_was_filled_and_is_empty_stops_the_run(
        school, "relationships", "portal_access", "no"
    ),
    "cut-line": lambda school, _: test_cut_lines.test_i7_a_row_that_is_too_short_is_cut_off_whatever_was_before(school),
    "partial": lambda school, halves: test_partial_reads.test_whoever_would_leave_is_told_and_released_once(
        test_partial_reads.put_in(halves()), halves
    ),
    "torn-read": lambda school, _: test_reads.test_i6_contacts_whom_a_link_still_needs_stay(school),
    "emptied-table": lambda school, _: test_empty_tables.test_i2_a_saved_plan_waits_and_is_released_alike(school),
}
"""What fails without a rule about reads."""


@pytest.mark.parametrize("code", [rule.code for rule in reads.READ_RULES])
def test_a_detector_of_reads_that_is_switched_off_is_missed(
    tiny_school: TinySchool, halves: Callable[..., TinySchool], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(reads, "READ_RULES", tuple(rule for rule in reads.READ_RULES if rule.code != code))
    with pytest.raises((AssertionError, ValueError)):
        PROOFS[code](tiny_school, halves)
