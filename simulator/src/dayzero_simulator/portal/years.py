"""The school years on the portal."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

__all__ = ["scheduling_year"]


def scheduling_year(db: sqlite3.Connection, school: str) -> dict[str, Any] | None:
    """Return the scheduling year's record, or None where there is none."""
    rows = db.execute("select id, body from records where school = ? and kind = 'school-year'", [school])
    years = [{"id": r["id"], **json.loads(r["body"])} for r in rows]
    return next((y for y in years if y["role"] == "scheduling"), None)
