"""Every rule and case has a test named after it, or docs/undecided.md lists it as undecided; never both, never neither."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ("tests", "plugins", "simulator", "fixtures")
VOCABULARY = {*(f"rule {n}" for n in range(1, 41)), *(f"case {n}" for n in range(1, 63))}
"""``test_r33_...`` is about rule 33, ``test_case_46_...`` about case 46; one test may name several."""


def named(test: str) -> set[str]:
    """Return the rules and cases in a test's name."""
    rules, cases = re.findall(r"(?<=_)r(\d+)(?=_|$)", test), re.findall(r"(?<=_)case_(\d+)(?=_|$)", test)
    return {*(f"rule {n}" for n in rules), *(f"case {n}" for n in cases)}


def covered() -> set[str]:
    """Return the rules and cases that tests are named after."""
    files = [file for folder in TESTS for file in sorted((ROOT / folder).rglob("test_*.py"))]
    names = [name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))]
    return set().union(*map(named, names))


def undecided() -> set[str]:
    """Return what the documentation lists as undecided."""
    text = (ROOT / "docs" / "undecided.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| ((?:rule|case) \d+)", text, re.MULTILINE))


def test_every_rule_and_case_is_tested_or_listed_as_undecided() -> None:
    assert sorted(VOCABULARY - covered() - undecided()) == []


def test_nothing_is_both_decided_and_undecided_and_no_test_names_what_is_not_there() -> None:
    assert sorted(covered() & undecided()) == []
    assert sorted(covered() - VOCABULARY) == []
    assert undecided() == {"case 29", "case 39"}
