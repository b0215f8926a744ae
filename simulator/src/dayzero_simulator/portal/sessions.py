"""Sessions: who holds a cookie. Only the hash of a token is kept; a new one is drawn at every sign-in.

Somebody's session that has ended is remembered for a week: a form that was opened in it is known by its forgery token, and
what was typed there is not lost.
"""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from dayzero_simulator.portal import tokens

__all__ = [
    "Session",
    "act_as",
    "begin",
    "end",
    "end_all_of",
    "find",
    "keep_unsent",
    "lasts",
    "of_form",
    "remembered",
    "say",
    "touch",
]

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class Session:
    """A browser's session. ``kind`` None: not signed in. ``acting_*``: the person an admin is logged on as.

    ``said``: what the next page is to say, once. ``unsent``: see ``dayzero_simulator.portal.unsent``.
    """

    token_hash: str
    school: str
    csrf: str
    kind: str | None
    person_id: str | None
    login_key: str | None
    acting_kind: str | None
    acting_id: str | None
    said: str | None
    unsent: str | None

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
    unsent: str | None = None,
) -> str:
    """Begin a session; return its token."""
    token, csrf = tokens.drawn(rng), f"{rng.getrandbits(128):032x}"
    db.execute(
        "delete from sessions where seen_at <= ? or (kind is null and seen_at <= ?)",
        [(now - REMEMBERED).isoformat(), (now - IDLE).isoformat()],
    )
    db.execute(
        "insert into sessions (token_hash, school, csrf, kind, person_id, login_key, created_at, seen_at, unsent)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [tokens.hashed(token), school, csrf, kind, person_id, login_key, now.isoformat(), now.isoformat(), unsent],
    )
    return token


def find(db: sqlite3.Connection, school: str, token: str, now: datetime) -> Session | None:
    """Return the session of a token, if it is of this school and still good."""
    row = db.execute(
        "select * from sessions where token_hash = ? and school = ? and not ended and seen_at > ? and created_at > ?",
        [tokens.hashed(token), school, (now - IDLE).isoformat(), (now - LONGEST).isoformat()],
    ).fetchone()
    return _session(row)


def remembered(db: sqlite3.Connection, school: str, token: str) -> Session | None:
    """Return somebody's session of a token, ended or not."""
    row = db.execute(
        "select * from sessions where token_hash = ? and school = ? and kind is not null",
        [tokens.hashed(token), school],
    ).fetchone()
    return _session(row)


def of_form(db: sqlite3.Connection, school: str, csrf: str) -> Session | None:
    """Return somebody's session, ended or not, that a form with this token was shown in."""
    row = db.execute(
        "select * from sessions where csrf = ? and school = ? and kind is not null", [csrf, school]
    ).fetchone()
    return _session(row)


def _session(row: sqlite3.Row | None) -> Session | None:
    return None if row is None else Session(**{name: row[name] for name in Session.__dataclass_fields__})


def lasts(db: sqlite3.Connection, session: Session) -> bool:
    """Say whether a session that was found goes on still: somebody else may have ended it since."""
    row = db.execute("select 1 from sessions where token_hash = ? and not ended", [session.token_hash]).fetchone()
    return row is not None


def touch(db: sqlite3.Connection, session: Session, now: datetime) -> None:
    """Keep a session alive."""
    db.execute("update sessions set seen_at = ? where token_hash = ?", [now.isoformat(), session.token_hash])


def say(db: sqlite3.Connection, session: Session, text: str | None) -> None:
    """Let the next page say something; None: it was said."""
    db.execute("update sessions set said = ? where token_hash = ?", [text, session.token_hash])


def keep_unsent(db: sqlite3.Connection, session: Session, unsent: str | None) -> None:
    """Keep what could not be sent until its page is shown again; None: it was shown."""
    db.execute("update sessions set unsent = ? where token_hash = ?", [unsent, session.token_hash])


def act_as(db: sqlite3.Connection, session: Session, kind: str | None, person_id: str | None) -> None:
    """Let an admin look as somebody else, or stop it."""
    db.execute(
        "update sessions set acting_kind = ?, acting_id = ? where token_hash = ?",
        [kind, person_id, session.token_hash],
    )


def end(db: sqlite3.Connection, session: Session) -> None:
    """End a session."""
    db.execute("update sessions set ended = 1, said = null, unsent = null where token_hash = ?", [session.token_hash])


def end_all_of(db: sqlite3.Connection, school: str, kind: str, person_id: str, *, but: str = "") -> None:
    """End every session of a person, such as when their password was set anew."""
    db.execute(
        "update sessions set ended = 1, said = null, unsent = null"
        " where school = ? and kind = ? and person_id = ? and token_hash != ?",
        [school, kind, person_id, but],
    )
