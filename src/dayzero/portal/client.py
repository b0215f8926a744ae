"""The verbs of the Gradebook Cloud sync API v1 (``simulator/openapi.yaml`` is the contract)."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import polars as pl

from dayzero.clock import Clock, Deadline
from dayzero.config import PortalSettings
from dayzero.errors import ListingMovedError, PortalError, SyncOpenError
from dayzero.gradebook import (
    ACCOUNT_SCHEMA,
    COURSE_REQUEST_SCHEMA,
    OPERATION_SCHEMA,
    RECORD_SCHEMAS,
    PortalView,
    count_operations,
)
from dayzero.portal.parts import Part, parts_of
from dayzero.portal.transport import Transport
from dayzero.portal.wire import Committed, Counts, SchoolState, Sync, SyncId, SyncPage, read, read_page

T = TypeVar("T")
PAGE = 10_000
LISTINGS = {"student-record": "students", "school-year": "school-years", "course": "courses"}
_RESTARTS = 5
_EMPTY_PAGES = 100
"""So many pages in a row without an item are no listing."""


@dataclass(frozen=True)
class CommitResult:
    """What a commit did. ``sync_id`` is empty where nothing had to be sent."""

    sync_id: str
    revision: str
    applied: Mapping[str, Mapping[str, int]]
    rejected: list[dict[str, Any]]


@dataclass(frozen=True)
class OpenSync:
    """A sync that takes parts. ``parts``: the digests of those it has already, by number."""

    sync_id: str
    parts: Mapping[int, str]


class GradebookCloudClient:
    """One school on one portal. ``client`` names this installation, so that it recognises its own open syncs.

    ``run``: until when all that is asked must be answered. ``id_map_digest``: of the ids it has accepted, told to the portal.
    """

    def __init__(
        self,
        settings: PortalSettings,
        school: str,
        *,
        clock: Clock,
        client: str,
        rng: random.Random,
        run: Deadline | None = None,
        id_map_digest: str | None = None,
    ) -> None:
        self._transport = Transport(settings, clock=clock, rng=rng, run=run or Deadline(clock, None))
        self._school = f"/v1/schools/{quote(school, safe='')}"
        self.name, self._id_map_digest = client, id_map_digest
        self._part_size = settings.part_size

    def __enter__(self) -> GradebookCloudClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    def _asked(self, type_: type[T], method: str, path: str, **kwargs: Any) -> T:
        """Send a request below the school's address and return the answer as ``type_``."""
        answer = self._transport.send(method, self._school + path, **kwargs)
        return read(answer.content, type_, self._transport.url)

    @property
    def tidying(self) -> Callable[[], AbstractContextManager[None]]:
        """Within it something is taken back, though the run's time be used up."""
        return self._transport.tidying

    def school(self) -> SchoolState:
        """Return the school's revision, years and counts."""
        return self._asked(SchoolState, "GET", "")

    def view(self) -> PortalView:
        """List everything the portal has, as much as it says it has; list again if it moved meanwhile.

        Raises PortalError for a listing that is shorter or longer than the portal's own counts.
        """
        for _ in range(_RESTARTS):
            before = self.school().revision
            records = {kind: self._listing(f"/{path}", RECORD_SCHEMAS[kind], "id") for kind, path in LISTINGS.items()}
            view = PortalView(before, self._listing("/accounts", ACCOUNT_SCHEMA, "kind", "person_id"), records)
            after = self.school()
            if after.revision == before:
                self._refuse_unlike(view, after.counts)
                return view
        raise _moving()

    def _refuse_unlike(self, view: PortalView, counts: Counts) -> None:
        for what, listed, there in counts.beside(view):
            if listed != there:
                raise PortalError(
                    f"{self._transport.url} lists {listed:,} {what} and says that it has {there:,}. Nothing was sent.",
                    remedy="Try again. If it stays so, tell whoever runs the portal: its listing is not whole.",
                )

    def course_requests(self, status: str) -> pl.DataFrame:
        """Return the course requests in one state, columns of ``COURSE_REQUEST_SCHEMA``, sorted by id."""
        return self._listing("/course-requests", COURSE_REQUEST_SCHEMA, "request_id", status=status)

    def _listing(self, path: str, schema: Mapping[str, Any], *keys: str, **asked: str) -> pl.DataFrame:
        """Walk all pages and return them sorted by ``keys``; begin anew if the portal moved meanwhile (410)."""
        for _ in range(_RESTARTS):
            pages: list[pl.DataFrame] = []
            try:
                cursor = _Cursor(self._transport.url)
                while cursor.goes_on:
                    page, following = read_page(self._page(path, asked, cursor), schema, self._transport.url)
                    pages.append(page)
                    cursor.follow(following, empty=page.is_empty())
                return pl.concat(pages).sort(keys)
            except ListingMovedError:
                continue
        raise _moving()

    def _page(self, path: str, asked: Mapping[str, str], cursor: _Cursor) -> bytes:
        params = {**asked, "limit": str(PAGE), **cursor.asked}
        return self._transport.send("GET", self._school + path, params=params).content

    def parts(self, operations: pl.DataFrame) -> Iterator[Part]:
        """Yield the parts a sync of ``operations`` (``OPERATION_SCHEMA``) has on this portal."""
        return parts_of(operations, self._part_size)

    def open(self, plan_id: str, base_revision: str, digests: Sequence[str]) -> OpenSync:
        """Open a sync of the parts that have these digests. One of our own that is open is resumed if it carries this very
        plan, else abandoned first; anybody else's is respected (SyncOpenError).
        """
        body = {"kind": "all-data", "base_revision": base_revision, "plan_id": plan_id, "client": self.name}
        if self._id_map_digest is not None:
            body["id_map_digest"] = self._id_map_digest
        try:
            return OpenSync(self._asked(SyncId, "POST", "/syncs", json=body).sync_id, {})
        except SyncOpenError as error:
            there = read(error.open_sync, Sync, self._transport.url)
            if there.client != self.name:
                raise SyncOpenError(
                    f"Another sync of this school is open: by {there.client}, since {there.opened_at}. Nothing was sent.",
                    remedy="Wait until it is done; an idle one is abandoned by the portal after 30 minutes.",
                    open_sync=error.open_sync,
                ) from error
            resumed = _resumed(there, plan_id, base_revision, digests)
            if resumed is not None:
                return resumed
            self.abandon(there.sync_id)
            return OpenSync(self._asked(SyncId, "POST", "/syncs", json=body).sync_id, {})

    def put(self, sync_id: str, part: Part) -> None:
        """Send one part; the same again changes nothing."""
        transport_digest = base64.b64encode(hashlib.sha256(part.packed).digest()).decode()
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Content-Digest": f"sha-256=:{transport_digest}:",
        }
        path = f"{self._path_of(sync_id)}/parts/{part.number}"
        self._transport.send("PUT", path, data=part.packed, headers=headers)

    def commit(self, sync_id: str, digests: Sequence[str]) -> CommitResult:
        """Commit a sync; asked again, the portal answers the same."""
        body = {"parts": len(digests), "digest": hashlib.sha256("".join(digests).encode()).hexdigest()}
        done = self._asked(Committed, "POST", f"/syncs/{quote(sync_id, safe='')}/commit", json=body)
        return _result(sync_id, done)

    def abandon(self, sync_id: str, *, may_be_gone: bool = True) -> CommitResult | None:
        """Abandon a sync; return what it did if it turns out to be committed already.

        ``may_be_gone`` False: a portal that knows no such sync is no answer (PortalError).
        """
        expected = (200, 204, 409, 404) if may_be_gone else (200, 204, 409)
        answer = self._transport.send("DELETE", self._path_of(sync_id), expect=expected)
        there = self.sync(sync_id) if answer.status_code == 409 else None
        return self.result_of(there) if there is not None and there.state == "committed" else None

    def sync(self, sync_id: str) -> Sync | None:
        """Return a sync, None where the portal knows no such one."""
        answer = self._transport.send("GET", self._path_of(sync_id), expect=(200, 404))
        return None if answer.status_code == 404 else read(answer.content, Sync, self._transport.url)

    def result_of(self, sync: Sync) -> CommitResult:
        """Return what a committed sync did."""
        facts = {"revision": sync.revision, "applied": sync.applied, "rejected": sync.rejected}
        return _result(sync.sync_id, read(msgspec.to_builtins(facts), Committed, self._transport.url))

    def _path_of(self, sync_id: str) -> str:
        return f"{self._school}/syncs/{quote(sync_id, safe='')}"

    def open_sync(self) -> Sync | None:
        """Return the school's open sync, if there is one."""
        cursor = _Cursor(self._transport.url)
        while cursor.goes_on:
            page = read(self._page("/syncs", {"state": "open"}, cursor), SyncPage, self._transport.url)
            there = next((s for s in page.items if s.state == "open"), None)
            if there is not None:
                return there
            cursor.follow(page.next, empty=not page.items)
        return None


