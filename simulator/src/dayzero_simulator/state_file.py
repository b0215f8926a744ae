"""The file that a state is kept in: one server has it, others look at it or back it up meanwhile, copies are told apart.

While a server has it open the latest changes stand beside it, in ``FILE-wal``. The file says so itself: a copy of it alone
would be a portal without them, and is refused.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from dayzero_simulator.store import AT_REST, IN_USE, VERSION, connect, prepare

if sys.platform != "win32":
    import fcntl

__all__ = ["InUse", "UnusableState", "back_up", "changing", "copied", "kept", "opened"]


class UnusableState(sqlite3.DatabaseError):
    """A file that cannot be the state; the message says why, ``remedy`` what to do."""

    def __init__(self, reason: str, *, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class InUse(UnusableState):
    """A state that another server has."""


def kept(path: Path | str) -> tuple[sqlite3.Connection, Callable[[], None]]:
    """Open a state for this server alone, made where it is not there; return it and how to close it.

    Raises UnusableState; OSError where the file cannot be made or opened.
    """
    if str(path) == ":memory:":
        db = connect(":memory:")
        prepare(db)
        return db, db.close
    file = Path(path)
    # It holds names, logins and temporary passwords.
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, file)
        db = opened(file, to_keep=True)
        try:
            prepare(db)
            db.execute(f"pragma application_id = {IN_USE}")
            db.execute("pragma wal_checkpoint(truncate)")
        except BaseException:
            db.close()
            raise
    except BaseException:
        os.close(lock)
        raise

    def close() -> None:
        try:
            with closing(db):
                db.execute(f"pragma application_id = {AT_REST}")
                db.execute("pragma wal_checkpoint(truncate)")
        finally:
            os.close(lock)  # last: closing any descriptor of the file gives SQLite's own locks away

    return db, close


def opened(file: Path, *, to_keep: bool = False) -> sqlite3.Connection:
    """Open a file that is there, by whoever it is served; raise UnusableState where it is no state, or not a whole one.

    Whoever only looks leaves beside the file what is there, and nothing that was not: what a server that died left there
    is the next one's, and SQLite's own files are taken away by no reader that may not write.
    """
    beside = Path(f"{file}-wal").exists()
    mode = "ro" if beside and not to_keep else "rw"
    db = connect(f"file:{quote(str(file.absolute()))}?mode={mode}", uri=True)
    try:
        (mark,) = db.execute("pragma application_id").fetchone()
        (version,) = db.execute("pragma user_version").fetchone()
        (tables,) = db.execute("select count(*) from sqlite_master").fetchone()
        (pages,) = db.execute("pragma page_count").fetchone()
    except sqlite3.Error as error:
        db.close()
        raise UnusableState(f"{file} is no state of the simulator: {error}", remedy="Name another file.") from error
    if not beside and (mark == IN_USE or (pages and not tables)):
        db.close()
        raise UnusableState(
            f"{file} was copied while a server had it open, and without {file.name}-wal: its latest changes are missing",
            remedy="Copy with `dayzero simulator backup FILE --db DB`, which may be done while it is served.",
        )
    if not tables and not to_keep:
        db.close()
        raise UnusableState(f"{file} is empty: it holds no state", remedy="Name the file that a server keeps.")
    if tables and (version > VERSION or (mark not in (AT_REST, IN_USE) and not _is_ours(db))):
        db.close()
        raise UnusableState(
            f"{file} was kept by another version of the simulator, or by another program", remedy="Name another file."
        )
    return db


@contextmanager
def changing(file: Path) -> Iterator[sqlite3.Connection]:
    """Yield a state to change as one transaction, beside the server that may have it."""
    try:
        db, close = kept(file)
    except InUse:
        db = opened(file, to_keep=True)
        close = db.close
    try:
        db.execute("begin immediate")
        yield db
        db.execute("commit")
    finally:
        close()


def copied(file: Path) -> sqlite3.Connection:
    """Return a copy of a state in memory, as it is at this moment and of this version; the file stays as it is."""
    copy = connect(":memory:")
    try:
        with closing(opened(file)) as source:
            source.backup(copy)
        prepare(copy)
    except BaseException:
        copy.close()
        raise
    return copy


def back_up(db: Path, file: Path) -> None:
    """Write a state as it is at one moment into a file of its own, whole or not at all, while it may be served.

    Raises UnusableState; OSError where the file cannot be written.
    """
    if file.exists():
        if file.samefile(db):
            raise UnusableState(f"{file} is the state itself", remedy="Name another file for the copy.")
        if file.stat().st_size:
            opened(file).close()  # nothing but an older back-up is replaced, or a file that holds nothing
    part = file.with_name(f".{file.name}.partial")
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        with closing(opened(db)) as source, closing(connect(part)) as copy:
            source.backup(copy)
            copy.execute("pragma journal_mode = delete")
            copy.execute(f"pragma application_id = {AT_REST}")
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _take(lock: int, file: Path) -> None:
    """Have the file to oneself, until ``lock`` is closed or the process dies. Windows keeps others out by itself."""
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUse(
                f"another server has {file} open", remedy="Stop that one, or name another file with --db."
            ) from error


def _is_ours(db: sqlite3.Connection) -> bool:
    """Say whether it has what every version before the marks had."""
    names = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    return {"schools", "accounts", "syncs", "parts"} <= names
