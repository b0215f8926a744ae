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
    assert "dayzero plan --rekey-out ids.csv, review it, then sync --accept-rekey ids.csv" in shown
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
