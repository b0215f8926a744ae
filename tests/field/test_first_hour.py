"""F4: an office with a spreadsheet is understood by looking; what looking cannot tell is asked, never guessed."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dayzero.cli import main
from dayzero.config import load
from dayzero_fixtures import new_school
from dayzero_fixtures.flat import FlatDialect, write_flat


class Clock:
    """Stands at one moment."""

    def __init__(self, *day: int) -> None:
        self._now = datetime(*day, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


NOVEMBER = Clock(2026, 11, 26)
FIELD = (
    "Student Number;Name;Grade;Entry Date;Status;E-Mail;Parent 1 Name;Parent 1 E-Mail;Parent 2 Name;Parent 2 E-Mail\n"
    "00042;Ito, Al;9;25/08/2026;Enrolled;al@pupils.example;Bo Ito;bo@homes.example;Di Ito;di@homes.example\n"
    "00043;Li, Cy;9;24/08/2027;Pre-registered;cy@pupils.example;Ed Li;ed@homes.example;;\n"
    "00044;Oz, Mo;10;25/08/2026;Withdrawn;mo@pupils.example;Fi Oz;fi@homes.example;;\n"
)


def run(*arguments: object, clock: Clock = NOVEMBER) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], obj=clock)


def pinned(config: Path) -> Path:
    """Let a configuration's runs be on the day on which it was made."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[sync]\n", "[sync]\ntoday = 2026-11-26\n"), encoding="utf-8")
    return config


def looked_at(path: Path, *arguments: object, clock: Clock = NOVEMBER) -> dict[str, Any]:
    """Return what a dry run says; it writes nothing."""
    before = sorted(path.parent.iterdir())
    config = path.parent / "dayzero.toml"
    result = run("init", "--path", path, "--dry-run", "--json", "--config", config, *arguments, clock=clock)
    assert result.exit_code == 0, result.output
    assert sorted(path.parent.iterdir()) == before
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def asked(document: dict[str, Any]) -> list[str]:
    return [question["key"] for question in document["questions"]]


def put(tmp_path: Path, text: str | bytes, name: str = "export.csv") -> Path:
    path = tmp_path / "office" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_f4_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    for arguments in (["--path", tmp_path / "none"], ["--plugin", "csv", "--path", tmp_path / "none"]):
        result = run("init", *arguments, "--config", tmp_path / "dayzero.toml")
        assert result.exit_code == 2
        assert "There is no" in result.output
    assert list(tmp_path.iterdir()) == []


def test_f4_the_flat_export_is_understood_and_what_it_does_not_say_is_asked(tmp_path: Path) -> None:
    found = looked_at(put(tmp_path, FIELD))
    assert (found["shape"], found["plugin"]) == ("flat", "csv")
    assert found["mapping"] == {
        "students": {"student_id": "Student Number", "given_name+family_name": "Name", "email": "E-Mail"},
        "enrollments": {"status": "Status", "grade_level": "Grade"},
        "calendar_codes": {"entry_date": "Entry Date"},
        "contacts[1]": {"given_name+family_name": "Parent 1 Name", "primary_email": "Parent 1 E-Mail"},
        "contacts[2]": {"given_name+family_name": "Parent 2 Name", "primary_email": "Parent 2 E-Mail"},
    }
    assert found["values"]["enrollments"]["status"] == {
        "Enrolled": "active", "Pre-registered": "pre-registered", "Withdrawn": "inactive",
    }  # fmt: skip
    assert asked(found) == ["portal_access"]
    assert 'date_format = "%d/%m/%Y"' in found["config"]
    assert {"year_id": "2027", "starts_on": "2026-08-01"}.items() <= _year(found["config"], "active").items()


def _year(config: str, role: str) -> dict[str, str]:
    import tomllib

    [year] = [y for y in tomllib.loads(config)["source"]["years"] if y["role"] == role]
    return dict(year)


