"""One person's copies of several years become one row, and who disagrees is named (R37, case 45)."""

from __future__ import annotations

from typing import Any

import pytest
from frames import ACTIVE, NEXT, contact, link, pupil, table

from dayzero.people.copies import merge_copies
from dayzero.plugin import Finding

BOTH = (ACTIVE, NEXT)


def merged(
    *copies: dict[str, Any], years: tuple[str, ...] = BOTH, **options: Any
) -> tuple[dict[str, Any], list[Finding]]:
    """Merge copies of students; return the rows by id, and the findings."""
    frame = table("students", *(pupil(**{"ident": "s1", **copy})[1] for copy in copies))
    rows, findings = merge_copies(frame, ("student_id",), years, logins=("email", "username"), **options)
    assert "year_id" not in rows.columns
    return {row["student_id"]: row for row in rows.to_dicts()}, findings


def names(*said: tuple[str | None, str | None]) -> list[dict[str, Any]]:
    """Return copies that say (year, given name)."""
    return [{"year_id": year, "given_name": name} for year, name in said]


ORDERS: dict[str, list[tuple[str | None, str | None]]] = {
    "active": [(NEXT, "next"), (None, "all"), (ACTIVE, "active")],
    "all": [(NEXT, "next"), (None, "all")],
    "active again": [(NEXT, "next"), (ACTIVE, "active again")],
    "next": [(NEXT, "next")],
    "all again": [(NEXT, "next"), (None, "all again"), (ACTIVE, None)],
    "next again": [(NEXT, "next again"), (None, None), (ACTIVE, None)],
    "next alone": [("2026", "past"), (NEXT, "next alone")],
}
"""Which name wins, and what the years' copies say."""


def test_r37_the_active_year_goes_before_all_years_and_these_before_the_next() -> None:
    copies = [{"ident": wins, **copy} for wins, said in ORDERS.items() for copy in names(*said)]
    assert {ident: row["given_name"] for ident, row in merged(*copies)[0].items()} == {wins: wins for wins in ORDERS}


def test_r37_at_no_the_next_years_copy_has_no_say_and_raises_no_finding() -> None:
    copies = [{"year_id": NEXT, "email": "new@x", "middle_name": "M"}, {"year_id": ACTIVE, "email": "old@x"}]
    rows, findings = merged(*copies, years=(ACTIVE,))
    assert (rows["s1"]["email"], rows["s1"]["middle_name"], findings) == ("old@x", None, [])


def test_r37_case_45_a_login_that_the_years_disagree_on_is_a_warning_and_the_rest_a_notice() -> None:
    copies = [
        {"year_id": ACTIVE, "email": "old@x", "given_name": "Ada"},
        {"year_id": NEXT, "email": "new@x", "given_name": "Eda"},
    ]
    rows, findings = merged(*copies)
    assert (rows["s1"]["email"], rows["s1"]["given_name"]) == ("old@x", "Ada")
    assert {(f.severity, f.rule, f.column, f.value) for f in findings} == {
        ("warning", "login-conflict-between-years", "email", "new@x"),
        ("notice", "conflict-between-years", "given_name", "Eda"),
    }
    assert all(f.table == "students" and "s1" in f.message for f in findings)


def test_case_40_a_login_in_other_case_or_with_blanks_is_no_conflict() -> None:
    others = ("ADA@x", " ada@x ", "Ada@X")
    copies = [{"ident": o, "year_id": y, "email": e} for o in others for y, e in ((NEXT, o), (ACTIVE, "ada@x"))]
    rows, findings = merged(*copies)
    assert ({row["email"] for row in rows.values()}, findings) == ({"ada@x"}, [])


def test_a_name_in_other_case_is_a_conflict() -> None:
    assert [f.column for f in merged(*names((ACTIVE, "Ada"), (NEXT, "ADA")))[1]] == ["given_name"]


def test_an_empty_value_contradicts_nobody() -> None:
    rows, findings = merged({"year_id": ACTIVE, "email": None}, {"year_id": None}, {"year_id": NEXT, "email": None})
    assert (rows["s1"]["email"], findings) == ("s1@pupils.example", [])


@pytest.mark.parametrize("silent", [ACTIVE, None])
def test_two_copies_may_disagree_where_another_is_silent(silent: str | None) -> None:
    said = [(year, None if year == silent else f"of {year}") for year in (ACTIVE, None, NEXT)]
    assert [(f.column, f.value) for f in merged(*names(*said))[1]] == [("given_name", f"of {NEXT}")]


def test_three_copies_are_one_conflict() -> None:
    assert len(merged(*names((ACTIVE, "a"), (None, "b"), (NEXT, "c")))[1]) == 1


def test_the_value_that_is_named_is_one_that_loses() -> None:
    assert [f.value for f in merged(*names((ACTIVE, "a"), (None, "b"), (NEXT, "a")))[1]] == ["b"]


def test_who_is_known_to_other_years_alone_keeps_an_empty_row() -> None:
    rows, findings = merged({"ident": "s2", "year_id": "2026"}, {"year_id": ACTIVE})
    assert (list(rows), rows["s2"]["email"], findings) == (["s1", "s2"], None, [])


def test_rows_are_sorted_by_key_whatever_their_order() -> None:
    assert list(merged({"ident": "s3"}, {"ident": "s1"}, {"ident": "s2"})[0]) == ["s1", "s2", "s3"]


def test_a_table_without_a_row_in_scope_has_all_its_columns() -> None:
    rows, findings = merge_copies(table("contacts", contact("c1", year_id="2026")[1]), ("contact_id",), BOTH)
    names = {"given_name": "Given c1", "family_name": "Family c1"}
    empty = dict.fromkeys(("primary_email", "portal_access", "household_id"))
    assert (rows.to_dicts(), findings) == ([{"contact_id": "c1", **names, **empty}], []), (
        "what they are called is known"
    )


def test_a_relationship_of_another_year_is_none() -> None:
    frame = table("relationships", link("c1", "s1", year_id="2026")[1], link("c1", "s2", year_id=NEXT)[1])
    rows, _ = merge_copies(frame, ("student_id", "contact_id"), BOTH, only_in_scope=True)
    assert rows.select("student_id", "contact_id").rows() == [("s2", "c1")]


def test_relationships_that_disagree_name_both_people() -> None:
    copies = [link("c1", "s1", year_id=y, portal_access=tick)[1] for y, tick in ((ACTIVE, False), (NEXT, True))]
    rows, (finding,) = merge_copies(
        table("relationships", *copies), ("student_id", "contact_id"), BOTH, only_in_scope=True
    )
    assert rows["portal_access"].to_list() == [False], "case 36: the active year's refusal stays"
    assert (finding.table, finding.column) == ("relationships", "portal_access")
    assert "s1 / c1" in finding.message
