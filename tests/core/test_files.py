"""Case 61: no cell of a file for people is a formula, and what was made safe can be read back."""

from __future__ import annotations

import csv
import io
from typing import Any

import polars as pl

from dayzero.files import plain_text, safe_cell
from dayzero.gradebook import COURSE_REQUEST_SCHEMA
from dayzero.portal import csv_of_requests

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tcmd", "\rcmd", "=", "'=1", "''=1", "'\tx"]
HARMLESS = ["", "Ada", "'", "''", "'Ada'", "O'Neil", "1-1", "a=b", " =1", "00042", "\n=1", "é"]


def test_case_61_what_looks_like_a_formula_begins_with_one_more_apostrophe() -> None:
    assert [safe_cell(text) for text in FORMULAS] == [f"'{text}" for text in FORMULAS]


def test_what_does_not_stays_as_it_is() -> None:
    assert [safe_cell(text) for text in HARMLESS] == [plain_text(text) for text in HARMLESS] == HARMLESS


def test_a_text_is_read_back_as_it_was() -> None:
    assert [plain_text(safe_cell(text)) for text in FORMULAS + HARMLESS] == FORMULAS + HARMLESS


def request(**fields: Any) -> dict[str, Any]:
    """Return a course request."""
    ordinary = {
        "request_id": "q1", "student_id": "s1", "year_id": "2028", "course_id": "ENG", "rank": 1, "alternate": False,
        "status": "approved", "submitted_by": "s1", "updated_at": "2027-03-01T08:00:00+00:00",
    }  # fmt: skip
    return ordinary | fields


def read(*rows: dict[str, Any]) -> list[dict[str, str]]:
    """Return the rows of the file that is made of these requests."""
    content = csv_of_requests(pl.DataFrame(list(rows), schema=COURSE_REQUEST_SCHEMA))
    reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert reader.fieldnames == list(COURSE_REQUEST_SCHEMA)
    return list(reader)


TEXTS = [name for name, dtype in COURSE_REQUEST_SCHEMA.items() if dtype == pl.String]


def test_case_61_no_cell_of_the_course_requests_is_a_formula() -> None:
    rows = read(*(request(**dict.fromkeys(TEXTS, text), rank=n) for n, text in enumerate(FORMULAS)))
    assert {row["rank"]: {row[name] for name in TEXTS} for row in rows} == {
        str(n): {f"'{text}"} for n, text in enumerate(FORMULAS)
    }


def test_harmless_course_requests_stay_as_they_are() -> None:
    assert read(request(submitted_by="O'Neil")) == [
        {name: str(value) if name != "alternate" else "false" for name, value in request(submitted_by="O'Neil").items()}
    ]


def test_course_requests_are_sorted_by_year_student_alternates_last_and_rank() -> None:
    rows = [
        request(request_id="5", year_id="2029", student_id="s0"),
        request(request_id="4", student_id="s2"),
        request(request_id="3", alternate=True, rank=1),
        request(request_id="2", rank=2),
        request(request_id="1", rank=1),
        request(request_id="0", rank=1, course_id="ART"),
    ]
    assert [row["request_id"] for row in read(*rows)] == ["0", "1", "2", "3", "4", "5"]
    frames = [pl.DataFrame(rows[::step], schema=COURSE_REQUEST_SCHEMA) for step in (1, -1)]
    assert csv_of_requests(frames[0]) == csv_of_requests(frames[1])


def test_no_course_requests_are_a_header() -> None:
    assert read() == []
