"""What the sql source promises of every server: nothing is written, all tables are of one moment, queries end."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import sqlalchemy as sa

from dayzero.errors import SourceError
from dayzero_sql import SqlSettings, open_sql

pytestmark = pytest.mark.slow

KINDS = ("postgresql+adbc", "postgresql+psycopg", "mariadb+pymysql", "mysql+pymysql")
_numbers = itertools.count(1)
_SLOW = {
    "postgresql": "select count(*) as n from generate_series(1, 1000000000000) x",
    "mariadb": "select count(*) as n from seq_1_to_1000000 a, seq_1_to_1000000 b",
}


def refused(settings: SqlSettings) -> str:
    """Return what is said when the query for students fails."""
    with open_sql(settings) as source, pytest.raises(SourceError) as caught:
        source.read("students")
    assert caught.value.facts["table"] == "students"
    return str(caught.value)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql+adbc":
        pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("postgresql_server" if kind.startswith("postgresql") else "mariadb_server")


@pytest.fixture
def url(kind: str, server: Any) -> str:
    name = server.create(f"promises_{next(_numbers)}")
    with server.connection(name) as connection:
        connection.execute(sa.text("create table students (student_id varchar(9), given_name varchar(40), born date)"))
        connection.execute(sa.text("insert into students values ('00042', 'Zoë', '2011-12-10')"))
    return server.url(name, kind)


def test_a_table_keeps_its_types(url: str) -> None:
    with open_sql(SqlSettings(url=url)) as source:
        row = source.read("students").row(0, named=True)
        assert source.read("courses") is None
    assert (row["student_id"], row["given_name"], row["born"].isoformat()) == ("00042", "Zoë", "2011-12-10")


def test_all_tables_are_of_one_moment(url: str, server: Any) -> None:
    database = sa.make_url(url).database
    with open_sql(SqlSettings(url=url, queries={"contacts": "select * from students"})) as source:
        assert source.read("students").height == 1
        with server.connection(database) as other:
            other.execute(sa.text("insert into students values ('7', 'Max', null)"))
        assert source.read("contacts").height == 1
    with open_sql(SqlSettings(url=url)) as source:
        assert source.read("students").height == 2


def test_nothing_can_be_written(url: str, kind: str) -> None:
    writing = "insert into students values ('8', 'Eve', null)"
    query = f"with new as ({writing} returning 1 as one) select one from new" if "postgresql" in kind else writing
    said = refused(SqlSettings(url=url, queries={"students": query})).lower()
    assert re.search("read.only|must not contain data-modifying", said)


def test_a_query_ends_when_its_time_is_up(url: str, kind: str) -> None:
    slow = _SLOW["postgresql" if "postgresql" in kind else "mariadb"]
    said = refused(SqlSettings(url=url, queries={"students": slow}, statement_timeout=1))
    assert re.search("timeout|max_statement_time", said.splitlines()[0])
    assert "`statement_timeout`" in said


def test_values_are_bound_not_written_into_the_query(url: str) -> None:
    query = "select student_id, ':name' as text from students where given_name = :name or student_id = :id"
    for name, found in (("Zoë", 1), ("' or '1' = '1", 0)):
        parameters: dict[str, int | str] = {"name": name, "id": "nobody"}
        with open_sql(SqlSettings(url=url, queries={"students": query}, parameters=parameters)) as source:
            rows = source.read("students")
        assert rows.height == found
        assert rows["text"].to_list() == [":name"] * found


def test_a_broken_query_is_told_in_the_words_of_the_database(url: str) -> None:
    assert "nothing" in refused(SqlSettings(url=url, queries={"students": "select nothing from students"}))


def test_a_value_of_a_row_is_not_repeated(url: str, kind: str) -> None:
    if not kind.startswith("postgresql"):
        pytest.skip("MariaDB casts whatever comes")
    query = "select cast(given_name as integer) as n from students"
    assert "Zoë" not in refused(SqlSettings(url=url, queries={"students": query}))


def test_a_column_that_comes_twice_is_named(url: str) -> None:
    query = "select student_id, given_name as student_id from students"
    assert "column 'student_id' twice" in refused(SqlSettings(url=url, queries={"students": query}))


def test_a_server_that_does_not_encrypt_is_refused_where_tls_is_required(url: str) -> None:
    with pytest.raises(SourceError, match="SSL"), open_sql(SqlSettings(url=url, tls="require")):
        raise AssertionError("must not open")


def test_the_password_is_not_repeated(url: str) -> None:
    there = sa.make_url(url).set(database="no_such_database").render_as_string(hide_password=False)
    settings = SqlSettings(url=there, password="s3cret")
    with pytest.raises(SourceError, match="no_such_database") as caught, open_sql(settings):
        raise AssertionError("must not open")
    assert "s3cret" not in str(caught.value)
