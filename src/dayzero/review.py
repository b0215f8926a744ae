"""The plan as people and files see it: what was reviewed is what runs.

A plan file is NDJSON: a header, then the operations sorted by kind and id. ``plan_id`` is the SHA-256 of those lines in
canonical JSON (UTF-8, sorted keys, no spaces), each ended by a newline, the header without ``plan_id``.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from dayzero.eligibility import remedy_of
from dayzero.errors import RefusedError, UsageError
from dayzero.limits import Breach, Suspicion
from dayzero.plan import OPERATION_SCHEMA, RECORD_SCHEMAS, lines
from dayzero.plugin import Finding

__all__ = [
    "PLAN_SCHEMA",
    "Plan",
    "Reviewed",
    "bare_plan",
    "operations_frame",
    "plan_document",
    "read_plan",
    "write_plan",
]

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
        for part in self.operations.iter_slices(_SLICE):
            digest.update(_ndjson(lines(part, with_held=True)))
        return digest.hexdigest()


@dataclass(frozen=True)
class Plan:
    """A plan with all there is to say about it.

    ``withheld``: ``kind``, ``person_id``, ``reason``, ``detail``, ``account``. ``unreadable``: ``kind``, ``person_id``,
    ``table``, ``row``. ``unchanged``: accounts per kind, not disabled, that no operation touches.
    ``rows``: the rows read per table, kept as the measure of the next read; empty for a plan that no read was made for.
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
    rows: Mapping[str, int] = field(default_factory=dict)
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


def _ndjson(texts: pl.Series) -> bytes:
    buffer = io.BytesIO()
    texts.to_frame().write_csv(buffer, include_header=False, quote_style="never")
    return buffer.getvalue()


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


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan file, readable by its owner alone: it names children."""
    header = canonical({**plan.reviewed.header, "plan_id": plan.plan_id})
    temporary = path.with_name(f".{path.name}.partial")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    with temporary.open("wb") as file:
        file.write(header + b"\n")
        for part in plan.operations.iter_slices(_SLICE):
            file.write(_ndjson(lines(part, with_held=True)))
    temporary.replace(path)


def read_plan(path: Path) -> tuple[Reviewed, str]:
    """Return a plan file's content and its plan_id; raise RefusedError where the file is not what was reviewed."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Cannot read the plan {path}: {error.strerror}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    try:
        first, _, rest = raw.partition(b"\n")
        header = msgspec.json.decode(first, type=dict[str, Any])
        named = header.pop("plan_id")
        reviewed = Reviewed(header, _operations(rest))
    except (msgspec.DecodeError, KeyError, ValueError) as error:
        raise UsageError(
            f"{path} is not a dayzero plan: {error}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    if header.get("schema") != PLAN_SCHEMA:
        raise UsageError(
            f"{path} has the plan schema {header.get('schema')!r}; this dayzero reads {PLAN_SCHEMA}.",
            remedy="Plan again.",
        )
    computed = reviewed.plan_id
    if computed != named:
        raise RefusedError(
            f"The plan {path} was changed after it was made: its lines hash to {computed[:12]}…, it says {named[:12]}….",
            remedy="Plan and review again.",
            plan_id=named,
            computed=computed,
        )
    return reviewed, named


class _Operation(msgspec.Struct, forbid_unknown_fields=True):
    op: str
    kind: str
    id: str
    changes: dict[str, tuple[Any, Any]]
    held: bool


def _operations(raw: bytes) -> pl.DataFrame:
    decoded = msgspec.json.Decoder(_Operation).decode_lines(raw)
    return operations_frame(((o.op, o.kind, o.id, o.changes) for o in decoded), held=[o.held for o in decoded])


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
