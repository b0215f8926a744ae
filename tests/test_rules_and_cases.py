"""Every rule and case on docs/rules-and-cases.md has a test named after it, or is marked undecided there.

Never both, never neither; and no test is named after a rule or case that the page does not have.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules-and-cases.md"
TESTS = ("tests", "plugins", "simulator", "fixtures")
BASES = {"documented", "inferred", "ours", "undecided"}


def claims(text: str) -> dict[str, set[str]]:
    """Return what a page claims: ``R17`` or ``Case 34``, in the page's order, and the bases of each.

    Raises ValueError for a point that stands there twice, or in a form that says no basis.
    """
    found: dict[str, set[str]] = {}
    for line in re.findall(r"^\*\*(?:R|Case )\d+.*$", text, re.MULTILINE):
        point = re.match(r"\*\*((?:R|Case )\d+)\*\* \(([a-z, ]+)\) \S", line)
        if point is None or point[1] in found:
            raise ValueError(line)
        found[point[1]] = set(point[2].split(", "))
    return found


def numbering(points: list[str], prefix: str) -> list[int]:
    """Return the numbers of the points that begin so, in their order."""
    return [int(point.removeprefix(prefix)) for point in points if point.startswith(prefix)]


def named(test: str) -> set[str]:
    """Return the points in a test's name: ``test_r27_r28_case_48_...`` is about three."""
    rules, cases = re.findall(r"(?<=_)r(\d+)(?=_|$)", test), re.findall(r"(?<=_)case_(\d+)(?=_|$)", test)
    return {*(f"R{n}" for n in rules), *(f"Case {n}" for n in cases)}


def covered() -> set[str]:
    """Return the points that tests are named after."""
    files = [file for folder in TESTS for file in sorted((ROOT / folder).rglob("test_*.py"))]
    names = [name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))]
    return set().union(*map(named, names))


@pytest.fixture(scope="module")
def page() -> dict[str, set[str]]:
    return claims(PAGE.read_text(encoding="utf-8"))


def undecided(page: dict[str, set[str]]) -> set[str]:
    """Return the points that are marked so."""
    return {point for point, bases in page.items() if "undecided" in bases}


def test_every_point_is_tested_or_undecided(page: dict[str, set[str]]) -> None:
    assert sorted(page.keys() - covered() - undecided(page)) == []


def test_every_point_that_a_test_is_named_after_stands_on_the_page(page: dict[str, set[str]]) -> None:
    assert sorted(covered() - page.keys()) == []


def test_nothing_is_both_tested_and_undecided(page: dict[str, set[str]]) -> None:
    assert sorted(covered() & undecided(page)) == []


@pytest.mark.parametrize("prefix", ["R", "Case "])
def test_the_numbering_has_no_gap(page: dict[str, set[str]], prefix: str) -> None:
    numbers = numbering(list(page), prefix)
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


def test_every_point_says_where_it_comes_from(page: dict[str, set[str]]) -> None:
    assert {point: bases - BASES for point, bases in page.items() if bases - BASES} == {}


def test_undecided_means_the_same_on_both_pages(page: dict[str, set[str]]) -> None:
    text = (ROOT / "docs" / "undecided.md").read_text(encoding="utf-8").partition("## Not decided")[2]
    listed = {f"Case {n}" for n in re.findall(r"^\| case (\d+)", text, re.MULTILINE)}
    listed |= {f"R{n}" for n in re.findall(r"^\| rule (\d+)", text, re.MULTILINE)}
    assert listed == undecided(page)


@pytest.mark.parametrize("text", ["**R1** (ours) Once.\n\n**R1** (ours) Twice.\n", "**Case 2** says no basis.\n"])
def test_a_point_twice_or_without_a_basis_is_noticed(text: str) -> None:
    with pytest.raises(ValueError, match=r"R1|Case 2"):
        claims(text)
