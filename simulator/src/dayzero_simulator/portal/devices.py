"""Devices on which somebody has signed in before: others' wrong tries do not slow them down. Only hashes of tokens are kept."""

from __future__ import annotations

import random
import sqlite3
from datetime import datetime, timedelta

from dayzero_simulator.columns import login_key
from dayzero_simulator.portal import tokens

__all__ = ["LAST", "forget", "known", "remember"]

LAST = timedelta(days=365)


def remember(db: sqlite3.Connection, school: str, key: str, before: str, rng: random.Random, now: datetime) -> str:
    """Remember that a login was signed in with on a device; return the token that its cookie has from now on.

    ``before``: the token it had. What else was signed in with on it goes on: a family shares its computer.
    """
    token = tokens.drawn(rng)
    db.execute("delete from devices where at <= ?", [(now - LAST).isoformat()])
    db.execute(
        "update devices set token_hash = ? where token_hash = ? and school = ?",
        [tokens.hashed(token), tokens.hashed(before), school],
    )
    db.execute(
        "insert or replace into devices values (?, ?, ?, ?)", [tokens.hashed(token), school, key, now.isoformat()]
    )
    return token


def known(db: sqlite3.Connection, school: str, login: str, token: str, now: datetime) -> bool:
    """Say whether this login was signed in with on a device before."""
    row = db.execute(
        "select 1 from devices where token_hash = ? and school = ? and login_key = ? and at > ?",
        [tokens.hashed(token), school, login_key(login), (now - LAST).isoformat()],
    ).fetchone()
    return row is not None


def forget(db: sqlite3.Connection, school: str, key: str | None) -> None:
    """Forget every device of a login, such as when its password was taken away."""
    db.execute("delete from devices where school = ? and login_key = ?", [school, key])
