"""What `init` says of our own tables is read by what it writes, whatever files and sheets they lie in."""

from __future__ import annotations

import importlib.util
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dayzero.plugin import Looking, Proposal
from dayzero_csv.looking.propose import look
from dayzero_csv.settings import CsvSettings
from dayzero_csv.source import CsvSource

_spec = importlib.util.spec_from_file_location("books", Path(__file__).with_name("books.py"))
books = importlib.util.module_from_spec(_spec)  # type: ignore[arg-type]
_spec.loader.exec_module(books)  # type: ignore[union-attr]

TABLES = {
    "students": "student_id,given_name,family_name,email\n1,Al,Ito,al@p.example\n",
    "enrollments": "student_id,year_id,grade_level,status\n1,2027,9,active\n",
    "school_years": "year_id,name,starts_on,ends_on,role\n2027,x,2026-08-01,2027-06-12,active\n",
    "calendar_codes": "student_id,year_id,day,code\n1,2027,0,E\n",
    "contacts": "contact_id,given_name,family_name,primary_email,portal_access\nC1,Bo,Ito,bo@h.example,yes\n",
    "relationships": "student_id,contact_id\n1,C1\n",
}


def book(called: dict[str, str]) -> bytes:
    sheets = {name: [line.split(",") for line in TABLES[t].splitlines()] for t, name in called.items()}
    return books.workbook({"Read me": [["About"], ["An export"]], **sheets, "Sheet9": []})


def looked_at(path: Path) -> Proposal:
    proposal = look(Looking(str(path), date(2026, 11, 26), {}))
    assert proposal is not None
    assert proposal.shape == "tables"
    return proposal


def read_as_written(path: Path) -> dict[str, list[str]]:
    """Return the columns of each table that is mapped, as the settings that would be written read it."""
    proposal = looked_at(path)
    settings: dict[str, Any] = {**proposal.settings, "path": path}
    read = {table: CsvSource(CsvSettings(**settings)).read(table) for table in proposal.mapping}
    assert all(frame is not None and frame.height == 1 for frame in read.values())
    return {table: list(columns) for table, columns in proposal.mapping.items()}


ALL = {table: lines.splitlines()[0].split(",") for table, lines in TABLES.items()}
SAME = {table: table for table in TABLES}
LOOSE = {**SAME, "school_years": "School-Years", "calendar_codes": "Calendar Codes", "students": "Stüdents"}


@pytest.mark.parametrize("sheets", [SAME, LOOSE])
@pytest.mark.parametrize("name", ["export.xlsx", "students.xlsx"])
def test_a_workbook_in_a_folder_and_by_itself(tmp_path: Path, sheets: dict[str, str], name: str) -> None:
    (tmp_path / name).write_bytes(book(sheets))
    assert read_as_written(tmp_path) == ALL
    assert read_as_written(tmp_path / name) == ALL


def test_a_workbook_for_each_table(tmp_path: Path) -> None:
    for table in TABLES:
        lines = [line.split(",") for line in TABLES[table].splitlines()]
        (tmp_path / f"{table.title().replace('_', ' ')}.xlsx").write_bytes(books.workbook({"Sheet1": lines}))
    assert read_as_written(tmp_path) == ALL


@pytest.mark.parametrize(
    "names",
    [
        {"school_years": "School Years.csv", "contacts": "contacts.tab"},
        {"students": "STUDENTS.CSV", "relationships": "relationships.dat", "calendar_codes": "calendar-codes.txt"},
    ],
)
def test_files_that_are_called_nearly_so(tmp_path: Path, names: dict[str, str]) -> None:
    for table, text in TABLES.items():
        (tmp_path / names.get(table, f"{table}.csv")).write_text(text, encoding="utf-8")
    assert read_as_written(tmp_path) == ALL
    packed = tmp_path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w") as archive:
        for file in tmp_path.iterdir():
            archive.write(file, f"export/{file.name}")
    assert read_as_written(packed) == ALL


def test_what_is_found_by_its_name_needs_no_setting(tmp_path: Path) -> None:
    for table, text in TABLES.items():
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    assert looked_at(tmp_path).settings == {"path": str(tmp_path)}


def test_of_two_for_a_table_the_one_is_told_that_is_not_read(tmp_path: Path) -> None:
    for table, text in TABLES.items():
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "Contacts.TAB").write_text(TABLES["contacts"], encoding="utf-8")
    proposal = looked_at(tmp_path)
    assert "Contacts.TAB is left out: contacts.csv is taken for the contacts." in proposal.notes
    assert "files" not in proposal.settings


def test_an_empty_sheet_is_told_of_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "export.xlsx").write_bytes(book(SAME))
    assert any(note.startswith("export.xlsx, sheet Sheet9 is left out") for note in looked_at(tmp_path).notes)
