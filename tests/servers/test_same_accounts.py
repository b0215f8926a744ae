"""One generated school, written five ways: the same accounts from each, and they are those of its answer key."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from database_servers import Server, load_tables

from dayzero_fixtures import new_school
from dayzero_fixtures.oneroster import oneroster_files
from dayzero_fixtures.oneroster_provider import OneRosterProvider

pytestmark = pytest.mark.slow

FIELDS = ("login", "given_name", "family_name", "years", "new")
OF_KIND = {"student": (*FIELDS, "grade_level", "next_grade_level"), "parent": (*FIELDS, "children")}
ONEROSTER = {"plugin": "oneroster", "active_year": "2027", "as_of": "2027-05-01"}
POSTGRESQL = ("postgresql+psycopg", *["postgresql+adbc"] * bool(find_spec("adbc_driver_postgresql")))

Accounts = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(params=["messy-contacts", "rollover-summer", "hostile-values"])
def school(request: pytest.FixtureRequest) -> Any:
    return new_school(students=120, years=3, seed=11, scenario=request.param)


@pytest.fixture
def service(school: Any) -> Iterator[dict[str, Any]]:
    """The school as a OneRoster service."""
    with OneRosterProvider(oneroster_files(school, "1.2"), "1.2") as provider:
        signed = {"client_id": provider.client_id, "client_secret": provider.client_secret}
        yield {**ONEROSTER, **signed, "url": provider.url, "token_url": provider.token_url, "page_size": 100}


def on_server(server: Server, school: Any, *drivers: str) -> dict[str, dict[str, Any]]:
    """Write the school into a database of its own; return its ``[source]`` by driver."""
    name = server.create("same_" + school.parameters.scenario.replace("-", "_"))
    with server.connection(name) as connection:
        load_tables(connection, school.tables)
    return {driver: {"url": server.url(name, driver)} for driver in drivers}


def test_one_school_written_five_ways(
    school: Any, service: Any, tmp_path: Path, postgresql_server: Server, mariadb_server: Server, run_served: Any,
    gradebook_cloud_server: Any,
) -> None:  # fmt: skip
    forms = ("csv", "sqlite", "oneroster", "oneroster-1.2")
    folders = {form: str(school.write(tmp_path / form, form).path) for form in forms}
    sources: dict[str, dict[str, Any]] = {
        "csv": {"plugin": "csv", "path": folders["csv"]},
        "sqlite": {"path": f"{folders['sqlite']}/school.sqlite"},
        **on_server(postgresql_server, school, *POSTGRESQL),
        **on_server(mariadb_server, school, "mariadb+pymysql"),
        "oneroster": {**ONEROSTER, "path": folders["oneroster"]},
        "oneroster-1.2": {**ONEROSTER, "path": folders["oneroster-1.2"]},
        "oneroster-rest": service,
    }
    for setting in ("no", "yes"):
        expected = answer_key(school, setting)
        for form, source in sources.items():
            name = form.replace("+", "-")
            code, document = run_served(source, "sync", "--yes", name=name, send_scheduling_year=setting == "yes")
            assert code == 0, (form, setting, document)
            assert accounts(gradebook_cloud_server, name) == expected, (form, setting)
            if not form.startswith("oneroster"):  # which has neither codes nor ticks to give a reason by
                assert reasons(document) == withheld(school, setting), (form, setting)


def answer_key(school: Any, setting: str) -> Accounts:
    key = school.answers[setting]
    return {
        (kind, person): {f: account[f] for f in fields}
        for kind, fields in OF_KIND.items()
        for person, account in key[kind]["granted"].items()
    }


def accounts(cloud: Any, name: str) -> Accounts:
    return {(a["kind"], a["person_id"]): {f: a[f] for f in OF_KIND[a["kind"]]} for a in cloud.accounts(name)}


def withheld(school: Any, setting: str) -> dict[tuple[str, str], str]:
    key = school.answers[setting]
    return {(kind, person): reason for kind in OF_KIND for person, reason in key[kind]["withheld"].items()}


def reasons(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(w["kind"], w["person_id"]): w["reason"] for w in document["withheld"]}
