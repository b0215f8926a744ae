"""One open read-only transaction: through SQLAlchemy, in rows that are streamed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Protocol, TypeAlias

import polars as pl
import sqlalchemy as sa

from dayzero.errors import SourceError
from dayzero_sql.address import Address
from dayzero_sql.databases import DATABASES, Database
from dayzero_sql.frames import frame_of_rows, joined
from dayzero_sql.statement import Statement

__all__ = ["QueryError", "Session", "Value", "streaming", "table_query"]

_CHUNK = 50_000
Value: TypeAlias = int | str | date
"""What a parameter of a query may be."""


class QueryError(Exception):
    """What the database said of a query, without any value of a row."""


class Session(Protocol):
    """One read-only transaction."""

    dialect: sa.Dialect

    def has_table(self, name: str, schema: str | None) -> bool:
        """Return whether there is such a table or view."""

    def columns(self, table: str) -> frozenset[str]:
        """Return the names of a table's columns in lower case; none where there is no such table."""

    def rows(self, statement: Statement, values: Mapping[str, Value]) -> pl.DataFrame:
        """Return all rows. Raises QueryError, and ValueError naming a column that comes twice."""


def table_query(name: str, schema: str | None, dialect: sa.Dialect) -> Statement:
    """Return the query for a whole table, its name quoted as the database wants it."""
    query = sa.select(sa.text("*")).select_from(sa.table(name, schema=schema))
    return Statement((f"{query.compile(dialect=dialect)}\n",), ())


class _Streaming:
    """A connection of SQLAlchemy's."""

    def __init__(self, connection: sa.Connection, timeout: int) -> None:
        self._connection = connection
        self._timeout = timeout
        self.dialect = connection.dialect

    def has_table(self, name: str, schema: str | None) -> bool:
        return sa.inspect(self._connection).has_table(name, schema=schema)

    def columns(self, table: str) -> frozenset[str]:
        try:
            return frozenset(c["name"].lower() for c in sa.inspect(self._connection).get_columns(table))
        except sa.exc.NoSuchTableError:
            return frozenset()

    def rows(self, statement: Statement, values: Mapping[str, Value]) -> pl.DataFrame:
        if self.dialect.name == "sqlite" and self._timeout:
            self._interrupt_after(self._timeout)
        streamed = self._connection.execution_options(yield_per=_CHUNK)
        days = [name for name, value in values.items() if isinstance(value, date)]
        try:
            with streamed.execute(statement.for_sqlalchemy(days), dict(values)) as result:
                names = list(result.keys())
                twice = next((n for n in names if names.count(n) > 1), None)
                if twice:
                    raise ValueError(twice)
                return joined([frame_of_rows(names, part) for part in result.partitions(_CHUNK)], names)
        except sa.exc.SQLAlchemyError as error:
            raise QueryError(said(error)) from None

    def _interrupt_after(self, seconds: int) -> None:
        """SQLite knows no statement timeout; it asks, every few thousand steps, whether to go on."""
        deadline = time.monotonic() + seconds
        driver: Any = self._connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)


def said(error: sa.exc.SQLAlchemyError) -> str:
    """Return what the database said, without a value of a row: what is wrong with data is named by its kind only."""
    if isinstance(error, sa.exc.DBAPIError) and not isinstance(error, sa.exc.DataError | sa.exc.IntegrityError):
        # MySQL's drivers give a number and a sentence.
        sentence = next((a for a in getattr(error.orig, "args", ()) if isinstance(a, str)), "")
        return (sentence or str(error.orig)).strip().partition("\n")[0]
    return type(error).__name__


@contextmanager
def streaming(address: Address, *, snapshot: bool, timeout: int) -> Iterator[Session]:
    """Connect and begin; roll back at the end. Raises SourceError without the password."""
    try:
        engine = sa.create_engine(address.url, connect_args=dict(address.connect), poolclass=sa.pool.NullPool)
        connection = engine.connect()
    except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
        raise unreachable(address, error) from None
    try:
        try:
            _begin(connection, address.database, snapshot=snapshot, timeout=timeout)
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(
                f"{address.shown} refused a read-only transaction: {said(error)}.",
                remedy="Set snapshot = false under [source] if its tables may be of different moments.",
            ) from None
        yield _Streaming(connection, timeout)
    finally:
        connection.rollback()
        connection.close()
        engine.dispose()


def _begin(connection: sa.Connection, database: Database, *, snapshot: bool, timeout: int) -> None:
    if getattr(connection.dialect, "is_mariadb", False):
        database = DATABASES["mariadb"]
    if timeout and database.limit_attribute:
        attribute, per_second = database.limit_attribute
        setattr(connection.connection.driver_connection, attribute, timeout * per_second)
    limit = (database.limit.format(seconds=timeout, milliseconds=timeout * 1000),) if database.limit and timeout else ()
    begin = database.snapshot if snapshot else database.begin
    # A session's limit is set before the transaction begins, a transaction's (SET LOCAL) after it.
    statements = (*begin, *limit) if database.limit.startswith("SET LOCAL") else (*limit, *begin)
    for statement in statements:
        connection.exec_driver_sql(statement)


def unreachable(address: Address, error: Exception) -> SourceError:
    """Return the error for a database that cannot be opened."""
    if isinstance(error, ImportError | sa.exc.NoSuchModuleError):
        extra = address.database.extra
        remedy = (
            f'Install its driver: pip install "dayzero-sql[{extra}]".' if extra else "Install its SQLAlchemy driver."
        )
        return SourceError(f"No driver for {address.shown} is installed.", remedy=remedy)
    detail = f": {said(error)}" if isinstance(error, sa.exc.DBAPIError) else ""
    return SourceError(
        f"Cannot open {address.shown} ({type(error).__name__}{detail}).",
        remedy="Check `path` or `url`, `password` and `tls` under [source], and that the server is up.",
    )
