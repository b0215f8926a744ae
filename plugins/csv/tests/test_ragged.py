"""Rows that are too short or too long are found wherever they stand, also where one makes up for the other."""

from __future__ import annotations

import pytest

from dayzero.errors import SourceError
from dayzero_csv.header import Wanted
from dayzero_csv.reading import read_text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2,3\n4,5\n", [2]),
        ("a,b\n4,5\n1,2,3\n", [3]),
        ("a,b,c\n1,2\n4,5,6,7\n8,9,0\n", [2, 3]),
        ("a,b,c\n1,2,3\n4,5\n", [3]),
        ('a,b\n"1",2,3\n4,5\n', [2]),
        ("a,b\n1,2\n,\n", []),
    ],
)
def test_ragged_rows_are_named(text: str, rows: list[int]) -> None:
    frame = read_text("t.csv", text.encode(), ",").frame
    problems = (
        frame.filter(frame["source_problem"].is_not_null()) if "source_problem" in frame.columns else frame.clear()
    )
    assert problems["source_row"].to_list() == rows


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ("1,2,,\n3,4\n5,6\n", [2]),
        ("1,2,,\n3,4,,\n5,6,,\n", []),
        ("1,2,\n3,4,\n5,6\n", []),
        ("1,2,\n", [2]),
    ],
)
def test_empty_cells_too_many_are_a_habit_of_the_file_or_a_row_that_swallowed_another(
    rows: str, problems: list[int]
) -> None:
    read = read_text("t.csv", f"a,b\n{rows}".encode(), ",")
    assert read.may_lack is bool(problems)
    if problems:
        assert read.frame.filter(read.frame["source_problem"].is_not_null())["source_row"].to_list() == problems


@pytest.mark.parametrize(
    ("rows", "may_lack"),
    [
        ("1,2,,\n3,4,,\n5,6,,\n", False),
        ("1,2,,\n3,4\n5,6,,\n", True),
        ("1,2,,\n3,4,,,,\n5,6,,\n", True),
        ("1,2,3,4\n3,4\n5,6,,x\n6\n7,8\n", False),  # each ends behind its last value
        ("1,2,3,4\n3,4\n5,6,,x\n", True),
        ("1,2,,\n3,4,,\n5,6,,\n7,8\n9,10\n", False),  # a spreadsheet trims in blocks
        ("1,2,,\n3,4,,,,\n5,6\n", False),
        ("1,2,,\n3,4,,,x\n5,6,,\n", True),
    ],
)
def test_where_cells_may_be_lacking_a_row_that_is_like_no_other_may_have_swallowed_one(
    rows: str, may_lack: bool
) -> None:
    read = read_text("t.csv", f"a,b,c,d\n{rows}".encode(), ",", Wanted(reach=frozenset("a")))
    assert read.may_lack is may_lack


@pytest.mark.parametrize(
    ("row", "others", "broken"),
    [("1,2", "3,4,", True), ("1,2,3,,", "3,4,", True), ("1,2", "3,4,5", False), ("1,2,3,,", "3,4,5", True)],
)
def test_among_many_even_rows_one_that_is_not_cannot_be_read(row: str, others: str, broken: bool) -> None:
    text = "\n".join(["a,b,c", *[others] * 4, row, *[others] * 4]) + "\n"
    read = read_text("t.csv", text.encode(), ",", Wanted(reach=frozenset("a")))
    assert read.may_lack
    assert ("source_problem" in read.frame.columns) is broken


@pytest.mark.parametrize(
    ("text", "unended", "problem"),
    [
        ("a,b\n1,2\n", False, False),
        ("a,b\r\n1,2\r\n", False, False),
        ("a,b\n1,2", True, False),
        ('a,b\n1,"2"', True, False),
        ("a,b\n1,2\n3", True, True),
        ("a,b\n1,2\n3,4,5", True, True),
    ],
)
def test_a_last_line_without_an_end_is_told(text: str, unended: bool, problem: bool) -> None:
    row = read_text("t.csv", text.encode(), ",").frame.tail(1).row(0, named=True)
    assert row.get("source_unended", False) is unended
    assert (row.get("source_problem") is not None) is problem


@pytest.mark.parametrize("header", ["a,,c", "a,b,", ",b,c"])
def test_a_reader_that_expects_nothing_refuses_a_nameless_column(header: str) -> None:
    with pytest.raises(SourceError, match="a column has no name"):
        read_text("t.csv", f"{header}\n1,2,3\n".encode(), ",")
