"""Reading and writing the journal."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from dayzero.clock import Clock
from dayzero.errors import ConfigurationError, JournalError, UsageError
from dayzero.journal.tables import migrate

__all__ = ["Journal", "Rejection", "Run"]

_JSON_COLUMNS = ("applied", "rejected", "withheld")


@dataclass(frozen=True)
class Run:
    """One run as it was recorded.

    ``state``: running, committed, nothing-to-do, failed (nothing was applied) or unsettled (not known yet what became
    of it). ``undoes``: the run it took back. ``recovered``: what became of an interrupted run's open sync.
    """

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
    base_revision: str | None = None
    sync_id: str | None = None
    undoes: str | None = None
    recovered: str | None = None


@dataclass(frozen=True)
class Rejection:
    """An operation the portal rejected. ``digest``: of the operation, so that a changed one is tried again."""

    kind: str
    id: str
    digest: str
    reason: str
    remedy: str


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
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"The journal {self.path} cannot be used: {error}.",
                remedy="Check the folder of [state] path; a damaged journal may be moved away, limits do not depend on it.",
            ) from error

    def _prepare(self) -> None:
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        migrate(self._db)
        if self._db.execute("select * from installation").fetchone() is None:
            # Not part of the migration: a crash between the tables and this row must not leave it without a name.
            name = f"dayzero-{self._rng.getrandbits(64):016x}"
            self._db.execute("insert into installation select ? where not exists (select * from installation)", [name])

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Write as one transaction; a full disk is one clear error (JournalError)."""
        try:
            self._db.execute("begin immediate")
            try:
                yield self._db
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise JournalError(
                f"The journal {self.path} cannot be written: {error}.",
                remedy="Make room on its disk, then run again: an interrupted sync is found and settled.",
            ) from error

    @property
    def client_id(self) -> str:
        """This installation's name towards portals: an interrupted run of ours is recognised by it."""
        return str(self._db.execute("select client_id from installation").fetchone()[0])

    def begin(
        self,
        *,
        school: str,
        source: str,
        portal: str,
        plan_id: str,
        send_scheduling_year: bool,
        who: str,
        base_revision: str,
        undoes: str | None = None,
    ) -> str:
        """Record that a run begins; return its id, which sorts by time."""
        now = self._clock.now()
        run_id = f"{now:%Y-%m-%dT%H-%M-%SZ}-{self._rng.getrandbits(24):06x}"
        row = {
            "run_id": run_id, "school": school, "source": source, "portal": portal, "plan_id": plan_id,
            "send_scheduling_year": int(send_scheduling_year), "who": who, "started_at": now.isoformat(),
            "state": "running", "base_revision": base_revision, "undoes": undoes,
        }  # fmt: skip
        with self._writing() as db:
            places = ", ".join(f":{name}" for name in row)
            db.execute(f"insert into runs ({', '.join(row)}) values ({places})", row)  # noqa: S608 - our own names
        return run_id

    def operations(
        self, run_id: str, operations: pl.DataFrame, lines: pl.Series, removed: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        """Record the operations a run is about to send, and the records it removes (kind, id, JSON), for history and undo."""
        rows = zip(operations["kind"], operations["id"], lines, strict=True)
        with self._writing() as db:
            db.executemany("insert into operations values (?, ?, ?, ?)", ((run_id, *row) for row in rows))
            db.executemany("insert into removed values (?, ?, ?, ?)", ((run_id, *row) for row in removed))

    def opened(self, run_id: str, sync_id: str) -> None:
        """Record the sync a run opened, before any part goes: after a crash the next run asks what became of it."""
        with self._writing() as db:
            db.execute("update runs set sync_id = ? where run_id = ?", [sync_id, run_id])

    def measured(self, run_id: str, measure: Mapping[str, int]) -> None:
        """Record the read a run was decided from: rows per table, and per deciding ``table.column``."""
        with self._writing() as db:
            db.execute("update runs set rows_read = ? where run_id = ?", [json.dumps(dict(measure)), run_id])

    def measure_before(self, school: str, source: str) -> dict[str, int]:
        """Return the measure of the last read that ended well, by the same source; empty if there was none."""
        row = self._db.execute(
            "select rows_read from runs where school = ? and source = ? and rows_read is not null"
            " and state in ('committed', 'nothing-to-do') order by rowid desc limit 1",
            [school, source],
        ).fetchone()
        return json.loads(row[0]) if row else {}

    def keep_portal(self, school: str, portal: str, revision: str, parts: Mapping[str, bytes]) -> None:
        """Keep a copy of what the portal has at a revision, instead of the one before."""
        rows = ((school, portal, revision, name, body) for name, body in parts.items())
        with self._writing() as db:
            db.execute("delete from portal where school = ? and portal = ?", [school, portal])
            db.executemany("insert into portal values (?, ?, ?, ?, ?)", rows)

    def forget_portal(self, school: str, portal: str) -> None:
        """Forget the copy: the portal has moved in a way that is not known here."""
        self.keep_portal(school, portal, "", {})

    def portal(self, school: str, portal: str) -> tuple[str, dict[str, bytes]] | None:
        """Return the copy's revision and parts, None where there is none."""
        rows = self._db.execute(
            "select revision, name, body from portal where school = ? and portal = ?", [school, portal]
        ).fetchall()
        return (rows[0][0], {name: body for _, name, body in rows}) if rows else None

    def keep_rejections(self, school: str, portal: str, revision: str, rejections: Sequence[Rejection]) -> None:
        """Remember what the portal rejected at the commit that led to ``revision``, instead of what it did before."""
        rows = ((school, portal, revision, r.kind, r.id, r.digest, r.reason, r.remedy) for r in rejections)
        with self._writing() as db:
            db.execute("delete from rejections where school = ? and portal = ?", [school, portal])
            db.executemany("insert into rejections values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def rejections(self, school: str, portal: str, revision: str) -> list[Rejection]:
        """Return what was rejected, as long as the portal is at the revision that commit led to."""
        rows = self._db.execute(
            "select kind, id, digest, reason, remedy from rejections where school = ? and portal = ? and revision = ?",
            [school, portal, revision],
        )
        return [Rejection(*row) for row in rows]

    def rate(self, school: str, portal: str) -> float | None:
        """Return operations per second of the latest syncs, None before the first that took any time."""
        rows = self._db.execute(
            "select (julianday(finished_at) - julianday(started_at)) * 86400.0,"
            " (select count(*) from operations o where o.run_id = r.run_id) from runs r"
            " where school = ? and portal = ? and state = 'committed' order by rowid desc limit 5",
            [school, portal],
        ).fetchall()
        seconds, operations = sum(s for s, _ in rows if s), sum(n for s, n in rows if s)
        return operations / seconds if seconds > 0 and operations else None

    def forget(self, person_id: str) -> int:
        """Remove a person from every record, also where others' records name them; return how many records that were.

        What was deleted is overwritten in the file; the copy of the portal goes as a whole and is made anew.
        """
        self._db.execute("pragma secure_delete = on")
        with self._writing() as db:
            people = ("student", "parent", "student-record")
            gone = db.execute(
                "delete from operations where id = ? and kind in (?, ?, ?)", [person_id, *people]
            ).rowcount
            gone += db.execute("delete from removed where id = ? and kind in (?, ?, ?)", [person_id, *people]).rowcount
            gone += db.execute("delete from rejections where id = ?", [person_id]).rowcount
            gone += self._forget_child(db, person_id)
            for run_id, text in db.execute("select run_id, rejected from runs where rejected is not null").fetchall():
                left = [r for r in json.loads(text) if r["id"] != person_id]
                db.execute("update runs set rejected = ? where run_id = ?", [json.dumps(left), run_id])
            db.execute("delete from portal")
        self._db.execute("vacuum")
        self._db.execute("pragma wal_checkpoint(truncate)")
        return gone

    @staticmethod
    def _forget_child(db: sqlite3.Connection, person_id: str) -> int:
        """Take a student out of the children of recorded parents."""
        named = db.execute("select rowid, line from operations where kind = 'parent' and instr(line, ?)", [person_id])
        changed = 0
        for rowid, line in named.fetchall():
            operation = json.loads(line)
            pair = operation["changes"].get("children", [])
            if any(person_id in children for children in pair if children):
                kept = [c and [i for i in c if i != person_id] for c in pair]
                operation["changes"]["children"] = kept
                text = json.dumps(operation, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
                changed += db.execute("update operations set line = ? where rowid = ?", [text, rowid]).rowcount
        return changed

    def finish(
        self,
        run_id: str,
        state: str,
        *,
        exit_code: int | None,
        revision: str | None = None,
        applied: Mapping[str, Any] | None = None,
        rejected: Sequence[Mapping[str, Any]] | None = None,
        withheld_by_reason: Mapping[str, int] | None = None,
        problem: str | None = None,
        recovered: str | None = None,
    ) -> None:
        """Record how a run ended."""
        texts = (None if v is None else json.dumps(v) for v in (applied, rejected, withheld_by_reason))
        with self._writing() as db:
            db.execute(
                "update runs set finished_at = ?, state = ?, revision = ?, applied = ?, rejected = ?, withheld = ?,"
                " exit_code = ?, problem = ?, recovered = ? where run_id = ?",
                (self._clock.now().isoformat(), state, revision, *texts, exit_code, problem, recovered, run_id),
            )

    def runs(self, limit: int) -> list[Run]:
        """Return the latest runs, newest first."""
        return self._runs("order by started_at desc, rowid desc limit ?", limit)

    def unsettled(self, school: str, portal: str) -> list[Run]:
        """Return the runs of which nobody knows how they ended, oldest first: they were killed or cut off."""
        return self._runs(
            "where school = ? and portal = ? and state in ('running', 'unsettled') order by rowid", school, portal
        )

    def run(self, run_id: str) -> Run:
        """Return one run; raise UsageError if there is none."""
        found = self._runs("where run_id = ?", run_id)
        if not found:
            raise UsageError(f"There is no run {run_id!r} in {self.path}.", remedy="`dayzero history` lists them.")
        return found[0]

    def _runs(self, which: str, *values: Any) -> list[Run]:
        names = ", ".join(Run.__dataclass_fields__)
        rows = self._db.execute(f"select {names} from runs {which}", values)  # noqa: S608 - our own names
        return [_run(row) for row in rows]

    def operations_of(self, run_id: str, person_id: str | None = None) -> list[dict[str, Any]]:
        """Return a run's operations, of one person only where one is named."""
        rows = self._db.execute(
            "select line from operations where run_id = ? and (? is null or id = ?) order by kind, id",
            [run_id, person_id, person_id],
        )
        return [json.loads(line) for (line,) in rows]

    def removed_by(self, run_id: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the records a run removed as they were before, by kind and id."""
        rows = self._db.execute("select kind, id, body from removed where run_id = ?", [run_id])
        return {(kind, ident): json.loads(body) for kind, ident, body in rows}

    def history_of(self, person_id: str) -> list[tuple[Run, dict[str, Any]]]:
        """Return every recorded operation on a person, with its run, oldest first."""
        rows = self._db.execute(
            "select run_id, line from operations where id = ? and kind in ('student', 'parent', 'student-record')"
            " order by rowid",
            [person_id],
        ).fetchall()
        runs = {run_id: self.run(run_id) for run_id in {run_id for run_id, _ in rows}}
        return [(runs[run_id], json.loads(line)) for run_id, line in rows]


def _run(row: tuple[Any, ...]) -> Run:
    values = dict(zip(Run.__dataclass_fields__, row, strict=True))
    values.update({name: json.loads(values[name]) for name in _JSON_COLUMNS if values[name] is not None})
    values["send_scheduling_year"] = bool(values["send_scheduling_year"])
    return Run(**values)
