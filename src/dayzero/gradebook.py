"""The portal's vocabulary: the ONE place that says which kinds, fields, operations and statuses there are.

Plans, the client, the journal and the simulator's contract tests all read it. The source's nouns are in ``schema``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

__all__ = [
    "ACCOUNT_FIELDS",
    "ACCOUNT_KINDS",
    "ACCOUNT_OPS",
    "ACCOUNT_SCHEMA",
    "COURSE_REQUEST_SCHEMA",
    "COURSE_WORDS",
    "OPERATION_SCHEMA",
    "PERSONAL_FIELDS",
    "PERSON_KINDS",
    "RECORD_OPS",
    "RECORD_SCHEMAS",
    "RENEWED_RECORD",
    "WORKING_STATUSES",
    "Difference",
    "Drift",
    "Key",
    "PortalView",
    "Rejection",
    "canonical",
    "count_operations",
    "empty_portal",
    "goes_plain",
    "json_text",
    "lines",
    "of_keys",
    "of_kind",
    "working",
    "working_counts",
]

Schema: TypeAlias = dict[str, pl.DataType | type[pl.DataType]]
Key: TypeAlias = tuple[str, str]
"""What names an account or record: its kind and id."""

ACCOUNT_KINDS = ("student", "parent")
PERSON_KINDS = (*ACCOUNT_KINDS, "student-record")
"""Kinds whose ids are a person's."""
ACCOUNT_OPS = ("create", "update", "renew", "disable", "enable")
RECORD_OPS = ("create", "update", "remove")
RENEWED_RECORD = "student-record"
"""The kind of record that goes to another person with the id; it is counted as updated."""
WORKING_STATUSES = ("pending", "active")
"""An account works until it is disabled; it is pending until its first sign-in."""

ACCOUNT_SCHEMA: Schema = {
    "kind": pl.String,
    "person_id": pl.String,
    "login": pl.String,
    "given_name": pl.String,
    "family_name": pl.String,
    "grade_level": pl.String,
    "next_grade_level": pl.String,
    "years": pl.List(pl.String),
    "new": pl.Boolean,
    "children": pl.List(pl.String),
    "status": pl.String,
    "disabled_at": pl.String,
}
"""An account as the portal lists it; ``status`` is ``pending``, ``active`` or ``disabled``, the latter since ``disabled_at``."""

ACCOUNT_FIELDS = tuple(sorted(f for f in ACCOUNT_SCHEMA if f not in ("kind", "person_id", "status", "disabled_at")))
"""The fields an operation may change, in the order of canonical JSON."""

PERSONAL_FIELDS = ("login", "given_name", "family_name")
"""Fields of accounts and records that say who somebody is."""

RECORD_SCHEMAS: dict[str, Schema] = {
    "student-record": {
        "id": pl.String,
        "given_name": pl.String,
        "family_name": pl.String,
        "grade_level": pl.String,
        "next_grade_level": pl.String,
        "years": pl.List(pl.String),
    },
    "school-year": {
        "id": pl.String,
        "name": pl.String,
        "starts_on": pl.String,
        "ends_on": pl.String,
        "role": pl.String,
        "opened_as": pl.String,
    },
    "course": {
        "id": pl.String,
        "course_id": pl.String,
        "year_id": pl.String,
        "title": pl.String,
        "department": pl.String,
        "credits": pl.Float64,
        "grade_levels": pl.List(pl.String),
        "required": pl.Boolean,
        "code": pl.String,
        "description": pl.String,
        "prerequisite": pl.String,
        "term": pl.String,
    },
}
"""What a plan carries besides accounts, by kind. ``opened_as`` remembers the role in which a year was first sent."""

COURSE_WORDS = ("code", "description", "prerequisite", "term")
"""What a course may say of itself; a portal leaves out of its record whatever it does not say."""

COURSE_REQUEST_SCHEMA: dict[str, type[pl.DataType]] = {
    "request_id": pl.String,
    "student_id": pl.String,
    "year_id": pl.String,
    "course_id": pl.String,
    "rank": pl.Int64,
    "alternate": pl.Boolean,
    "status": pl.String,
    "submitted_by": pl.String,
    "updated_at": pl.String,
}
"""A course request as the portal lists it, in the order of the file that ``receive`` writes."""

