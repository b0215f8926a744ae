"""F3: what offices have is read as it is: workbooks, odd encodings and delimiters, titles, blank and trimmed rows."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dayzero.errors import ConfigurationError, SourceError
from dayzero_csv import CsvSettings, open_csv

_spec = importlib.util.spec_from_file_location("books", Path(__file__).with_name("books.py"))
books = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(books)
workbook = books.workbook

HEADER = ["student_id", "given_name", "family_name", "email", "birth_date"]
ROWS = [
    ["00042", "Zoë", "O'Brien", "zoe@pupils.example", "2010-04-03"],
    ["00043", "Al", "Groß", "", ""],
]
TEXT = "\n".join(",".join(row) for row in [HEADER, *ROWS]) + "\n"


def read(path: Path, table: str = "students", **settings: Any) -> tuple[pl.DataFrame, list[str]]:
    """Return a table and the rules of what was remarked."""
    with open_csv(CsvSettings(path, **settings)) as source:
        frame = source.read(table)
        return frame, [finding.rule for finding in source.findings()]


def cells(frame: pl.DataFrame) -> list[list[str]]:
    return [[value or "" for value in row] for row in frame.select(HEADER).rows()]


def folder(tmp_path: Path, data: bytes | str, name: str = "students.csv") -> Path:
    (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return tmp_path


@pytest.mark.parametrize("name", ["students.xlsx", "Students.XLSX", "students.csv", "students.xlsm"])
def test_f3_a_workbook_in_the_folder_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path, workbook({"Sheet1": [HEADER, *ROWS]}), name)
    frame, said = read(path)
    assert cells(frame) == ROWS
    assert frame["source_row"].to_list() == [2, 3]
    assert said == []


@pytest.mark.parametrize("sheet", ["students", "Students", "STUDENTS "])
def test_f3_a_workbook_as_path_has_a_sheet_for_each_table(tmp_path: Path, sheet: str) -> None:
    book = tmp_path / "export.xlsx"
    courses = [["course_id", "year_id", "title"], ["C1", "2027", "Art"]]
    book.write_bytes(workbook({"Read me": [["Spring export"]], sheet: [HEADER, *ROWS], "courses": courses}))
    assert cells(read(book)[0]) == ROWS
    assert read(book, "courses")[0]["title"].to_list() == ["Art"]
    assert read(book, "contacts")[0] is None


def test_f3_a_sheet_is_named_where_it_is_called_otherwise(tmp_path: Path) -> None:
    book = tmp_path / "export.xlsx"
    book.write_bytes(workbook({"Schüler": [HEADER, *ROWS]}))
    assert cells(read(book, sheets={"students": "Schüler"})[0]) == ROWS
    with pytest.raises(SourceError, match="no sheet 'Pupils'; it has: Schüler"):
        read(book, sheets={"students": "Pupils"})


def test_f3_cells_are_as_somebody_would_type_them(tmp_path: Path) -> None:
    typed = [42, "Zoë", True, "a", date(2010, 4, 3)]
    path = folder(tmp_path, workbook({"S": [HEADER, typed, [1.5, "x", None, None, None]]}), "students.xlsx")
    frame, _ = read(path)
    assert cells(frame) == [["42", "Zoë", "true", "a", "2010-04-03"], ["1.5", "x", "", "", ""]]


def test_f3_a_hidden_sheet_is_none_and_an_empty_corner_no_matter(tmp_path: Path) -> None:
    rows = [[], [None, "Export of May"], [], [None, *HEADER], *([None, *row] for row in ROWS), [], [None, *ROWS[0]]]
    path = folder(tmp_path, workbook({"Old": [HEADER], "Now": rows}, hidden=["Old"]), "students.xlsx")
    frame, said = read(path)
    assert cells(frame) == [*ROWS, ROWS[0]]
    assert frame["source_row"].to_list() == [5, 6, 8]
    assert said == ["blank-rows"]


@pytest.mark.parametrize(
    "damage", [lambda d: d[: len(d) // 2], lambda d: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_f3_a_damaged_workbook_is_refused_by_name(tmp_path: Path, damage: Any) -> None:
    path = folder(tmp_path, damage(workbook({"S": [HEADER, *ROWS]})), "students.xlsx")
    with pytest.raises(SourceError, match=r"students\.xlsx"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_f3_encoding_and_delimiter_are_found_by_looking(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = folder(tmp_path, TEXT.replace(",", delimiter).encode(encoding))
    frame, said = read(path)
    assert cells(frame) == ROWS
    assert said == (["encoding-found"] if encoding in ("cp1252", "latin-1") else [])


def test_f3_each_file_has_its_own_encoding(tmp_path: Path) -> None:
    folder(tmp_path, TEXT.encode("cp1252"))
    folder(tmp_path, "contact_id,given_name,family_name\nC1,Żaneta,Wałęsa\n".encode("cp1250"), "contacts.csv")
    assert cells(read(tmp_path)[0]) == ROWS
    with pytest.raises(SourceError, match="is not utf-8"):
        read(tmp_path, "contacts")
    contacts, said = read(tmp_path, "contacts", encoding={"contacts": "cp1250"})
    assert contacts["family_name"].to_list() == ["Wałęsa"]
    assert said == []
    assert cells(read(tmp_path, encoding={"contacts": "cp1250"})[0]) == ROWS


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Иванова", "cp1251"),
        ("Żaneta Wałęsa", "cp1250"),
        ("Αλέξης", "cp1253"),
        ("André", "mac_roman"),
        ("Işık", "cp1254"),
    ],
)
def test_f3_what_may_be_another_alphabet_is_not_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    path = folder(tmp_path, f"student_id,given_name,family_name\n1,{text},x\n".encode(encoding))
    with pytest.raises(SourceError, match="line 2") as caught:
        read(path)
    assert "encoding" in caught.value.remedy
    assert read(path, encoding=encoding)[0]["given_name"].to_list() == [text]


def test_f3_a_damaged_utf_8_file_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    path = folder(tmp_path, TEXT.encode() + b"00044,Jos" + b"\xe9,x,,\n")
    with pytest.raises(SourceError, match="line 4"):
        read(path)


@pytest.mark.parametrize(
    "above",
    ["sep=;\n", '"sep=;"\n', "SEP=;\r\n", "Hampden Academy\n", "Students;;;;\n;;;;\n", "\nExport of May;2027\n\n"],
)
def test_f3_a_sep_line_and_title_lines_above_the_header_are_passed_over(tmp_path: Path, above: str) -> None:
    path = folder(tmp_path, above + TEXT.replace(",", ";"))
    frame, _ = read(path)
    assert cells(frame) == ROWS
    first = above.count("\n") + 2
    assert frame["source_row"].to_list() == [first, first + 1]


def test_f3_a_mapped_header_is_found_below_a_title(tmp_path: Path) -> None:
    path = folder(tmp_path, "Pupils 2027\n\nNo\tFirst\tLast\n7\tAl\tIto\n")
    columns = {"students": {"student_id": "No", "given_name": "First", "family_name": "Last"}}
    assert read(path, columns=columns)[0]["student_id"].to_list() == ["7"]


@pytest.mark.parametrize("blank", [",,,,", "", " , ,,,", '"","","","",""', ",,,,,,"])
@pytest.mark.parametrize("times", [1, 24])
def test_f3_blank_rows_are_one_notice_a_file(tmp_path: Path, blank: str, times: int) -> None:
    lines = TEXT.splitlines()
    path = folder(tmp_path, "\n".join([*lines[:2], *[blank] * times, lines[2], blank]) + "\n")
    frame, said = read(path)
    assert cells(frame) == ROWS
    assert frame["source_row"].to_list() == [2, 3 + times]
    assert said == (["blank-rows"] if blank else [])
    assert "source_problem" not in frame.columns or frame["source_problem"].null_count() == 2


@pytest.mark.parametrize(
    "rows",
    [
        ["00042,Zoë,O'Brien,zoe@pupils.example,2010-04-03", "00043,Al,Groß"],
        ["00042,Zoë,O'Brien,zoe@pupils.example,2010-04-03,,,", "00043,Al,Groß,,"],
        ["00042,Zoë,O'Brien,zoe@pupils.example,2010-04-03,", "00043,Al,Groß,"],
    ],
)
@pytest.mark.parametrize("end", ["", ",", ",,"])
def test_f3_empty_cells_at_the_end_may_be_missing_or_doubled(tmp_path: Path, rows: Sequence[str], end: str) -> None:
    frame, said = read(folder(tmp_path, "\n".join([",".join(HEADER) + end, *rows]) + "\n"))
    assert cells(frame) == ROWS
    assert "source_problem" not in frame.columns
    assert said == []


@pytest.mark.parametrize("footer", ["Count: 2", "Total,2", "Anzahl: 2,,,,", "TOTAL,,,,2", "Records 2"])
def test_f3_a_last_row_that_counts_the_others_is_none(tmp_path: Path, footer: str) -> None:
    assert cells(read(folder(tmp_path, f"{TEXT}{footer}"))[0]) == ROWS
    frame, said = read(folder(tmp_path, f"{TEXT}{footer}\n"))
    assert cells(frame) == ROWS
    assert "source_problem" not in frame.columns
    assert said == []


@pytest.mark.parametrize("row", ["Counta,Al,Ito,,", "12,Al,Ito,,", "Total,Al,Ito,,"])
def test_f3_a_last_row_with_a_name_in_it_is_somebody(tmp_path: Path, row: str) -> None:
    assert read(folder(tmp_path, f"{TEXT}{row}\n"))[0].height == 3


@pytest.mark.parametrize("torn", ["00044,Bo", "00044", "00044,Bo,Li,bo@pupils.example,2010-04-03,more"])
def test_f3_where_a_row_is_broken_a_short_one_is_no_row_with_empty_cells(tmp_path: Path, torn: str) -> None:
    text = f"{','.join(HEADER)}\n00043,Al,Groß\n{torn}\n"
    frame, _ = read(folder(tmp_path, text))
    assert frame["source_problem"].null_count() == 0


def test_f3_a_nameless_column_is_left_out(tmp_path: Path) -> None:
    frame, _ = read(
        folder(
            tmp_path, TEXT.replace("given_name,", "given_name,,", 1).replace("Zoë,", "Zoë,x,").replace("Al,", "Al,,")
        )
    )
    assert cells(frame) == ROWS


@pytest.mark.parametrize("wrapped", ['="00042"', '"=""00042"""', ' ="00042"'])
def test_f3_digits_that_a_spreadsheet_was_told_are_text(tmp_path: Path, wrapped: str) -> None:
    frame, _ = read(folder(tmp_path, TEXT.replace("00042", wrapped)))
    assert cells(frame) == ROWS


def test_f3_one_file_that_nothing_is_said_about_leads_to_init(tmp_path: Path) -> None:
    path = folder(tmp_path, TEXT) / "students.csv"
    with pytest.raises(SourceError, match=r"students\.csv is one file") as caught:
        read(path)
    assert "dayzero init" in caught.value.remedy


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"encoding": {"pupils": "utf-8"}}, "'pupils' that does not exist"),
        ({"encoding": {"students": "utf-9"}}, "utf-9"),
        ({"delimiter": {"students": "::"}}, "one character"),
        ({"sheets": {"pupils": "x"}}, "pupils"),
        ({"values": {"pupils": {}}}, "pupils"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, **settings)


def test_words_and_constants_are_the_schools_own(tmp_path: Path) -> None:
    path = folder(tmp_path, "student_id,grade_level,status\n1,9,aktiv\n2,9,Abgang\n3,10,\n", "enrollments.csv")
    frame, _ = read(
        path,
        "enrollments",
        constants={"enrollments": {"year_id": "2027"}},
        values={"enrollments": {"status": {"Aktiv": "active", "abgang": "inactive", "": "active"}}},
    )
    assert frame["status"].to_list() == ["active", "inactive", "active"]
    assert frame["year_id"].to_list() == ["2027"] * 3
