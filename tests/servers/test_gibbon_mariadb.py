"""A real Gibbon school on MariaDB, with Gibbon's own zero-filled ids: the counts that ``real/README.md`` states."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

REAL = Path(os.environ.get("DAYZERO_REAL_CASES", Path(__file__).parents[3] / "shared" / "real"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (REAL / "gibbon").is_dir(), reason="real cases are not on this machine (DAYZERO_REAL_CASES)"
    ),
]

ZEROFILL = "int({}) unsigned zerofill"
WIDTHS = {"gibbonPersonID": 10, "gibbonFamilyID": 7, "gibbonCourseID": 8}


def load(connection: sa.Connection, file: Path) -> None:
    """Copy a SQLite file; ids of Gibbon's become zero-filled numbers and days dates, as in Gibbon's own schema."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as real:
        for (table,) in real.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows = real.execute(f'select * from "{table}"')
            names = [column[0] for column in rows.description]
            columns = [f"`{name}` {column_type(name)}" for name in names]
            # Gibbon has an index on whatever its own pages join by.
            keys = [f"key (`{name}`)" for name in names if name in WIDTHS]
            connection.exec_driver_sql(f"create table `{table}` ({', '.join(columns + keys)})")
            marks = ", ".join(["%s"] * len(names))
            if found := rows.fetchall():
                connection.exec_driver_sql(f"insert into `{table}` values ({marks})", found)


def column_type(name: str) -> str:
    if name in ("firstDay", "lastDay", "dob"):
        return "date"
    return ZEROFILL.format(WIDTHS.get(name, 3)) if name.startswith("gibbon") and name.endswith("ID") else "text"


@pytest.fixture(scope="module", params=["as-shipped", "rolled"])
def source(request: pytest.FixtureRequest) -> dict[str, Any]:
    server = request.getfixturevalue("mariadb_server")
    database = server.create("gibbon_" + request.param.replace("-", "_"))
    with server.connection(database) as connection:
        load(connection, REAL / "gibbon" / f"gibbon-{request.param}.sqlite")
    return {"preset": "gibbon", "url": server.url(database, "mysql"), "rolled": request.param == "rolled"}


def numbers(accounts: list[dict[str, Any]]) -> tuple[int, int, int]:
    parents = [a for a in accounts if a["kind"] == "parent"]
    return len(accounts) - len(parents), len(parents), sum(len(p["children"]) for p in parents)


def test_the_counts_of_a_correct_sync(source: dict[str, Any], run: Any, gradebook_cloud: Any) -> None:
    rolled = source["rolled"]
    settings = {key: value for key, value in source.items() if key != "rolled"}
    assert run(settings, "sync", "--yes")[0] == 0
    assert numbers(gradebook_cloud.accounts("school")) == (391, 660, 759)
    code, document = run(settings, "sync", "--yes", send_scheduling_year=True)
    if not rolled:
        assert code == 4
        assert "no enrollments" in document["error"]["message"]
        return
    accounts = gradebook_cloud.accounts("school")
    assert code == 0
    assert numbers(accounts) == (391, 660, 759)
    assert numbers([a for a in accounts if "scheduling" in a["years"]])[:2] == (372, 634)
    assert not any(a["new"] for a in accounts)
