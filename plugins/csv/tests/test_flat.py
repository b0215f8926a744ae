"""F2: the export every office has, one row a student, becomes the source tables."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from dayzero.config import fill_settings
from dayzero.errors import ConfigurationError, SourceError
from dayzero_csv import CsvSettings, open_csv

_spec = importlib.util.spec_from_file_location("books", Path(__file__).with_name("books.py"))
books = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(books)

YEARS = [
    {"year_id": "2026", "starts_on": "2025-08-01", "ends_on": "2026-07-31", "role": "active"},
    {"year_id": "2027", "starts_on": "2026-08-01", "ends_on": "2027-07-31", "role": "scheduling"},
]
STATUS = {"Enrolled": "active", "Pre-registered": "pre-registered", "Withdrawn": "inactive"}
HEADER = "Student Number;Name;Grade;Entry Date;Status;Parent 1 Name;Parent 1 E-Mail;Parent 2 Name;Parent 2 E-Mail\n"
FLAT: dict[str, Any] = {
    "students": {"student_id": "Student Number", "given_name+family_name": "Name"},
    "enrollments": {"grade_level": "Grade", "status": "Status"},
    "calendar_codes": {"entry_date": "Entry Date"},
    "parents": [
        {"given_name+family_name": f"Parent {n} Name", "primary_email": f"Parent {n} E-Mail", "portal_access": "=yes"}
        for n in (1, 2)
    ],
}


def tables(
    tmp_path: Path, text: str | bytes, name: str = "export.csv", **changed: Any
) -> dict[str, list[dict[str, Any]]]:
    """Return all tables of a flat file, empty cells and row numbers aside."""
    data = text.encode() if isinstance(text, str) else text
    (tmp_path / name).write_bytes(data)
    flat = FLAT | changed.pop("flat", {})
    raw = {"path": name, "date_format": "%d.%m.%Y", "flat": flat, "years": YEARS} | changed
    raw.setdefault("values", {"enrollments": {"status": STATUS}})
    settings = fill_settings(CsvSettings, raw, tmp_path, {})
    names = ("school_years", "students", "enrollments", "calendar_codes", "contacts", "relationships")
    with open_csv(settings) as source:
        read = {table: source.read(table) for table in names}
    return {
        table: [{k: v for k, v in row.items() if v and k != "source_row"} for row in frame.iter_rows(named=True)]
        for table, frame in read.items()
    }


def enrolled(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[tuple[str, str, str]]]:
    """Return year, grade and status by student."""
    by_student: dict[str, list[tuple[str, str, str]]] = {}
    for row in found["enrollments"]:
        said = (row.get("year_id", ""), row.get("grade_level", ""), row["status"])
        by_student.setdefault(row["student_id"], []).append(said)
    return by_student


def test_f2_the_export_of_the_field(tmp_path: Path) -> None:
    found = tables(
        tmp_path,
        HEADER
        + "00042;O'Brien, Zoë Ann;9;25.8.2025;Enrolled;Pat O'Brien;pat@homes.example;Kim Lee;kim@homes.example\n"
        + "00043;Ito, Al;9;24.8.2026;Pre-registered;Bo Ito;bo@homes.example;;\n"
        + "00044;Li, Cy;10;25.8.2025;Withdrawn;;;;\n",
    )
    assert [y["role"] for y in found["school_years"]] == ["active", "scheduling"]
    assert found["students"][0] == {"student_id": "00042", "given_name": "Zoë Ann", "family_name": "O'Brien"}
    assert enrolled(found) == {
        "00042": [("2026", "9", "active")],
        "00043": [("2027", "9", "active")],
        "00044": [("2026", "10", "inactive")],
    }
    assert [(c["student_id"], c["year_id"], c["day"], c["code"]) for c in found["calendar_codes"]] == [
        ("00042", "2026", "0", "E"),
        ("00043", "2027", "0", "E"),
    ]
    assert [c["contact_id"] for c in found["contacts"]] == ["00042/1", "00043/1", "00042/2"]
    assert found["contacts"][0]["primary_email"] == "pat@homes.example"
    assert {(r["student_id"], r["contact_id"], r["portal_access"]) for r in found["relationships"]} == {
        ("00042", "00042/1", "yes"), ("00042", "00042/2", "yes"), ("00043", "00043/1", "yes"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "order", "given", "family"),
    [
        ("O'Brien, Zoë", "given family", "Zoë", "O'Brien"),
        ("O'Brien,Zoë Ann", "family given", "Zoë Ann", "O'Brien"),
        ("Zoë Ann  O'Brien", "given family", "Zoë Ann", "O'Brien"),
        ("ÖZDEMİR Ayşe Nur", "family given", "Ayşe Nur", "ÖZDEMİR"),
        ("Pelé", "given family", None, "Pelé"),
        ("García Márquez, Luis", "given family", "Luis", "García Márquez"),
        ("Smith,", "given family", None, "Smith"),
    ],
)
def test_f2_a_name_in_one_cell_is_split(tmp_path: Path, name: str, order: str, given: str | None, family: str) -> None:
    found = tables(tmp_path, HEADER + f"1;{name};9;;Enrolled;;;;\n", name_order=order)
    assert (found["students"][0].get("given_name"), found["students"][0]["family_name"]) == (given, family)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("9;;;Enrolled", [("2026", "9", "active")]),
        ("9;10;;Enrolled", [("2026", "9", "active"), ("2027", "10", "active")]),
        (";9;;Enrolled", [("2027", "9", "active")]),
        ("9;;24.08.2026;Enrolled", [("2027", "9", "active")]),
        ("9;;15.01.2026;Enrolled", [("2026", "9", "active")]),
        ("8;9;;Pre-registered", [("2027", "9", "active")]),
        ("9;;;Pre-registered", [("2027", "9", "active")]),
        ("9;;24.08.2026;Withdrawn", [("2027", "9", "inactive")]),
        (";;;Withdrawn", [("2026", "unknown", "inactive")]),
        ("9;;;Visiting", [("2026", "9", "visiting")]),
        ("9;;;", [("2026", "9", "(empty)")]),
    ],
)
def test_f2_who_is_here_who_comes_and_who_is_gone(
    tmp_path: Path, cells: str, expected: list[tuple[str, str, str]]
) -> None:
    enrollments = {"grade_level": "Grade", "next_grade_level": "Next", "status": "Status"}
    flat = {"enrollments": enrollments, "parents": []}
    found = tables(tmp_path, f"Student Number;Name;Grade;Next;Entry Date;Status\n1;Ito, Al;{cells}\n", flat=flat)
    assert enrolled(found)["1"] == expected
    coming = [c for c in found["calendar_codes"] if c["year_id"] == "2027"]
    assert bool(coming) == (expected[0][0] == "2027" and expected[0][2] == "active")
    assert all((c["day"], c["code"], c.get("date")) == ("0", "E", None) for c in coming)


@pytest.mark.parametrize(
    ("entered", "left", "code"),
    [
        ("25.08.2025", "15.01.2026", ("2026", "167", "W", "2026-01-15")),
        ("", "15.06.2026", ("2026", "318", "W", "2026-06-15")),
        ("25.08.2025", "31.07.2026", None),
        ("25.08.2025", "15.06.2025", None),
        ("25.08.2025", "", None),
    ],
)
def test_f2_a_withdrawal_has_its_date_and_everybodys_last_day_is_none(
    tmp_path: Path, entered: str, left: str, code: tuple[str, ...] | None
) -> None:
    flat = {"calendar_codes": {"entry_date": "Entry Date", "exit_date": "Exit"}, "parents": []}
    text = f"Student Number;Name;Grade;Entry Date;Exit;Status\n1;Ito, Al;9;{entered};{left};Enrolled\n"
    found = tables(tmp_path, text, flat=flat)["calendar_codes"]
    gone = [(c["year_id"], c["day"], c["code"], c["date"]) for c in found if c["code"] == "W"]
    assert gone == ([code] if code else [])


def test_f2_constants_stand_in_every_row_and_words_are_the_schools_own(tmp_path: Path) -> None:
    text = "Nummer\tName\tPortal\tMutter\tMutter Mail\n7\tIto Al\tJa\tBo Ito\tbo@homes.example\n8\tLi Cy\tNein\tDi Li\tdi@homes.example\n"
    mother = {
        "given_name+family_name": "Mutter", "primary_email": "Mutter Mail", "relation": "=mother", "portal_access": "Portal",
    }  # fmt: skip
    flat = {
        "students": {"student_id": "Nummer", "given_name+family_name": "Name"},
        "enrollments": {"grade_level": "=9"},
        "calendar_codes": {},
        "parents": [mother],
    }
    found = tables(tmp_path, text, flat=flat, true_words=["ja"], false_words=["nein"])
    assert enrolled(found) == {"7": [("2026", "9", "active")], "8": [("2026", "9", "active")]}
    assert [(r["relation"], r["portal_access"]) for r in found["relationships"]] == [
        ("mother", "true"),
        ("mother", "false"),
    ]


def test_f2_several_rows_of_one_student_are_several_parents(tmp_path: Path) -> None:
    text = (
        "Student Number;Name;Grade;Parent;E-Mail\n1;Ito, Al;9;Bo Ito;bo@homes.example\n1;Ito, Al;9;Di Ito;di@homes.example\n"
        "1;Ito, Al;9;Bo Ito;bo@homes.example\n2;Li, Cy;9;Bo Ito;bo@homes.example\n"
    )
    parents = [{"given_name+family_name": "Parent", "primary_email": "E-Mail"}]
    flat = {"enrollments": {"grade_level": "Grade"}, "calendar_codes": {}, "parents": parents}
    found = tables(tmp_path, text, flat=flat)
    assert [c["contact_id"] for c in found["contacts"]] == ["1/1", "1/2", "1/1", "2/1"]
    assert "portal_access" not in found["relationships"][0]


def test_f2_a_column_of_years_is_mapped_once(tmp_path: Path) -> None:
    """2026 is the year that begins then, and ends in 2027: not 2028."""
    text = "Student Number;Name;Grade;Year\n1;Ito, Al;9;2025\n2;Li, Cy;9;2026\n"
    enrollments = {"grade_level": "Grade", "year_id": "Year"}
    flat = {"enrollments": enrollments, "calendar_codes": {}, "parents": []}
    years = {"2025": "2026", "2026": "2027"}
    found = tables(
        tmp_path, text, flat=flat, values={"enrollments": {"year_id": years, "grade_level": {"9": "10", "10": "11"}}}
    )
    assert enrolled(found) == {"1": [("2026", "10", "active")], "2": [("2027", "10", "active")]}
    assert [(c["student_id"], c["year_id"]) for c in found["calendar_codes"]] == [("1", "2026"), ("2", "2027")]


def test_f2_cells_that_a_program_left_out_at_the_end_are_empty(tmp_path: Path) -> None:
    text = HEADER + "1;Ito, Al;9;;Enrolled\n2;Li, Cy;9;;Enrolled;Ed Li;ed@homes.example;;;;\n3;Oz, Mo\n"
    found = tables(tmp_path, text)
    assert [r for t in ("students", "enrollments", "contacts") for r in found[t] if "source_problem" in r] == []
    assert enrolled(found)["3"] == [("2026", "", "(empty)")]
    assert [c["contact_id"] for c in found["contacts"]] == ["2/1"]


def test_f2_a_parents_own_id_goes_before_the_slots(tmp_path: Path) -> None:
    text = "Student Number;Name;Grade;ID;Parent\n1;Ito, Al;9;C7;Bo Ito\n2;Ito, Cy;8;C7;Bo Ito\n3;Li, Di;8;;Ed Li\n"
    parents = [{"contact_id": "ID", "given_name+family_name": "Parent"}]
    flat = {"enrollments": {"grade_level": "Grade"}, "calendar_codes": {}, "parents": parents}
    assert [c["contact_id"] for c in tables(tmp_path, text, flat=flat)["contacts"]] == ["C7", "C7", "3/1"]


@pytest.mark.parametrize("cell", ["soon", "8/24/26", "2026-13-01", "31.02.2026"])
def test_f2_a_date_that_is_none_is_a_warning_with_its_row(tmp_path: Path, cell: str) -> None:
    text = HEADER + f"1;Ito, Al;9;24.8.2026;Enrolled;;;;\n2;Li, Cy;9;{cell};Enrolled;;;;\n"
    (tmp_path / "export.csv").write_text(text, encoding="utf-8")
    raw = {"path": "export.csv", "date_format": "%d.%m.%Y", "flat": FLAT, "years": YEARS}
    raw["values"] = {"enrollments": {"status": STATUS}}
    with open_csv(fill_settings(CsvSettings, raw, tmp_path, {})) as source:
        source.read("students")
        found = [(f.severity, f.row, f.column, f.value) for f in source.findings()]
    assert found == [("warning", 3, "Entry Date", cell)]


def test_f2_a_broken_row_names_whoever_it_may_be_about(tmp_path: Path) -> None:
    found = tables(tmp_path, HEADER + "1;Ito, Al;9;;Enrolled;Bo Ito;bo@homes.example;;\n2\n")
    for table in ("students", "contacts"):
        assert [r.get("source_problem") for r in found[table]].count("1 field where the header has 9") >= 1
    assert {r["contact_id"] for r in found["contacts"] if "source_problem" in r} == {"2/1", "2/2"}


@pytest.mark.parametrize("name", ["export.xlsx", "export.csv"])
def test_f2_a_workbook_is_read_alike(tmp_path: Path, name: str) -> None:
    cells = [
        ["Pupils of Hampden"],
        HEADER.strip().split(";"),
        [42, "Ito, Al", 9, None, "Enrolled", "Bo Ito", "bo@homes.example"],
    ]
    found = tables(tmp_path, books.workbook({"Students": cells}), name)
    assert enrolled(found) == {"42": [("2026", "9", "active")]}
    assert [c["contact_id"] for c in found["contacts"]] == ["42/1"]


def test_f2_other_tables_come_from_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "flat.csv").write_text("Student Number;Name;Grade\n1;Ito, Al;9\n")
    (tmp_path / "guardians.csv").write_text("contact_id,student_id,family_name\nC1,1,Ito\n")
    flat = {**FLAT, "file": "flat.csv", "enrollments": {"grade_level": "Grade"}, "calendar_codes": {}, "parents": []}
    raw = {
        "path": ".",
        "flat": flat,
        "years": YEARS,
        "files": dict.fromkeys(("contacts", "relationships"), "guardians.csv"),
    }
    with open_csv(fill_settings(CsvSettings, raw, tmp_path, {})) as source:
        assert source.read("students")["student_id"].to_list() == ["1"]
        assert source.read("contacts")["contact_id"].to_list() == ["C1"]
        assert source.read("relationships")["student_id"].to_list() == ["1"]
        stamp = source.stamp()
    (tmp_path / "flat.csv").write_text("Student Number;Name;Grade\n1;Ito, Al;10\n")
    with open_csv(fill_settings(CsvSettings, raw, tmp_path, {})) as source:
        assert source.stamp() != stamp


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"students": {}}, "no `student_id`"),
        ({"enrollments": {}}, "no `grade_level`"),
        ({"enrollments": {"grade_level": "Grade", "grad": "x"}}, "'grad'"),
        ({"parents": [{"relation": "=mother"}]}, "neither a name nor an e-mail"),
        ({"name_order": "any"}, "name_order"),
        ({"pupils": {}}, r"\[source.flat\] has unknown settings: 'pupils'"),
    ],
)
def test_f2_a_setting_that_cannot_be_meant_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        tables(tmp_path, HEADER, flat=changed)


def test_f2_a_header_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match="no column 'Status'; of its 9 columns these have names that are known: Student Number"
    ):
        tables(tmp_path, HEADER.replace("Status", "State"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"date_format": "%H"}, "date_format"),
        ({"date_format": "%d/%m"}, "date_format"),
        ({"date_format": "dd.mm.yyyy"}, "date_format"),
        ({"date_format": "%"}, "date_format"),
        ({"encoding": "punycode"}, "encoding"),
        ({"encoding": "undefined"}, "encoding"),
        ({"encoding": {"students": "unicode_escape"}}, "encoding"),
        ({"encoding": "utf\0-8"}, "encoding"),
        ({"constants": {"students": {"source_row": "x"}}}, "source.constants.students"),
        ({"constants": {"students": {"source_problem": "x"}}}, "source.constants.students"),
        ({"constants": {"contacts": {"removed": "maybe"}}}, "source.constants.contacts"),
        ({"values": {"students": {"source_row": {"1": "2"}}}}, "source.values.students"),
        ({"columns": {"students": {"source_row": "Line"}}}, "source.columns.students"),
        ({"flat": {**FLAT, "students": {**FLAT["students"], "source_problem": "Name"}}}, "source.flat.students"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(tmp_path: Path, settings: dict[str, Any], named: str) -> None:
    given = fill_settings(CsvSettings, {"path": ".", **settings}, tmp_path, {})
    with pytest.raises(ConfigurationError, match=named), open_csv(given):
        pass


@pytest.mark.parametrize(
    "date_format",
    ["", "%d/%m/%Y", "%m/%d/%y", "%-d.%-m.%Y", "%d %B %Y", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S%z", "%j/%Y"],
)
def test_a_format_of_dates_is_taken(tmp_path: Path, date_format: str) -> None:
    given = fill_settings(CsvSettings, {"path": ".", "date_format": date_format}, tmp_path, {})
    with open_csv(given):
        pass


@pytest.mark.parametrize("encoding", ["utf-7", "utf-16", "cp1250", "latin-1", "mac_roman", "shift_jis"])
def test_an_encoding_of_files_is_taken(tmp_path: Path, encoding: str) -> None:
    with open_csv(fill_settings(CsvSettings, {"path": ".", "encoding": encoding}, tmp_path, {})):
        pass


def test_a_path_with_a_nul_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[source\] path: .*NUL"):
        fill_settings(CsvSettings, {"path": "a\0b"}, tmp_path, {})
