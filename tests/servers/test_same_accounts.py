"""One generated school, written to every kind of source: the same accounts."""

from __future__ import annotations

from typing import Any

import pytest
from database_servers import load_tables

from dayzero_fixtures import new_school

SOURCES = ("csv", "sqlite", "postgresql+adbc", "postgresql+psycopg", "mariadb+pymysql")


@pytest.fixture(scope="module")
def school() -> Any:
    return new_school(students=200, years=3, seed=11, scenario="messy-contacts")


@pytest.fixture(scope="module")
def written(school: Any, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """Return ``written(kind)``: the ``[source]`` of the school, written once to each system."""
    filled: dict[str, Any] = {}

    def folder(system: str) -> Any:
        if system not in filled:
            filled[system] = school.write(tmp_path_factory.mktemp(system), system).path
        return filled[system]

    def server(system: str) -> Any:
        if system not in filled:
            filled[system] = request.getfixturevalue(f"{system}_server")
            with filled[system].connection(filled[system].create("hampden")) as connection:
                load_tables(connection, school.tables)
        return filled[system]

    def source(kind: str) -> dict[str, Any]:
        if kind == "csv":
            return {"plugin": "csv", "path": str(folder("csv"))}
        if kind == "sqlite":
            return {"path": str(folder("sqlite") / "school.sqlite")}
        if kind == "postgresql+adbc":
            pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
        return {"url": server(kind.partition("+")[0]).url("hampden", kind)}

    return source


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("setting", ["no", "yes"])
def test_the_accounts_are_those_of_the_answer_key(
    school: Any, written: Any, run: Any, gradebook_cloud: Any, kind: str, setting: str
) -> None:
    code, document = run(written(kind), "sync", "--yes", send_scheduling_year=setting == "yes")
    assert code in (0, 1), document
    fields = ("login", "given_name", "family_name", "grade_level", "next_grade_level", "years", "new", "children")
    for who in ("student", "parent"):
        there = {
            a["person_id"]: {f: a[f] for f in fields if f in a}
            for a in gradebook_cloud.accounts("school")
            if a["kind"] == who
        }
        key = school.answers[setting][who]
        assert there.keys() == key["granted"].keys()
        for person, account in key["granted"].items():
            assert {f: there[person][f] for f in account if f in fields} == {
                f: account[f] for f in account if f in fields
            }
        withheld = {w["person_id"]: w["reason"] for w in document["withheld"] if w["kind"] == who}
        assert withheld == key["withheld"]
