"""Presets are complete, parse, and can be overridden query by query."""

import sqlite3
from contextlib import closing

import pytest

from dayzero.errors import ConfigurationError
from dayzero.schema import TABLES
from dayzero_sql import SqlSettings, open_sql
from dayzero_sql.presets import load_preset, preset_names
from dayzero_sql.queries import queries_of


def test_the_presets_there_are():
    assert preset_names() == ["gibbon", "opensis", "rosariosis"]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_has_a_query_for_every_table_and_declares_its_parameters(name):
    preset = load_preset(name)
    assert preset.queries.keys() == TABLES.keys()
    used = {parameter for query in preset.queries.values() for parameter in query.names}
    assert used == set(preset.parameters)


def test_a_query_of_ones_own_goes_first(tmp_path):
    (tmp_path / "contacts.sql").write_text("select 1 as from_folder", encoding="utf-8")
    settings = SqlSettings(
        preset="gibbon",
        queries={"students": "select 1 as own"},
        queries_dir=tmp_path,
        tables={"courses": "my_courses"},
    )
    found = queries_of(settings)
    assert found.statements["students"].texts == ("select 1 as own\n",)
    assert found.statements["contacts"].texts == ("select 1 as from_folder\n",)
    assert "courses" not in found.statements
    assert found.statements["enrollments"] == load_preset("gibbon").queries["enrollments"]


def test_with_a_preset_a_table_of_the_same_name_is_not_taken_for_ours(tmp_path):
    path = tmp_path / "sis.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table my_courses (course_id)")
        database.execute("create table courses (course_id)")
    with open_sql(SqlSettings(path, preset="gibbon", tables={"courses": "my_courses"})) as source:
        assert source.read("courses").columns == ["course_id"]
        assert source.read("courses").height == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"preset": "gibon"}, "no preset 'gibon'"),
        ({"preset": "rosariosis"}, "RosarioSIS needs `school_year`"),
        ({"preset": "rosariosis", "parameters": {"school_year": "soon"}}, "'soon' is no whole number"),
        ({"preset": "rosariosis", "parameters": {"school_year": 2026, "scool_id": 1}}, "scool_id: no query"),
        ({"queries": {"student": "select 1"}}, "student: no such source table"),
        ({"queries": {"students": "select :year"}}, "`:year`, which has no value"),
        ({"queries_dir": "nowhere"}, "nowhere is no folder"),
    ],
)
def test_a_wrong_setting_is_refused_before_the_database_is_touched(settings, said, tmp_path):
    if "queries_dir" in settings:
        settings = {"queries_dir": tmp_path / "nowhere"}
    with pytest.raises(ConfigurationError, match=said), open_sql(SqlSettings(path=tmp_path / "none", **settings)):
        raise AssertionError("must not open")


def test_a_year_given_as_text_is_a_number():
    assert queries_of(SqlSettings(preset="opensis", parameters={"school_year": "2026"})).values["school_year"] == 2026
