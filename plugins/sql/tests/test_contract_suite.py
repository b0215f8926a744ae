"""The contract suite on a SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from dayzero.testing import SourceContract, Tables
from dayzero_sql import SqlSettings, dayzero_sources


class TestSql(SourceContract):
    source_type = dayzero_sources()[0]

    def make(self, tables: Tables) -> Any:
        path = self.tmp_path / "school.sqlite"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as db, db:
            for name, rows in tables.items():
                columns = list(rows[0]) if rows else ["student_id", "year_id", "day", "code"]
                names = ", ".join(f'"{c}" text' for c in columns)
                db.execute(f'create table "{name}" ({names})')
                db.executemany(
                    f'insert into "{name}" values ({", ".join("?" * len(columns))})', [tuple(r.values()) for r in rows]
                )
        return SqlSettings(path=path)
