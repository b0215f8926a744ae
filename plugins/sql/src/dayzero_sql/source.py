"""The source tables of one open transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache

import polars as pl

from dayzero.errors import SourceError
from dayzero.plugin import Clock, Finding, SystemClock
from dayzero.schema import TABLES
from dayzero_sql.address import address_of
from dayzero_sql.columnar import columnar
from dayzero_sql.queries import DAY, Queries, queries_of
from dayzero_sql.session import QueryError, Session, Value, streaming, table_query
from dayzero_sql.settings import SqlSettings
from dayzero_sql.statement import Statement

__all__ = ["SqlSource", "opened"]


class SqlSource:
    """Reads source tables, each with its query."""

    ordered = False
    """A query gives its rows in any order: what is remarked on one names its ids."""

    def __init__(self, queries: Queries, session: Session) -> None:
        self._queries = queries
        self._session = session
        self._columns = cache(session.columns)
        self._today: date | None = None
        self._strangers: list[Finding] = []
        self.remedies = queries.remedies

    def begin(self, day: date, _clock: Clock) -> None:
        """Take the school's day."""
        self._today = day

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table`` as the database types them, or None. Raises SourceError naming the table."""
        try:
            query = self._query(table)
            if query is None:
                return None
            query = query.fitting(self._columns)
            return self._session.rows(query, {name: self._value(name) for name in query.names})
        except QueryError as error:
            raise SourceError(
                f"The query for {table} failed: {error}.",
                remedy=f"Correct `queries.{table}` or `tables.{table}` under [source]; "
                "a query that takes long may be given more seconds with `statement_timeout`.",
                table=table,
            ) from None
        except ValueError as error:
            raise SourceError(
                f"The query for {table} gives the column '{error}' twice.",
                remedy="Name every column once, with AS.",
                table=table,
                column=str(error),
            ) from None

    def findings(self) -> list[Finding]:
        """Return what was passed over, asked after reading."""
        return self._strangers

    def _value(self, name: str) -> Value:
        if name == DAY and name not in self._queries.values:
            return self._today or SystemClock().now().date()
        return self._queries.values[name]

    def _query(self, table: str) -> Statement | None:
        named = self._queries.tables.get(table)
        if table in self._queries.statements:
            return self._queries.statements[table]
        if named is None and not (self._queries.by_name and self._is_ours(table)):
            return None
        schema, _, name = (named or table).rpartition(".")
        return table_query(name, schema or None, self._session.dialect)

    def _is_ours(self, table: str) -> bool:
        """Say whether the database's table of that name is to be read, though nobody mentioned it.

        A SIS has a table ``courses`` of its own: what need not be there is ours only where it has our columns. One that must
        be there is read all the same, so that what it lacks is said.
        """
        if not self._session.has_table(table, None):
            return False
        wanted = TABLES[table]
        lacking = {c.name for c in wanted.columns if c.required} - self._columns(table)
        if wanted.required or not lacking:
            return True
        said = (
            f"the database's own table {table} is not read: it has no column {', '.join(sorted(lacking))}; "
            f"`queries.{table}` may say what of it is meant"
        )
        self._strangers.append(Finding("notice", table, None, None, None, "not-our-table", said))
        return False


@contextmanager
def opened(settings: SqlSettings) -> Iterator[SqlSource]:
    """Open the configured database for reading. Raises ConfigurationError and SourceError, without the password."""
    queries = queries_of(settings)
    address = address_of(settings)
    connect = columnar if address.columnar else streaming
    with connect(address, snapshot=settings.snapshot, timeout=settings.statement_timeout) as session:
        yield SqlSource(queries, session)