class _Cursor:
    """Where a listing goes on. It must move: the same place twice, or nothing for too long, would never end."""

    def __init__(self, url: str) -> None:
        self._url, self._seen = url, {""}
        self._empty = 0
        self.asked: dict[str, str] = {}
        self.goes_on = True

    def follow(self, cursor: str | None, *, empty: bool) -> None:
        """Go on at the cursor that a page gave; raise PortalError where that leads nowhere."""
        self.goes_on = cursor is not None
        if cursor is None:
            return
        self._empty = self._empty + 1 if empty else 0
        again = cursor in self._seen
        if again or self._empty > _EMPTY_PAGES:
            where = "a page that was there before" if again else "nothing but empty ones"
            raise PortalError(
                f"{self._url} gives a listing without an end: its pages lead to {where}.",
                remedy="Nothing was sent. Tell whoever runs the portal: the cursors of its listings do not move.",
            )
        self._seen.add(cursor)
        self.asked = {"cursor": cursor}


def _resumed(there: Sync, plan_id: str, base_revision: str, digests: Sequence[str]) -> OpenSync | None:
    """Return our own open sync if all it holds is this plan's, part by part, by digest."""
    if (there.plan_id, there.base_revision) != (plan_id, base_revision):
        return None
    ours = {number: digest for number, digest in enumerate(digests, start=1) if number in there.parts}
    return OpenSync(there.sync_id, there.parts) if ours == there.parts else None


def _result(sync_id: str, done: Committed) -> CommitResult:
    nothing = count_operations(pl.DataFrame(schema=OPERATION_SCHEMA))
    said = msgspec.to_builtins(done.applied)
    applied = {kind: {**none, **said[kind]} for kind, none in nothing.items()}
    return CommitResult(sync_id, done.revision, applied, msgspec.to_builtins(done.rejected))


def _moving() -> ListingMovedError:
    return ListingMovedError("The portal kept changing while it was listed.", remedy="Try again when nobody edits it.")
