"""State folders of earlier versions: an ``id-map.csv`` beside the journal, for whichever school came along."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from dayzero.files import whole_file
from dayzero.journal.database import Database, Scope
from dayzero.plan import IdMap

__all__ = ["OLD_ID_MAP", "take_over_id_map"]

log = logging.getLogger(__name__)
OLD_ID_MAP = "id-map.csv"
UNCLAIMED = "id-map-unclaimed.csv"


def take_over_id_map(folder: Path, database: Database, configured: Scope) -> None:
    """Give the pairs of an old id map to the schools they are of; the file goes.

    One school in the folder: all are its own. Several: a pair is of the school that once created an account under its old
    id; those that none or several may claim are given to nobody, kept in ``UNCLAIMED``, and said.
    """
    file = folder / OLD_ID_MAP
    if not file.exists():
        return
    pairs = list(IdMap.of_text(file.read_text(encoding="utf-8-sig"), str(file)).rows())
    scopes = [Scope(*row) for row in database.read.execute("select distinct school, portal from runs order by 1, 2")]
    unclaimed: list[tuple[str, str, str]] = []
    with database.writing() as db:
        for kind, new, old in pairs:
            claiming = scopes if len(scopes) < 2 else [s for s in scopes if _created(db, s, kind, old)]
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


def _created(db: sqlite3.Connection, scope: Scope, kind: str, ident: str) -> bool:
    made: Iterable[tuple[str]] = db.execute(
        "select line from operations join runs using (run_id) where id = ? and kind = ? and school = ? and portal = ?",
        [ident, kind, scope.school, scope.portal_url],
    )
    return any(json.loads(line)["op"] == "create" for (line,) in made)
