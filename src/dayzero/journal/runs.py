"""What was sent when, by whom, from which source, and what became of it."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from dayzero.clock import Clock
from dayzero.errors import ExitCode, UsageError
from dayzero.gradebook import PERSON_KINDS, Key
from dayzero.journal.database import Database, Scope
from dayzero.journal.parts import Operation, Parts, keep_part
from dayzero.portal import Part

__all__ = ["Run", "Runs"]

_JSON_COLUMNS = ("applied", "rejected", "withheld", "held", "doubts", "reads")


@dataclass(frozen=True)
class Run:
    """One run as it was recorded.

    ``state``: running, committed, nothing-to-do, failed (nothing was applied) or unsettled (not known yet what became
    of it). ``undoes``: the run it took back. ``recovered``: what became of an interrupted run's open sync.
    ``withheld``: None also of one that no read was made for, such as an undo.
    ``held``, ``doubts`` (``doubt``, ``kind``, ``person_id``) and ``reads``: what waited for somebody, None where an earlier
    version did not record it.
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
    held: list[dict[str, Any]] | None = None
    doubts: list[dict[str, str]] | None = None
    reads: list[dict[str, Any]] | None = None

    @property
    def took_back(self) -> str | None:
        """The run that it took back; None also where nothing of that was sent."""
        return self.undoes if self.state == "committed" else None

    @property
    def whole(self) -> bool:
        """Whether nothing of what it was for was held, refused or left as it is."""
        return self.exit_code == ExitCode.DONE

    def reason_rejected(self, kind: str, ident: str) -> str | None:
        """Return why the portal rejected an operation of this run, None where it did not."""
        return next((r["reason"] for r in self.rejected or () if (r["kind"], r["id"]) == (kind, ident)), None)


