"""What a run remembers for the next one: the copy of the portal, what it rejected, how much was read, whose ids are new,
and what the answer was while nothing changes."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from dayzero.gradebook import Rejection
from dayzero.journal.database import Database, Scope, place_of
from dayzero.people import Decisions, Doubt, KnownLinks
from dayzero.plan import IdMap

__all__ = ["Memory"]


class Memory:
    """What is remembered of one school on one portal."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._ours = [scope.school, scope.portal_url]

    def keep_portal(self, revision: str, parts: Mapping[str, bytes]) -> None:
        """Keep a copy of what the portal has at a revision, instead of the one before."""
        rows = ((*self._ours, revision, name, body, _seal(body)) for name, body in parts.items())
        with self._database.writing() as db:
            db.execute("delete from portal where school = ? and portal = ?", self._ours)
            db.executemany("insert into portal values (?, ?, ?, ?, ?, ?)", rows)

    def forget_portal(self) -> None:
        """Forget the copy: the portal has moved in a way that is not known here."""
        self.keep_portal("", {})

    def portal(self) -> tuple[str, dict[str, bytes]] | None:
        """Return the copy's revision and parts, None where there is none."""
        rows = self._database.read.execute(
            "select revision, name, body, seal from portal where school = ? and portal = ?", self._ours
        ).fetchall()
        return (rows[0][0], {name: _as_written(body, seal) for _, name, body, seal in rows}) if rows else None

    def keep_rejections(self, revision: str, rejections: Sequence[Rejection]) -> None:
        """Remember what the portal rejected at the commit that led to ``revision``, instead of what it did before."""
        rows = ((*self._ours, revision, r.kind, r.id, r.digest, r.reason, r.remedy) for r in rejections)
        with self._database.writing() as db:
            db.execute("delete from rejections where school = ? and portal = ?", self._ours)
            db.executemany("insert into rejections values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def rejections(self, revision: str) -> list[Rejection]:
        """Return what was rejected, as long as the portal is at the revision that commit led to."""
        rows = self._database.read.execute(
            "select kind, id, digest, reason, remedy from rejections where school = ? and portal = ? and revision = ?",
            [*self._ours, revision],
        )
        return [Rejection(*row) for row in rows]

    def keep_measure(self, run_id: str, measure: Mapping[str, int]) -> None:
        """Record the read a run was decided from: rows per table, and per deciding ``table.column``."""
        with self._database.writing() as db:
            db.execute("update runs set rows_read = ? where run_id = ?", [json.dumps(dict(measure)), run_id])

    def measure(self, source: str) -> dict[str, int]:
        """Return the measure of the last read that ended well, by the same source; empty if there was none."""
        row = self._database.read.execute(
            "select rows_read from runs where school = ? and portal = ? and source = ? and rows_read is not null"
            " and state in ('committed', 'nothing-to-do') order by rowid desc limit 1",
            [*self._ours, source],
        ).fetchone()
        return json.loads(row[0]) if row else {}

    def id_map(self) -> IdMap:
        """Return which of the source's ids are older ones on the portal, as it was accepted."""
        rows = self._database.read.execute(
            "select kind, new_id, old_id from id_map where school = ? and portal = ? order by rowid", self._ours
        )
        return IdMap.of_rows(rows)

    def keep_id_map(self, id_map: IdMap) -> None:
        """Keep an id map instead of the one before."""
        with self._database.writing() as db:
            self._replace_id_map(db, id_map)

    def id_map_digest(self) -> str | None:
        """Return what the portal knows the accepted ids by, None where none were."""
        rows = sorted(self.id_map().rows())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else None

    def knows(self, client: str, digest: str | None) -> bool:
        """Say whether this journal has what the portal's last ``client`` had: its runs, and ids of this ``digest``.

        That is so where it was made by the same installation and the ids are, or once were, those of this journal; and
        where somebody has taken over from that client.
        """
        taken = self._database.read.execute(
            "select 1 from taken_over where school = ? and portal = ? and client = ? and digest = ?",
            [*self._ours, client, digest or ""],
        )
        if taken.fetchone():
            return True
        once = self._database.read.execute(
            "select 1 from runs where school = ? and portal = ? and id_map_digest = ?", [*self._ours, digest or ""]
        )
        same_ids = digest in (None, self.id_map_digest()) or once.fetchone() is not None
        return same_ids and self._database.place == place_of(client)

    def take_over(self, client: str, digest: str | None) -> None:
        """Remember that somebody has decided to go on from here after another client."""
        with self._database.writing() as db:
            db.execute("insert or ignore into taken_over values (?, ?, ?, ?)", [*self._ours, client, digest or ""])

    def _replace_id_map(self, db: sqlite3.Connection, id_map: IdMap) -> None:
        db.execute("delete from id_map where school = ? and portal = ?", self._ours)
        db.executemany("insert into id_map values (?, ?, ?, ?, ?)", ((*self._ours, *row) for row in id_map.rows()))

    def decisions(self) -> Decisions:
        """Return what was answered to doubts about persons."""
        rows = self._database.read.execute(
            "select doubt, kind, person_id, was, seems, answer from decisions where school = ? and portal = ?",
            self._ours,
        )
        return Decisions({Doubt(*doubt): answer for *doubt, answer in rows})

    def keep_decisions(self, decisions: Decisions) -> None:
        """Keep answers beside those that are known; the newer one to the same doubt counts."""
        rows = [
            (*self._ours, d.doubt, d.kind, d.person_id, d.was, d.now, answer) for d, answer in decisions.answers.items()
        ]
        with self._database.writing() as db:
            db.executemany("insert or replace into decisions values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def cut_links(self) -> frozenset[tuple[str, str]]:
        """Return the links (student, contact) that give nothing, because they were somebody else's."""
        rows = self._database.read.execute(
            "select student_id, contact_id from cut_links where school = ? and portal = ?", self._ours
        )
        return frozenset((student, contact) for student, contact in rows)

    def keep_cut_links(self, links: Collection[tuple[str, str]]) -> None:
        """Keep these links as cut, instead of those before."""
        if frozenset(links) == self.cut_links():
            return
        with self._database.writing() as db:
            db.execute("delete from cut_links where school = ? and portal = ?", self._ours)
            db.executemany("insert into cut_links values (?, ?, ?, ?)", ((*self._ours, *link) for link in links))

    def births(self) -> pl.DataFrame | None:
        """Return ``student_id`` and ``mark`` (see ``marks``) of everybody whose birth date was read, sorted; None before that."""
        row = self._database.read.execute(
            "select body from births where school = ? and portal = ?", self._ours
        ).fetchone()
        return pl.read_ipc(io.BytesIO(row[0])) if row else None

    def keep_births(self, births: pl.DataFrame) -> None:
        """Keep marks of birth dates, instead of those before."""
        with self._database.writing() as db:
            db.execute("insert or replace into births values (?, ?, ?)", [*self._ours, _packed(births)])

    def links(self) -> KnownLinks | None:
        """Return the links that the active year had at the last sync, None before that."""
        row = self._database.read.execute(
            "select year_id, body from links where school = ? and portal = ?", self._ours
        ).fetchone()
        if row is None:
            return None
        links = pl.read_ipc(io.BytesIO(row[1]))
        if "in_doubt" not in links.columns:  # as an earlier version kept them
            links = links.with_columns(in_doubt=pl.lit(None, dtype=pl.String))
        return KnownLinks(row[0], links)

    def keep_links(self, links: KnownLinks) -> None:
        """Keep the links that the active year has, instead of those before."""
        before = self.links()
        if before is not None and before.year == links.year and before.links.equals(links.links):
            return
        with self._database.writing() as db:
            db.execute(
                "insert or replace into links values (?, ?, ?, ?)", [*self._ours, links.year, _packed(links.links)]
            )

    def former_students(self) -> pl.DataFrame:
        """Return who had an id whose record is on the portal no more: ``id``, ``given_name``, ``family_name``."""
        rows = self._database.read.execute(
            "select student_id, given_name, family_name from former_students where school = ? and portal = ?",
            self._ours,
        ).fetchall()
        names = ("id", "given_name", "family_name")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    def keep_former_students(self, leaving: Iterable[Mapping[str, Any]], come: Iterable[str]) -> None:
        """Remember whose record is removed (``id`` and names), and no more who had an id whose record has ``come``."""
        with self._database.writing() as db:
            db.executemany(
                "insert or replace into former_students values (?, ?, ?, ?, ?)",
                ((*self._ours, row["id"], row["given_name"], row["family_name"]) for row in leaving),
            )
            db.executemany(
                "delete from former_students where school = ? and portal = ? and student_id = ?",
                ((*self._ours, ident) for ident in come),
            )

    def state(self, source: str) -> dict[str, Any]:
        """Return what a decision takes from here, in short: the copy's revision and kept drift, rejections, ids, answers, the last measure."""
        row = self._database.read.execute(
            "select revision, body, seal from portal where school = ? and portal = ? and name = 'kept'", self._ours
        ).fetchone()
        revision, kept = (row[0], _as_written(*row[1:])) if row else ("", b"")
        digest = hashlib.sha256(kept)
        answers = sorted(self.decisions().answers.items(), key=repr)
        for known in (*self.rejections(revision), *self.id_map().rows(), *answers, *sorted(self.cut_links())):
            digest.update(repr(known).encode())
        return {"revision": revision, "memory": digest.hexdigest(), "measure": self.measure(source)}

    def keep_answer(self, question: str, parts: Mapping[str, bytes]) -> None:
        """Keep the answer to a question, instead of the one before."""
        rows = ((*self._ours, question, name, body, _seal(body)) for name, body in parts.items())
        with self._database.writing() as db:
            db.execute("delete from answers where school = ? and portal = ?", self._ours)
            db.executemany("insert into answers values (?, ?, ?, ?, ?, ?)", rows)

    def answer(self, question: str) -> dict[str, bytes] | None:
        """Return the answer that was kept for this very question, None where there is none."""
        rows = self._database.read.execute(
            "select name, body, seal from answers where school = ? and portal = ? and question = ?",
            [*self._ours, question],
        )
        return {name: _as_written(body, seal) for name, body, seal in rows} or None

    def forget(self, db: sqlite3.Connection, person_id: str) -> int:
        """Remove a person; return how many records that were. What the next sync makes anew is none: the copy of the portal, links."""
        gone = db.execute(
            "delete from rejections where id = ? and school = ? and portal = ?", [person_id, *self._ours]
        ).rowcount
        known = self.id_map()
        left = known.without(person_id)
        if left != known:
            self._replace_id_map(db, left)
            gone += 1
        for words in (
            "decisions where person_id = :id or was = :id or seems = :id",
            "cut_links where student_id = :id or contact_id = :id",
        ):
            table, _, condition = words.partition(" where ")
            gone += db.execute(
                f"delete from {table} where school = :school and portal = :portal and ({condition})",  # noqa: S608 - our own words
                {"school": self._ours[0], "portal": self._ours[1], "id": person_id},
            ).rowcount
        births = self.births()
        if births is not None and (births["student_id"] == person_id).any():
            unmarked = _packed(births.filter(pl.col("student_id") != person_id))
            db.execute("update births set body = ? where school = ? and portal = ?", [unmarked, *self._ours])
            gone += 1
        links = self.links()
        if links is not None:
            kept = links.links.filter(~pl.any_horizontal(pl.col("student_id", "contact_id") == person_id))
            db.execute("update links set body = ? where school = ? and portal = ?", [_packed(kept), *self._ours])
        db.execute(
            "delete from former_students where school = ? and portal = ? and student_id = ?", [*self._ours, person_id]
        )
        for table in ("portal", "answers"):
            db.execute(f"delete from {table} where school = ? and portal = ?", self._ours)  # noqa: S608 - our own names
        return gone


def _packed(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    frame.write_ipc(body, compression="zstd", record_batch_size=max(1, frame.height))
    return body.getvalue()


def _seal(body: bytes) -> bytes:
    """Return by what it is known that bytes are as they were written: they are acted upon without asking the portal."""
    return hashlib.sha256(body).digest()


def _as_written(body: bytes, seal: bytes | None) -> bytes:
    """Return bytes that fit their seal; those kept by an earlier version have none."""
    if seal is not None and _seal(body) != seal:
        raise sqlite3.DatabaseError("what it remembers of the portal is not as it was written")
    return body
