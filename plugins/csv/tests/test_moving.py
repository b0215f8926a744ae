"""Files that change while they are read: of one moment, or no read at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dayzero.errors import SourceError, SourceMovedError
from dayzero_csv import CsvSettings, open_csv

STUDENTS = "student_id,given_name,family_name\n1,A,B\n"
CODES = "student_id,year_id,day,code\n1,2027,0,E\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "students.csv").write_text(STUDENTS)
    (tmp_path / "calendar_codes.csv").write_text(CODES)
    return tmp_path


def test_files_that_lie_still_are_read(folder: Path) -> None:
    with open_csv(CsvSettings(folder)) as source:
        assert source.state("students") == "complete"
        source.read("students")
        (folder / "notes.csv").write_text("nobody reads this")
        assert source.state("students") == "complete"


@pytest.mark.parametrize("moved", ["students.csv", "calendar_codes.csv", "contacts.csv"])
def test_a_file_that_moves_or_comes_is_told_after_reading(folder: Path, moved: str) -> None:
    with open_csv(CsvSettings(folder)) as source:
        source.read("students")
        (folder / moved).write_text(STUDENTS + "2,C,D\n")
        with pytest.raises(SourceMovedError, match=moved) as caught:
            source.state("students")
    assert "into place" in caught.value.remedy


def test_a_file_that_cannot_be_read_while_it_is_written_has_moved(folder: Path) -> None:
    with open_csv(CsvSettings(folder)) as source:
        source.read("calendar_codes")
        (folder / "students.csv").write_text("")
        with pytest.raises(SourceMovedError):
            source.read("students")
    with open_csv(CsvSettings(folder)) as source, pytest.raises(SourceError, match="empty"):
        source.read("students")
