"""The simulated server's state and rules; knows no HTTP. Clock, ids and randomness are handed in."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dayzero_simulator import staging
from dayzero_simulator.commit import apply_staged
from dayzero_simulator.courses.catalog import scheduling_year
from dayzero_simulator.courses.following import follow_scheduling_year
from dayzero_simulator.operations import ACCOUNT_KINDS, RECORD_KINDS, STATUSES, decode_part
from dayzero_simulator.paging import page, place_after
from dayzero_simulator.portal import formers
from dayzero_simulator.portal.drift import edit_account
from dayzero_simulator.portal.edits import follow_sis
from dayzero_simulator.problems import Conflict, NotFound, Stale, Unprocessable
from dayzero_simulator.state_file import copied, kept
from dayzero_simulator.store import IN_USE, clear, connect, prepare
from dayzero_simulator.tallies import tallies

__all__ = ["World"]

IDLE = timedelta(minutes=30)
_ACCOUNT_COLUMNS = "kind, person_id, login, given_name, family_name, grade_level, next_grade_level, years, new, children, status, created_at, last_login_at, disabled_at"
_REQUEST_COLUMNS = "request_id, student_id, year_id, course_id, rank, alternate, status, submitted_by, updated_at"


class World:
    """All schools of one simulated server. A school comes into being the first time its id is used.

    ``now``: the server's clock. ``seed``: makes ids and revisions repeatable; None: random, as a restarted server's are.
    ``secrets``: where tokens and temporary passwords are drawn from, whatever is seeded; the system's own source.
    """

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        now: Callable[[], datetime] | None = None,
        seed: int | None = None,
        secrets: random.Random | None = None,
    ) -> None:
        self._db, close = kept(path)
        # A state lasts as long as its world: whoever drops the world without closing it leaves nothing open.
        self._closing = weakref.finalize(self, close)
        self._lock = threading.RLock()
        self._now = now or (lambda: datetime.now(UTC))
        self._shift = timedelta()
        self.secrets = secrets or random.SystemRandom()
        self.seed(seed)

    @classmethod
    def looked_at(cls, path: Path) -> World:
        """Return a world of a file's state as it is now; the file stays as it is, and may be another's meanwhile."""
        world = cls()
        with closing(copied(path)) as state:
            state.backup(world._db)
        return world

    def now(self) -> datetime:
        """Return the server's time."""
        return self._now() + self._shift

    def advance(self, seconds: float) -> None:
        """Move the server's clock on."""
        shift = self._shift + timedelta(seconds=seconds)
        self._now() + shift  # OverflowError, before anything has moved
        self._shift = shift

    def reset(self, seed: int | None = None) -> None:
        """Forget everything; revisions start anew at random."""
        with self.writing() as db:
            clear(db)
        self.seed(seed)

    @contextmanager
    def foreseeable(self, seed: int) -> Iterator[None]:
        """Draw everything by ``seed`` within, secrets too: who knows the seed knows every password and link given meanwhile.

        For the past of a demo, whose people are invented and whose portal listens on this machine alone: the same seed gives
        the same state to the byte. Afterwards all is drawn from the system's own source again.
        """
        before = self.secrets
        self.seed(seed)
        self.secrets = random.Random(f"{seed} secrets")  # noqa: S311 - repeatable on request
        try:
            yield
        finally:
            self.secrets = before
            self.seed()

    def seed(self, seed: int | None = None) -> None:
        """Draw ids and revisions from here on by ``seed``; nothing else changes.

        The same state and seed give the same ids; another state others, or an id would be given twice.
        """
        with self._lock:
            self._rng = random.SystemRandom() if seed is None else random.Random(f"{seed} {self._ids_given()}")  # noqa: S311 - repeatable on request

    def snapshot(self) -> bytes:
        """Return the whole state."""
        with self._lock:
            return self._db.serialize()

    def restore(self, state: bytes) -> None:
        """Go back to a snapshot, of an earlier version too; raise sqlite3.Error for what is none, and change nothing."""
        with self._lock, closing(connect(":memory:")) as source:
            source.deserialize(state)
            prepare(source)
            source.execute(f"pragma application_id = {IN_USE}")
            source.backup(self._db)

    def close(self) -> None:
        """Close the state."""
        with self._lock:
            self._closing()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the state still and read it."""
        with self._lock:
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the state as one transaction; within another it is part of that one, which stands or falls as a whole."""
        with self._lock:
            if self._db.in_transaction:
                yield self._db
                return
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _id(self, prefix: str) -> str:
        return f"{prefix}-{self._rng.getrandbits(64):016x}"

    def _ids_given(self) -> str:
        """Return what tells a state from one in which other ids were given."""
        syncs = self._db.execute("select count(*), max(sync_id) from syncs").fetchone()
        revisions = self._db.execute("select revision from schools order by school").fetchall()
        return " ".join(str(value) for row in (syncs, *revisions) for value in row)

    def _revision(self, school: str) -> str:
        row = self._db.execute("select revision from schools where school = ?", [school]).fetchone()
        if row is None:
            revision = self._id("r")
            self._db.execute("insert into schools values (?, ?)", [school, revision])
            return revision
        return str(row["revision"])

    def _move_revision(self, school: str) -> str:
        revision = self._id("r")
        self._db.execute("update schools set revision = ? where school = ?", [revision, school])
        return revision

    def school(self, school: str) -> dict[str, Any]:
        """Return a school's revision, years and counts."""
        with self._lock:
            numbers = tallies(self._db, school)
            counts = {kind: {status: numbers.get((kind, status), 0) for status in STATUSES} for kind in ACCOUNT_KINDS}
            counts["records"] = {kind: numbers.get((kind, ""), 0) for kind in RECORD_KINDS}
            last = self._last_committed(school)
            roles = {y["role"]: y["id"] for y in self._records(school, "school-year")}
            return {
                "school": school,
                "revision": self._revision(school),
                "active_year": roles.get("active"),
                "scheduling_year": roles.get("scheduling"),
                "counts": counts,
                "last_client": last and last["client"],
                "id_map_digest": last and last["digest"],
            }

    def _last_committed(self, school: str) -> sqlite3.Row | None:
        """Return ``client`` and ``digest`` (of its id map) of the school's last committed sync."""
        found: sqlite3.Row | None = self._db.execute(
            "select client, digest from syncs left join id_maps using (sync_id) where school = ? and state = 'committed'"
            " order by number desc limit 1",
            [school],
        ).fetchone()
        return found

    def accounts(
        self,
        school: str,
        *,
        kind: str | None = None,
        status: str | None = None,
        cursor: str | None = None,
        limit: int = 1000,
    ) -> dict[str, Any]:
        """Return a page of accounts, sorted by kind and id."""
        with self._lock:
            revision = self._revision(school)
            after = place_after(cursor, revision, (str, str)) if cursor else ["", ""]
            rows = self._db.execute(
                f"select {_ACCOUNT_COLUMNS} from accounts where school = ? and (kind, person_id) > (?, ?)"  # noqa: S608 - our own names
                " and (? is null or kind = ?) and (? is null or status = ?) order by kind, person_id limit ?",
                [school, *after, kind, kind, status, status, limit + 1],
            ).fetchall()
            return page([_account(row) for row in rows], limit, revision, ("kind", "person_id"))

    def records(self, school: str, kind: str, *, cursor: str | None = None, limit: int = 1000) -> dict[str, Any]:
        """Return a page of records of one kind, sorted by id."""
        with self._lock:
            revision = self._revision(school)
            (after,) = place_after(cursor, revision, (str,)) if cursor else [""]
            return page(self._records(school, kind, after, limit + 1), limit, revision, ("id",))

    def _records(self, school: str, kind: str, after: str = "", limit: int = -1) -> list[dict[str, Any]]:
        rows = self._db.execute(
            "select id, body from records where school = ? and kind = ? and id > ? order by id limit ?",
            [school, kind, after, limit],
        )
        return [{"id": row["id"], **json.loads(row["body"])} for row in rows]

    def course_requests(
        self,
        school: str,
        *,
        status: str | None = None,
        since: str | None = None,
        cursor: str | None = None,
        limit: int = 1000,
    ) -> dict[str, Any]:
        """Return a page of course requests, sorted by id."""
        with self._lock:
            revision = self._revision(school)
            (after,) = place_after(cursor, revision, (str,)) if cursor else [""]
            rows = self._db.execute(
                f"select {_REQUEST_COLUMNS} from course_requests where school = ? and request_id > ?"  # noqa: S608 - our own names
                " and (? is null or status = ?) and (? is null or updated_at > ?) order by request_id limit ?",
                [school, after, status, status, since, since, limit + 1],
            )
            items = [{**dict(row), "alternate": bool(row["alternate"])} for row in rows]
            return page(items, limit, revision, ("request_id",))

    def open_sync(
        self,
        school: str,
        *,
        kind: str,
        base_revision: str,
        plan_id: str,
        client: str,
        send_scheduling_year: bool | None = None,
        id_map_digest: str | None = None,
    ) -> dict[str, Any]:
        """Open a sync; raise Conflict while another is open, Stale where the base revision is old.

        ``send_scheduling_year``: the setting it is made under, for the pages; None: told by the years once it is committed.
        ``id_map_digest``: of the accepted ids it was made with; once committed, the school's document has it.
        """
        if kind != "all-data":
            # R5: no other kind is documented to carry accounts.
            raise Unprocessable(f"{kind!r} is no kind of sync that carries accounts; only 'all-data' is")
        self._abandon_idle(school)
        with self.writing() as db:
            there = db.execute("select * from syncs where school = ? and state = 'open'", [school]).fetchone()
            if there is not None:
                raise Conflict("another sync of this school is open", sync=self._sync(there))
            revision = self._revision(school)
            if base_revision != revision:
                raise Stale("the portal has moved on since that revision", revision=revision)
            sync_id, now = self._id("sync"), self.now().isoformat()
            (number,) = db.execute("select count(*) + 1 from syncs").fetchone()
            db.execute(
                "insert into syncs (sync_id, number, school, kind, state, plan_id, base_revision, client, opened_at, touched_at,"
                " at_yes) values (?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?)",
                (sync_id, number, school, kind, plan_id, revision, client, now, now, send_scheduling_year),
            )
            if id_map_digest is not None:
                db.execute("insert into id_maps values (?, ?)", [sync_id, id_map_digest])
        return self.sync(school, sync_id)

    def sync(self, school: str, sync_id: str) -> dict[str, Any]:
        """Return one sync."""
        with self._lock:
            return self._sync(self._row(school, sync_id))

    def syncs(
        self, school: str, *, state: str | None = None, cursor: str | None = None, limit: int = 1000
    ) -> dict[str, Any]:
        """Return a page of syncs, oldest first."""
        self._abandon_idle(school)
        with self._lock:
            (after,) = place_after(cursor, "", (int,)) if cursor else [0]
            rows = self._db.execute(
                "select * from syncs where school = ? and number > ? and (? is null or state = ?) order by number limit ?",
                [school, after, state, state, limit + 1],
            ).fetchall()
            found = page([{**self._sync(row), "number": row["number"]} for row in rows], limit, "", ("number",))
            for item in found["items"]:
                del item["number"]
            return found

    def put_part(
        self, school: str, sync_id: str, number: int, body: bytes, *, received: bytes | None = None
    ) -> tuple[dict[str, Any], bool]:
        """Keep a part; return its document and whether it is new. The same number and digest again changes nothing.

        ``received``: the body as it came, where it came packed.
        """
        operations = decode_part(body)
        digest = hashlib.sha256(body).hexdigest()
        with self.writing() as db:
            self._require_open(school, sync_id)
            there = db.execute(
                "select digest from parts where sync_id = ? and number = ?", [sync_id, number]
            ).fetchone()
            if there is not None and there["digest"] != digest:
                raise Conflict(f"part {number} is here already, with another content")
            if there is None:
                staging.keep_part(db, sync_id, number, digest, received or body, operations)
                staging.stage(db, sync_id, number, operations)
            db.execute("update syncs set touched_at = ? where sync_id = ?", [self.now().isoformat(), sync_id])
        return {"part": number, "digest": digest, "operations": len(operations)}, there is None

    def commit(self, school: str, sync_id: str, *, parts: int, digest: str) -> dict[str, Any]:
        """Apply all parts at once; asked again, answer the same."""
        with self.writing() as db:
            row = self._row(school, sync_id)
            if row["state"] == "committed":
                return self._committed(row)
            self._require_open(school, sync_id)
            rows = db.execute(
                "select number, digest from parts where sync_id = ? order by number", [sync_id]
            ).fetchall()
            if len(rows) != parts or any(r["number"] != n for n, r in enumerate(rows, start=1)):
                raise Unprocessable(f"{parts} parts were announced; here are {[r['number'] for r in rows]}")
            if hashlib.sha256("".join(r["digest"] for r in rows).encode()).hexdigest() != digest:
                raise Unprocessable("the digest does not fit the parts")
            if row["base_revision"] != self._revision(school):
                raise Stale("the portal has moved on since the sync was opened", revision=self._revision(school))
            if repeated := staging.repeated_key(db, sync_id):
                raise Unprocessable(f"{' '.join(repeated)} has more than one operation")
            formers.forget_old(db, self.now())
            applied, rejected = apply_staged(db, school, sync_id, self.now().isoformat())
            staging.unstage(db, sync_id)
            follow_scheduling_year(db, school, self.now())
            follow_sis(db, school, self.now())
            revision = self._move_revision(school)
            db.execute(
                "update syncs set state = 'committed', revision = ?, applied = ?, rejected = ?, at_yes = coalesce(at_yes, ?)"
                " where sync_id = ?",
                [
                    revision, json.dumps(applied), json.dumps(rejected, ensure_ascii=False),
                    scheduling_year(db, school) is not None, sync_id,
                ],
            )  # fmt: skip
            return {"revision": revision, "applied": applied, "rejected": rejected}

    def abandon(self, school: str, sync_id: str) -> None:
        """Abandon an open sync; nothing of it remains but its record."""
        with self.writing() as db:
            row = self._row(school, sync_id)
            if row["state"] == "committed":
                raise Conflict("the sync is committed already")
            self._close(db, sync_id)

    def edit(
        self, school: str, kind: str, person_id: str, fields: Mapping[str, object], *, silently: bool = False
    ) -> None:
        """Change synced fields of an account as an admin does on the portal: the revision moves, unless ``silently``."""
        with self.writing() as db:
            edit_account(db, school, kind, person_id, fields, self.now().isoformat())
            if not silently:
                self._move_revision(school)

    def former_holders(self, school: str) -> list[dict[str, Any]]:
        """Return whose accounts were given to another person and can be given back, the latest first."""
        with self.writing() as db:
            formers.forget_old(db, self.now())
            return formers.kept(db, school, self.now())

    def give_back(self, school: str, number: int) -> None:
        """Give an account back to a former holder as an admin does: the revision moves. RefusedAction: it cannot be."""
        with self.writing() as db:
            formers.restore(db, school, number, self.now())
            self._move_revision(school)

    def _abandon_idle(self, school: str) -> None:
        limit = (self.now() - IDLE).isoformat()
        with self.writing() as db:
            idle = db.execute(
                "select sync_id from syncs where school = ? and state = 'open' and touched_at <= ?", [school, limit]
            )
            for row in idle.fetchall():
                self._close(db, row["sync_id"])

    @staticmethod
    def _close(db: sqlite3.Connection, sync_id: str) -> None:
        db.execute("update syncs set state = 'abandoned' where sync_id = ?", [sync_id])
        db.execute("delete from parts where sync_id = ?", [sync_id])
        staging.unstage(db, sync_id)

    def _require_open(self, school: str, sync_id: str) -> None:
        row = self._row(school, sync_id)
        idle = datetime.fromisoformat(row["touched_at"]) <= self.now() - IDLE
        if row["state"] != "open" or idle:
            raise Conflict(f"the sync is {'abandoned' if idle else row['state']}")

    def _row(self, school: str, sync_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute(
            "select * from syncs where school = ? and sync_id = ?", [school, sync_id]
        ).fetchone()
        if row is None:
            raise NotFound(f"there is no sync {sync_id}")
        return row

    def _committed(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "revision": row["revision"],
            "applied": json.loads(row["applied"]),
            "rejected": json.loads(row["rejected"]),
        }

    def _sync(self, row: sqlite3.Row) -> dict[str, Any]:
        parts = self._db.execute("select number, digest from parts where sync_id = ? order by number", [row["sync_id"]])
        names = ("sync_id", "kind", "state", "plan_id", "base_revision", "client", "opened_at", "revision")
        document = {name: row[name] for name in names}
        document["parts"] = {str(p["number"]): p["digest"] for p in parts}
        for name in ("applied", "rejected"):
            document[name] = None if row[name] is None else json.loads(row[name])
        return document


def _account(row: sqlite3.Row) -> dict[str, Any]:
    account = dict(row)
    account["years"] = json.loads(account["years"])
    account["children"] = None if account["children"] is None else json.loads(account["children"])
    account["new"] = bool(account["new"])
    return account
