"""The source tables of one open transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from dayzero.errors import SourceError
from dayzero_sql.address import address_of
from dayzero_sql.columnar import columnar
from dayzero_sql.queries import Queries, queries_of
from dayzero_sql.session import QueryError, Session, streaming, table_query
from dayzero_sql.settings import SqlSettings
from dayzero_sql.statement import Statement

__all__ = ["SqlSource", "opened"]


class SqlSource:
    """Reads source tables, each with its query."""

    def __init__(self, queries: Queries, session: Session) -> None:
        self._queries = queries
        self._session = session

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table`` as the database types them, or None. Raises SourceError naming the table."""
        try:
            query = self._query(table)
            if query is None:
                return None
            return self._session.rows(query, {name: self._queries.values[name] for name in query.names})
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

    def _query(self, table: str) -> Statement | None:
        named = self._queries.tables.get(table)
        if table in self._queries.statements:
            return self._queries.statements[table]
        if named is None and not self._queries.by_name:
            return None
        schema, _, name = (named or table).rpartition(".")
        if named is None and not self._session.has_table(name, None):
            return None
        return table_query(name, schema or None, self._session.dialect)


@contextmanager
def opened(settings: SqlSettings) -> Iterator[SqlSource]:
    """Open the configured database for reading. Raises ConfigurationError and SourceError, without the password."""
    queries = queries_of(settings)
    address = address_of(settings)
    connect = columnar if address.columnar else streaming
    with connect(address, snapshot=settings.snapshot, timeout=settings.statement_timeout) as session:
        yield SqlSource(queries, session)
