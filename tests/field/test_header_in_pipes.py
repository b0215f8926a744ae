"""I9: where a file has lost its first line, its header is somebody's row; what a column is called may name people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from terminals import Read
from tiny_school import ACTIVE, TinySchool

from dayzero.cli import main
from dayzero.plugin import columns_told, is_plain

NAMES = ("Quirina", "Vandermeer", "2011-04-05", "qv@", "Quentina", "Oyelaran", "hidden@", "Elm Street")


@pytest.fixture
def school(tiny_school: TinySchool) -> TinySchool:
    """Return a school whose first row of every table names somebody."""
    return begun(tiny_school)


def begun(school: TinySchool) -> TinySchool:
    who = {"given_name": "Quirina", "family_name": "Vandermeer", "birth_date": "2011-04-05"}
    school.student("q1", "qv@pupils.example", **who, enrolled={ACTIVE: "9"})
    school.contact("k1", "hidden@homes.example", children=["q1"], given_name="Quentina", family_name="Oyelaran")
    for table in ("students", "contacts", "relationships", "enrollments"):
        rows = school.rows[table]
        rows.insert(0, rows.pop())
    school.write()
    return school


def lines(school: TinySchool, table: str, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of a table's file."""
    file = school.folder / "export" / f"{table}.csv"
    file.write_text("".join(change(file.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")


def without_header(rows: list[str]) -> list[str]:
    return rows[1:]


def header_and_row_in_one(rows: list[str]) -> list[str]:
    """Return lines of which the first has lost its end."""
    return [rows[0].rstrip("\n") + "," + rows[1], *rows[2:]]


def twice(rows: list[str]) -> list[str]:
    return ["q1,Quirina,Vandermeer,Vandermeer,2011-04-05,qv@pupils.example\n", *rows[2:]]


def semicolons(rows: list[str]) -> list[str]:
    return [row.replace(",", ";") for row in rows[1:]]


def said_in_pipes(school: TinySchool, caplog: pytest.LogCaptureFixture) -> str:
    """Return all that commands say where no person reads it; fail where it names somebody."""
    caplog.set_level(logging.INFO)
    every = ""
    for command in (["check", "--all", "--samples", "3"], ["plan"], ["explain", "q1"], ["sync", "--yes"], ["history"]):
        arguments = [*command, "--config", str(school.folder / "dayzero.toml")]
        ended = CliRunner().invoke(main, arguments, env={"DAYZERO_TOKEN": school.token})
        said = ended.output + caplog.text
        assert [name for name in NAMES if name in said] == [], (command, said)
        assert "should not" not in said, (command, said)
        every += said
    return every


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("students", without_header, "columns have no name that is known; the header line may be missing"),
        ("contacts", without_header, "columns have no name that is known; the header line may be missing"),
        ("enrollments", without_header, "columns have no name that is known; the header line may be missing"),
        ("students", twice, "columns 3 and 4 have one name; its 6 columns have no name that is known"),
        ("students", semicolons, "when split at ';'"),
        ("contacts", header_and_row_in_one, "(personal, shown on a terminal): the column is not in the schema"),
        ("students", header_and_row_in_one, "students"),
    ],
)
def test_i9_a_header_that_may_be_a_row_names_nobody_in_a_pipe(
    school: TinySchool, caplog: pytest.LogCaptureFixture, table: str, change: Any, said: str
) -> None:
    if change is semicolons:
        school.source["delimiter"] = ","
        school.write()
    lines(school, table, change)
    assert said in said_in_pipes(school, caplog)


def test_i9_the_document_has_the_header_and_the_message_has_not(school: TinySchool) -> None:
    lines(school, "students", without_header)
    error = school.run("plan").doc["error"]
    assert "Quirina, " in error["said"]
    assert "Quirina" not in error["message"]
    assert error["columns"][0] == "student_id"


def test_i9_a_person_at_a_terminal_sees_the_header(school: TinySchool, read: Read) -> None:
    lines(school, "students", without_header)
    assert "Quirina, Vandermeer" in read("plan").output
    school.write()
    lines(school, "contacts", lambda rows: [rows[0].replace("household_id", "street"), *rows[1:]])
    assert "street: the column is not in the schema" in read("check", "--all").output


@pytest.mark.parametrize(
    ("table", "column", "slip"), [("enrollments", "status", "staus"), ("enrollments", "status", "statuz")]
)
def test_i9_a_short_name_that_is_almost_a_columns_is_not_quoted(
    school: TinySchool, caplog: pytest.LogCaptureFixture, table: str, column: str, slip: str
) -> None:
    """`Emil` is almost `email`."""
    lines(school, table, lambda rows: [rows[0].replace(column, slip), *rows[1:]])
    said = said_in_pipes(school, caplog)
    assert "almost called so" in said
    assert repr(slip) not in said
    assert repr(slip) in school.run("check").doc["error"]["said"]


def test_i9_a_long_one_is(school: TinySchool, caplog: pytest.LogCaptureFixture) -> None:
    lines(school, "contacts", lambda rows: [rows[0].replace("portal_access", "portal_acces"), *rows[1:]])
    assert "'portal_acces'" in said_in_pipes(school, caplog)


def test_i9_a_name_of_the_schema_in_other_letters_is_said(school: TinySchool) -> None:
    lines(school, "contacts", lambda rows: [rows[0].replace("contact_id", "Contact ID"), *rows[1:]])
    message = school.run("plan").doc["error"]["message"]
    assert "Is 'Contact ID' meant to be `contact_id`?" in message
    assert "it has: Contact ID, given_name" in message


def test_i9_a_left_out_row_has_no_value_of_a_column_that_nobody_knows(
    school: TinySchool, caplog: pytest.LogCaptureFixture
) -> None:
    school.row("students", student_id="q9", given_name="A", family_name="B", birth_date="x", year_id="1850")
    lines(school, "students", lambda rows: [r.rstrip("\n") + (",street\n" if n == 0 else ",Elm Street 7\n") for n, r in enumerate(rows)])  # fmt: skip
    lines(school, "students", lambda rows: [*rows, rows[1].replace("Quirina", "").replace("Vandermeer", "")])
    said = said_in_pipes(school, caplog)
    assert "(another column)" in said


def test_i9_the_flat_list_says_configured_headers_alone(tmp_path: Path) -> None:
    header, row = "Student ID,Last Name,First Name,Grade,Email", "77,Vandermeer,Quirina,9,qv@p.example"
    (tmp_path / "list").mkdir()
    file = tmp_path / "list" / "s.csv"
    file.write_text(f"{header}\n{row}\n", encoding="utf-8")
    config = str(tmp_path / "dayzero.toml")
    asked = ["init", "--path", str(file.parent), "--config", config, "--today", "2026-11-26", "--yes"]
    assert CliRunner().invoke(main, asked).exit_code == 0
    for text, said in (
        (f"{row}\n{row}\n", "5 columns have no name that is known"),
        (f"{header[8:]}\n{row}\n", "known: Last Name"),
    ):
        file.write_text(text, encoding="utf-8")
        ended = CliRunner().invoke(main, ["check", "--config", config])
        assert (ended.exit_code, said in ended.output) == (4, True), ended.output
        assert [name for name in NAMES if name in ended.output] == []


def test_i9_what_may_be_said_of_a_header() -> None:
    known = ("student_id", "email")
    assert columns_told(["student_id", "E-Mail"], known) == ("it has: student_id, E-Mail", "")
    assert columns_told([], known) == ("it has: none", "")
    told, every = columns_told(["student_id", "Quirina"], known)
    assert (told, every) == (
        "of its 2 columns these have names that are known: student_id",
        "Its columns: student_id, Quirina.",
    )
    assert "Quirina" not in columns_told(["Quirina"], known)[0]
    assert [is_plain(n, known) for n in ("Student ID", "e-mail", "Emil", "", "-")] == [True, True, False, False, False]
