"""Bundles nobody here wrote: the counts and oddities that ``real/README.md`` states."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dayzero.plugin import Finding
from dayzero_oneroster import OneRosterSettings, open_oneroster

ROOT = Path(__file__).parents[3]
REAL = Path(os.environ.get("DAYZERO_REAL_CASES", ROOT.parent / "shared" / "real"))

pytestmark = pytest.mark.skipif(
    not (REAL / "oneroster-quirks").is_dir(), reason="real cases are not on this machine (DAYZERO_REAL_CASES)"
)

QUIRKS = ("Test_full_data_set", "Test_minimal_data_set", "oneroster_test_data", "v1p2_full_dataset")
PEOPLE = ("students", "enrollments", "calendar_codes", "contacts", "relationships")


class Read:
    """What one opening gave."""

    def __init__(self, **settings: Any) -> None:
        with open_oneroster(OneRosterSettings(as_of="2026-11-01", **settings)) as source:
            self.tables = {name: source.read(name) for name in ("school_years", *PEOPLE)}
            self.states = {name: source.state(name) for name in PEOPLE}
            self.findings: tuple[Finding, ...] = source.findings()

    def rules(self) -> set[str]:
        return {f.rule for f in self.findings}


def quirk(name: str, **settings: Any) -> Read:
    return Read(path=REAL / "oneroster-quirks" / f"{name}.zip", **settings)


@pytest.mark.parametrize(("year", "expected"), [("2027", (1187, 812, 2390)), ("2028", (879, 750, 1747))])
def test_the_family_bundle_has_its_populations(year: str, expected: tuple[int, int, int]) -> None:
    read = Read(path=REAL / "oneroster-1.1-family")
    here = read.tables["enrollments"].filter(pl.col("year_id") == year, pl.col("status") == "active")
    links = read.tables["relationships"].join(here, on="student_id", how="semi")
    assert (here.height, links["contact_id"].n_unique(), links.height) == expected
    codes = read.tables["calendar_codes"].filter(pl.col("year_id") == year)
    assert codes["student_id"].n_unique() == here.height
    assert set(read.states.values()) == {"complete"}
    assert read.rules() == set()


def test_the_family_bundle_keeps_addresses_with_an_apostrophe() -> None:
    tables = Read(path=REAL / "oneroster-1.1-family").tables
    addresses = pl.concat([tables["students"]["email"], tables["contacts"]["primary_email"]])
    assert addresses.str.contains("'").sum() == 34
    roles = dict(tables["school_years"].select("year_id", "role").iter_rows())
    assert roles == {"2027": "active", "2028": "scheduling"}


@pytest.mark.parametrize("name", QUIRKS)
def test_odd_bundles_are_never_trusted_to_disable(name: str) -> None:
    read = quirk(name)
    assert set(read.states.values()) == {"partial"}
    teachers = {"usr-222-123456", "usr-222-987654"}
    assert not teachers & set(read.tables["contacts"]["contact_id"])
    assert not teachers & set(read.tables["students"]["student_id"])


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("Test_full_data_set", {"status-tobedeleted", "staff-linked-as-parent", "class-deleted-in-use", "term-outside-year"}),
        ("Test_minimal_data_set", {"term-outside-year", "staff-enrolled-as-student", "grade-missing"}),
        ("oneroster_test_data", {"delta-without-image", "no-school-year-session"}),
        ("v1p2_full_dataset", {"header-typo", "header-nameless", "date-format", "manifest-value", "staff-linked-as-parent", "header-unknown"}),
    ],
)  # fmt: skip
def test_each_oddity_is_reported(name: str, rules: set[str]) -> None:
    assert rules <= quirk(name).rules()


def test_a_slashed_date_is_read_only_by_the_format_that_was_set() -> None:
    assert "date-format" in quirk("v1p2_full_dataset").rules()
    assert "date-format" not in quirk("v1p2_full_dataset", date_format="%d/%m/%Y").rules()


def test_a_guardian_who_is_no_staff_is_a_parent() -> None:
    read = quirk("Test_full_data_set")
    assert read.tables["contacts"]["contact_id"].to_list() == ["usr-222-1234561"]
    assert read.tables["relationships"].select("student_id", "contact_id", "relation").rows() == [
        ("usr-222-66778899", "usr-222-1234561", "parent")
    ]