class Runs:
    """The runs of one school on one portal; ``parts``: what they sent."""

    def __init__(self, database: Database, scope: Scope, *, clock: Clock, rng: random.Random) -> None:
        self._database, self._scope, self._clock, self._rng = database, scope, clock, rng
        self.parts = Parts(database, scope)

    def begin(
        self,
        *,
        source: str,
        plan_id: str,
        send_scheduling_year: bool,
        who: str,
        base_revision: str,
        undoes: str | None = None,
        looked_at: bool = False,
        id_map_digest: str | None = None,
        lost_years: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Record that a run begins; return its id, which sorts by time.

        ``id_map_digest``: of the accepted ids it goes by. ``looked_at``: its leavers surprise nobody: they were released, go with the change of year, or are an undo's.
        ``lost_years``: role -> id of years that somebody loses in it, and nobody was asked.
        """
        now = self._clock.now()
        run_id = f"{now:%Y-%m-%dT%H-%M-%SZ}-{self._rng.getrandbits(24):06x}"
        row = {
            "run_id": run_id, "school": self._scope.school, "source": source, "portal": self._scope.portal_url,
            "plan_id": plan_id, "send_scheduling_year": int(send_scheduling_year), "who": who,
            "started_at": now.isoformat(), "state": "running", "base_revision": base_revision, "undoes": undoes,
            "looked_at": int(looked_at), "id_map_digest": id_map_digest,
            "lost_years": json.dumps(dict(lost_years)) if lost_years else None,
        }  # fmt: skip
        with self._database.writing() as db:
            places = ", ".join(f":{name}" for name in row)
            db.execute(f"insert into runs ({', '.join(row)}) values ({places})", row)  # noqa: S608 - our own names
        return run_id

    def failed(self, *, source: str, send_scheduling_year: bool, who: str, exit_code: int, problem: str) -> None:
        """Record a run that failed before there was a plan to send."""
        year = send_scheduling_year
        run_id = self.begin(source=source, plan_id="", send_scheduling_year=year, who=who, base_revision="")
        self.finish(run_id, "failed", exit_code=exit_code, problem=problem)

    def sending(self, run_id: str, parts: Iterable[Part], removed: Sequence[tuple[str, str, str]] = ()) -> None:
        """Record the parts a run is about to send, and the records it removes (kind, id, JSON), for history and undo."""
        with self._database.writing() as db:
            for part in parts:
                keep_part(db, run_id, part)
            db.executemany("insert into removed values (?, ?, ?, ?)", ((run_id, *row) for row in removed))

    def opened(self, run_id: str, sync_id: str) -> None:
        """Record the sync a run opened, before any part goes: after a crash the next run asks what became of it."""
        with self._database.writing() as db:
            db.execute("update runs set sync_id = ? where run_id = ?", [sync_id, run_id])

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
        waiting: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
        problem: str | None = None,
        recovered: str | None = None,
    ) -> None:
        """Record how a run ended. ``waiting``: what waits for somebody, as ``held``, ``doubts`` and ``reads``."""
        told = (applied, rejected, withheld_by_reason, *(waiting.get(what) for what in ("held", "doubts", "reads")))
        texts = [None if v is None else json.dumps(v) for v in told]
        with self._database.writing() as db:
            db.execute(
                "update runs set finished_at = ?, state = ?, revision = ?, applied = ?, rejected = ?, withheld = ?,"
                " held = ?, doubts = ?, reads = ?, exit_code = ?, problem = ?, recovered = ? where run_id = ?",
                (self._clock.now().isoformat(), state, revision, *texts, exit_code, problem, recovered, run_id),
            )

    def latest(self, limit: int) -> list[Run]:
        """Return the latest runs, newest first: in the order in which they began, whatever the clock said."""
        return self._found("order by rowid desc limit ?", limit)

    def since(self, run_id: str) -> list[Run]:
        """Return a run and those that were committed after it, oldest first."""
        return self._found(
            "and state = 'committed' and rowid >= (select rowid from runs where run_id = ?) order by rowid", run_id
        )

    def unsettled(self) -> list[Run]:
        """Return the runs of which nobody knows how they ended, oldest first: they were killed or cut off."""
        return self._found("and state in ('running', 'unsettled') order by rowid")

    def undoing(self, run_id: str) -> list[Run]:
        """Return the runs that took one back, oldest first."""
        return self._found("and state = 'committed' and undoes = ? order by rowid", run_id)

    def run(self, run_id: str) -> Run:
        """Return one run; raise UsageError if there is none, or it was another school's."""
        found = self._found("and run_id = ?", run_id)
        if found:
            return found[0]
        other = self._database.read.execute("select school, portal from runs where run_id = ?", [run_id]).fetchone()
        if other is None:
            raise UsageError(
                f"There is no run {run_id!r} in {self._database.path}.", remedy="`dayzero history` lists them."
            )
        raise UsageError(
            f"Run {run_id} was of the school {other[0]} on {other[1]}, not of the configured one.",
            remedy="Use that school's configuration: --config FILE.",
        )

    def _found(self, which: str, *values: Any) -> list[Run]:
        names = ", ".join(Run.__dataclass_fields__)
        rows = self._database.read.execute(
            f"select {names} from runs where school = ? and portal = ? {which}",  # noqa: S608 - our own names
            [self._scope.school, self._scope.portal_url, *values],
        )
        return [_run(row) for row in rows]

    def rate(self) -> float | None:
        """Return operations per second of the latest syncs, None before the first that took any time."""
        rows = self._database.read.execute(
            "select (julianday(finished_at) - julianday(started_at)) * 86400.0,"
            " (select coalesce(sum(operations), 0) from parts p where p.run_id = r.run_id) from runs r"
            " where school = ? and portal = ? and state = 'committed' order by rowid desc limit 5",
            [self._scope.school, self._scope.portal_url],
        ).fetchall()
        seconds, operations = sum(s for s, _ in rows if s), sum(n for s, n in rows if s)
        return operations / seconds if seconds > 0 and operations else None

    def leavers_looked_at(self, since: str) -> set[Key]:
        """Return whose account ended in a run since then that somebody had looked at."""
        runs = self._database.read.execute(
            "select run_id from runs where school = ? and portal = ? and state = 'committed' and looked_at"
            " and started_at >= ?",
            [self._scope.school, self._scope.portal_url, since],
        )
        done = (operation for (run_id,) in runs.fetchall() for operation in self.parts.operations_of(run_id))
        return {(o["kind"], o["id"]) for o in done if o["op"] == "disable"}

    def years_lost(self, since: str, until: str) -> set[tuple[str, str, str]]:
        """Return which student lost which year (its role then, and its id) in a run in that time, without those somebody had
        looked at."""
        runs = self._database.read.execute(
            "select run_id, lost_years from runs where school = ? and portal = ? and state = 'committed'"
            " and lost_years is not null and started_at between ? and ?",
            [self._scope.school, self._scope.portal_url, since, until],
        )
        found = set[tuple[str, str, str]]()
        for run_id, lost in runs.fetchall():
            ids: dict[str, str] = json.loads(lost)
            for operation in self.parts.of_kind(run_id, "student-record"):
                if operation["op"] == "update" and "years" in operation["changes"]:
                    before, after = (set(years or ()) for years in operation["changes"]["years"])
                    found |= {(operation["id"], role, ids[role]) for role in before - after if role in ids}
        return found

    def operations_of(self, run_id: str) -> list[Operation]:
        """Return a run's operations, by kind and id."""
        return self.parts.operations_of(run_id)

    def removed_by(self, run_id: str) -> dict[Key, dict[str, Any]]:
        """Return the records a run removed as they were before, by kind and id."""
        rows = self._database.read.execute("select kind, id, body from removed where run_id = ?", [run_id])
        return {(kind, ident): json.loads(body) for kind, ident, body in rows}

    def history_of(self, person_id: str) -> list[tuple[Run, Operation]]:
        """Return every recorded operation on a person, with its run, oldest first."""
        done = self.parts.operations_on(person_id)
        runs = {run_id: self.run(run_id) for run_id in {run_id for run_id, _ in done}}
        return [(runs[run_id], operation) for run_id, operation in done]

    def forget(self, db: sqlite3.Connection, person_id: str) -> int:
        """Remove a person from the records of these runs, also where others' records name them; return from how many."""
        ours = [self._scope.school, self._scope.portal_url]
        kinds = ", ".join("?" * len(PERSON_KINDS))
        gone = db.execute(
            f"delete from removed where id = ? and kind in ({kinds})"  # noqa: S608 - our own words
            " and run_id in (select run_id from runs where school = ? and portal = ?)",
            [person_id, *PERSON_KINDS, *ours],
        ).rowcount
        for column, key in (("rejected", "id"), ("doubts", "person_id")):
            runs = db.execute(
                f"select run_id, {column} from runs where {column} is not null and school = ? and portal = ?",  # noqa: S608 - our own names
                ours,
            )
            for run_id, text in runs.fetchall():
                left = [row for row in json.loads(text) if row[key] != person_id]
                db.execute(f"update runs set {column} = ? where run_id = ?", [json.dumps(left), run_id])  # noqa: S608 - our own names
        return gone + self.parts.forget(db, person_id)


def _run(row: tuple[Any, ...]) -> Run:
    values = dict(zip(Run.__dataclass_fields__, row, strict=True))
    try:
        values.update({name: json.loads(values[name]) for name in _JSON_COLUMNS if values[name] is not None})
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError("a run is not as it was written") from error
    values["send_scheduling_year"] = bool(values["send_scheduling_year"])
    if values["undoes"] is not None:  # an earlier version wrote down that nobody is withheld
        values["withheld"] = None
    return Run(**values)
