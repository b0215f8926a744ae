"""Zips: read in memory, bounded, never unpacked; bombs and names that point outside are refused (and a folder's are not)."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from dayzero.errors import SourceError
from dayzero_csv import CsvSettings, files, open_csv

STUDENTS = "student_id,given_name,family_name\n00042,Zoë,O'Brien\n00043,Al,Ito\n"


def zipped(tmp_path: Path, *members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


def students(path: Path) -> list[str] | None:
    with open_csv(CsvSettings(path)) as source:
        frame = source.read("students")
    return None if frame is None else frame["student_id"].to_list()


@pytest.mark.parametrize("name", ["students.csv", "export/2027/STUDENTS.CSV"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_zip_is_read_where_it_lies(tmp_path: Path, name: str, method: int) -> None:
    assert students(zipped(tmp_path, (name, STUDENTS), method=method)) == ["00042", "00043"]
    assert [p.name for p in tmp_path.iterdir()] == ["export.zip"]


@pytest.mark.parametrize(
    "name", ["../students.csv", "/students.csv", "a/../../students.csv", "..\\students.csv", "\\students.csv"]
)
def test_a_name_that_points_outside_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = zipped(inside, ("students.csv", STUDENTS), (name, "student_id\n666\n"))
    with pytest.raises(SourceError, match="points outside the zip") as caught:
        students(path)
    assert name in str(caught.value).replace("\\\\", "\\")
    assert [p.name for p in tmp_path.rglob("*.csv")] == []


def test_a_link_in_a_zip_leads_nowhere(tmp_path: Path) -> None:
    """A member that Unix would unpack as a symbolic link is a text like others: here, one without the right columns."""
    secret = tmp_path / "secret.csv"
    secret.write_text("student_id\n666\n")
    link = zipfile.ZipInfo("students.csv")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, str(secret))
    with open_csv(CsvSettings(path)) as source:
        frame = source.read("students")
    assert frame.height == 0
    assert "student_id" not in frame.columns


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    """Ten megabytes in ten kilobytes: a roster packs 5 to 25 times, this a thousand times."""
    bomb = zipped(tmp_path, ("students.csv", STUDENTS + "\n" * (10 << 20)))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(SourceError, match=r"would unpack to 10,\d+,\d+ bytes, more than 1,\d+,\d+") as caught:
        students(bomb)
    assert "unpack it yourself" in caught.value.remedy


def test_a_file_larger_than_any_roster_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path, ("students.csv", STUDENTS))
    assert students(path)
    monkeypatch.setattr(files, "MAX_BYTES", 50)
    monkeypatch.setattr(files, "HARMLESS_BYTES", 10)
    with pytest.raises(SourceError, match="more than 50"):
        students(path)


def test_a_short_file_may_pack_well(tmp_path: Path) -> None:
    rows = "".join(f"{n},Al,Ito\n" for n in [7] * 50_000)
    assert len(students(zipped(tmp_path, ("students.csv", "student_id,given_name,family_name\n" + rows)))) == 50_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_exports_use_is_unpacked(tmp_path: Path, method: int) -> None:
    """A few bytes of bzip2 unpack to megabytes before anything can stop it, whatever size is declared."""
    with pytest.raises(SourceError, match="unusual way"):
        students(zipped(tmp_path, ("students.csv", STUDENTS), method=method))


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    """The directory says 68 bytes, and ten megabytes are packed: no more than what is said is unpacked."""
    honest = zipped(tmp_path, ("students.csv", STUDENTS + "\n" * (10 << 20)))
    data = bytearray(honest.read_bytes())
    directory = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, len(STUDENTS.encode()))
    honest.write_bytes(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].file_size == len(STUDENTS.encode())
    with pytest.raises(SourceError, match="cannot be read"):
        students(honest)


def test_two_files_of_one_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than once"):
        students(zipped(tmp_path, ("a/students.csv", STUDENTS), ("b/students.csv", STUDENTS)))


@pytest.mark.parametrize("data", [b"no zip", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(data)
    if data.startswith(b"PK\x05"):
        assert students(path) is None, "an empty zip has no such file"
    else:
        with pytest.raises(SourceError, match=r"export\.zip: cannot be read"):
            students(path)
