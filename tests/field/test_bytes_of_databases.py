"""H10, F: a column of bytes that are no text is one column's trouble, and a number keeps all its digits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from dayzero.cli import main
from dayzero.conform import Conformed, conform
from dayzero.conform.raw import to_text
from dayzero.schema import TABLES

PICTURE = "x'89504e470d0a1a0a'"
LATIN = "cast(x'5a6fe9' as blob)"
SIS = """
create table students(student_id, given_name, family_name, birth_date, email {more});
insert into students values ('s1', 'Al', 'Ito', '2011-04-05', 'al@p.example' {first}), ({ident}, {given}, 'Li', {birth}, {email} {second});
create table enrollments as select student_id, '2027' year_id, '9' grade_level from students;
create table school_years as select '2027' year_id, 'x' name, '2026-08-01' starts_on, '2027-06-12' ends_on, 'active' role;
create table calendar_codes as select 's1' student_id, '2027' year_id, 0 day, 'E' code;
create table contacts(contact_id, given_name, family_name, primary_email, portal_access);
insert into contacts values ('c1', 'Bo', 'Ito', 'bo@h.example', {access});
create table relationships as select 's1' student_id, 'c1' contact_id;
"""
SOUND = {"more": "", "first": "", "second": "", "ident": "'s2'", "given": "'Bo'", "birth": "'2011-04-05'", "email": "'bo@p.example'", "access": "'yes'"}  # fmt: skip


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Any]:
    """Return how `check` judges a database in which some of what is sound is other."""

    def check(**other: str) -> Any:
        with closing(sqlite3.connect(tmp_path / "sis.db")) as database:
            database.executescript(SIS.format_map(SOUND | other))
        config = tmp_path / "dayzero.toml"
        config.write_text(
            '[school]\nid = "v"\n[source]\nplugin = "sql"\npath = "sis.db"\n[portal]\nurl = "http://127.0.0.1:1"\n'
            'token = { env = "T" }\n[sync]\ntoday = 2026-11-26\n',
            encoding="utf-8",
        )
        ended = CliRunner().invoke(main, ["check", "--json", "--config", str(config)])
        return ended.exit_code, json.loads(ended.stdout)

    return check


def places(document: Any, severity: str) -> set[tuple[str, str]]:
    return {(f["table"], f["column"]) for f in document["findings"] if f["severity"] == severity}


@pytest.mark.parametrize(
    "pictures", [(PICTURE, "null"), (PICTURE, PICTURE), ("'text'", PICTURE), (PICTURE, "'text'"), ("null", "x'504e47'")]
)
def test_h10_a_picture_beside_a_name_is_nobodys_trouble(checked: Callable[..., Any], pictures: tuple[str, str]) -> None:
    first, second = pictures
    code, document = checked(more=", photo", first=f", {first}", second=f", {second}")
    assert (code, document["sent"]["student"], places(document, "error")) == (0, 2, set())


def test_h10_an_id_that_is_no_text_leaves_its_row_out(checked: Callable[..., Any]) -> None:
    code, document = checked(ident=LATIN)
    assert (code, document["sent"]["student"]) == (1, 1)
    assert places(document, "error") == {("students", "student_id"), ("enrollments", "student_id")}
    assert {"Zo\\xe9"} == {f["value"] for f in document["findings"] if f["severity"] == "error"}


@pytest.mark.parametrize(
    ("where", "table", "column"),
    [("email", "students", "email"), ("given", "students", "given_name"), ("birth", "students", "birth_date"), ("access", "contacts", "portal_access")],
)  # fmt: skip
def test_h10_an_optional_value_that_is_no_text_is_nulled_with_a_warning(
    checked: Callable[..., Any], where: str, table: str, column: str
) -> None:
    code, document = checked(**{where: LATIN})
    assert (code, document["sent"]["student"], places(document, "error")) == (0, 2, set())
    assert (table, column) in places(document, "warning")


def test_h10_bytes_that_are_text_are_read_as_text(checked: Callable[..., Any]) -> None:
    code, document = checked(
        ident="cast('s2' as blob)", given="cast('Zoë' as blob)", email="cast('bo@p.example' as blob)"
    )
    assert (code, document["sent"]["student"], places(document, "warning")) == (0, 2, set())


def conformed(rows: list[dict[str, Any]]) -> Conformed:
    years = [{"year_id": "2027", "starts_on": "2026-08-01", "ends_on": "2027-06-12", "role": "active"}]
    tables: dict[str, list[dict[str, Any]]] = {"students": rows, "school_years": years}
    return conform(lambda table: tables.get(table, []))


def test_h10_a_source_of_mappings_may_hand_over_bytes() -> None:
    read = conformed([
        {"student_id": b"s1", "given_name": memoryview("Zoë".encode()), "family_name": b"\xff", "photo": b"\x89PNG"},
        {"student_id": b"\xff", "given_name": "A", "family_name": "B", "photo": None},
    ])  # fmt: skip
    assert read.tables["students"].select("student_id", "given_name", "family_name", "photo").rows() == [
        ("s1", "Zoë", None, None)
    ]
    assert [(f.severity, f.column, f.row) for f in read.findings if f.table == "students"] == [
        ("error", "student_id", 2), ("warning", "family_name", 1),
    ]  # fmt: skip


LONG = 12345678901234567890123


def ids(values: list[Any], *, columns: bool) -> list[str | None]:
    """Return ids as text, of a source that hands over columns or mappings."""
    data = pl.DataFrame({"student_id": values}) if columns else [{"student_id": value} for value in values]
    return to_text(TABLES["students"], data)["student_id"].to_list()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([Decimal(LONG), Decimal(1)], [str(LONG), "1"]),
        ([Decimal(f"{LONG}.00"), None], [str(LONG), None]),
        ([Decimal("42.0"), Decimal("-7.00")], ["42", "-7"]),
        ([Decimal("100"), Decimal("0")], ["100", "0"]),
        ([LONG, 1], [str(LONG), "1"]),
    ],
)
@pytest.mark.parametrize("columns", [True, False])
def test_h10_an_id_keeps_all_its_digits(values: list[Any], text: list[str | None], *, columns: bool) -> None:
    assert ids(values, columns=columns) == text


@pytest.mark.parametrize("value", [Decimal("42.5"), 1e20, 42.0, float("nan"), [1]])
@pytest.mark.parametrize("columns", [True, False])
def test_h10_a_fraction_is_no_id(value: Any, *, columns: bool) -> None:
    assert str(ids([value], columns=columns)[0]).startswith("\0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal(LONG), str(LONG)),
        (Decimal("0.50"), "0.50"),
        (0.5, "0.5"),
        (2.0, "2"),
        (1e20, "1e20"),
        (float("nan"), None),
    ],
)
def test_h10_a_number_stays_the_number_it_is(value: Any, text: str | None) -> None:
    read = to_text(TABLES["courses"], pl.DataFrame({"credits": [value]}))["credits"][0]
    assert read == text or float(read) == float(str(text))
