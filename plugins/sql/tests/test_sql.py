"""The sql source on SQLite: read-only, typed as the database types it."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from dayzero.errors import SourceError
from dayzero_sql import SqlSettings, open_sql


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "school.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table students (student_id, given_name)")
        connection.execute("insert into students values ('00042', 'Zoë')")
    connection.close()
    return path


def test_tables_queries_and_absent_tables(database):
    with open_sql(SqlSettings(database, queries={"contacts": "select 7 as contact_id"})) as source:
        assert source.read("students")["student_id"].to_list() == ["00042"]
        assert source.read("contacts")["contact_id"].to_list() == [7]
        assert source.read("courses") is None


@pytest.mark.parametrize("query", ["select nothing from nowhere", "select 1 as a, 2 as a"])
def test_a_bad_query_names_its_table(database, query):
    settings = SqlSettings(database, queries={"students": query})
    with open_sql(settings) as source, pytest.raises(SourceError, match="students"):
        source.read("students")


def test_the_database_is_opened_read_only(database):
    with open_sql(SqlSettings(database)) as source, pytest.raises(OperationalError, match="readonly"):
        source._connection.exec_driver_sql("delete from students")


def test_no_password_in_a_message():
    settings = SqlSettings(url="nosuchdb://me:s3cret@127.0.0.1/x")
    with pytest.raises(SourceError) as caught, open_sql(settings):
        raise AssertionError("must not open")
    assert "s3cret" not in str(caught.value)


def test_a_url_is_read_only_too(database):
    with (
        open_sql(SqlSettings(url=f"sqlite:///{database}")) as source,
        pytest.raises(OperationalError, match="readonly"),
    ):
        source._connection.exec_driver_sql("delete from students")


def test_all_tables_are_of_one_moment(database):
    with open_sql(SqlSettings(database)) as source:
        before = source.read("students").height
        other = sqlite3.connect(database, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("insert into students values ('00043', 'Ada')")
        other.close()
        assert source.read("students").height == before
