"""One open read-only transaction of PostgreSQL through ADBC: results arrive as columns, never as Python rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from dayzero.errors import SourceError
from dayzero_sql.address import Address
from dayzero_sql.databases import Database
from dayzero_sql.frames import plain
from dayzero_sql.session import QueryError, Session, Value
from dayzero_sql.statement import Statement

__all__ = ["columnar"]

_EXISTS = Statement.parse("select to_regclass(:name) is not null as there")
_COLUMNS = Statement.parse(
    "select attname::text as name from pg_attribute where attrelid = to_regclass(:name) and attnum > 0 and not attisdropped"
)


class _Columnar:
    """A connection of ADBC's, whose one transaction fails as a whole with its first failing query."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.dialect: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def has_table(self, name: str, schema: str | None) -> bool:
        quote = self.dialect.identifier_preparer.quote_identifier
        full = ".".join(quote(part) for part in (schema, name) if part)
        return bool(self.rows(_EXISTS, {"name": full})["there"].item())

    def columns(self, table: str) -> frozenset[str]:
        quoted = self.dialect.identifier_preparer.quote_identifier(table)
        return frozenset(self.rows(_COLUMNS, {"name": quoted})["name"].str.to_lowercase())

    def rows(self, statement: Statement, values: Mapping[str, Value]) -> pl.DataFrame:
        from adbc_driver_manager import Error

        sql, order = statement.numbered()
        bound = pl.DataFrame({name: [values[name]] for name in order}) if order else None
        with closing(self._connection.cursor()) as cursor:
            try:
                cursor.execute(sql, bound)
                return plain(pl.DataFrame(cursor.fetch_arrow()))
            except Error as error:
                raise QueryError(_said(error)) from None
            except pl.exceptions.DuplicateError as error:
                raise ValueError(str(error).split("'")[1]) from None
            except pl.exceptions.ComputeError as error:
                raise QueryError(_said_of_data(error)) from None
            except pl.exceptions.PanicException:
                raise QueryError("a column is of a type that cannot be read: cast it to text") from None


def _said(error: Exception) -> str:
    """Return what the server said, without the query and without a value of a row."""
    if type(error).__name__ in ("DataError", "IntegrityError"):
        return type(error).__name__
    first = str(error).partition("\n")[0]
    return first.partition("ERROR:")[2].strip() or first


def _said_of_data(error: Exception) -> str:
    """Return what the server said while rows were on their way, up to where it may quote a value."""
    said = str(error).partition("ERROR:")[2].strip() or "the result broke off"
    return re.split("[\"':\n]", said)[0].strip()


@contextmanager
def columnar(address: Address, *, snapshot: bool, timeout: int) -> Iterator[Session]:
    """Connect and begin; roll back at the end. Raises SourceError without the password."""
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise SourceError(
            f"No driver for {address.shown} is installed.",
            remedy='Install it: pip install "dayzero-sql[postgresql]".',
        ) from None
    try:
        # libpq reads a blank in a URL as it stands, or not at all; SQLAlchemy leaves blanks as they are.
        written = address.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = dbapi.connect(written.replace(" ", "%20"), autocommit=False)
    except Error as error:
        raise SourceError(
            f"Cannot open {address.shown}: {_said(error).partition('failed: ')[2] or _said(error)}.",
            remedy="Check `url`, `password` and `tls` under [source], and that the server is up.",
        ) from None
    try:
        _begin(connection, address.database, snapshot=snapshot, timeout=timeout)
        yield _Columnar(connection)
    finally:
        connection.rollback()
        connection.close()


def _begin(connection: Any, database: Database, *, snapshot: bool, timeout: int) -> None:
    limit = [database.limit.format(seconds=timeout, milliseconds=timeout * 1000)] if timeout else []
    with closing(connection.cursor()) as cursor:
        for statement in (*(database.snapshot if snapshot else database.begin), *limit):
            cursor.execute(statement)
