"""The durable record by school and portal (SQLite): what was sent, and what is remembered for the next run.

``tables`` the schema · ``database`` the file · ``runs`` what was done · ``parts`` what was sent · ``memory`` what is
remembered · ``migration`` state
folders of earlier versions.
"""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from types import TracebackType

import polars as pl

from dayzero.clock import Clock
from dayzero.journal.database import Scope, explained, is_here, opened
from dayzero.journal.marks import made_marker, marker
from dayzero.journal.memory import Memory
from dayzero.journal.migration import OLD_ID_MAP, take_over_id_map, take_over_lines
from dayzero.journal.runs import Run, Runs
from dayzero.people import Births

__all__ = ["Journal", "Run", "is_here"]


class Journal:
    """The journal of one school on one portal, in a folder that others may share: ``runs`` and ``memory``.

    ``looking``: nothing is to be written. What the file turns out not to hold as it was written is a JournalError.
    """

    FILE = "journal.sqlite"

    def __init__(
        self,
        folder: Path,
        *,
        school: str,
        portal_url: str,
        clock: Clock,
        rng: random.Random | None = None,
        looking: bool = False,
    ) -> None:
        rng = rng or random.Random()  # noqa: S311 - ids, no secrets
        scope = Scope(school, portal_url)
        self._database = opened(folder / self.FILE, rng=rng, looking=looking)
        self.runs = Runs(self._database, scope, clock=clock, rng=rng)
        self.memory = Memory(self._database, scope)
        self._folder = folder
        self.client_id = self._database.client_id
        if self._database.writable:
            take_over_lines(self._database)
            take_over_id_map(folder, self._database, scope)

    @classmethod
    def is_there(cls, folder: Path) -> bool:
        """Say whether anything was ever recorded: who only looks makes no journal."""
        try:
            return (folder / cls.FILE).exists() or (folder / OLD_ID_MAP).exists()
        except OSError as error:
            raise explained(folder / cls.FILE, error) from error

    def births(self) -> Births | None:
        """Return the birth dates of the last sync, to compare with; None before there was one."""
        known, mark = self.memory.births(), marker(self._folder)
        return None if known is None or mark is None else Births(known, mark)

    def keep_births(self, students: pl.DataFrame) -> None:
        """Remember birth dates (``student_id``, ``birth_date``), beside those of everybody who was not read this time."""
        # Marks by a key that is lost compare with nothing.
        before = None if marker(self._folder) is None else self.memory.births()
        mark = made_marker(self._folder)
        read = students.filter(pl.col("birth_date").is_not_null())
        now = read.select("student_id", mark=Births(before, mark).marks(read["birth_date"])).sort("student_id")
        if before is not None and before.equals(now):
            return
        if before is not None:
            others = before.filter(~pl.col("student_id").is_in(now["student_id"].implode()))
            now = pl.concat([others, now]).sort("student_id")
        if before is None or not before.equals(now):
            self.memory.keep_births(now)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.read.close()
        if isinstance(error, sqlite3.Error):
            raise explained(self._database.path, error) from error

    def forget(self, person_id: str) -> int:
        """Remove a person from every record of this school; return how many records that were.

        What was deleted is overwritten in the file.
        """
        self._database.read.execute("pragma secure_delete = on")
        with self._database.writing() as db:
            gone = self.runs.forget(db, person_id) + self.memory.forget(db, person_id)
        self._database.read.execute("vacuum")
        self._database.read.execute("pragma wal_checkpoint(truncate)")
        return gone
