"""Rows that are too short or too long are found wherever they stand, also where one makes up for the other."""

from __future__ import annotations

import pytest

from dayzero.errors import SourceError
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
    frame = read_text("t.csv", text.encode(), ",")
    problems = (
        frame.filter(frame["source_problem"].is_not_null()) if "source_problem" in frame.columns else frame.clear()
    )
    assert problems["source_row"].to_list() == rows


@pytest.mark.parametrize("header", ["a,,c", "a,b,", ",b,c"])
def test_a_reader_that_expects_nothing_refuses_a_nameless_column(header: str) -> None:
    with pytest.raises(SourceError, match="a column has no name"):
        read_text("t.csv", f"{header}\n1,2,3\n".encode(), ",")
