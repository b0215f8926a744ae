"""H3: the work that the presets ask of a database grows with the school, and not with its square.

SQLite counts the steps of its machine, so no clock is needed. On MariaDB, `tests/servers/test_presets.py` counts rows.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dayzero_sql.presets import load_preset

YEARS = range(2022, 2028)
SCHEMA = """
create table schools (id integer, syear numeric, title text);
create table school_marking_periods (mp text, school_id integer, syear numeric, start_date date, end_date date);
create table school_gradelevels (id integer primary key, short_name text, title text);
create table students (student_id integer primary key, first_name, last_name, middle_name, username, custom_200000004 date);
create table student_enrollment (id integer primary key, syear numeric, school_id integer, student_id integer,
    grade_id integer, start_date date, end_date date, last_school integer);
create table staff (staff_id integer primary key, syear numeric, first_name, last_name, username, email, profile text,
    rollover_id integer);
create table students_join_users (student_id integer, staff_id integer, primary key (student_id, staff_id));
"""


def steps(table: str, families: int, *, chained: bool) -> int:
    """Return how many thousand steps the query for a table takes, in a school with a parent a student over six years."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCHEMA)
        for year in YEARS:
            k = year - YEARS[0]
            days = (f"{year}-08-24", f"{year + 1}-06-11")
            database.execute("insert into school_marking_periods values ('FY', 1, ?, ?, ?)", (year, *days))
            rows = [
                (1000 * families * k + n, year, f"G{n % 7}", f"F{n % 50}", f"user{n}", "a@homes.example", "parent",
                 1000 * families * (k - 1) + n if chained and k else None)
                for n in range(families)
            ]  # fmt: skip
            database.executemany("insert into staff values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            database.executemany(
                "insert into students_join_users values (?, ?)", [(n, r[0]) for n, r in enumerate(rows)]
            )
            database.executemany(
                "insert into student_enrollment values (null, ?, 1, ?, 1, ?, null, 1)",
                [(year, n, days[0]) for n in range(families)],
            )
        query = load_preset("rosariosis").queries[table]
        text, order = query.numbered()
        values = {"school_year": 2026, "school_id": 1, "parents_need_login": 1, "today": "2027-03-01"}
        count = 0

        def counted() -> int:
            nonlocal count
            count += 1
            return 0

        database.set_progress_handler(counted, 1000)
        named = {f"p{number}": values[name] for number, name in enumerate(order, 1)}
        assert len(database.execute(text.replace("$", ":p"), named).fetchall()) == 2 * families
        return count


@pytest.mark.parametrize("chained", [True, False], ids=["rolled", "entered anew"])
@pytest.mark.parametrize("table", ["contacts", "relationships", "calendar_codes", "enrollments"])
def test_h3_four_times_the_families_are_no_sixteen_times_the_work(table: str, chained: bool) -> None:
    small, big = steps(table, 50, chained=chained), steps(table, 200, chained=chained)
    assert big < 7 * small
