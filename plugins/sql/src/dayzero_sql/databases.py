"""The kinds of database, as data: which driver, how one read-only moment is begun, how a query is limited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["DATABASES", "Database"]

_CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Database:
    """One kind of database.

    ``driver``: SQLAlchemy's, where the URL names none. ``extra``: of this distribution, brings the driver.
    ``port``: what its servers listen on. ``begin``: statements that make the transaction read-only; ``snapshot``: the
    ones that also make it of one moment. ``limit``: a statement with ``{seconds}`` or ``{milliseconds}``;
    ``limit_attribute``: instead, an attribute of the driver's connection and its units per second. ``query``: added to
    the URL, ``connect``: handed to the driver.
    """

    title: str
    driver: str
    extra: str = ""
    begin: tuple[str, ...] = ()
    snapshot: tuple[str, ...] = ()
    limit: str = ""
    limit_attribute: tuple[str, int] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    connect: Mapping[str, Any] = field(default_factory=dict)


_MYSQL = Database(
    "MySQL",
    "pymysql",
    extra="mysql",
    begin=("START TRANSACTION READ ONLY",),
    snapshot=(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    limit="SET SESSION max_execution_time = {milliseconds}",
    query={"charset": "utf8mb4"},
    connect={"connect_timeout": _CONNECT_SECONDS},
)

_WHOLE_TABLES = "SET LOCAL enable_nestloop = off"
"""Whole tables are read. A database that was restored and not analyzed takes them for small, and loops for hours."""

DATABASES: Mapping[str, Database] = {
    # A deferred SQLite transaction fixes its moment at the first read and holds it.
    "sqlite": Database(
        "SQLite", "pysqlite", begin=("PRAGMA query_only = ON",), snapshot=("PRAGMA query_only = ON", "BEGIN")
    ),
    "postgresql": Database(
        "PostgreSQL",
        "psycopg",
        extra="postgresql",
        begin=("SET TRANSACTION READ ONLY", _WHOLE_TABLES),
        snapshot=("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", _WHOLE_TABLES),
        limit="SET LOCAL statement_timeout = {milliseconds}",
        query={"connect_timeout": str(_CONNECT_SECONDS)},
    ),
    "mysql": _MYSQL,
    "mariadb": replace(_MYSQL, title="MariaDB", extra="mariadb", limit="SET SESSION max_statement_time = {seconds}"),
    # SQL Server has no read-only transaction: this one is rolled back, and the account should only be able to read.
    "mssql": Database(
        "SQL Server",
        "pyodbc",
        extra="mssql",
        snapshot=("SET TRANSACTION ISOLATION LEVEL SNAPSHOT",),
        limit_attribute=("timeout", 1),
        query={"driver": "ODBC Driver 18 for SQL Server", "ApplicationIntent": "ReadOnly"},
        connect={"timeout": _CONNECT_SECONDS},
    ),
    "oracle": Database(
        "Oracle",
        "oracledb",
        extra="oracle",
        begin=("SET TRANSACTION READ ONLY",),
        snapshot=("SET TRANSACTION READ ONLY",),
        limit_attribute=("call_timeout", 1000),
        connect={"tcp_connect_timeout": _CONNECT_SECONDS},
    ),
}
"""By the name SQLAlchemy gives the backend. A URL of ``mysql`` may lead to a MariaDB server; it says so itself."""
