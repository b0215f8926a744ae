"""The journal's file: opened, brought up to date, written as whole transactions."""

from __future__ import annotations

import hashlib
import os
import platform
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dayzero.errors import JournalError
from dayzero.journal.tables import is_up_to_date, migrate

__all__ = ["Database", "Scope", "explained", "is_here", "opened", "place_of"]


@dataclass(frozen=True)
class Scope:
    """Whose part of the journal this is: several schools, or one school on several portals, may share a folder."""

    school: str
    portal_url: str


@dataclass(frozen=True)
class Database:
    """The open file. ``read`` is its connection, for looking; not ``writable`` where this user may do no more."""

    path: Path
    read: sqlite3.Connection
    writable: bool = True

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
            raise explained(self.path, error) from error

    @property
    def place(self) -> str:
        """Where this installation is: a journal that was lost and made anew at one place is of the same."""
        return place_of(self.client_id)

    @property
    def client_id(self) -> str:
        """This installation's name towards portals: an interrupted run of ours is recognised by it."""
        return str(self.read.execute("select client_id from installation").fetchone()[0])


def opened(path: Path, *, rng: random.Random, looking: bool = False) -> Database:
    """Open or make a journal, readable by its owner alone: it names children. Raises JournalError where it cannot be.

    ``looking``: by who only looks; another user than the timer's may not write it.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(path, rng)
        try:
            return Database(path, _connected(path, rng))
        except sqlite3.OperationalError as error:
            if looking and str(error.sqlite_errorname).startswith(_MAY_NOT_WRITE):
                return Database(path, _read_only(path), writable=False)
            raise
    except (OSError, sqlite3.Error) as error:
        raise explained(path, error) from error


def _make(path: Path, rng: random.Random) -> None:
    """Make a new journal whole, or find that another process has just done so: SQLite itself would let one of two fail."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    try:
        _connected(new, rng, here=_here(path)).close()
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()


def place_of(client: str) -> str:
    """Return the place in a client's name; of an earlier version's it is all there is."""
    return client.rpartition("-")[0] if client.count("-") == 2 else client


def is_here(client: str, folder: Path) -> bool:
    """Say whether a client's name is of an installation that keeps its journal in this folder of this machine."""
    return place_of(client) == f"dayzero-{_here(folder / 'journal.sqlite')}"


def _here(path: Path) -> str:
    """Return what tells one place of a journal, a folder of a machine, from others, and does not say where it is."""
    return hashlib.sha256(f"{platform.node()}\n{path.resolve().parent}".encode()).hexdigest()[:12]


def _connected(path: Path, rng: random.Random, *, here: str = "") -> sqlite3.Connection:
    here = here or _here(path)
    connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_SECONDS)
    with _closed_if_it_fails(connection):
        _write_ahead(connection)
        connection.execute("pragma synchronous = full")
        migrate(connection)
        # Not part of the migration: a crash between the tables and this row must not leave it without a name.
        name = f"dayzero-{here}-{rng.getrandbits(64):016x}"
        connection.execute("insert into installation select ? where not exists (select * from installation)", [name])
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let who reads and who writes not wait for each other. Nobody waits for this by itself: SQLite says at once that another
    process is at it. So wait for that one's turn to end, and ask again."""
    for _ in range(_TURNS):
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("begin immediate")
            connection.execute("rollback")
        else:
            return
    connection.execute("pragma journal_mode = wal")


_TURNS = 100


def explained(path: Path, error: OSError | sqlite3.Error) -> JournalError:
    """Return what it means that the file could not be opened, read or written, and what to do."""
    name = str(getattr(error, "sqlite_errorname", None) or "SQLITE_CORRUPT").removeprefix("SQLITE_")
    if isinstance(error, OSError):
        return JournalError(
            f"The journal {path} cannot be used: {error.strerror or error}.", remedy="Check the folder of [state] path."
        )
    for begins, what, remedy in _MEANINGS:
        if name.startswith(begins):
            return JournalError(f"The journal {path} {what} ({error}).", remedy=remedy)
    return JournalError(f"The journal {path} is damaged: {error}.", remedy=DAMAGED)


_PATIENCE_SECONDS = 30.0
_MAY_NOT_WRITE = ("SQLITE_READONLY", "SQLITE_CANTOPEN")
_MEANINGS = (
    ("FULL", "cannot be written", "Make room on its disk, then run again: an interrupted sync is found and settled."),
    ("IOERR", "cannot be written or read", "Check its disk, then run again: an interrupted sync is found and settled."),
    ("BUSY", "is in use by another process", "Wait until that is done, then run again."),
    ("LOCKED", "is in use by another process", "Wait until that is done, then run again."),
    (
        "READONLY",
        "may not be written",
        "Run as the user whose it is, or give this one the right to write [state] path.",
    ),
    ("CANTOPEN", "may not be opened", "Run as the user whose it is, or give this one the right to read [state] path."),
    ("PERM", "may not be opened", "Run as the user whose it is, or give this one the right to read [state] path."),
    ("AUTH", "may not be opened", "Run as the user whose it is, or give this one the right to read [state] path."),
)
"""What SQLite's results mean, by how their names begin; every other one means that the file is not as it was written."""
DAMAGED = (
    "Put a back-up of [state] path in its place; without one, move the folder away and run again: the portal is listed, "
    "and limits do not depend on it. Gone with it are history, undo of earlier runs, and ids that were accepted."
)


@contextmanager
def _closed_if_it_fails(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _read_only(path: Path) -> sqlite3.Connection:
    """Return a connection for looking at a file that may not be written, nor anything beside it."""
    for how in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
        with _closed_if_it_fails(connection):
            try:
                current = is_up_to_date(connection)
            except sqlite3.OperationalError:
                # Its log cannot be opened beside it. Without one the file says all there is, and stands still.
                log = path.with_name(f"{path.name}-wal")
                if how.endswith("immutable=1") or (log.exists() and log.stat().st_size):
                    raise
                connection.close()
                continue
            if not current:
                raise sqlite3.DatabaseError("it is of an earlier version, and may not be written")
            return connection
    raise AssertionError("unreachable")
