"""The plan as people and files see it: what was reviewed is what runs.

``plan_id`` is the SHA-256 of a header and the operations sorted by kind and id, one line each in canonical JSON (UTF-8,
sorted keys, no spaces), each ended by a newline, the header without ``plan_id``. ``planfile`` keeps those lines.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec
import polars as pl

from dayzero.people.eligibility import remedy_of
from dayzero.plan.changes import OPERATION_SCHEMA, RECORD_SCHEMAS, lines
from dayzero.plan.limits import Breach, Suspicion
from dayzero.plugin import Finding

__all__ = ["PLAN_SCHEMA", "Plan", "Reviewed", "bare_plan", "canonical", "operations_frame", "plan_document"]

PLAN_SCHEMA = "dayzero-plan/1"
ACCOUNT_OPS = ("create", "update", "disable", "enable")
_SLICE = 8_192
RECORD_OPS = ("create", "update", "remove")


@dataclass(frozen=True)
class Reviewed:
    """What a plan file binds: the header and the operations, ``OPERATION_SCHEMA`` with ``held``, sorted by kind and id."""

    header: Mapping[str, Any]
    operations: pl.DataFrame

    @property
    def plan_id(self) -> str:
        """The SHA-256 of header and operations in canonical JSON."""
        digest = hashlib.sha256(canonical(self.header) + b"\n")
        for part in self.ndjson():
            digest.update(part)
        return digest.hexdigest()

    def ndjson(self) -> Iterator[bytes]:
        """Yield the operations as canonical NDJSON, a slice at a time."""
        for part in self.operations.iter_slices(_SLICE):
            buffer = io.BytesIO()
            lines(part, with_held=True).to_frame().write_csv(buffer, include_header=False, quote_style="never")
            yield buffer.getvalue()


@dataclass(frozen=True)
class Plan:
    """A plan with all there is to say about it.

    ``withheld``: ``kind``, ``person_id``, ``reason``, ``detail``, ``account``. ``unreadable``: ``kind``, ``person_id``,
    ``table``, ``row``. ``unchanged``: accounts per kind, not disabled, that no operation touches.
    ``measure``: of the read, for the next one to be held against; empty for a plan that no read was made for.
    ``drift``: what others changed on the portal since the last run. ``listed``: whether the portal was listed for it.
    ``rejected_before``: what the portal rejected and would again; it is not sent. ``estimated_seconds``: by earlier syncs.
    """

    reviewed: Reviewed
    plan_id: str
    held: tuple[Breach, ...]
    withheld: pl.DataFrame
    unreadable: pl.DataFrame
    findings: tuple[Finding, ...]
    unchanged: Mapping[str, int] = field(default_factory=dict)
    partial: tuple[str, ...] = ()
    measure: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[Mapping[str, Any], ...] = ()
    listed: bool = True
    rejected_before: tuple[Mapping[str, Any], ...] = ()
    estimated_seconds: float | None = None

    @property
    def operations(self) -> pl.DataFrame:
        """The operations, held ones included."""
        return self.reviewed.operations

    @property
    def rows_left_out(self) -> bool:
        """Whether source rows were left out by an error."""
        return any(f.severity == "error" for f in self.findings)


def bare_plan(reviewed: Reviewed, plan_id: str, held: Iterable[Breach]) -> Plan:
    """Return a plan of which only the operations are known: one read from a file, or the inverse of a run."""
    nobody = pl.DataFrame(schema=dict.fromkeys(("kind", "person_id", "reason", "detail", "account"), pl.String))
    unread = pl.DataFrame(schema={"kind": pl.String, "person_id": pl.String, "table": pl.String, "row": pl.Int64})
    return Plan(reviewed, plan_id, tuple(held), nobody, unread, (), {})


def canonical(document: object) -> bytes:
    """Return canonical JSON: UTF-8, sorted keys, no spaces."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def count_operations(operations: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return ``{student: {op: n}, parent: {...}, records: {...}}`` of the operations."""
    counts = {
        "student": dict.fromkeys(ACCOUNT_OPS, 0),
        "parent": dict.fromkeys(ACCOUNT_OPS, 0),
        "records": dict.fromkeys(RECORD_OPS, 0),
    }
    for kind, op, number in operations.group_by("kind", "op").agg(pl.len()).iter_rows():
        counts["records" if kind in RECORD_SCHEMAS else kind][op] += number
    return counts


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the document of ``plan --json`` (DESIGN 6). Operations are ready-made JSON (``msgspec.Raw``)."""
    header = plan.reviewed.header
    counts = count_operations(plan.operations)
    for kind in ("student", "parent"):
        counts[kind]["unchanged"] = plan.unchanged.get(kind, 0)
    return {
        "plan_id": plan.plan_id,
        "school": header["school"],
        "base_revision": header["base_revision"],
        "send_scheduling_year": header["send_scheduling_year"],
        "counts": counts,
        "withheld": withheld_rows(plan.withheld),
        "unreadable": plan.unreadable.to_dicts(),
        "findings": [asdict(f) for f in plan.findings],
        "held": [asdict(b) for b in plan.held],
        "partial": list(plan.partial),
        "drift": list(plan.drift),
        "listed": plan.listed,
        "rejected_before": list(plan.rejected_before),
        "estimated_seconds": plan.estimated_seconds,
        **Suspicion.of(header).facts(),
        "operations": [msgspec.Raw(line.encode()) for line in lines(plan.operations, with_held=True)],
    }


def withheld_rows(withheld: pl.DataFrame) -> list[dict[str, Any]]:
    """Return withheld people as documents, each with its remedy."""
    return [{**row, "remedy": remedy_of(row["kind"], row["reason"])} for row in withheld.iter_rows(named=True)]


def withheld_by_reason(withheld: pl.DataFrame) -> dict[str, int]:
    """Return how many people are withheld for each reason, most frequent first."""
    counted = withheld.group_by("reason").agg(pl.len().alias("n")).sort(["n", "reason"], descending=[True, False])
    return dict(counted.iter_rows())


def operations_frame(
    operations: Iterable[tuple[str, str, str, Mapping[str, tuple[Any, Any]]]], *, held: list[bool] | None = None
) -> pl.DataFrame:
    """Return ``OPERATION_SCHEMA`` with ``held`` of (op, kind, id, changes); nothing is held where ``held`` is left out."""
    rows = [
        (op, kind, i, canonical(changes).decode(), _counted(op, kind, changes)) for op, kind, i, changes in operations
    ]
    frame = pl.DataFrame(rows, schema=OPERATION_SCHEMA, orient="row")
    return frame.with_columns(held=pl.Series(held or [False] * len(rows), dtype=pl.Boolean))


def _counted(op: str, kind: str, changes: Mapping[str, tuple[Any, Any]]) -> bool:
    """Say whether limits count an operation, from its changes alone (DESIGN 5)."""
    if kind in RECORD_SCHEMAS:
        return False
    if op != "update":
        return op in ("create", "disable")
    before, after = changes.get("children", ([], []))
    lost = set(before or ()) - set(after or ())
    return bool(lost) or not {"login", "given_name", "family_name"}.isdisjoint(changes)


def operations_of(plan: Plan, person_id: str) -> Iterator[dict[str, Any]]:
    """Yield the operations on one person's account, decoded."""
    rows = plan.operations.filter(pl.col("id") == person_id, pl.col("kind").is_in(["student", "parent"]))
    for line in lines(rows, with_held=True):
        yield msgspec.json.decode(line)
