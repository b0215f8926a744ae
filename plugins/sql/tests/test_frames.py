"""Whatever a column holds, it comes as something the core can read."""

import datetime as dt
import sqlite3
import uuid
from contextlib import closing
from decimal import Decimal

import polars as pl
import pytest

from dayzero.errors import SourceError
from dayzero_sql import SqlSettings, open_sql
from dayzero_sql.frames import frame_of_rows, joined, plain

ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


def test_a_date_beside_a_zero_date_becomes_text():
    frame = frame_of_rows(["born", "n"], [(dt.date(2011, 12, 10), 1), ("0000-00-00", 2), (None, 3)])
    assert frame["born"].to_list() == ["2011-12-10", "0000-00-00", None]
    assert frame["n"].to_list() == [1, 2, 3]


def test_uuids_become_text_and_decimals_stay_exact():
    frame = frame_of_rows(["id", "credits"], [(ID, Decimal("1.50")), (None, Decimal("2"))])
    assert frame["id"].to_list() == [str(ID), None]
    assert frame["credits"].to_list() == [Decimal("1.50"), Decimal("2.00")]
    assert plain(pl.DataFrame({"id": [ID.bytes, None]}))["id"].to_list() == [str(ID), None]


def test_a_column_may_change_its_type_between_chunks():
    chunks = [pl.DataFrame({"a": [dt.date(2011, 12, 10)]}), pl.DataFrame({"a": ["0000-00-00"]})]
    assert joined(chunks, ["a"])["a"].to_list() == ["2011-12-10", "0000-00-00"]
    assert joined([], ["a"]).schema == {"a": pl.String}


def test_a_query_on_sqlite_ends_when_its_time_is_up(tmp_path):
    path = tmp_path / "school.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table students (student_id)")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as n from n"
    settings = SqlSettings(path, queries={"students": endless}, statement_timeout=1)
    with open_sql(settings) as source, pytest.raises(SourceError, match="interrupted") as caught:
        source.read("students")
    assert "statement_timeout" in caught.value.remedy


@pytest.mark.parametrize(
    ("values", "bare"),
    [
        ([b"S1", "S2"], [b"S1", b"S2"]),
        (["S1", b"\xff"], [b"S1", b"\xff"]),
        ([memoryview(b"S1"), None], [b"S1", None]),
        ([bytearray(b"S1"), 42], [b"S1", b"42"]),
    ],
)
def test_bytes_stay_bytes_beside_whatever_else(values, bare):
    assert frame_of_rows(["a"], [(value,) for value in values])["a"].to_list() == bare


@pytest.mark.parametrize(("one", "other"), [(b"\xff", "S1"), ("S1", b"\xff"), (42, b"\xff")])
def test_bytes_may_come_in_a_later_chunk(one, other):
    chunks = [pl.DataFrame({"a": [one], "n": [1]}), pl.DataFrame({"a": [other], "n": [2]})]
    frame = joined(chunks, ["a", "n"])
    assert frame["a"].to_list() == [v if isinstance(v, bytes) else str(v).encode() for v in (one, other)]
    assert frame["n"].to_list() == [1, 2]
