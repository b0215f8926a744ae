"""Queries and their named parameters: what is one, what only looks like one."""

import pytest
from sqlalchemy.dialects import sqlite

from dayzero.errors import ConfigurationError
from dayzero_sql.statement import Statement


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :year", ("year",)),
        ("select :year, :year + 1", ("year", "year")),
        ("select ':no', \":no\", `:no`, 'it''s :no' from t", ()),
        ("select a::text, b[1:2] -- :no\n, :yes /* :no */", ("yes",)),
        ("select '12:30', x:y", ()),
    ],
)
def test_what_is_a_parameter(sql, names):
    assert Statement.parse(sql).names == names


def test_every_other_colon_stays_a_colon():
    sql = "select a::text, ':x' as t from s where y = :y"
    compiled = Statement.parse(sql).for_sqlalchemy().compile(dialect=sqlite.dialect())
    assert str(compiled).strip() == "select a::text, ':x' as t from s where y = ?"


def test_numbers_for_drivers_that_know_no_names():
    text, order = Statement.parse("select :b, :a, :b;").numbered()
    assert text.strip() == "select $1, $2, $1"
    assert order == ("b", "a")


def test_a_parameter_without_a_value_is_named_with_its_nearest():
    with pytest.raises(ConfigurationError, match=r"`:school_yaer`.*Is `school_year` meant"):
        Statement.parse("select :school_yaer").require({"school_year"}, "The query for students")