@pytest.mark.parametrize(
    ("day", "active"), [((2026, 7, 31), "2026"), ((2026, 8, 1), "2027"), ((2027, 1, 1), "2027"), ((2027, 8, 1), "2028")]
)
def test_f4_the_year_is_the_one_that_holds_today(tmp_path: Path, day: tuple[int, ...], active: str) -> None:
    config = looked_at(put(tmp_path, FIELD), clock=Clock(*day))["config"]
    year, following = _year(config, "active"), _year(config, "scheduling")
    assert (year["year_id"], year["ends_on"]) == (active, f"{active}-07-31")
    assert following["starts_on"] == f"{active}-08-01"


def with_column(header: str, *cells: str) -> str:
    """Return the export with one more column behind the names."""
    rows = [line.split(";") for line in FIELD.splitlines()]
    return "".join(
        ";".join([*row[:2], cell, *row[2:]]) + "\n" for row, cell in zip(rows, [header, *cells], strict=True)
    )


@pytest.mark.parametrize(
    ("text", "key", "options"),
    [
        (FIELD.replace("Enrolled", ""), "empty_status", ["active", "inactive", "pre-registered"]),
        (FIELD.replace("Withdrawn", "Visiting"), "status:Visiting", ["active", "inactive", "pre-registered"]),
        (with_column("State ID", "91", "92", "93"), "student_id", ["Student Number", "State ID"]),
        (with_column("Custody", "Y", "N", "Y"), "portal_access", ["Custody", "yes", "no"]),
        (with_column("Lives With?", "1", "0", "1"), "portal_access", ["Lives With?", "yes", "no"]),
        (with_column("Parent Portal", "Y", "N", "Y"), "portal_access", ["Parent Portal", "yes", "no"]),
        (FIELD.replace(";E-Mail;", ";Secondary E-Mail;"), "student_login", ["Secondary E-Mail"]),
        (with_column("School Year", "2026", "2026", "2026"), "school_year", ["ends", "begins", "ignore"]),
    ],
)
def test_f4_what_cannot_be_seen_is_a_question(tmp_path: Path, text: str, key: str, options: list[str]) -> None:
    found = looked_at(put(tmp_path, text))
    assert {q["key"]: list(q["options"]) for q in found["questions"]}[key] == options


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Phone", ("5", "6", "7")),
        ("School ID", ("12", "12", "12")),
        ("Teacher E-Mail", ("t@s.example",) * 3),
        ("Emergency Name", ("Ed X",) * 3),
        ("Graduation Year", ("2030",) * 3),
        ("Password", ("x", "y", "z")),
    ],
)
def test_f4_what_is_none_of_ours_is_left_and_not_asked(tmp_path: Path, header: str, cells: tuple[str, ...]) -> None:
    found = looked_at(put(tmp_path, with_column(header, *cells)))
    assert asked(found) == ["portal_access"]
    assert header not in json.dumps(found["mapping"])


def test_f4_dates_that_may_be_either_are_asked(tmp_path: Path) -> None:
    text = FIELD.replace("25/08/2026", "05/08/2026").replace("24/08/2027", "04/08/2027")
    found = looked_at(put(tmp_path, text))
    assert "date_format" in asked(found)
    assert "date_format" not in found["config"].replace("--set date_format", "")
    answered = looked_at(tmp_path / "office" / "export.csv", "--set", "date_format=%m/%d/%Y")
    assert 'date_format = "%m/%d/%Y"' in answered["config"]


def test_f4_answers_are_given_with_set_and_the_file_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, FIELD.replace("Withdrawn", "Visiting").replace(";Enrolled;", ";;"))
    monkeypatch.chdir(path.parent)
    answers = ["portal_access=yes", "empty_status=active", "status:Visiting=inactive"]
    written = run("init", "--path", path.name, "--school", "hampden", *(f"--set={a}" for a in answers), "--json")
    assert written.exit_code == 0, written.output
    assert json.loads(written.stdout)["questions"] == []
    pinned(Path("dayzero.toml"))
    checked = run("check", "--json")
    assert checked.exit_code == 0, checked.output
    document = json.loads(checked.stdout)
    assert document["sent"] == {"student": 1, "newcomers": 0}
    assert document["tables"]["contacts"] == 4
    config = load(path.parent / "dayzero.toml", environ={"DAYZERO_TOKEN": "t"})
    assert (config.school.id, config.source.plugin) == ("hampden", "csv")


