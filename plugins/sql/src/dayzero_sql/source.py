"""Read tables in one transaction that is rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import sqlalchemy as sa

from dayzero.errors import ConfigurationError, SourceError
from dayzero_sql import SqlSettings

_CHUNK = 50_000
_SNAPSHOT = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
_BEGIN: dict[str, tuple[str, ...]] = {
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
    "mysql": _SNAPSHOT,
    "mariadb": _SNAPSHOT,
    "oracle": ("SET TRANSACTION READ ONLY",),
}
"""What makes the one transaction read-only and of one moment, by database."""


class SqlSource:
    """The tables of one open connection."""

    def __init__(self, settings: SqlSettings, connection: sa.Connection) -> None:
        self._settings = settings
        self._connection = connection

    def read(self, table: str) -> pl.DataFrame | None:
        """Return the rows of ``table`` as the database types them, or None. Raises SourceError naming the table."""
        try:
            query = self._query(table)
            return None if query is None else self._rows(table, query)
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(
                f"The query for {table} failed: {_said(error)}.",
                remedy=f"Correct `queries.{table}` or `tables.{table}` under [source].",
                table=table,
            ) from None

    def _query(self, table: str) -> sa.TextClause | sa.Select[tuple[object]] | None:
        if table in self._settings.queries:
            return sa.text(self._settings.queries[table].replace(":", "\\:"))
        folder = self._settings.queries_dir
        if folder and (folder / f"{table}.sql").is_file():
            return sa.text((folder / f"{table}.sql").read_text(encoding="utf-8").replace(":", "\\:"))
        name = self._settings.tables.get(table, table)
        schema, _, bare = name.rpartition(".")
        inspector = sa.inspect(self._connection)
        there = inspector.has_table(bare, schema=schema or None)
        if not there and table not in self._settings.tables:
            return None
        return sa.select(sa.text("*")).select_from(sa.table(bare, schema=schema or None))

    def _rows(self, table: str, query: sa.TextClause | sa.Select[tuple[object]]) -> pl.DataFrame:
        result = self._connection.execution_options(yield_per=_CHUNK).execute(query)
        names = list(result.keys())
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice:
            raise SourceError(
                f"The query for {table} gives the column {twice!r} twice.",
                remedy="Name every column once, with AS.",
                table=table,
                column=twice,
            )
        chunks = [
            pl.DataFrame([tuple(r) for r in part], schema=names, orient="row", infer_schema_length=None, strict=False)
            for part in result.partitions(_CHUNK)
        ]
        empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        return pl.concat(chunks, how="vertical_relaxed") if chunks else empty


def _said(error: sa.exc.SQLAlchemyError) -> str:
    """Return what the database said, without a value of a row: what is wrong with data is named by its kind only."""
    if isinstance(error, sa.exc.DBAPIError) and not isinstance(error, sa.exc.DataError | sa.exc.IntegrityError):
        return str(error.orig)
    return type(error).__name__


@contextmanager
def connected(settings: SqlSettings) -> Iterator[SqlSource]:
    """Connect read-only where the database can; raise SourceError without the password."""
    url = _url(settings)
    shown = url.render_as_string(hide_password=True)
    try:
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        connection = engine.connect()
    except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
        raise SourceError(
            f"Cannot open {shown} ({type(error).__name__}).",
            remedy="Check `path` or `url` under [source], and that the database's Python driver is installed.",
        ) from None
    try:
        for statement in _BEGIN.get(url.get_backend_name(), ()):
            connection.exec_driver_sql(statement)
        yield SqlSource(settings, connection)
    finally:
        connection.rollback()
        connection.close()
        engine.dispose()


def _url(settings: SqlSettings) -> sa.URL:
    if bool(settings.path) == bool(settings.url):
        raise ConfigurationError("[source] needs either `path` or `url`.", remedy='For example path = "school.sqlite".')
    if settings.path:
        if not settings.path.is_file():
            raise SourceError(f"{settings.path}: no such file.", remedy="Correct `path` under [source].")
        return sa.URL.create("sqlite", database=settings.path.absolute().as_uri(), query={"mode": "ro", "uri": "true"})
    try:
        return sa.make_url(settings.url)
    except sa.exc.ArgumentError:
        raise ConfigurationError(
            "[source] url is no SQLAlchemy URL.", remedy='For example "postgresql+psycopg://user@host/db".'
        ) from None
