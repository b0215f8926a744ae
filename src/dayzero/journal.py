"""The durable record of runs: what was sent when, by whom, from which source (SQLite)."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from dayzero.clock import Clock
from dayzero.errors import ConfigurationError, UsageError

__all__ = ["Journal", "Run"]

_VERSION = 1
_TABLES = """
create table installation (client_id text not null);
create table runs (
    run_id text primary key, school text not null, source text not null, portal text not null, plan_id text not null,
    send_scheduling_year integer not null, who text not null, started_at text not null, finished_at text,
    state text not null, revision text, applied text, rejected text, withheld text, exit_code integer, problem text
);
create table operations (run_id text not null references runs, kind text not null, id text not null, line text not null);
create index operations_of_person on operations (id, kind);
"""


@dataclass(frozen=True)
class Run:
    """One run as it was recorded. ``state``: running, committed, nothing-to-do or failed."""

    run_id: str
    school: str
    source: str
    portal: str
    plan_id: str
    send_scheduling_year: bool
    who: str
    started_at: str
    finished_at: str | None
    state: str
    revision: str | None
    applied: dict[str, dict[str, int]] | None
    rejected: list[dict[str, Any]] | None
    withheld: dict[str, int] | None
    exit_code: int | None
    problem: str | None


class Journal:
    """A school's journal in ``folder``. Files are readable by their owner alone: they name children."""

    def __init__(self, folder: Path, *, clock: Clock, rng: random.Random | None = None) -> None:
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - ids, no secrets
        self.path = folder / "journal.sqlite"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"The journal {self.path} cannot be used: {error}.",
                remedy="Check the folder of [state] path; a damaged journal may be moved away, limits do not depend on it.",
            ) from error

    def _prepare(self) -> None:
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version == 0:
            self._db.executescript(f"begin; {_TABLES} pragma user_version = {_VERSION}; commit;")
            self._db.execute("insert into installation values (?)", [f"dayzero-{self._rng.getrandbits(64):016x}"])
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"it has version {version}, this dayzero knows {_VERSION}")

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @property
    def client_id(self) -> str:
        """This installation's name towards portals: an interrupted run of ours is recognised by it."""
        return str(self._db.execute("select client_id from installation").fetchone()[0])

    def begin(
        self, *, school: str, source: str, portal: str, plan_id: str, send_scheduling_year: bool, who: str
    ) -> str:
        """Record that a run begins; return its id, which sorts by time."""
        now = self._clock.now()
        run_id = f"{now:%Y-%m-%dT%H-%M-%SZ}-{self._rng.getrandbits(24):06x}"
        row = (run_id, school, source, portal, plan_id, int(send_scheduling_year), who, now.isoformat(), "running")
        self._db.execute(
            "insert into runs (run_id, school, source, portal, plan_id, send_scheduling_year, who, started_at, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return run_id

    def operations(self, run_id: str, operations: pl.DataFrame, lines: pl.Series) -> None:
        """Record the operations a run sends, so that history can say what changed for whom."""
        rows = zip(operations["kind"], operations["id"], lines, strict=True)
        self._db.execute("begin")
        self._db.executemany("insert into operations values (?, ?, ?, ?)", ((run_id, *row) for row in rows))
        self._db.execute("commit")

    def finish(
        self,
        run_id: str,
        state: str,
        *,
        exit_code: int,
        revision: str | None = None,
        applied: Mapping[str, Any] | None = None,
        rejected: Sequence[Mapping[str, Any]] | None = None,
        withheld_by_reason: Mapping[str, int] | None = None,
        problem: str | None = None,
    ) -> None:
        """Record how a run ended."""
        texts = (None if v is None else json.dumps(v) for v in (applied, rejected, withheld_by_reason))
        self._db.execute(
            "update runs set finished_at = ?, state = ?, revision = ?, applied = ?, rejected = ?, withheld = ?, exit_code = ?, problem = ?"
            " where run_id = ?",
            (self._clock.now().isoformat(), state, revision, *texts, exit_code, problem, run_id),
        )

    def runs(self, limit: int) -> list[Run]:
        """Return the latest runs, newest first."""
        return [
            _run(row)
            for row in self._db.execute("select * from runs order by started_at desc, rowid desc limit ?", [limit])
        ]

    def run(self, run_id: str) -> Run:
        """Return one run; raise UsageError if there is none."""
        row = self._db.execute("select * from runs where run_id = ?", [run_id]).fetchone()
        if row is None:
            raise UsageError(f"There is no run {run_id!r} in {self.path}.", remedy="`dayzero history` lists them.")
        return _run(row)

    def operations_of(self, run_id: str, person_id: str | None = None) -> list[dict[str, Any]]:
        """Return a run's operations, of one person only where one is named."""
        rows = self._db.execute(
            "select line from operations where run_id = ? and (? is null or id = ?) order by kind, id",
            [run_id, person_id, person_id],
        )
        return [json.loads(line) for (line,) in rows]


def _run(row: tuple[Any, ...]) -> Run:
    values = list(row)
    for place, name in enumerate(Run.__dataclass_fields__):
        if name in ("applied", "rejected", "withheld") and values[place] is not None:
            values[place] = json.loads(values[place])
        elif name == "send_scheduling_year":
            values[place] = bool(values[place])
    return Run(*values)