@pytest.mark.parametrize("written", ["{2}-{1}-{0}T00:00:00", "{0}/{1}/{2} 12:00:00 AM", "{0}.{1}.{2} 00:00"])
def test_f4_dates_with_a_time_behind_them_are_read_from_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """The second student enters next year, which only the date says; the third one's dates have no time behind them."""
    first, second, third = (
        written.format(*day) for day in (("25", "08", "2026"), ("24", "08", "2027"), ("25", "08", "2026"))
    )
    text = FIELD.replace("Status", "DOB").replace(
        "25/08/2026;Enrolled", f"{first};{written.format('18', '06', '2012')}"
    )
    text = text.replace("24/08/2027;Pre-registered", f"{second};{written.format('04', '06', '2012')}")
    third = re.split("[T ]", third)[0]
    path = put(tmp_path, text.replace("25/08/2026;Withdrawn", f"{third};2012-06-05"))
    monkeypatch.chdir(path.parent)
    made = run("init", "--path", path.name, "--school", "hampden", "--set=portal_access=no", "--json")
    assert made.exit_code == 0, made.output
    pinned(Path("dayzero.toml"))
    checked = run("check", "--json")
    assert checked.exit_code == 0, checked.output
    document = json.loads(checked.stdout)
    assert document["sent"] == {"student": 2, "newcomers": 0}
    assert "date" not in {finding["rule"] for finding in document["findings"]}


