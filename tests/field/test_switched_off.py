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
    test_empty_tables,
    test_holds,
    test_partial_reads,
    test_reads,
    test_refusals,
    test_requests,
)
from field.test_requests import choosing
from tiny_school import TinySchool

from dayzero.plan import cascade, reads

__all__ = ["choosing"]

Switch = Callable[[pytest.MonkeyPatch], None]
decide: Any = import_module("dayzero.plan.decide")
_asked = cascade._Families.without_taking


def _let_through(monkeypatch: pytest.MonkeyPatch, concerns: Callable[[Mapping[str, Any], Any], bool]) -> None:
    """Let operations of one sort go whole, whoever is kept."""

    def without_taking(self: Any, row: Mapping[str, Any], changes: Any, refused: frozenset[str]) -> Any:
        return None if concerns(row, changes) else _asked(self, row, changes, refused)

    monkeypatch.setattr(cascade._Families, "without_taking", without_taking)


def records(monkeypatch: pytest.MonkeyPatch) -> None:
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


def everybody_exits(school: TinySchool) -> None:
    test_holds.test_a2_everybody_exits_at_once(school, "inactive")


@pytest.mark.parametrize(
    ("switch", "proof"),
    [
        (records, everybody_exits),
        (links, everybody_exits),
        (years, test_holds.test_a4_a_withdrawal_for_everybody_makes_newcomers_of_nobody),
        (years_of_parents, test_holds.test_a4_a_withdrawal_for_everybody_makes_newcomers_of_nobody),
        (school_years, test_holds.test_a3_no_after_yes_takes_the_next_year_from_nobody),
        (courses, test_holds.test_a3_no_after_yes_takes_the_next_year_from_nobody),
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
