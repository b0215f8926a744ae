"""People under new ids: what is proposed, and the map that keeps their accounts (case 27, R14)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from frames import account, accounts, contact, enrolled, link, op, operations, pupil, tables, unreadable, wanted

from dayzero.conform import Conformed, Findings, numbered
from dayzero.errors import UsageError
from dayzero.plan import IdMap
from dayzero.plan.rekey import proposed

HEADER = "kind,old_id,new_id\r\n"


def pairs(
    gone: Mapping[str, Mapping[str, Any]], fresh: Mapping[str, Mapping[str, Any]], *, kind: str = "student",
    source: tuple[str, ...] = (), untouched: tuple[str, ...] = (),
) -> dict[str, dict[str, str]]:  # fmt: skip
    """Return the proposal where accounts ``gone`` end and ``fresh`` ones begin. ``source``: further ids that are there."""
    ended = [op("disable", kind, i) for i in gone if i not in untouched]
    begun = [op("create", kind, i) for i in fresh if i not in untouched]
    known = accounts(*(account(kind, i, **fields) for i, fields in gone.items()))
    should_be = wanted(*(account(kind, i, **fields) for i, fields in fresh.items()))
    nobody = pl.Series([], dtype=pl.String)
    present = {"student": nobody, "parent": nobody, kind: pl.Series([*fresh, *source], dtype=pl.String)}
    return proposed(operations(*ended, *begun), known, should_be, present)


ADA = {"login": "ada@x", "given_name": "Ada", "family_name": "Ng"}
EDA = {"login": "eda@x", "given_name": "Eda", "family_name": "Ng"}


@pytest.mark.parametrize("kind", ["student", "parent"])
def test_one_login_under_a_new_id_is_one_person(kind: str) -> None:
    assert pairs({"1": ADA}, {"x1": {**EDA, "login": "ADA@x "}}, kind=kind) == {kind: {"1": "x1"}}


def test_one_name_and_no_other_of_it_is_one_person() -> None:
    assert pairs({"1": ADA}, {"x1": {**ADA, "login": "new@x", "given_name": "ADA"}}) == {"student": {"1": "x1"}}


def test_a_login_goes_before_a_name() -> None:
    swapped = {"x1": {**EDA, "login": "ada@x"}, "x2": {**ADA, "login": "eda@x"}}
    assert pairs({"1": ADA, "2": EDA}, swapped) == {"student": {"1": "x1", "2": "x2"}}


def test_who_is_found_by_login_is_not_found_again_by_name() -> None:
    two = {"x1": ADA, "x2": {**ADA, "login": "other@x"}}
    assert pairs({"1": ADA}, two) == {"student": {"1": "x1"}}
    married = {**ADA, "family_name": "Ng-Lee"}
    assert pairs({"1": ADA, "2": {**married, "login": "other@x"}}, {"x1": married}) == {"student": {"1": "x1"}}


@pytest.mark.parametrize("side", ["gone", "fresh"])
def test_a_name_that_two_have_tells_nobody_apart(side: str) -> None:
    twins = {"1": {**ADA, "login": "a@x"}, "2": {**ADA, "login": "b@x"}}
    alone = {"x1": {**ADA, "login": "c@x"}}
    assert (pairs(twins, alone) if side == "gone" else pairs(alone, twins)) == {}


def test_given_and_family_name_are_not_run_together() -> None:
    assert (
        pairs(
            {"1": {**ADA, "given_name": "Ann", "family_name": "Alee"}},
            {"x1": {**EDA, "given_name": "AnnA", "family_name": "lee"}},
        )
        == {}
    )


def test_an_id_that_is_still_in_the_source_is_nobody_elses() -> None:
    assert pairs({"1": ADA}, {"x1": ADA}, source=("1",)) == {}


def test_only_accounts_that_end_and_others_that_begin_are_looked_at() -> None:
    assert pairs({"1": ADA}, {"x1": ADA}, untouched=("1",)) == {}
    assert pairs({"1": ADA}, {"x1": ADA}, untouched=("x1",)) == {}


def test_a_student_does_not_become_a_parent() -> None:
    made = operations(op("disable", "student", "1"), op("create", "parent", "x1"))
    nobody = {"student": pl.Series([], dtype=pl.String), "parent": pl.Series(["x1"])}
    assert (
        proposed(made, accounts(account("student", "1", **ADA)), wanted(account("parent", "x1", **ADA)), nobody) == {}
    )


# -- the map as a text


def test_a_proposal_is_written_old_id_first() -> None:
    assert IdMap.proposal({"student": {"1": "x1"}, "parent": {"9": "x9"}}).text() == (
        f"{HEADER}student,1,x1\r\nparent,9,x9\r\n"
    )


def test_case_61_any_id_is_read_as_it_was_and_no_cell_is_a_formula() -> None:
    ids = ["=1+1", "'=1+1", "+3", "-4", "@x", "\tx", "\rx", "'quoted'", 'a,"b"', "a\nb", "00042", "é"]
    known = IdMap({"student": {f"{i}n": i for i in ids}, "parent": {i: f"{i}o" for i in ids}})
    assert IdMap.of_text(known.text(), "ids.csv") == known
    cells = [cell for row in csv.reader(io.StringIO(known.text(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_map_of_nobody_is_a_header() -> None:
    assert IdMap().text() == HEADER
    assert IdMap.of_text(HEADER, "ids.csv") == IdMap()


WRONG = {
    "": 1,
    "kind,old,new\n": 1,
    HEADER + "student,1,x1\nteacher,2,x2\n": 3,
    HEADER + "student,1\n": 2,
    HEADER + "student,1,x1,more\n": 2,
    HEADER + "student,,x1\n": 2,
    HEADER + "student,1,\n": 2,
    HEADER + "student,1,x1\nstudent,1,x2\n": 3,
    HEADER + "student,1,x1\nstudent,2,x1\n": 3,
    HEADER + "student,1,x1\n\nstudent,2,x2\n": 3,
}
"""What is no map, and the line that says so."""


def test_what_is_no_map_is_refused_by_line() -> None:
    for text, line in WRONG.items():
        with pytest.raises(UsageError, match=rf"ids\.csv, line {line}\b") as caught:
            IdMap.of_text(text, "ids.csv")
        assert "--rekey-out" in caught.value.remedy


def test_one_id_may_be_a_students_and_a_contacts() -> None:
    text = HEADER + "student,1,x1\r\nparent,1,x1\r\n"
    assert IdMap.of_text(text, "ids.csv").text() == text


# -- maps put together


def test_who_is_numbered_anew_twice_keeps_the_first_account() -> None:
    first, second = IdMap({"student": {"x1": "1"}}), IdMap({"student": {"y1": "x1"}})
    assert first.grown(second).new_to_old["student"]["y1"] == "1"


def test_a_chain_of_one_kind_leads_to_nobody_of_the_other() -> None:
    grown = IdMap({"student": {"x1": "1"}}).grown(IdMap({"parent": {"y1": "x1"}}))
    assert grown.new_to_old == {"student": {"x1": "1"}, "parent": {"y1": "x1"}}


def test_a_newer_pair_replaces_an_older_one_and_the_rest_stays() -> None:
    first = IdMap({"student": {"x1": "1", "x2": "2"}})
    assert first.grown(IdMap({"student": {"x1": "3"}})).new_to_old["student"] == {"x1": "3", "x2": "2"}


def test_a_person_is_taken_out_by_either_id() -> None:
    known = IdMap({"student": {"x1": "1", "x2": "2"}, "parent": {"2": "9"}})
    assert known.without("2") == IdMap({"student": {"x1": "1"}, "parent": {}})
    assert known.without("x1").new_to_old["student"] == {"x2": "2"}
    assert known.without("stranger") == known


def test_rows_give_the_map_again() -> None:
    known = IdMap({"student": {"x1": "1", "x2": "2"}, "parent": {"x1": "9"}})
    assert IdMap.of_rows(known.rows()) == known


# -- the map over the source


def mapped(known: IdMap, *rows: Any) -> Conformed:
    """Return the source's tables with the portal's ids."""
    out = unreadable(("student", "x1"), ("parent", "x1"))
    made, unread, found = known.renamed(tables(*rows), out)
    return Conformed(numbered(made), Findings.of(found), unread, {})


def test_new_ids_are_read_as_the_old_ones_wherever_they_stand() -> None:
    rows = (pupil("x1"), enrolled("x1"), contact("x1"), link("x1", "x1"))
    found = mapped(IdMap({"student": {"x1": "1"}}), *rows)
    assert [found.tables[t]["student_id"].to_list() for t in ("students", "enrollments", "relationships")] == [
        ["1"]
    ] * 3
    assert found.tables["contacts"]["contact_id"].to_list() == ["x1"], "a contact of that id is somebody else"
    assert found.unreadable.select("kind", "person_id").rows() == [("student", "1"), ("parent", "x1")]
    assert found.findings == ()


def test_an_old_id_that_is_back_in_the_source_is_taken_as_it_is_and_said() -> None:
    found = mapped(IdMap({"student": {"x1": "1", "x2": "2"}}), pupil("x1"), pupil("1"), pupil("x2"))
    assert found.tables["students"]["student_id"].to_list() == ["1", "2", "x1"]
    assert [(f.severity, f.rule, f.value) for f in found.findings] == [("warning", "id-came-back", "1")]


def test_two_ids_that_lead_to_one_account_are_one_person_only_if_one_of_them_is_there() -> None:
    known = IdMap({"student": {"x1": "1", "y1": "1"}})
    assert mapped(known, pupil("y1")).tables["students"]["student_id"].to_list() == ["1"]
    found = mapped(known, pupil("x1"), pupil("y1"))
    assert found.tables["students"]["student_id"].to_list() == ["x1", "y1"]
    assert [(f.severity, f.rule, f.value) for f in found.findings] == [("warning", "id-came-back", "1")]


def test_a_map_that_has_grown_is_read_back_by_us_alone() -> None:
    grown = IdMap({"student": {"x1": "1"}}).grown(IdMap({"student": {"y1": "1"}}))
    assert list(IdMap.of_text(grown.text(), "ids.csv", grown=True).rows()) == list(grown.rows())
    with pytest.raises(UsageError, match="mapped twice"):
        IdMap.of_text(grown.text(), "ids.csv")


def test_an_empty_map_changes_nothing() -> None:
    assert mapped(IdMap(), pupil("x1")).tables["students"]["student_id"].to_list() == ["x1"]
