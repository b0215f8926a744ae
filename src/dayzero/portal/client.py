"""The verbs of the Gradebook Cloud sync API v1 (``simulator/openapi.yaml`` is the contract)."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import polars as pl

from dayzero.clock import Clock
from dayzero.config import PortalSettings
from dayzero.errors import ListingMovedError, PortalError, SyncOpenError
from dayzero.gradebook import (
    ACCOUNT_KINDS,
    ACCOUNT_SCHEMA,
    COURSE_REQUEST_SCHEMA,
    RECORD_SCHEMAS,
    WORKING_STATUSES,
    PortalView,
)
from dayzero.portal.parts import Part, parts_of
from dayzero.portal.transport import Transport
from dayzero.portal.wire import read_document, read_page

PAGE = 10_000
LISTINGS = {"student-record": "students", "school-year": "school-years", "course": "courses"}
_RESTARTS = 5


@dataclass(frozen=True)
class SchoolState:
    """The portal's own view of a school. ``counts``: accounts per kind and status, and records."""

    revision: str
    active_year: str | None
    scheduling_year: str | None
    counts: Mapping[str, Mapping[str, int]]

    @property
    def working(self) -> dict[str, int]:
        """How many accounts work, by kind."""
        return {kind: sum(self.counts[kind][status] for status in WORKING_STATUSES) for kind in ACCOUNT_KINDS}


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
    """One school on one portal. ``client`` names this installation, so that it recognises its own open syncs."""

    def __init__(self, settings: PortalSettings, school: str, *, clock: Clock, client: str, rng: random.Random) -> None:
        self._transport = Transport(settings, clock=clock, rng=rng)
        self._school = f"/v1/schools/{quote(school, safe='')}"
        self.name = client
        self._part_size = settings.part_size

    def __enter__(self) -> GradebookCloudClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    def _document(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        answer = self._transport.send(method, self._school + path, **kwargs)
        return read_document(answer.content, self._transport.url)

    def school(self) -> SchoolState:
        """Return the school's revision, years and counts."""
        document = self._document("GET", "")
        try:
            return SchoolState(
                document["revision"], document["active_year"], document["scheduling_year"], document["counts"]
            )
        except KeyError as error:
            raise PortalError(
                f"{self._transport.url} names no {error.args[0]} of the school.", remedy="Check [portal] url."
            ) from error

    def view(self) -> PortalView:
        """List everything the portal has; ask again if it moved meanwhile."""
        while True:
            revision = self.school().revision
            view = PortalView(revision, self.accounts(), {kind: self.records(kind) for kind in RECORD_SCHEMAS})
            if self.school().revision == revision:
                return view

    def accounts(self) -> pl.DataFrame:
        """Return all accounts, columns of ``ACCOUNT_SCHEMA``, sorted by kind and id."""
        return self._listing("/accounts", ACCOUNT_SCHEMA).sort("kind", "person_id")

    def records(self, kind: str) -> pl.DataFrame:
        """Return all records of one kind, columns of ``RECORD_SCHEMAS[kind]``, sorted by id."""
        return self._listing(f"/{LISTINGS[kind]}", RECORD_SCHEMAS[kind]).sort("id")

    def course_requests(self, status: str) -> pl.DataFrame:
        """Return the course requests in one state, columns of ``COURSE_REQUEST_SCHEMA``, sorted by id."""
        return self._listing("/course-requests", COURSE_REQUEST_SCHEMA, status=status).sort("request_id")

    def _listing(self, path: str, schema: Mapping[str, Any], **asked: str) -> pl.DataFrame:
        """Walk all pages; begin anew if the portal moved meanwhile (410)."""
        for _ in range(_RESTARTS):
            pages: list[pl.DataFrame] = []
            cursor: str | None = None
            try:
                while True:
                    params = asked | {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
                    answer = self._transport.send("GET", self._school + path, params=params)
                    page, cursor = read_page(answer.content, schema, self._transport.url)
                    pages.append(page)
                    if cursor is None:
                        return pl.concat(pages)
            except ListingMovedError:
                continue
        raise ListingMovedError(
            "The portal kept changing while it was listed.", remedy="Try again when nobody edits it."
        )

    def parts(self, operations: pl.DataFrame) -> Iterator[Part]:
        """Yield the parts a sync of ``operations`` (``OPERATION_SCHEMA``) has on this portal."""
        return parts_of(operations, self._part_size)

    def open(self, plan_id: str, base_revision: str, digests: Sequence[str]) -> OpenSync:
        """Open a sync of the parts that have these digests. One of our own that is open is resumed if it carries this very
        plan, else abandoned first; anybody else's is respected (SyncOpenError).
        """
        body = {"kind": "all-data", "base_revision": base_revision, "plan_id": plan_id, "client": self.name}
        try:
            return OpenSync(str(self._document("POST", "/syncs", json=body)["sync_id"]), {})
        except SyncOpenError as error:
            there = error.open_sync
            if there.get("client") != self.name:
                raise SyncOpenError(
                    f"Another sync of this school is open: by {there.get('client')}, since {there.get('opened_at')}. Nothing was sent.",
                    remedy="Wait until it is done; an idle one is abandoned by the portal after 30 minutes.",
                    open_sync=there,
                ) from error
            resumed = _resumed(there, plan_id, base_revision, digests)
            if resumed is not None:
                return resumed
            self.abandon(str(there["sync_id"]))
            return OpenSync(str(self._document("POST", "/syncs", json=body)["sync_id"]), {})

    def put(self, sync_id: str, part: Part) -> None:
        """Send one part; the same again changes nothing."""
        transport_digest = base64.b64encode(hashlib.sha256(part.packed).digest()).decode()
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Content-Digest": f"sha-256=:{transport_digest}:",
        }
        path = f"{self._school}/syncs/{sync_id}/parts/{part.number}"
        self._transport.send("PUT", path, data=part.packed, headers=headers)

    def commit(self, sync_id: str, digests: Sequence[str]) -> CommitResult:
        """Commit a sync; asked again, the portal answers the same."""
        body = {"parts": len(digests), "digest": hashlib.sha256("".join(digests).encode()).hexdigest()}
        return _result(sync_id, self._document("POST", f"/syncs/{sync_id}/commit", json=body))

    def abandon(self, sync_id: str, *, may_be_gone: bool = True) -> CommitResult | None:
        """Abandon a sync; return what it did if it turns out to be committed already.

        ``may_be_gone`` False: a portal that knows no such sync is no answer (PortalError).
        """
        expected = (200, 204, 409, 404) if may_be_gone else (200, 204, 409)
        answer = self._transport.send("DELETE", f"{self._school}/syncs/{sync_id}", expect=expected)
        document = self.sync(sync_id) if answer.status_code == 409 else None
        return _result(sync_id, document) if document and document.get("state") == "committed" else None

    def sync(self, sync_id: str) -> dict[str, Any] | None:
        """Return a sync's document, None where the portal knows no such sync."""
        answer = self._transport.send("GET", f"{self._school}/syncs/{sync_id}", expect=(200, 404))
        return None if answer.status_code == 404 else read_document(answer.content, self._transport.url)

    def open_sync(self) -> dict[str, Any] | None:
        """Return the document of the school's open sync, if there is one."""
        cursor: str | None = None
        while True:
            asked = {"state": "open", "limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            page = self._document("GET", "/syncs", params=asked)
            there = next((s for s in page["items"] if s["state"] == "open"), None)
            cursor = page.get("next")
            if there is not None or cursor is None:
                return there


def _resumed(there: Mapping[str, Any], plan_id: str, base_revision: str, digests: Sequence[str]) -> OpenSync | None:
    """Return our own open sync if all it holds is this plan's, part by part, by digest."""
    if (there.get("plan_id"), there.get("base_revision")) != (plan_id, base_revision):
        return None
    held = {int(number): digest for number, digest in there.get("parts", {}).items()}
    ours = {number: digest for number, digest in enumerate(digests, start=1) if number in held}
    return OpenSync(str(there["sync_id"]), held) if ours == held else None


def _result(sync_id: str, document: Mapping[str, Any]) -> CommitResult:
    return CommitResult(sync_id, document["revision"], document["applied"], document["rejected"])
