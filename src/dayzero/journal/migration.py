"""State folders of earlier versions: a row per operation sent, and an ``id-map.csv`` beside the journal, for whichever
school came along.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from dayzero.files import whole_file
from dayzero.journal.database import Database, Scope
from dayzero.journal.parts import Parts, keep_part
from dayzero.plan import IdMap
from dayzero.portal import part_of_lines

__all__ = ["OLD_ID_MAP", "take_over_id_map", "take_over_lines"]

log = logging.getLogger(__name__)
OLD_ID_MAP = "id-map.csv"
UNCLAIMED = "id-map-unclaimed.csv"
_PART = 5_000
"""So many lines make a part."""


def take_over_lines(database: Database) -> None:
    """Make parts of operations that were kept line by line; what is read, undone and forgotten are parts alone."""
    if not _has_lines(database.read):
        return
    with database.writing() as db:
        if not _has_lines(db):  # another process was first
            return
        for (run_id,) in db.execute("select run_id from lines group by run_id order by min(rowid)").fetchall():
            rows = db.execute("select kind, id, line from lines where run_id = ? order by rowid", [run_id])
            number = 0
            while some := rows.fetchmany(_PART):
                number += 1
                lines = [((kind, ident), line.encode()) for kind, ident, line in some]
                keep_part(db, run_id, part_of_lines(number, lines))
        db.execute("drop table lines")


def _has_lines(db: sqlite3.Connection) -> bool:
    return db.execute("select 1 from sqlite_master where name = 'lines'").fetchone() is not None


def take_over_id_map(folder: Path, database: Database, configured: Scope) -> None:
    """Give the pairs of an old id map to the schools they are of; the file goes.

    One school in the folder: all are its own. Several: a pair is of the school that once created an account under its old
    id; those that none or several may claim are given to nobody, kept in ``UNCLAIMED``, and said.
    """
    file = folder / OLD_ID_MAP
    if not file.exists():
        return
    pairs = list(IdMap.of_text(file.read_text(encoding="utf-8-sig"), str(file), grown=True).rows())
    scopes = [Scope(*row) for row in database.read.execute("select distinct school, portal from runs order by 1, 2")]
    unclaimed: list[tuple[str, str, str]] = []
    with database.writing() as db:
        for kind, new, old in pairs:
            claiming = scopes if len(scopes) < 2 else [s for s in scopes if _created(database, s, kind, old)]
            owners = claiming if scopes else [configured]
            if len(owners) != 1:
                unclaimed.append((kind, new, old))
                continue
            row = (owners[0].school, owners[0].portal_url, kind, new, old)
            db.execute("insert or ignore into id_map values (?, ?, ?, ?, ?)", row)
    if unclaimed:
        with whole_file(folder / UNCLAIMED) as left:
            left.write(IdMap.of_rows(unclaimed).text().encode())
        log.warning(
            "%s of %s pairs of the old id map could be of several schools; they are in %s now. Accept them for the school "
            "they are of: dayzero sync --accept-rekey FILE",
            len(unclaimed), len(pairs), folder / UNCLAIMED,
        )  # fmt: skip
    file.unlink()


def _created(database: Database, scope: Scope, kind: str, ident: str) -> bool:
    made = Parts(database, scope).operations_on(ident)
    return any((o["kind"], o["op"]) == (kind, "create") for _, o in made)
