"""Fixtures of the tests of the portal's pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Import mode importlib puts no test folder on the path; this one holds the school that every page's tests share.
sys.path.insert(0, str(Path(__file__).parent))

from oak import ADMIN, NEWCOMER, Hands, Portal, account, course, pupil, record

from dayzero_simulator import GradebookCloud


@pytest.fixture
def clock() -> Hands:
    """The server's clock."""
    return Hands()


@pytest.fixture
def portal(clock: Hands) -> Iterator[Portal]:
    """The school Oak: a newcomer, a returning student, a senior, and their parents."""
    cloud = GradebookCloud(token="t", admin_password=ADMIN[1], seed=1, now=clock)
    school = Portal(cloud, clock)
    school.sync(
        record("school-year", "2027", name="2026-27", starts_on="2026-08-01", ends_on="2027-06-30", role="active", opened_as="active"),
        record("school-year", "2028", name="2027-28", starts_on="2027-08-01", ends_on="2028-06-30", role="scheduling", opened_as="scheduling"),
        course("ENG", "English 9", 1, ["9"], required=True),
        course("MAT", "Algebra", 3, ["9"]),
        course("ART", "Studio Art", 1, ["9", "10"]),
        course("BAND", "Concert Band", 2, ["9"]),
        course("TEN", "English 10", 5, ["10"], required=True),
        pupil("new", "Nia Newcomer", None, "9"),
        pupil("ret", "Rex Returning", "9", "10"),
        pupil("sen", "Sam Senior", "12", None),
        account("student", "new", "nia@oak.example", "Nia Newcomer", **NEWCOMER),
        account("student", "ret", "rex", "Rex Returning", years=["active", "scheduling"], grade_level="9", next_grade_level="10"),
        account("student", "sen", "sam@oak.example", "Sam Senior", grade_level="12"),
        account("parent", "pn", "pat@home.test", "Pat Newcomer", years=["scheduling"], new=True, children=["new"]),
        account("parent", "pm", "max@home.test", "Max Newcomer", years=["active", "scheduling"], children=["new", "ret"]),
        account("parent", "ps", "sue@home.test", "Sue Senior", children=["sen"]),
    )  # fmt: skip
    yield school
    cloud.world.close()
