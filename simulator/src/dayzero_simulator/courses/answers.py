"""Parents' answers, kept for the choices they were given on: changed choices are asked about anew, and no answer is lost.

``reviews`` has the answers that count, of the choices as they are submitted now; ``past_reviews`` those to earlier choices, by the
number of the event that submitted them. ``submissions`` has what was chosen each time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dayzero_simulator.courses.catalog import Choice
from dayzero_simulator.portal.directory import parents_of
from dayzero_simulator.portal.settings import Settings

__all__ = ["answer", "are_enough", "keep_submission", "past_answers", "put_past", "submitted_as", "submitted_at"]

_OF = "school = ? and student_id = ? and year_id = ?"


def submitted_at(events: Sequence[Mapping[str, Any]]) -> int:
    """Return the version in which a form was submitted last: the number of that event; 0 where it never was."""
    return max((e["number"] for e in events if e["action"] == "submit"), default=0)


def keep_submission(db: sqlite3.Connection, key: Sequence[str], version: int, choices: Sequence[Choice]) -> None:
    """Keep what is submitted, so that it can be said later what has changed since."""
    body = json.dumps([[c.course_id, c.rank] for c in choices])
    db.execute("insert or replace into submissions values (?, ?, ?, ?, ?)", [*key, version, body])


def submitted_as(db: sqlite3.Connection, key: Sequence[str], version: int) -> tuple[Choice, ...] | None:
    """Return what was submitted in a version; None where that was not kept yet."""
    row = db.execute(f"select choices from submissions where {_OF} and version = ?", [*key, version]).fetchone()  # noqa: S608
    return tuple(Choice(*pair) for pair in json.loads(row["choices"])) if row else None


def answer(
    db: sqlite3.Connection, key: Sequence[str], parent_id: str, now: datetime, *, agrees: bool, comment: str
) -> None:
    """Keep a parent's answer to the choices as they are; it takes the place of their earlier one to these."""
    values = [*key, parent_id, int(agrees), comment.strip(), now.isoformat()]
    db.execute("insert or replace into reviews values (?, ?, ?, ?, ?, ?, ?)", values)


def are_enough(db: sqlite3.Connection, key: Sequence[str], settings: Settings) -> bool:
    """Case 51: one rule, a setting: any parent's agreement, or that of all who have an account."""
    rows = db.execute(f"select parent_id, agrees from reviews where {_OF}", key).fetchall()  # noqa: S608
    agreed = {r["parent_id"] for r in rows if r["agrees"]}
    if settings["parent_review"] == "any":
        return bool(agreed)
    return {p["person_id"] for p in parents_of(db, key[0], key[1])} <= agreed


def put_past(db: sqlite3.Connection, key: Sequence[str], version: int) -> None:
    """Let the answers to the choices submitted in a version count no more; they stay on record for these."""
    db.execute(
        "insert or replace into past_reviews (school, student_id, year_id, version, parent_id, agrees, comment, at)"  # noqa: S608
        f" select school, student_id, year_id, ?, parent_id, agrees, comment, at from reviews where {_OF}",
        [version, *key],
    )
    db.execute(f"delete from reviews where {_OF}", key)  # noqa: S608


def past_answers(db: sqlite3.Connection, key: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return the answers to earlier choices, oldest first, each with the ``version`` they were of."""
    rows = db.execute(f"select * from past_reviews where {_OF} order by version, at, parent_id", key)  # noqa: S608
    return tuple(dict(r) for r in rows)
