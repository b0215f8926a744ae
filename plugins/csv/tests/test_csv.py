"""The csv source: plain and odd files, always with the line of the file."""

from __future__ import annotations

import pytest

from dayzero.errors import SourceError
from dayzero_csv import CsvSettings, open_csv

STUDENTS = "student_id,given_name,family_name\n00042,Zoë,O'Brien\n00043,Al,Ito\n"


def read(tmp_path, data, table="students", **settings):
    data = data.encode() if isinstance(data, str) else data
    (tmp_path / f"{table}.csv").write_bytes(data)
    with open_csv(CsvSettings(tmp_path, **settings)) as source:
        return source.read(table)


def test_text_is_never_inferred_and_rows_know_their_line(tmp_path):
    frame = read(tmp_path, STUDENTS)
    assert frame["student_id"].to_list() == ["00042", "00043"]
    assert frame["source_row"].to_list() == [2, 3]
    assert "source_problem" not in frame.columns


def test_bom_and_crlf_are_read(tmp_path):
    frame = read(tmp_path, b"\xef\xbb\xbf" + STUDENTS.replace("\n", "\r\n").encode())
    assert frame.columns[0] == "student_id"
    assert frame["family_name"].to_list() == ["O'Brien", "Ito"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_ragged_rows_are_marked_one_by_one(tmp_path, quote):
    rows = f"student_id,given_name,family_name\n1,{quote}A{quote},B\n2,C\n3,D,E,F\n4,G,H\n"
    frame = read(tmp_path, rows)
    assert frame["source_problem"].to_list() == [
        None,
        "2 fields where the header has 3",
        "4 fields where the header has 3",
        None,
    ]


def test_lines_are_counted_through_quoted_newlines_and_blank_lines(tmp_path):
    frame = read(tmp_path, 'student_id,given_name,family_name\n1,"A\nB",C\n\n2,D,E\n')
    assert frame["source_row"].to_list() == [2, 5]
    assert frame["given_name"].to_list() == ["A\nB", "D"]


def test_semicolons_are_rejected_with_the_line_or_read_when_told(tmp_path):
    text = STUDENTS.replace(",", ";")
    with pytest.raises(SourceError, match="line 1") as caught:
        read(tmp_path, text, delimiter=",")
    assert 'delimiter = ";"' in caught.value.remedy
    for delimiter in (";", "auto"):
        assert read(tmp_path, text, delimiter=delimiter)["student_id"].to_list() == ["00042", "00043"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n1,a\n", "header is empty"),
        (b"student_id,given_name\n1,\xff\n", "line 2"),
        (b"student_id,given_name\n1,a\n2,\x00\n", "line 3"),
        (b'student_id,given_name\n1,a\n2,"b\n3,c\n', "line 3"),
        (b"student_id,student_id\n1,a\n", "twice"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_place(tmp_path, data, said):
    with pytest.raises(SourceError, match=said):
        read(tmp_path, data)


def test_formats_are_converted_and_what_does_not_parse_stays(tmp_path):
    frame = read(tmp_path, "student_id,birth_date\n1,03/04/2010\n2,soon\n", date_format="%d/%m/%Y", true_words=["oui"])
    assert frame["birth_date"].to_list() == ["2010-04-03", "soon"]
    assert read(tmp_path, "student_id,birth_date\n1,03/04/2010\n")["birth_date"].to_list() == ["03/04/2010"]


@pytest.mark.parametrize(
    ("cell", "date_format"),
    [
        ("6/4/2012 12:00:00 AM", "%m/%d/%Y"),
        ("6/4/2012 12:00:00\u202fAM", "%m/%d/%Y"),
        ("04.06.2012 00:00", "%d.%m.%Y"),
        ("20120604 00:00:00.000", "%Y%m%d"),
        ("2012/06/04T00:00:00Z", "%Y/%m/%d"),
        ("04.06.2012 14:30", "%d.%m.%Y %H:%M"),
    ],
)
def test_a_time_of_day_behind_a_date_is_dropped(tmp_path, cell, date_format):
    frame = read(tmp_path, f"student_id,birth_date\n1,{cell}\n2,{cell.split()[0]} or so\n", date_format=date_format)
    assert frame["birth_date"].to_list() == ["2012-06-04", f"{cell.split()[0]} or so"]


def test_headers_and_files_are_mapped(tmp_path):
    (tmp_path / "STU.csv").write_text("Student No\n7\n")
    settings = CsvSettings(tmp_path, files={"students": "STU.csv"}, columns={"students": {"student_id": "Student No"}})
    with open_csv(settings) as source:
        assert source.read("students")["student_id"].to_list() == ["7"]
        assert source.read("courses") is None


def test_a_huge_field_is_a_value_and_where_lines_are_counted_by_hand_it_is_refused_with_its_line(tmp_path):
    """The standard library's reader, which reads odd files, takes an unclosed quote for one huge field."""
    huge = "N" * 1_000_000
    assert read(tmp_path, f"student_id,given_name\n1,{huge}\n")["given_name"].to_list() == [huge]
    with pytest.raises(SourceError, match="line 3: a field is longer than 131,072 characters"):
        read(tmp_path, f'student_id,given_name\n1,a\n2,"{huge}\n"\n')
