"""A school's own queries: what is read though nobody mentioned it, what need not be there, and how queries are printed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dayzero.errors import ConfigurationError, SourceError, UsageError
from dayzero.plugin import Looking, SystemClock
from dayzero_sql import SqlSettings, open_sql
from dayzero_sql.command import source
from dayzero_sql.look import look
from dayzero_sql.presets import load_preset
from dayzero_sql.statement import Statement

OWN = {"students": "select 1 as student_id, 'Ada' as given_name"}


@pytest.fixture
def sis(tmp_path: Path) -> Any:
    """Return a function that makes a database of statements and returns its file."""

    def made(*statements: str) -> Path:
        file = tmp_path / "sis.sqlite"
        with closing(sqlite3.connect(file)) as database, database:
            for statement in statements:
                database.execute(statement)
        return file

    return made


# -- H10: tables nobody mentioned


@pytest.mark.parametrize(
    "columns", ["course_id, title, syear", "id, course_name, code", "course_id, year_id", "COURSE_ID, YEAR, TITLE"]
)
def test_h10_the_systems_own_table_of_courses_is_passed_over(sis: Any, columns: str) -> None:
    file = sis(f"create table courses ({columns})")
    with open_sql(SqlSettings(file, queries=OWN)) as opened:
        assert opened.read("courses") is None
        [finding] = opened.findings()
    assert (finding.severity, finding.table, finding.rule) == ("notice", "courses", "not-our-table")


def test_h10_one_with_our_columns_is_ours(sis: Any) -> None:
    file = sis("create table courses (Course_ID, year_id, title, more)")
    with open_sql(SqlSettings(file, queries=OWN)) as opened:
        assert opened.read("courses").height == 0
        assert opened.findings() == []


def test_h10_what_must_be_there_is_read_so_that_it_is_said_what_it_lacks(sis: Any) -> None:
    file = sis("create table contacts (person, mail)")
    with open_sql(SqlSettings(file, queries=OWN)) as opened:
        assert opened.read("contacts").columns == ["person", "mail"]


# -- H10: columns that a school may have deleted

STUDENTS = "create table students (student_id, first_name, last_name, middle_name, username{})"
STAYS = (
    "create table student_enrollment (id, syear, school_id, student_id, grade_id, start_date, end_date{})",
    "create table school_marking_periods (mp, school_id, syear, start_date, end_date)",
    "insert into student_enrollment (id, syear, student_id, start_date) values (1, 2026, 7, '2026-08-24')",
    "insert into students (student_id, first_name) values (7, 'Gus')",
)


@pytest.mark.parametrize(
    ("more", "birth_dates"), [("", False), (", custom_200000004", True), (", CUSTOM_200000004", True)]
)
@pytest.mark.parametrize("rolled", ["", ", last_school"])
def test_h10_a_column_that_a_school_may_delete_need_not_be_there(
    sis: Any, more: str, birth_dates: bool, rolled: str
) -> None:
    file = sis(STUDENTS.format(more), STAYS[0].format(rolled), *STAYS[1:])
    settings = SqlSettings(file, preset="rosariosis", parameters={"school_year": 2026})
    with open_sql(settings) as opened:
        opened.begin(date(2026, 11, 3), SystemClock())
        students = opened.read("students")
        assert (students["student_id"].to_list(), "birth_date" in students.columns) == ([7], birth_dates)
        assert opened.read("calendar_codes")["code"].to_list() == ["E"]


def test_h10_a_line_of_ones_own_may_be_so_too(sis: Any) -> None:
    query = "select 1 as student_id\n  , mail as email  -- if pupil.mail\nfrom pupil"
    for columns, expected in (("id", ["student_id"]), ("id, Mail", ["student_id", "email"])):
        file = sis("drop table if exists pupil", f"create table pupil ({columns})")
        with open_sql(SqlSettings(file, queries={"students": query})) as opened:
            assert opened.read("students").columns == expected


def test_h10_a_query_fits_by_its_lines_and_else_stays_as_it_is() -> None:
    query = Statement.parse("select a,\n  :b as b,  -- if t.b\n  c -- if there is time\nfrom t")
    assert query.fitting(lambda table: {"b"}) is query
    assert query.fitting(lambda table: set()).sql.split() == [
        "select",
        "a,",
        "c",
        "--",
        "if",
        "there",
        "is",
        "time",
        "from",
        "t",
    ]
    assert query.fitting(lambda table: set()).names == ()


def test_the_day_is_a_parameter_of_every_query(sis: Any) -> None:
    file = sis("create table pupil (id, left_on date)", "insert into pupil values (1, '2026-11-02'), (2, '2026-11-03')")
    query = "select id as student_id, :today as today from pupil where left_on >= :today"
    with open_sql(SqlSettings(file, queries={"students": query})) as opened:
        opened.begin(date(2026, 11, 3), SystemClock())
        assert opened.read("students").rows() == [(2, "2026-11-03")]
    with open_sql(SqlSettings(file, queries={"students": query}, parameters={"today": "2026-01-01"})) as opened:
        assert opened.read("students").height == 2
    with (
        pytest.raises(SourceError, match="failed"),
        open_sql(SqlSettings(file, queries={"students": "select :today from"})) as opened,
    ):
        opened.read("students")


# -- H10: printing queries


def called(*arguments: str) -> Any:
    result = CliRunner().invoke(source, [*arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


CONFIGURED = """
[source]
plugin = "sql"
preset = "rosariosis"
password = { env = "NOBODY_HAS_SET_THIS" }
queries_dir = "own"
queries = { courses = "select 1 as course_id" }
parameters = { school_year = { env = "NOR_THIS" } }
tables = { students = "portal.students" }
"""


def test_h10_the_queries_of_a_preset_are_printed_as_they_are_run() -> None:
    printed = called("--print-queries", "--preset", "gibbon").stdout
    for query in load_preset("gibbon").queries.values():
        assert query.sql.strip() in printed
    assert "parts:" not in printed


def test_h10_what_is_configured_is_printed_without_any_secret(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "contacts.sql").write_text("select 2 as contact_id;\n", encoding="utf-8")
    config = tmp_path / "dayzero.toml"
    config.write_text(CONFIGURED, encoding="utf-8")
    told = json.loads(called("--json", "--config", str(config)).stdout)["queries"]
    assert {table: one["from"] for table, one in told.items()} == {
        **dict.fromkeys(("school_years", "enrollments", "calendar_codes", "relationships"), "preset"),
        "students": "tables", "contacts": "queries_dir", "courses": "queries",
    }  # fmt: skip
    assert (told["students"]["table"], told["contacts"]["sql"]) == ("portal.students", "select 2 as contact_id")
    assert "students: all of portal.students" in called("--config", str(config)).stdout


def test_h10_written_queries_are_read_again(tmp_path: Path) -> None:
    called("--preset", "opensis", "--out", str(tmp_path / "queries"))
    mine = SqlSettings(path=tmp_path, queries_dir=tmp_path / "queries", parameters={"school_year": 2026})
    names = {file.stem for file in (tmp_path / "queries").iterdir()}
    assert names == set(load_preset("opensis").queries)
    written = Statement.parse((mine.queries_dir / "contacts.sql").read_text(encoding="utf-8"))
    assert written == Statement.parse(load_preset("opensis").queries["contacts"].sql)
    with pytest.raises(UsageError, match="exists already"):
        called("--preset", "opensis", "--table", "contacts", "--out", str(tmp_path / "queries"))


@pytest.mark.parametrize(
    ("text", "error"),
    [("[source]\nplugin = 'csv'", UsageError), ("[source", ConfigurationError), ("[source]\nplugin = 'sql'\nqueries = 3", ConfigurationError),
     ("[source]\nplugin = 'sql'\nqueries = { students = 3 }", ConfigurationError)],
)  # fmt: skip
def test_h10_what_has_no_queries_is_told(tmp_path: Path, text: str, error: type[Exception]) -> None:
    config = tmp_path / "dayzero.toml"
    with pytest.raises(UsageError, match="no"):
        called("--config", str(config))
    config.write_text(text, encoding="utf-8")
    with pytest.raises(error):
        called("--print-queries", "--config", str(config))


# -- H12: queries to be filled in


@pytest.mark.parametrize("path", ["", "sis.sqlite", "postgresql+nodriver://reader@127.0.0.1:1/sis"])
def test_h12_a_database_nobody_has_described_gets_queries_to_be_filled_in(sis: Any, path: str) -> None:
    file = sis("create table pupil (id)")
    found = look(Looking(str(file) if path == "sis.sqlite" else path, date(2026, 11, 3)))
    assert found is not None
    queries = found.settings["queries"]
    assert set(queries) == {"school_years", "students", "enrollments", "calendar_codes", "contacts", "relationships"}
    assert "EMAIL as email" in queries["students"]
    for query in queries.values():
        assert Statement.parse(query).names == ()


def test_h12_they_are_queries(sis: Any) -> None:
    """With a view of the names in capitals each of them runs."""
    found = look(Looking("", date(2026, 11, 3)))
    assert found is not None
    columns = "student_id, year_id, grade_level, status, given_name, family_name, email, starts_on, ends_on, role, contact_id, primary_email, portal_access"
    tables = [f"create table {name} ({columns})" for name in found.settings["queries"]]
    with open_sql(SqlSettings(sis(*tables), queries=found.settings["queries"])) as opened:
        for table in found.settings["queries"]:
            assert opened.read(table).height == 0