def test_f4_what_is_left_open_grants_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No tick, and a status that nobody explained: the file is written, and whoever it is about is left alone."""
    path = put(tmp_path, FIELD.replace("Withdrawn", "Visiting"))
    monkeypatch.chdir(path.parent)
    written = run("init", "--path", path.name, "--yes")
    assert written.exit_code == 0, written.output
    assert "portal_access: Which parents" in written.output
    text = Path("dayzero.toml").read_text(encoding="utf-8")
    assert "portal_access =" not in text
    assert "# Open: What does 'Visiting' in Status mean?" in text
    pinned(Path("dayzero.toml"))
    document = json.loads(run("check", "--json").stdout)
    assert [u["person_id"] for u in document["unreadable"]] == ["00044"]


def test_f4_without_an_id_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "Student ID,State ID,Last Name,First Name,Grade,E-Mail\n1,9,Ito,Al,9,al@p.example\n2,8,Li,Cy,9,cy@p.example\n"
    )
    path = put(tmp_path, text)
    monkeypatch.chdir(path.parent)
    refused = run("init", "--path", path.name, "--yes")
    assert refused.exit_code == 2
    assert "--set student_id=" in refused.output
    assert not Path("dayzero.toml").exists()
    assert run("init", "--path", path.name, "--yes", "--set", "student_id=Student ID").exit_code == 0
    pinned(Path("dayzero.toml"))
    assert json.loads(run("check", "--json").stdout)["sent"]["student"] == 2


def test_f4_a_setting_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, FIELD)
    result = run("init", "--path", path, "--set", "portal_acces=yes", "--config", tmp_path / "dayzero.toml")
    assert result.exit_code == 2
    assert "portal_acces" in result.output
    assert not (tmp_path / "dayzero.toml").exists()


EXPORTS: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "PowerSchool": (
        "Student_Number\tLast_Name\tFirst_Name\tDOB\tGrade_Level\tEnroll_Status\tEntryDate\tExitDate\tSched_NextYearGrade\t"
        "Home_Room\tStudent_Web_ID\tHome_Phone\n"
        "1001\tIto\tAl\t03/14/2010\t9\t0\t08/25/2026\t06/12/2027\t10\tA1\tal.ito\t555\n"
        "1002\tLi\tCy\t09/30/2011\t8\t-1\t08/24/2027\t06/12/2028\t9\tA1\tcy.li\t556\n",
        {
            "students.student_id": "Student_Number",
            "students.username": "Student_Web_ID",
            "students.birth_date": "DOB",
            "enrollments.next_grade_level": "Sched_NextYearGrade",
            "enrollments.status": "Enroll_Status",
            "calendar_codes.entry_date": "EntryDate",
            "calendar_codes.exit_date": "ExitDate",
        },
        set(),
    ),
    "Infinite Campus": (
        "studentNumber,stateID,lastName,firstName,grade,startDate,endDate,startStatus,endStatus,email,guardian 1 Email\n"
        "1,9,Ito,Al,09,08/25/2026,,E1,,al@p.example,bo@h.example\n2,8,Li,Cy,10,08/25/2026,,E1,,cy@p.example,ed@h.example\n",
        {
            "students.family_name": "lastName",
            "enrollments.grade_level": "grade",
            "calendar_codes.entry_date": "startDate",
        },
        {"student_id", "portal_access"},
    ),
    "Aeries": (
        "STU.ID,STU.LN,STU.FN,STU.GR,STU.NG,STU.TG,STU.BD,STU.SEM\n1,Ito,Al,9,10,,3/14/2010,al@p.example\n"
        "2,Li,Cy,8,9,*,3/14/2011,cy@p.example\n",
        {"students.student_id": "STU.ID", "enrollments.status": "STU.TG", "enrollments.next_grade_level": "STU.NG"},
        {"empty_status", "status:*"},
    ),
    "Veracross": (
        "Person ID,First Name,Last Name,Current Grade,Email 1,Household ID,Parent 1 First Name,Parent 1 Last Name,Parent 1 Email,"
        "Emergency First Name\n1,Al,Ito,9,al@p.example,H1,Bo,Ito,bo@h.example,Ed\n",
        {
            "students.student_id": "Person ID",
            "enrollments.grade_level": "Current Grade",
            "contacts[1].given_name": "Parent 1 First Name",
            "contacts[1].household_id": "Household ID",
        },
        {"portal_access"},
    ),
    "Blackbaud": (
        "StudentUserID,StudentID,FirstName,LastName,Email,GraduationYear,Grade\n5,1,Al,Ito,al@p.example,2030,9\n",
        {"students.given_name": "FirstName", "enrollments.grade_level": "Grade"},
        {"student_id"},
    ),
    "FACTS": (
        "School Family ID,Student ID,Student First Name,Student Last Name,Student Email,Grade,Next Grade Level,Enrollment Status,"
        "Parent 1 First,Parent 1 Last,Parent 1 Email,Custody,Lives With\n"
        "F1,1,Al,Ito,al@p.example,9,10,Enrolled,Bo,Ito,bo@h.example,Y,Y\n",
        {"contacts[1].household_id": "School Family ID", "contacts[1].family_name": "Parent 1 Last"},
        {"portal_access"},
    ),
    "AdminPlus": (
        "Unique ID,Last Name,First Name,Grade,Homeroom,Next Grade,Entry Date,Student E-Mail,Mother Name,Mother E-Mail\n"
        "1,Ito,Al,9,9A,10,08/25/2026,al@p.example,Bo Ito,bo@h.example\n",
        {
            "students.student_id": "Unique ID",
            "contacts[1].primary_email": "Mother E-Mail",
            "enrollments.homeroom": "Homeroom",
        },
        {"portal_access"},
    ),
    "SchILD-NRW": (
        "Interne ID-Nummer;Nachname;Vorname;Geburtsdatum;Jahrgang;Klasse;Aufnahmedatum;Status;E-Mail;Klassenlehrer\n"
        "7;Groß;Zoë;14.3.2010;9;9a;1.8.2026;Aktiv;z@p.example;Frau X\n8;Ito;Al;15.4.2010;9;9a;1.8.2027;Warteliste;a@p.example;Frau X\n",
        {
            "students.student_id": "Interne ID-Nummer",
            "enrollments.homeroom": "Klasse",
            "enrollments.grade_level": "Jahrgang",
        },
        set(),
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("system", EXPORTS)
def test_f4_exports_of_known_systems_are_told(tmp_path: Path, system: str, encoding: str) -> None:
    text, mapped, questions = EXPORTS[system]
    found = looked_at(put(tmp_path, text.encode(encoding), "export.txt"))
    flat = {
        f"{table}.{column}": header for table, columns in found["mapping"].items() for column, header in columns.items()
    }
    assert mapped.items() <= flat.items()
    assert set(asked(found)) == questions
    assert any(system in note for note in found["notes"])


@pytest.mark.parametrize(
    ("yes", "no"), [("Ja", "Nein"), ("Oui", "Non"), ("Sí", "No"), ("Sì", "No"), ("ja", "nee"), ("X", ""), ("1", "0")]
)
def test_f4_yes_and_no_of_other_languages_are_words_of_the_tick(tmp_path: Path, yes: str, no: str) -> None:
    header = "Student ID,Last Name,First Name,Grade,E-Mail,Parent 1 Name,Parent 1 E-Mail,Parent 1 Portal Access\n"
    rows = f"1,Ito,Al,9,al@p.example,Bo Ito,bo@h.example,{yes}\n2,Li,Cy,9,cy@p.example,Ed Li,ed@h.example,{no}\n"
    path = put(tmp_path, header + rows)
    found = looked_at(path)
    assert asked(found) == []
    config = tmp_path / "dayzero.toml"
    assert run("init", "--path", path, "--config", config).exit_code == 0
    pinned(config)
    samples = json.loads(run("check", "--samples", 9, "--json", "--config", config).stdout)["samples"]
    ticks = {row["contact_id"]: row.get("portal_access", False) for row in samples["relationships"]}
    assert ticks == {"1/1": True, "2/1": False}


def test_f4_a_school_of_our_own_tables_needs_no_mapping(tmp_path: Path) -> None:
    school = new_school(12, 2, 1).write(tmp_path / "school")
    found = looked_at(school.path)
    assert (found["shape"], found["plugin"], found["questions"]) == ("tables", "csv", [])
    packed = tmp_path / "school.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in school.path.glob("*.csv"):
            archive.write(file, file.name)
    assert looked_at(packed)["mapping"] == found["mapping"]


@pytest.mark.parametrize(
    ("format_", "name", "shape", "plugin"),
    [("sqlite", "school.sqlite", "tables", "sql"), ("oneroster", "", "oneroster", "oneroster"), ("oneroster-1.2", "", "oneroster", "oneroster")],
)  # fmt: skip
def test_f4_databases_and_bundles_are_told(tmp_path: Path, format_: Any, name: str, shape: str, plugin: str) -> None:
    new_school(12, 2, 1).write(tmp_path / "school", format_)
    found = looked_at(tmp_path / "school" / name)
    assert (found["shape"], found["plugin"]) == (shape, plugin)


def test_f4_an_address_is_a_service(tmp_path: Path) -> None:
    address = "https://sis.school.example/ims/oneroster/v1p1"
    result = run("init", "--path", address, "--dry-run", "--json", "--config", tmp_path / "dayzero.toml")
    assert json.loads(result.stdout)["plugin"] == "oneroster"


def test_f4_sheets_of_one_workbook_are_put_together(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "office" / "spring.xlsx"
    path.parent.mkdir()
    sheets = {
        "Read me": [["Export of the spring"], ["Ask the office"]],
        "Pupils": [["Hampden Academy"], [], ["Pupil ID", "Surname", "Forename", "Year Group", "Email"], ["00042", "Ito", "Al", 9, "al@p.example"]],
        "Guardians": [["Contact ID", "Surname", "Forename", "Email Address", "Pupil ID", "Relationship", "Portal Access"],
                      ["C1", "Ito", "Bo", "bo@h.example", "00042", "Father", "Y"]],
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    config = tmp_path / "dayzero.toml"
    assert run("init", "--path", path, "--config", config).exit_code == 0
    samples = json.loads(run("check", "--samples", 1, "--json", "--config", pinned(config)).stdout)["samples"]
    assert samples["students"][0]["student_id"] == "00042"
    assert samples["enrollments"][0]["grade_level"] == "9"
    assert samples["relationships"] == [
        {"student_id": "00042", "contact_id": "C1", "relation": "Father", "portal_access": True}
    ]


def test_f4_a_service_whose_secrets_come_later_is_written(tmp_path: Path) -> None:
    config = tmp_path / "dayzero.toml"
    written = run("init", "--path", "https://sis.school.example/ims/oneroster/v1p1", "--config", config)
    assert written.exit_code == 0, written.output
    assert 'client_secret = { env = "DAYZERO_ONEROSTER_SECRET" }' in config.read_text(encoding="utf-8")


def test_f4_files_of_students_and_contacts_are_put_together(tmp_path: Path) -> None:
    put(
        tmp_path,
        "Student_Number,Last_Name,First_Name,Grade_Level,Student_Email\n1,Ito,Al,9,al@p.example\n",
        "students.csv",
    )
    contacts = "Contact ID,Last Name,First Name,Email Address,studentNumber,Relationship Type,Web Access\nC1,Ito,Bo,bo@h.example,1,Father,Y\n"
    folder = put(tmp_path, contacts, "parents.csv").parent
    found = looked_at(folder)
    assert found["mapping"]["relationships"] == {
        "relation": "Relationship Type", "contact_id": "Contact ID", "student_id": "studentNumber", "portal_access": "Web Access",
    }  # fmt: skip
    config = tmp_path / "dayzero.toml"
    assert run("init", "--path", folder, "--config", config).exit_code == 0
    pinned(config)
    samples = json.loads(run("check", "--samples", 1, "--json", "--config", config).stdout)["samples"]
    assert samples["relationships"] == [
        {"student_id": "1", "contact_id": "C1", "relation": "Father", "portal_access": True}
    ]


@pytest.mark.parametrize(
    "contacts",
    [
        "Student ID (System),First Name,Last Name,Relationship to student,Email\n1,Bo,Ito,Father,bo@h.example\n2,Bo,Ito,Father,bo@h.example\n",
        "StudentID,Parent Name,Parent E-Mail,Relationship\n1,Bo Ito,bo@h.example,Father\n2,Bo Ito,bo@h.example,Father\n",
        "Stu Nbr;Guradian Frist Name;Guardian Lst Nm;Guardian Email;Relationship\n1;Bo;Ito;bo@h.example;Father\n2;Bo;Ito;bo@h.example;Father\n",
    ],
)
def test_f4_contacts_without_an_id_may_have_their_address_for_one(tmp_path: Path, contacts: str) -> None:
    """It is asked; one contact is then linked to both children, and keeps the address."""
    students = "Student_Number,Last_Name,First_Name,Grade_Level,Student_Email\n1,Ito,Al,9,al@p.example\n2,Ito,Cy,10,cy@p.example\n"
    put(tmp_path, students, "students.csv")
    folder = put(tmp_path, contacts, "family.csv").parent
    questions = {q["key"]: q for q in looked_at(folder)["questions"]}
    [address] = questions["contact_id"]["options"]
    assert questions["contact_id"]["needed"]
    config = tmp_path / "dayzero.toml"
    answers = (f"--set=contact_id={address}", "--set=portal_access=yes")
    written = run("init", "--path", folder, "--config", config, "--json", *answers)
    assert json.loads(written.stdout)["questions"] == []
    document = json.loads(run("check", "--samples", 9, "--json", "--config", pinned(config)).stdout)
    contact = {"contact_id": "bo@h.example", "given_name": "Bo", "family_name": "Ito", "primary_email": "bo@h.example"}
    assert [contact.items() <= row.items() for row in document["samples"]["contacts"]] == [True]
    links = [(row["student_id"], row["contact_id"]) for row in document["samples"]["relationships"]]
    assert links == [("1", "bo@h.example"), ("2", "bo@h.example")]


def test_f4_students_and_enrollments_in_files_of_their_own(tmp_path: Path) -> None:
    put(tmp_path, "Nummer;Nachname;Vorname;E-Mail\n1;Groß;Zoë;z@p.example\n".encode("cp1252"), "Schueler.csv")
    folder = put(tmp_path, "Schüler-Nr;Jahrgang;Status\n1;9;Aktiv\n".encode("cp1252"), "enrollments.csv").parent
    config = tmp_path / "dayzero.toml"
    assert run("init", "--path", folder, "--config", config).exit_code == 0
    samples = json.loads(run("check", "--samples", 1, "--json", "--config", pinned(config)).stdout)["samples"]
    assert samples["students"][0]["family_name"] == "Groß"
    assert samples["enrollments"] == [{"student_id": "1", "year_id": "2027", "grade_level": "9", "status": "active"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dialect"),
    [("list.xlsx", FlatDialect()), ("list.csv", FlatDialect(";", "utf-16", "%-d.%-m.%Y")), ("list.csv", FlatDialect("\t", "utf-8", "%m/%d/%Y"))],
    ids=["workbook", "d.m.yyyy", "mm/dd/yyyy"],
)  # fmt: skip
def test_f4_the_list_of_a_demo_school_is_read_by_what_init_writes(
    tmp_path: Path, gradebook_cloud: Any, monkeypatch: pytest.MonkeyPatch, name: str, dialect: FlatDialect
) -> None:
    """The accounts are those of the answer key, at No and at Yes, and nothing was asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAYZERO_TOKEN", gradebook_cloud.token)
    school = new_school(300, 3, 5)
    write_flat(school, tmp_path / name, dialect)
    written = run("init", "--path", name, "--portal", gradebook_cloud.url, "--school", "hampden", "--json")
    assert json.loads(written.stdout)["questions"] == []
    pinned(Path("dayzero.toml"))
    for setting in ("no", "yes"):
        if setting == "yes":
            text = Path("dayzero.toml").read_text(encoding="utf-8")
            changed = text.replace("send_scheduling_year = false", "send_scheduling_year = true")
            Path("dayzero.toml").write_text(changed, encoding="utf-8")
        assert run("sync", "--yes").exit_code == 0
        for kind in ("student", "parent"):
            working = {
                a["person_id"]
                for a in gradebook_cloud.accounts("hampden")
                if a["kind"] == kind and a["status"] != "disabled"
            }
            assert working == set(school.answers[setting][kind]["granted"])


