"""What `dayzero init` makes of a database: a known system, our own tables, or one that has to be explained."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from dayzero.plugin import Looking
from dayzero_sql.look import look

TODAY = date(2026, 11, 26)
ROSARIO = {
    "student_enrollment": "syear integer", "students": "student_id integer", "staff": "staff_id integer",
    "students_join_users": "student_id integer",
}  # fmt: skip
OPENSIS = {
    "student_enrollment": "syear integer", "students": "student_id integer", "login_authentication": "user_id integer",
    "staff": "staff_id integer", "students_join_people": "student_id integer",
}  # fmt: skip
GIBBON = {"gibbonPerson": "a", "gibbonSchoolYear": "a", "gibbonStudentEnrolment": "a"}
OURS = {
    "students": "student_id text, given_name text",
    "enrollments": "student_id text",
    "school_years": "year_id text",
}


def database(tmp_path: Path, tables: dict[str, str]) -> Path:
    path = tmp_path / "sis.db"
    with closing(sqlite3.connect(path)) as made:
        for table, columns in tables.items():
            made.execute(f"create table {table} ({columns})")
        if "student_enrollment" in tables:
            made.executemany("insert into student_enrollment values (?)", [(2025,), (2026,), (2026,)])
        made.commit()
    return path


@pytest.mark.parametrize(
    ("tables", "shape"), [(ROSARIO, "rosariosis"), (OPENSIS, "opensis"), (GIBBON, "gibbon"), (OURS, "tables"), ({"x": "a"}, "database")]
)  # fmt: skip
def test_a_system_is_told_by_its_tables(tmp_path: Path, tables: dict[str, str], shape: str) -> None:
    path = database(tmp_path, tables)
    before = path.read_bytes()
    found = look(Looking(str(path), TODAY))
    assert found is not None
    assert found.shape == shape
    assert found.settings.get("preset") == (shape if shape in ("rosariosis", "opensis", "gibbon") else None)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["sis.db"]


@pytest.mark.parametrize("tables", [ROSARIO, OPENSIS])
def test_the_current_year_is_asked_where_the_system_marks_none(tmp_path: Path, tables: dict[str, str]) -> None:
    path = str(database(tmp_path, tables))
    found = look(Looking(path, TODAY))
    assert found is not None
    [asked] = found.questions
    assert (asked.key, asked.options, asked.needed) == ("school_year", ("2026", "2025"), True)
    answered = look(Looking(path, TODAY, {"school_year": "2026"}))
    assert answered is not None
    assert answered.questions == ()
    assert answered.settings["parameters"] == {"school_year": "2026"}


def test_our_own_tables_are_mapped_by_their_names(tmp_path: Path) -> None:
    found = look(Looking(str(database(tmp_path, OURS)), TODAY))
    assert found is not None
    assert found.mapping["students"] == {"student_id": "student_id", "given_name": "given_name"}


def test_a_password_in_an_address_does_not_get_into_the_file() -> None:
    found = look(Looking("postgresql+nodriver://reader:secret@127.0.0.1:1/sis", TODAY))
    assert found is not None
    assert "secret" not in repr(found)
    assert found.settings["password"] == {"env": "DAYZERO_SOURCE_PASSWORD"}
    assert found.settings["url"].startswith("postgresql+nodriver://reader@127.0.0.1")


@pytest.mark.parametrize("name", ["students.csv", "missing.db", "https://sis.school.example/x"])
def test_anything_else_is_left_to_others(tmp_path: Path, name: str) -> None:
    (tmp_path / "students.csv").write_text("a,b\n", encoding="utf-8")
    assert look(Looking(name if "://" in name else str(tmp_path / name), TODAY)) is None


VIEWS = {
    "students": "select id as student_id, g as given_name from people",
    "enrollments": "select id as student_id from people",
    "school_years": "select '2027' as year_id",
}


@pytest.mark.parametrize("views", [VIEWS, {**VIEWS, "Contacts": "select id as contact_id from people"}])
def test_views_that_are_our_tables_are_mapped_as_tables_are(tmp_path: Path, views: dict[str, str]) -> None:
    path = database(tmp_path, {"people": "id text, g text"})
    with closing(sqlite3.connect(path)) as made:
        for name, query in views.items():
            made.execute(f"create view {name} as {query}")
        made.commit()
    found = look(Looking(str(path), TODAY))
    assert found is not None
    assert found.shape == "tables"
    assert found.mapping["students"] == {"student_id": "student_id", "given_name": "given_name"}
    assert set(found.mapping) == {name.lower() for name in views}


def test_a_system_is_told_beside_views_of_its_own(tmp_path: Path) -> None:
    path = database(tmp_path, ROSARIO)
    with closing(sqlite3.connect(path)) as made:
        made.execute("create view enrollments as select syear from student_enrollment")
        made.execute("create view school_years as select syear from student_enrollment")
        made.commit()
    found = look(Looking(str(path), TODAY))
    assert found is not None
    assert found.shape == "rosariosis"
