"""Database servers for tests: started on loopback, on a free port, in a folder of their own, and stopped again.

Servers refuse to run as root; a test run by root starts them as nobody.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import pytest
import sqlalchemy as sa

from dayzero.schema import TABLES, Type

_PATHS = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin"]
_DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
_SECONDS_TO_START = 60


@dataclass(frozen=True)
class Server:
    """A running server. ``driver``: the SQLAlchemy URL scheme that tests load data with."""

    driver: str
    user: str
    port: int

    def url(self, database: str, driver: str = "") -> str:
        """Return the URL of one database, for ``driver`` or the one that tests load data with."""
        return f"{driver or self.driver}://{self.user}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def connection(self, database: str) -> Iterator[sa.Connection]:
        """Connect for writing; what was written is committed."""
        engine = sa.create_engine(self.url(database), poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def create(self, database: str) -> str:
        """Create an empty database and return its name."""
        maintenance = "postgres" if self.driver.startswith("postgresql") else "mysql"
        engine = sa.create_engine(self.url(maintenance), poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {database}")
        engine.dispose()
        return database


class Certificate(Protocol):
    """A server's certificate, as ``trustme`` issues it."""

    private_key_pem: Any
    cert_chain_pems: Any


@contextmanager
def postgresql(certificate: Certificate | None = None) -> Iterator[Server]:
    """Run a PostgreSQL server, with TLS if it is given a certificate; skip where there is none."""
    programs = {name: _program(name, *_debian_postgresql()) for name in ("initdb", "pg_ctl")}
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with _folder() as folder:
        data, port = folder / "data", _free_port()
        _run(programs["initdb"], "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", folder=folder)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        if certificate:
            options += " -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}".format(*_written(certificate, folder))
        control = (programs["pg_ctl"], "-D", data, "-w", "-t", str(_SECONDS_TO_START), "-l", folder / "log")
        _run(*control, "-o", options, "start", folder=folder)
        try:
            yield Server("postgresql+psycopg", "tester", port)
        finally:
            _run(*control, "-m", "immediate", "stop", folder=folder)


@contextmanager
def mariadb(certificate: Certificate | None = None) -> Iterator[Server]:
    """Run a MariaDB server, with TLS if it is given a certificate; skip where there is none."""
    install, serve, admin = (_program(name) for name in ("mariadb-install-db", "mariadbd", "mariadb-admin"))
    pytest.importorskip("pymysql", reason="PyMySQL is not installed")
    with _folder() as folder:
        data, port = folder / "data", _free_port()
        _run(
            install, "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}", "--auth-root-authentication-method=normal", "--skip-test-db",
            folder=folder,
        )  # fmt: skip
        tls = ("--ssl-cert={}", "--ssl-key={}") if certificate else ()
        files = _written(certificate, folder) if certificate else ()
        process = subprocess.Popen(
            [
                serve, "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}", f"--socket={folder}/socket", f"--pid-file={folder}/pid",
                f"--port={port}", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
                "--character-set-server=utf8mb4",
                *(option.format(file) for option, file in zip(tls, files, strict=True)),
            ],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_identity(),
        )  # fmt: skip
        try:
            reach = ("--no-defaults", "--protocol=tcp", "--host=127.0.0.1", f"--port={port}", "--user=root")
            _run(admin, *reach, f"--wait={_SECONDS_TO_START}", "ping", folder=folder)
            yield Server("mariadb+pymysql", "root", port)
        finally:
            process.terminate()
            process.wait()


def load_tables(connection: sa.Connection, tables: dict[str, pl.DataFrame]) -> None:
    """Write source tables with the types a database would give their columns."""
    types = {
        Type.DATE: sa.Date(),
        Type.BOOLEAN: sa.Boolean(),
        Type.INTEGER: sa.Integer(),
        Type.NUMBER: sa.Numeric(6, 2),
    }
    for name, frame in tables.items():
        columns = [sa.Column(c.name, types.get(c.type, sa.Text())) for c in TABLES[name].columns]
        table = sa.Table(name, sa.MetaData(), *columns)
        table.create(connection)
        if rows := frame.to_dicts():
            connection.execute(sa.insert(table), rows)


def _program(name: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*folders, *_PATHS]))
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def _debian_postgresql() -> list[str]:
    versions = _DEBIAN_POSTGRESQL.iterdir() if _DEBIAN_POSTGRESQL.is_dir() else []
    return [str(v / "bin") for v in sorted(versions, key=lambda v: int(v.name), reverse=True)]


def _identity() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


def _run(*command: str | Path, folder: Path) -> None:
    # The output goes to a file: a server inherits it, and a pipe would stay open as long as the server runs.
    with (folder / "output").open("ab") as output:
        done = subprocess.run(
            command, cwd=folder, stdout=output, stderr=output, check=False, timeout=4 * _SECONDS_TO_START, **_identity()
        )
    if done.returncode:
        said = (folder / "output").read_text(encoding="utf-8", errors="replace")
        pytest.fail(f"{command[0]} ended with {done.returncode}:\n{said}", pytrace=False)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dayzero-server-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            with suppress(LookupError):
                shutil.chown(name, "nobody", "nogroup")
        yield Path(name)


def _written(certificate: Certificate, folder: Path) -> tuple[Path, Path]:
    """Write the certificate and its key, readable by the server alone, as servers demand."""
    chain, key = folder / "server.pem", folder / "server.key"
    certificate.private_key_pem.write_to_path(key)
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(chain, append=True)
    for file in (chain, key):
        file.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(file, "nobody", "nogroup")
    return chain, key


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