OPERATION_SCHEMA: dict[str, type[pl.DataType]] = {
    "op": pl.String,
    "kind": pl.String,
    "id": pl.String,
    "changes": pl.String,
}
"""``changes``: canonical JSON of ``{field: [before, after]}``, from the start: it is hashed, sent and kept as these bytes."""


@dataclass(frozen=True)
class PortalView:
    """What the portal has: its revision, the accounts (``ACCOUNT_SCHEMA``) and the records by kind."""

    revision: str
    accounts: pl.DataFrame
    records: Mapping[str, pl.DataFrame]


def empty_portal() -> PortalView:
    """Return a portal that has nothing, as it is before the first sync."""
    records = {kind: pl.DataFrame(schema=schema) for kind, schema in RECORD_SCHEMAS.items()}
    return PortalView("", pl.DataFrame(schema=ACCOUNT_SCHEMA), records)


@dataclass(frozen=True)
class Difference:
    """Something on the portal that is not as expected. ``field`` None: the account or record as a whole."""

    kind: str
    id: str
    field: str | None
    expected: Any
    found: Any


@dataclass(frozen=True)
class Drift(Difference):
    """A difference that somebody else made; ``kept``: it is left as it is."""

    kept: bool = False


@dataclass(frozen=True)
class Rejection:
    """An operation the portal rejected. ``digest``: of the operation, so that a changed one is tried again."""

    kind: str
    id: str
    digest: str
    reason: str
    remedy: str


def working(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts that are not disabled: they hold a login, and limits are reckoned of them."""
    return accounts.filter(pl.col("status") != "disabled")


def working_counts(accounts: pl.DataFrame) -> dict[str, int]:
    """Return how many accounts work, by kind."""
    counts = {kind: int((of_kind(accounts, kind)["status"] != "disabled").sum()) for kind in ACCOUNT_KINDS}
    return {kind: count for kind, count in counts.items() if count}


def of_kind(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the rows of one kind; they are not copied where they stand together, as in a sorted listing."""
    mine = rows["kind"] == kind
    count, first = int(mine.sum()), mine.arg_max() or 0
    return rows.slice(first, count) if mine.slice(first, count).all() else rows.filter(mine)


def of_keys(keys: Iterable[Key]) -> pl.DataFrame:
    """Return ``kind`` and ``id`` as columns, to join with."""
    return pl.DataFrame(list(keys), schema={"kind": pl.String, "id": pl.String}, orient="row")


def canonical(document: object) -> bytes:
    """Return canonical JSON: UTF-8, sorted keys, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_TO_ESCAPE = r'["\\\x00-\x1f]'


def goes_plain(texts: pl.Series) -> bool:
    """Say whether texts stand in JSON as they are, between quotation marks: most do, and need no encoder."""
    return not texts.str.contains(_TO_ESCAPE).any()


def json_text(column: str) -> pl.Expr:
    """Return a column as canonical JSON text, value by value."""
    return pl.struct(pl.col(column).alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")


def lines(operations: pl.DataFrame, *, with_held: bool) -> pl.Series:
    """Return operations as canonical JSON, one text per operation, in the order given; ``with_held`` as plans carry it."""
    ident = pl.format('"{}"', "id") if goes_plain(operations["id"]) else json_text("id")
    if not with_held:
        line = pl.format('{{"changes":{},"id":{},"kind":"{}","op":"{}"}}', "changes", ident, "kind", "op")
    else:
        held = pl.when("held").then(pl.lit("true")).otherwise(pl.lit("false"))
        line = pl.format(
            '{{"changes":{},"held":{},"id":{},"kind":"{}","op":"{}"}}', "changes", held, ident, "kind", "op"
        )
    return operations.select(line.alias("line")).to_series()


def count_operations(operations: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return ``{student: {op: n}, parent: {...}, records: {...}}`` of the operations."""
    counts = {kind: dict.fromkeys(ACCOUNT_OPS, 0) for kind in ACCOUNT_KINDS}
    counts["records"] = dict.fromkeys(RECORD_OPS, 0)
    for kind, op, number in operations.group_by("kind", "op").agg(pl.len()).iter_rows():
        counted = "update" if (kind, op) == (RENEWED_RECORD, "renew") else op
        counts["records" if kind in RECORD_SCHEMAS else kind][counted] += number
    return counts
