"""TLS to servers that offer it: encrypted and verified, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from database_servers import mariadb, postgresql

from dayzero.errors import SourceError
from dayzero_sql import SqlSettings, open_sql

pytestmark = pytest.mark.slow

trustme = pytest.importorskip("trustme", reason="trustme, which issues the certificates, is not installed")

CIPHER = {
    "postgresql": "select cipher from pg_stat_ssl where pid = pg_backend_pid()",
    "mariadb": "select variable_value as cipher from information_schema.session_status where variable_name = 'ssl_cipher'",
}


@pytest.fixture(scope="module", params=CIPHER)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(system: str, authority: Any) -> Iterator[Any]:
    start = {"postgresql": postgresql, "mariadb": mariadb}[system]
    with start(authority.issue_cert("127.0.0.1")) as running:
        running.create("school")
        yield running


@pytest.fixture
def ca(authority: Any, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


@pytest.fixture(params=["columns", "rows"])
def url(request: pytest.FixtureRequest, system: str, server: Any) -> str:
    if system == "mariadb" and request.param == "columns":
        pytest.skip("MariaDB has no columnar driver")
    if request.param == "columns":
        pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    return server.url("school", "postgresql+adbc" if request.param == "columns" else "")


def cipher(system: str, **settings: Any) -> Any:
    with open_sql(SqlSettings(queries={"students": CIPHER[system]}, **settings)) as source:
        return source.read("students")["cipher"].item()


def test_a_server_of_the_schools_own_authority_is_verified(system: str, url: str, ca: Path) -> None:
    assert cipher(system, url=url, tls="verify", tls_ca=ca).startswith("TLS_")


def test_a_server_of_an_unknown_authority_is_refused(system: str, url: str) -> None:
    with pytest.raises(SourceError, match=r"(?i)certificate"):
        cipher(system, url=url, tls="verify")


def test_a_server_under_another_name_is_refused(system: str, url: str, ca: Path) -> None:
    with pytest.raises(SourceError, match=r"(?i)certificate"):
        cipher(system, url=url.replace("127.0.0.1", "localhost"), tls="verify", tls_ca=ca)


def test_encryption_alone_can_be_asked_for_and_declined(system: str, url: str) -> None:
    assert cipher(system, url=url, tls="require").startswith("TLS_")
    assert not cipher(system, url=url, tls="off")
