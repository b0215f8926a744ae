"""Write a portal's rows once more by a bare ``executemany``, as durably as the portal, and print what that cost.

Reading them is not counted, and not all of them are held at once. ``bare``: the rows; ``indexed``: with the portal's
indexes of its accounts, made afterwards.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

TABLES = ("accounts", "records")
AT_ONCE = 50_000


def chunks(there: sqlite3.Connection, table: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table, some at a time."""
    rows = there.execute(f"select * from {table}")
    while chunk := rows.fetchmany(AT_ONCE):
        yield chunk


def write(there: sqlite3.Connection, db: sqlite3.Connection) -> dict[str, float]:
    """Copy the tables, then index them; return the processor seconds without and with the indexes."""
    made = there.execute("select type, tbl_name, sql from sqlite_master where sql is not null").fetchall()
    statements = {
        kind: [sql for of, table, sql in made if (of, table in TABLES) == (kind, True)] for kind in ("table", "index")
    }
    for sql in statements["table"]:
        db.execute(sql)
    cost, written = 0.0, 0
    db.execute("begin")
    for table in TABLES:
        for chunk in chunks(there, table):
            began = time.process_time()
            db.executemany(f"insert into {table} values ({', '.join('?' * len(chunk[0]))})", chunk)
            cost += time.process_time() - began
            written += len(chunk)
    began = time.process_time()
    db.execute("commit")
    bare = cost + time.process_time() - began
    for sql in statements["index"]:
        db.execute(sql)
    return {"rows": written, "bare": bare, "indexed": cost + time.process_time() - began}


state, copy = map(Path, sys.argv[1:])
copy.unlink(missing_ok=True)
with closing(sqlite3.connect(state)) as source, closing(sqlite3.connect(copy, isolation_level=None)) as target:
    target.execute("pragma journal_mode = wal")
    target.execute("pragma synchronous = full")
    print(json.dumps(write(source, target)))
copy.unlink()
