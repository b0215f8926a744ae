"""The presets for RosarioSIS and openSIS: who gets an account, before and after a rollover, on each kind of database."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from database_school import working
from sis_schools import OpenSis, RosarioSis

from dayzero_sql.presets import load_preset

pytestmark = pytest.mark.slow

KINDS = ("sqlite", "postgresql+adbc", "postgresql+psycopg", "mariadb+pymysql")
_numbers = itertools.count(1)


class Database:
    """An empty database of one kind: open it to write, name it as a ``[source]`` to read."""

    def __init__(self, kind: str, folder: Path, request: pytest.FixtureRequest) -> None:
        if kind == "sqlite":
            self.engine = sa.create_engine(f"sqlite:///{folder / 'sis.sqlite'}", poolclass=sa.pool.NullPool)
            self.source: dict[str, Any] = {"path": str(folder / "sis.sqlite")}
            return
        if kind == "postgresql+adbc":
            pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
        server = request.getfixturevalue(f"{kind.partition('+')[0]}_server")
        name = server.create(f"sis_{next(_numbers)}")
        self.engine = sa.create_engine(server.url(name), poolclass=sa.pool.NullPool)
        self.source = {"url": server.url(name, kind)}


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = Database(request.param, tmp_path, request)
    yield made
    made.engine.dispose()


def changed(document: dict[str, Any]) -> dict[str, int]:
    """Return how many accounts a sync created, disabled and enabled."""
    return {
        op: sum(document["applied"][kind][op] for kind in ("student", "parent"))
        for op in ("create", "disable", "enable")
    }


def parents(cloud: Any) -> dict[str, dict[str, Any]]:
    """Return all parents' accounts as they are."""
    return {a["person_id"]: a for a in cloud.accounts("school") if a["kind"] == "parent"}


NOTHING = {"create": 0, "disable": 0, "enable": 0}
LOGINS = {"student_login": ["email", "username"], "today": date(2027, 3, 1)}
LATER = {**LOGINS, "today": date(2027, 7, 1)}
"""After the year changed; it ended in June."""


@pytest.mark.parametrize("chained", [True, False], ids=["rolled", "entered anew"])
def test_rosariosis_through_a_rollover(database: Any, run: Any, gradebook_cloud: Any, chained: bool) -> None:
    source = {**database.source, "preset": "rosariosis", "parameters": {"school_year": 2026}}
    with database.engine.begin() as connection:
        RosarioSis(connection).open_school()
    code, document = run(source, "sync", "--yes", **LOGINS)
    assert code == 0, document
    assert working(gradebook_cloud) == {"students": ["1", "2", "3", "5"], "parents": ["102: 3 5", "51: 1 2"]}
    reasons = {(w["kind"], w["person_id"]): w["reason"] for w in document["withheld"]}
    assert reasons == {("student", "4"): "withdrawn", ("parent", "103"): "no-portal-access"}
    ada = next(a for a in gradebook_cloud.accounts("school") if a["person_id"] == "1")
    assert (ada["login"], ada["grade_level"]) == ("ada@pupils.example", "09")

    # The rollover gives every parent a new id; they are the same people (R14).
    with database.engine.begin() as connection:
        sis = RosarioSis(connection)
        sis.rollover(chained=chained)
        sis.admit()
    assert changed(run(source, "sync", "--yes", **LOGINS)[1]) == NOTHING
    _, document = run(source, "sync", "--yes", send_scheduling_year=True, **LOGINS)
    assert changed(document) == {**NOTHING, "create": 2}
    assert working(gradebook_cloud) == {
        "students": ["1", "2", "3", "5", "6"],
        "parents": ["102: 3 5", "1200: 6", "51: 1 2"],
    }

    # The change of year: only the senior, who has no next grade, drops out (R31, R32).
    source["parameters"] = {"school_year": 2027}
    _, document = run(source, "sync", "--yes", **LATER)
    assert changed(document) == {**NOTHING, "disable": 1}
    assert working(gradebook_cloud) == {"students": ["1", "2", "5", "6"], "parents": ["102: 5", "1200: 6", "51: 1 2"]}


