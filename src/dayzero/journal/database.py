"""The journal's file: opened, brought up to date, written as whole transactions."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dayzero.errors import ConfigurationError, JournalError
from dayzero.journal.tables import migrate

__all__ = ["Database", "Scope", "opened"]


@dataclass(frozen=True)
class Scope:
    """Whose part of the journal this is: several schools, or one school on several portals, may share a folder."""

    school: str
    portal_url: str


@dataclass(frozen=True)
class Database:
    """The open file. ``read`` is its connection, for looking."""

    path: Path
    read: sqlite3.Connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write as one transaction; a full disk is one clear error (JournalError)."""
        try:
            self.read.execute("begin immediate")
            try:
                yield self.read
                self.read.execute("commit")
            except BaseException:
                if self.read.in_transaction:
                    self.read.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise JournalError(
                f"The journal {self.path} cannot be written: {error}.",
                remedy="Make room on its disk, then run again: an interrupted sync is found and settled.",
            ) from error

    @property
    def client_id(self) -> str:
        """This installation's name towards portals: an interrupted run of ours is recognised by it."""
        return str(self.read.execute("select client_id from installation").fetchone()[0])


def opened(path: Path, *, rng: random.Random) -> Database:
    """Open or make a journal, readable by its owner alone: it names children. Raises ConfigurationError where it cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _prepare(connection, rng)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"The journal {path} cannot be used: {error}.",
            remedy="Check the folder of [state] path; a damaged journal may be moved away, limits do not depend on it.",
        ) from error
    return Database(path, connection)


def _prepare(db: sqlite3.Connection, rng: random.Random) -> None:
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    migrate(db)
    if db.execute("select * from installation").fetchone() is None:
        # Not part of the migration: a crash between the tables and this row must not leave it without a name.
        name = f"dayzero-{rng.getrandbits(64):016x}"
        db.execute("insert into installation select ? where not exists (select * from installation)", [name])
