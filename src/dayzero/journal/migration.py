"""State folders of earlier versions: an ``id-map.csv`` beside the journal, for whichever school came along."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from dayzero.journal.database import Database, Scope
from dayzero.plan import IdMap

__all__ = ["OLD_ID_MAP", "take_over_id_map"]

log = logging.getLogger(__name__)
OLD_ID_MAP = "id-map.csv"
_TAKEN = f"{OLD_ID_MAP}.taken-over"


def take_over_id_map(folder: Path, database: Database, configured: Scope) -> None:
    """Give the pairs of an old id map to the schools they are of, and set the file aside.

    One school in the folder: all are its own. Several: a pair is of the school that once created an account under its old
    id; one that none or several may claim is given to nobody, and said.
    """
    file = folder / OLD_ID_MAP
    if not file.exists():
        return
    pairs = list(IdMap.of_text(file.read_text(encoding="utf-8-sig"), str(file)).rows())
    scopes = [Scope(*row) for row in database.read.execute("select distinct school, portal from runs order by 1, 2")]
    unclaimed = 0
    with database.writing() as db:
        for kind, new, old in pairs:
            claiming = scopes if len(scopes) < 2 else [s for s in scopes if _created(db, s, kind, old)]
            owners = claiming if scopes else [configured]
            if len(owners) != 1:
                unclaimed += 1
                continue
            row = (owners[0].school, owners[0].portal_url, kind, new, old)
            db.execute("insert or ignore into id_map values (?, ?, ?, ?, ?)", row)
    file.replace(folder / _TAKEN)
    if unclaimed:
        log.warning(
            "%s of %s pairs of the old id map could be of several schools; they stay in %s. Accept them again for the "
            "school they are of: dayzero sync --accept-rekey FILE",
            unclaimed, len(pairs), folder / _TAKEN,
        )  # fmt: skip


def _created(db: sqlite3.Connection, scope: Scope, kind: str, ident: str) -> bool:
    made: Iterable[tuple[str]] = db.execute(
        "select line from operations join runs using (run_id) where id = ? and kind = ? and school = ? and portal = ?",
        [ident, kind, scope.school, scope.portal_url],
    )
    return any(json.loads(line)["op"] == "create" for (line,) in made)