def test_rosariosis_where_nobody_can_be_told_to_be_the_same(
    database: Any, run: Any, gradebook_cloud: Any, tmp_path: Path
) -> None:
    """No chain and other usernames: every parent is a stranger under a new id, so the run is held (R14, R39)."""
    source = {**database.source, "preset": "rosariosis", "parameters": {"school_year": 2026}}
    with database.engine.begin() as connection:
        sis = RosarioSis(connection)
        sis.open_school()
        sis.families(6)
    assert run(source, "sync", "--yes", **LOGINS)[0] == 0
    assert len(parents(gradebook_cloud)) == 8

    with database.engine.begin() as connection:
        sis = RosarioSis(connection)
        sis.rollover(chained=False)
        sis.rename_users(2027)
    # While both years are sent, the strangers want addresses that are taken: they yield.
    for setting in (True, False):
        assert changed(run(source, "sync", "--yes", send_scheduling_year=setting, **LOGINS)[1]) == NOTHING
    before = parents(gradebook_cloud)
    source["parameters"] = {"school_year": 2027}
    code, document = run(source, "sync", "--yes", **LATER)
    assert code == 3
    assert document["held"] == [{"op": "rekey", "kind": "parent", "count": 8, "limit": 2, "allow": "rekey=8"}]
    assert document["rekeyed"]["parent"]["301"] == "1301"
    assert changed(document) == {**NOTHING, "disable": 1}  # the senior, who has no next grade
    # Held at the change of year: the year they were in is over, and nothing else is another.
    assert parents(gradebook_cloud) == {ident: {**account, "years": []} for ident, account in before.items()}
    shown = run.shown(source, "plan", **LATER)
    assert "dayzero plan --rekey-out ids.csv" in shown
    assert "dayzero sync --accept-rekey ids.csv" in shown
    assert "8" in shown
    assert "--allow rekey=8" in shown

    ids = str(tmp_path / "ids.csv")
    assert run(source, "plan", "--rekey-out", ids, **LATER)[0] == 3
    code, document = run(source, "sync", "--yes", "--accept-rekey", ids, **LATER)
    assert (code, changed(document)) == (0, NOTHING)
    # Bob's senior has left; for the rest they are the accounts of before, down to the day they were made.
    assert parents(gradebook_cloud) == {
        person: {**account, "children": [child for child in account["children"] if child != "3"]}
        for person, account in before.items()
    }
    code, document = run(source, "sync", "--yes", **LATER)
    assert (code, document["operations"]) == (0, [])


def test_opensis_through_a_rollover(database: Any, run: Any, gradebook_cloud: Any) -> None:
    source = {**database.source, "preset": "opensis", "parameters": {"school_year": 2026, "school_id": 1}}
    with database.engine.begin() as connection:
        OpenSis(connection).open_school()
    code, document = run(source, "sync", "--yes", **LOGINS)
    assert code == 0, document
    assert working(gradebook_cloud) == {"students": ["1", "2", "3", "5"], "parents": ["201: 1 2"]}
    reasons = {(w["kind"], w["person_id"]): w["reason"] for w in document["withheld"]}
    assert reasons == {
        ("student", "4"): "withdrawn",
        ("parent", "202"): "no-portal-access",
        ("parent", "203"): "no-portal-access",
        ("parent", "204"): "no-sent-student",
    }

    # A stay that the rollover closed with a code of type Roll is no leaver.
    with database.engine.begin() as connection:
        sis = OpenSis(connection)
        sis.rollover()
        sis.admit()
    assert changed(run(source, "sync", "--yes", **LOGINS)[1]) == NOTHING
    _, document = run(source, "sync", "--yes", send_scheduling_year=True, **LOGINS)
    assert changed(document) == {**NOTHING, "create": 2}
    assert working(gradebook_cloud) == {"students": ["1", "2", "3", "5", "6"], "parents": ["201: 1 2", "204: 6"]}

    source["parameters"] = {"school_year": 2027}
    _, document = run(source, "sync", "--yes", **LATER)
    assert changed(document) == {**NOTHING, "disable": 1}


