"""What a command ends with, for scripts: what ended the run, else held before incomplete before done."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from frames import op, planned

from dayzero import errors
from dayzero.conform import Findings
from dayzero.errors import DayzeroError, ExitCode, gravest
from dayzero.gradebook import Difference, Rejection
from dayzero.plan import Breach, Header, Plan
from dayzero.plan.model import bare_plan
from dayzero.plugin import Finding
from dayzero.portal import CommitResult
from dayzero.sync.outcome import Outcome

DONE, INCOMPLETE, HELD = ExitCode.DONE, ExitCode.INCOMPLETE, ExitCode.HELD
ORDER = [DONE, INCOMPLETE, HELD, ExitCode.USAGE, ExitCode.SOURCE, ExitCode.PORTAL, ExitCode.INTERRUPTED]


def test_the_graver_wins_whatever_the_order() -> None:
    for less, more in itertools.combinations(ORDER, 2):
        assert gravest(less, more) == gravest(more, less) == more


def test_nothing_is_done() -> None:
    assert gravest() == gravest(DONE, DONE) == DONE
    assert set(ORDER) == set(ExitCode)


def test_every_error_ends_a_command_with_a_code_of_its_own_family() -> None:
    codes = {
        "UsageError": 2, "ConfigurationError": 2, "JournalError": 2, "PluginError": 2, "SourceError": 4,
        "SourceMovedError": 4,
        "UntrustedSourceError": 4, "InterruptedRunError": 130, "HeldError": 3, "StalePlanError": 3,
        "LockedError": 3, "PortalUnavailableError": 5, "RevisionMovedError": 5, "PortalUnsettledError": 5,
    }  # fmt: skip
    assert {name: int(getattr(errors, name).exit_code) for name in codes} == codes


def test_an_error_says_its_remedy_and_its_culprit() -> None:
    error = DayzeroError("It is so.", remedy="Do this.", table="students", row=7)
    assert (str(error), error.facts) == ("It is so.\nDo this.", {"table": "students", "row": 7})
    assert (str(DayzeroError("It is so.")), DayzeroError("x").facts) == ("It is so.", {})


def test_documents_call_an_error_by_what_a_script_needs_to_know() -> None:
    words = {
        "HeldError": "Refused", "SourceError": "Source", "ListingMovedError": "PortalConflict",
        "PortalUnsettledError": "PortalUnsettled",
    }  # fmt: skip
    assert {name: getattr(errors, name)("x").kind for name in words} == words


HEADER = Header(
    schema="dayzero-plan/1", school="s", portal="p", send_scheduling_year=False, settings_digest="d", base_revision="r"
)
BREACH = Breach("disable", "student", 1, 0, "disable=1")


def plan(*, severity: Any = None, held: bool = False, marked: bool = False) -> Plan:
    """Return a plan with a finding, a breach, or an operation that is marked as held."""
    operations = planned(op("disable", "student", "s1"), held=["s1"] if marked else [])
    made = bare_plan(HEADER, operations, "id", [BREACH] if held else [])
    findings = Findings.of([Finding(severity, "students", 2, None, None, "rule", "message")] if severity else [])
    tables = {**made.tables, "findings": findings.frame}
    return Plan(made.header, made.operations, made.plan_id, made.held, tables, findings.any_error())


def test_looking_at_a_plan_ends_with_what_applying_it_would() -> None:
    assert plan().exit_code == plan(severity="warning").exit_code == plan(severity="notice").exit_code == DONE
    assert plan(severity="error").exit_code == INCOMPLETE
    assert plan(held=True).exit_code == plan(marked=True).exit_code == HELD
    assert plan(held=True, severity="error").exit_code == HELD


CONFLICT = Difference("student", "s1", "login", "a", "b")
REJECTED = {"kind": "student", "id": "s1", "reason": "login-taken", "remedy": "r"}


def ended(applied: Plan, *rejected: dict[str, str], **facts: Any) -> ExitCode:
    """Return what a run ends with."""
    return Outcome(applied, "run", CommitResult("sync", "r2", {}, list(rejected)), **facts).exit_code


def test_a_run_ends_with_what_was_left_undone() -> None:
    assert ended(plan()) == ended(plan(severity="warning")) == DONE
    assert ended(plan(severity="error")) == INCOMPLETE
    assert ended(plan(), conflicts=(CONFLICT,)) == INCOMPLETE
    assert ended(plan(), unrecorded="no room") == INCOMPLETE
    assert ended(plan(), REJECTED) == INCOMPLETE
    assert ended(replace(plan(), rejected_before=(Rejection("student", "s1", "d", "r", "r"),))) == INCOMPLETE
    assert ended(plan(held=True), REJECTED, conflicts=(CONFLICT,)) == HELD


def test_what_goes_is_what_is_not_held() -> None:
    assert plan(marked=True).going.is_empty()
    assert plan().going.equals(plan().operations)
