"""Where the database is: the settings as one URL with driver, password and TLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import sqlalchemy as sa

from dayzero.errors import ConfigurationError, SourceError
from dayzero_sql.databases import DATABASES, Database
from dayzero_sql.settings import SqlSettings
from dayzero_sql.tls import tls_arguments

__all__ = ["Address", "address_of"]

COLUMNAR = "adbc_driver_postgresql"


@dataclass(frozen=True)
class Address:
    """A database to connect to. ``columnar``: through ADBC, which hands over columns instead of rows."""

    url: sa.URL
    database: Database
    connect: Mapping[str, Any]
    columnar: bool = False

    @property
    def shown(self) -> str:
        """The URL for messages: without password, and without the query, which may hold one."""
        return self.url.set(query={}).render_as_string(hide_password=True)


def address_of(settings: SqlSettings) -> Address:
    """Return the address the settings name. Raises ConfigurationError, and SourceError for a file that is not there."""
    if bool(settings.path) == bool(settings.url):
        raise ConfigurationError("[source] needs either `path` or `url`.", remedy='For example path = "school.sqlite".')
    if settings.statement_timeout < 0:
        raise ConfigurationError("[source] statement_timeout is below 0.", remedy="Give seconds; 0 for no limit.")
    if settings.path:
        if not settings.path.is_file():
            raise SourceError(f"{settings.path}: no such file.", remedy="Correct `path` under [source].")
        file = settings.path.absolute().as_uri()
        url = sa.URL.create("sqlite", database=file, query={"mode": "ro", "uri": "true"})
        return Address(url, DATABASES["sqlite"], {})
    return _of_url(_parsed(settings), settings)


def _parsed(settings: SqlSettings) -> sa.URL:
    try:
        url = sa.make_url(settings.url)
    except sa.exc.ArgumentError:
        raise ConfigurationError(
            "[source] url is no SQLAlchemy URL.", remedy='For example "postgresql://reader@db.school.example/sis".'
        ) from None
    if not settings.password:
        return url
    if url.password:
        raise ConfigurationError(
            "[source] has a password both in `url` and in `password`.",
            remedy="Keep `password`, from { env } or { file }.",
        )
    return url.set(password=settings.password)


def _of_url(url: sa.URL, settings: SqlSettings) -> Address:
    backend, _, driver = url.drivername.partition("+")
    database = DATABASES.get(backend)
    if database is None:
        # A database only SQLAlchemy knows: it is read, without promises about moment and limits.
        return Address(url, Database(backend, driver), {})
    columnar = backend == "postgresql" and (driver == "adbc" or (not driver and find_spec(COLUMNAR) is not None))
    chosen = "adbc" if columnar else driver or database.driver
    url = url.set(drivername=f"{backend}+{chosen}")
    tls = tls_arguments(url, settings)
    # A driver we do not know has options of its own; they belong into the URL.
    known = chosen in (database.driver, "adbc")
    query = {**(database.query if known else {}), **url.query, **tls.query}
    connect = {**(database.connect if known else {}), **tls.connect}
    return Address(url.set(query=query), database, connect, columnar)