def on_a_terminal(folder: Path, answers: list[str], *arguments: str) -> str:
    """Run init where standard input and output are a terminal, type the answers, and return what was shown."""
    import os
    import pty
    import sys

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        program = "import sys; from dayzero.cli import main; main(sys.argv[1:])"
        os.execv(sys.executable, [sys.executable, "-c", program, "init", *arguments])
    shown = b""
    waiting = list(answers)
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        shown += more
        if waiting and shown.rstrip().endswith((b"open):", b"[Y/n]:")):
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    os.close(terminal)
    os.waitpid(child, 0)
    return shown.decode(errors="replace")


@pytest.mark.slow
def test_f4_on_a_terminal_it_asks_shows_three_rows_and_asks_before_it_writes(tmp_path: Path) -> None:
    path = put(tmp_path, FIELD.replace("Withdrawn", "Visiting"))
    shown = on_a_terminal(path.parent, ["2", "yes", "y"], "--path", path.name)
    assert "What does 'Visiting' in Status mean?" in shown
    assert "given_name Al, family_name Ito" in shown
    text = (path.parent / "dayzero.toml").read_text(encoding="utf-8")
    assert 'Visiting = "inactive"' in text
    assert text.count('portal_access = "=yes"') == 2


@pytest.mark.slow
def test_f4_on_a_terminal_a_no_writes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, FIELD)
    shown = on_a_terminal(path.parent, ["", "n"], "--path", path.name)
    assert "1 question open" in shown
    assert "Nothing was written" in shown
    assert not (path.parent / "dayzero.toml").exists()
