"""What the portal's answers look like, and how they become values: a key that is missing or of another type is one clear error."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeVar

import msgspec
import polars as pl

from dayzero.errors import PortalError
from dayzero.gradebook import ACCOUNT_KINDS, COURSE_WORDS, WORKING_STATUSES, PortalView

__all__ = ["Accounts", "Committed", "Counts", "Page", "SchoolState", "Sync", "SyncId", "SyncPage", "read", "read_page"]

T = TypeVar("T")


class Accounts(msgspec.Struct, frozen=True):
    """How many accounts of one kind there are, by status."""

    pending: int
    active: int
    disabled: int

    @property
    def working(self) -> int:
        """How many work."""
        return self.pending + self.active


class Records(msgspec.Struct, frozen=True, rename="kebab"):
    """How many records there are, by kind."""

    student_record: int
    school_year: int
    course: int


class Counts(msgspec.Struct, frozen=True):
    """How many accounts and records the portal says it has."""

    student: Accounts
    parent: Accounts
    records: Records

    def beside(self, view: PortalView) -> Iterator[tuple[str, int, int]]:
        """Yield by kind how many a view of the portal has, and how many there are."""
        works = pl.col("status").is_in(WORKING_STATUSES)
        for kind in ACCOUNT_KINDS:
            mine, said = view.accounts.filter(pl.col("kind") == kind), getattr(self, kind)
            yield f"{kind} accounts", mine.filter(works).height, said.working
            yield f"disabled {kind} accounts", mine.filter(~works).height, said.disabled
        said_of = msgspec.to_builtins(self.records)
        for kind, rows in view.records.items():
            yield f"{kind} records", rows.height, said_of[kind]


class SchoolState(msgspec.Struct, frozen=True):
    """The portal's own view of a school. ``last_client``: who made its last sync, with ids accepted of this digest; a
    portal of an earlier version names neither.
    """

    revision: str
    active_year: str | None
    scheduling_year: str | None
    counts: Counts
    last_client: str | None = None
    id_map_digest: str | None = None

    @property
    def working(self) -> dict[str, int]:
        """How many accounts work, by kind."""
        return {kind: getattr(self.counts, kind).working for kind in ACCOUNT_KINDS}


class Applied(msgspec.Struct, frozen=True):
    """How many operations were applied, by kind and operation."""

    student: dict[str, int]
    parent: dict[str, int]
    records: dict[str, int]


class Rejection(msgspec.Struct, frozen=True):
    """An operation that the portal did not take."""

    kind: str
    id: str
    reason: str
    remedy: str


class Committed(msgspec.Struct, frozen=True):
    """What a commit did."""

    revision: str
    applied: Applied
    rejected: list[Rejection]


class SyncId(msgspec.Struct, frozen=True):
    """The name of a sync that was opened."""

    sync_id: str


class Sync(msgspec.Struct, frozen=True):
    """A sync as the portal has it; the last three are there once it is committed."""

    sync_id: str
    state: Literal["open", "committed", "abandoned"]
    plan_id: str
    base_revision: str
    client: str
    opened_at: str
    parts: dict[int, str]
    revision: str | None = None
    applied: Applied | None = None
    rejected: list[Rejection] | None = None


class SyncPage(msgspec.Struct, frozen=True):
    """One page of syncs."""

    items: list[Sync]
    next: str | None


class Page(msgspec.Struct):
    """One page of a listing; the items stay bytes until they are read as columns."""

    items: msgspec.Raw
    next: str | None


def read(content: Any, type_: type[T], url: str) -> T:
    """Return an answer, in bytes or as plain values, as ``type_``; raise PortalError for one that is not of its form."""
    try:
        return (
            msgspec.json.decode(content, type=type_)
            if isinstance(content, bytes)
            else msgspec.convert(content, type_, str_keys=True)
        )
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _not_understood(url, error) from error


def read_page(content: bytes, schema: Mapping[str, Any], url: str) -> tuple[pl.DataFrame, str | None]:
    """Return a page's items in the columns of ``schema`` and the cursor of the next page."""
    page = read(content, Page, url)
    raw = bytes(page.items)
    try:
        rows = _rows_of(tuple(schema.items())).decode(raw)
        frame = pl.read_json(io.BytesIO(raw), schema=schema) if rows else pl.DataFrame(schema=schema)
    except (msgspec.MsgspecError, ValueError, RecursionError, pl.exceptions.PolarsError) as error:
        raise _not_understood(url, error) from error
    return frame, page.next


_ALWAYS = {
    "kind": Literal[ACCOUNT_KINDS],
    "status": str,
    "person_id": str,
    "id": str,
    "request_id": str,
    "student_id": str,
    "years": list[str] | None,
    "new": bool,
}
"""Fields of items that are of a narrower type than their column: a row without them is nobody's."""
_MAYBE_MISSING = ("disabled_at", *COURSE_WORDS)
"""What a portal of an earlier version does not say, and what one leaves out where it is empty."""
_TYPES = {pl.String: str | None, pl.Boolean: bool | None, pl.Int64: int | None, pl.Float64: float | None}


@cache
def _rows_of(columns: tuple[tuple[str, Any], ...]) -> msgspec.json.Decoder[list[Any]]:
    """Return what reads items and finds what is wrong with them: Polars takes a number for a text, and nothing for a row."""
    fields: list[Any] = []
    for name, dtype in columns:
        type_ = _ALWAYS.get(name) or _TYPES.get(dtype) or list[str] | None
        fields.append((name, type_, None) if name in _MAYBE_MISSING else (name, type_))
    return msgspec.json.Decoder(list[msgspec.defstruct("Item", fields, kw_only=True, gc=False)])  # type: ignore[misc]


def _not_understood(url: str, error: Exception) -> PortalError:
    said = f": {error}" if isinstance(error, msgspec.ValidationError) else ""
    return PortalError(
        f"{url} answered something that is no Gradebook Cloud document{said}.",
        remedy="Check [portal] url; a proxy or another service may answer there. Nothing was taken from this answer.",
    )
