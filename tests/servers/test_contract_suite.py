"""The contract suite on servers: hostile values, absent and empty tables, whatever the driver."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from dayzero.testing import SourceContract, Tables
from dayzero_sql import SqlSettings, dayzero_sources

pytestmark = pytest.mark.slow

_numbers = itertools.count(1)


class OnServer(SourceContract):
    """Makes a database of its own for every test."""

    source_type = dayzero_sources()[0]
    kind: str

    @pytest.fixture(autouse=True)
    def _server(self, request: pytest.FixtureRequest) -> None:
        if self.kind == "postgresql+adbc":
            pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
        self.server = request.getfixturevalue(f"{self.kind.partition('+')[0]}_server")

    def make(self, tables: Tables) -> Any:
        name = self.server.create(f"contract_{next(_numbers)}")
        with self.server.connection(name) as connection:
            for table, rows in tables.items():
                columns = list(rows[0]) if rows else ["student_id", "year_id", "day", "code"]
                made = sa.Table(table, sa.MetaData(), *(sa.Column(c, sa.Text()) for c in columns))
                made.create(connection)
                if rows:
                    connection.execute(sa.insert(made), rows)
        return SqlSettings(url=self.server.url(name, self.kind))


class TestPostgresqlInColumns(OnServer):
    kind = "postgresql+adbc"


class TestPostgresqlInRows(OnServer):
    kind = "postgresql+psycopg"


class TestMariadb(OnServer):
    kind = "mariadb+pymysql"