def test_h10_fields_that_a_school_has_deleted(database: Any, run: Any, gradebook_cloud: Any) -> None:
    """What need not be there is looked for in the words of each kind of database."""
    source = {**database.source, "preset": "rosariosis", "parameters": {"school_year": 2026, "school_id": 1}}
    with database.engine.begin() as connection:
        RosarioSis(connection).open_school()
    for table, column in (("students", "custom_200000004"), ("student_enrollment", "last_school")):
        code, document = run(source, "check", **LOGINS)
        assert (code, document["sent"]["student"]) == (0, 4)
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"alter table {table} drop column {column}")
    assert run(source, "sync", "--yes", **LOGINS)[0] == 0
    assert working(gradebook_cloud)["students"] == ["1", "2", "3", "5"]


def test_h6_h7_days_are_days_on_each_kind_of_database(database: Any, run: Any) -> None:
    """Ada has left since the rollover, Ben leaves in June."""
    source = {**database.source, "preset": "rosariosis", "parameters": {"school_year": 2026}}
    with database.engine.begin() as connection:
        sis = RosarioSis(connection)
        sis.open_school()
        sis.rollover()
        sis.change("student_enrollment", {"student_id": 1, "syear": 2026}, end_date=date(2027, 5, 21))
        sis.change("student_enrollment", {"student_id": 2, "syear": 2026}, end_date=date(2027, 6, 8))
    for day, sent in ((date(2027, 5, 21), 4), (date(2027, 5, 22), 3), (date(2027, 6, 9), 2)):
        _, document = run(source, "check", **{**LOGINS, "today": day}, send_scheduling_year=True)
        assert document["sent"] == {"student": sent, "newcomers": 0}


def rows_looked_at(connection: sa.Connection) -> int:
    found = connection.exec_driver_sql("show session status like 'Handler_read%%'").all()
    return sum(int(count) for _, count in found)


@pytest.mark.parametrize("chained", [True, False], ids=["rolled", "entered anew"])
@pytest.mark.parametrize("table", ["contacts", "relationships", "calendar_codes"])
def test_h3_mariadb_looks_at_each_row_a_few_times(request: pytest.FixtureRequest, table: str, chained: bool) -> None:
    """Joined without a key it would look at the square of them: 16 million."""
    server, parents, years = request.getfixturevalue("mariadb_server"), 1000, range(2024, 2028)
    with server.connection(server.create(f"sis_{next(_numbers)}")) as connection:
        sis = RosarioSis(connection)
        sis.year(2026)
        sis.year(2027)
        rows: dict[str, list[dict[str, Any]]] = {"staff": [], "students_join_users": [], "student_enrollment": []}
        for year in years:
            for n in range(parents):
                ident = 10_000 * year + n
                before = ident - 10_000 if chained and year > years[0] else None
                person = {"first_name": f"G{n % 7}", "last_name": f"F{n % 50}", "username": f"user{n}"}
                rows["staff"].append(
                    {"staff_id": ident, "syear": year, "profile": "parent", "rollover_id": before, **person}
                )
                rows["students_join_users"].append({"student_id": n, "staff_id": ident})
                stay = {"id": ident, "syear": year, "student_id": n, "school_id": 1, "grade_id": 1}
                rows["student_enrollment"].append({**stay, "start_date": date(year, 8, 24)})
        for name, values in rows.items():
            connection.execute(sa.insert(sis.metadata.tables[name]), values)
        query = load_preset("rosariosis").queries[table]
        values = {"school_year": 2026, "school_id": 1, "parents_need_login": 1, "today": date(2027, 3, 1)}
        before = rows_looked_at(connection)
        found = connection.execute(query.for_sqlalchemy(["today"]), {name: values[name] for name in query.names}).all()
        assert len(found) == 2 * parents
        assert rows_looked_at(connection) - before < 60 * parents * len(years)
