"""Sessions: who holds a cookie. Only the hash of a token is kept; a new one is drawn at every sign-in."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from dayzero_simulator.portal import tokens

__all__ = ["Session", "begin", "end", "find"]

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Session:
    """A browser's session. ``kind`` None: not signed in. ``acting_*``: the person an admin is logged on as."""

    token_hash: str
    school: str
    csrf: str
    kind: str | None
    person_id: str | None
    login_key: str | None
    acting_kind: str | None
    acting_id: str | None

    @property
    def role(self) -> str | None:
        """The role pages are shown in."""
        return self.acting_kind or self.kind

    @property
    def person(self) -> str:
        """The person pages are shown for."""
        return self.acting_id or self.person_id or ""


def begin(
    db: sqlite3.Connection,
    school: str,
    rng: random.Random,
    now: datetime,
    *,
    kind: str | None = None,
    person_id: str | None = None,
    login_key: str | None = None,
) -> str:
    """Begin a session; return its token."""
    token, csrf = tokens.drawn(rng), f"{rng.getrandbits(128):032x}"
    db.execute("delete from sessions where seen_at <= ?", [(now - IDLE).isoformat()])
    db.execute(
        "insert into sessions values (?, ?, ?, ?, ?, ?, null, null, ?, ?)",
        [tokens.hashed(token), school, csrf, kind, person_id, login_key, now.isoformat(), now.isoformat()],
    )
    return token


def find(db: sqlite3.Connection, school: str, token: str, now: datetime) -> Session | None:
    """Return the session of a token, if it is of this school and still good."""
    row = db.execute(
        "select * from sessions where token_hash = ? and school = ? and seen_at > ? and created_at > ?",
        [tokens.hashed(token), school, (now - IDLE).isoformat(), (now - LONGEST).isoformat()],
    ).fetchone()
    if row is None:
        return None
    names = Session.__dataclass_fields__
    return Session(**{name: row[name] for name in names})


def touch(db: sqlite3.Connection, session: Session, now: datetime) -> None:
    """Keep a session alive."""
    db.execute("update sessions set seen_at = ? where token_hash = ?", [now.isoformat(), session.token_hash])


def act_as(db: sqlite3.Connection, session: Session, kind: str | None, person_id: str | None) -> None:
    """Let an admin look as somebody else, or stop it."""
    db.execute(
        "update sessions set acting_kind = ?, acting_id = ? where token_hash = ?",
        [kind, person_id, session.token_hash],
    )


def end(db: sqlite3.Connection, session: Session) -> None:
    """End a session."""
    db.execute("delete from sessions where token_hash = ?", [session.token_hash])


def end_all_of(db: sqlite3.Connection, school: str, kind: str, person_id: str, *, but: str = "") -> None:
    """End every session of a person, such as when their password was set anew."""
    db.execute(
        "delete from sessions where school = ? and kind = ? and person_id = ? and token_hash != ?",
        [school, kind, person_id, but],
    )
