"""A plan as a file: NDJSON, a header and the operations. Whoever wrote it, what is read from it is a plan or an error."""

from __future__ import annotations

from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import polars as pl
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from dayzero.errors import RefusedError, UsageError
from dayzero.files import whole_file
from dayzero.plan.changes import ACCOUNT_FIELDS, ACCOUNT_SCHEMA, RECORD_SCHEMAS
from dayzero.plan.model import ACCOUNT_OPS, PLAN_SCHEMA, RECORD_OPS, Plan, Reviewed, canonical, operations_frame

__all__ = ["read_plan", "write_plan"]


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan file. Raises UsageError where it cannot be written."""
    header = canonical({**plan.reviewed.header, "plan_id": plan.plan_id})
    with whole_file(path) as file:
        file.write(header + b"\n")
        file.writelines(plan.reviewed.ndjson())


def read_plan(path: Path) -> tuple[Reviewed, str]:
    """Return a plan file's content and its plan_id.

    Raises UsageError for what is no plan, RefusedError for a plan that is not the one that was reviewed.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Cannot read the plan {path}: {error.strerror}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    try:
        first, _, rest = raw.partition(b"\n")
        header = msgspec.json.decode(first, type=dict[str, Any])
        _require_schema(path, header)
        msgspec.convert(header, _Header)
        named = header.pop("plan_id")
        reviewed = Reviewed(header, _operations(rest))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is not a dayzero plan: {error}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    computed = reviewed.plan_id
    if computed != named:
        raise RefusedError(
            f"The plan {path} was changed after it was made: its lines hash to {computed[:12]}…, it says {named[:12]}….",
            remedy="Plan and review again.",
            plan_id=named,
            computed=computed,
        )
    return reviewed, named


def _require_schema(path: Path, header: dict[str, Any]) -> None:
    if header.get("schema") != PLAN_SCHEMA:
        raise UsageError(
            f"{path} has the plan schema {header.get('schema')!r}; this dayzero reads {PLAN_SCHEMA}.",
            remedy="Plan again.",
        )


class _Header(Struct):
    """What a header must have, and what it may say of people."""

    plan_id: str
    school: str
    portal: str
    send_scheduling_year: bool
    settings_digest: str
    base_revision: str
    undoes: str | UnsetType = UNSET
    shrunk: dict[str, tuple[int, int]] | UnsetType = UNSET
    rekeyed: dict[str, dict[str, str]] | UnsetType = UNSET
    reasons: dict[str, dict[str, list[str]]] | UnsetType = UNSET


_PYTHON: dict[Any, Any] = {
    pl.String: str,
    pl.Boolean: bool,
    pl.Float64: float,
    pl.List(pl.String): list[str],
}
"""What a field of a type is in JSON."""


def _operation_of(kind: str, ops: tuple[str, ...], fields: dict[str, Any]) -> type[Struct]:
    """Return the type of an operation on ``kind``: which ops, and which fields change from and to what."""
    pairs = [(name, GenericAlias(tuple, (_PYTHON[of] | None,) * 2) | UnsetType, UNSET) for name, of in fields.items()]
    return defstruct(
        f"Operation on {kind}",
        [
            ("op", Literal[ops]),
            ("id", Annotated[str, Meta(min_length=1)]),
            ("changes", defstruct(f"Changes of {kind}", pairs, forbid_unknown_fields=True)),
            ("held", bool),
        ],
        tag_field="kind",
        tag=kind,
        forbid_unknown_fields=True,
    )


_ACCOUNT = {field: ACCOUNT_SCHEMA[field] for field in ACCOUNT_FIELDS}
_KINDS = [_operation_of(kind, ACCOUNT_OPS, _ACCOUNT) for kind in ("student", "parent")] + [
    _operation_of(kind, RECORD_OPS, {f: t for f, t in schema.items() if f != "id"})
    for kind, schema in RECORD_SCHEMAS.items()
]


class _Operation(Struct):
    op: str
    kind: str
    id: str
    changes: dict[str, tuple[Any, Any]]
    held: bool


def _operations(raw: bytes) -> pl.DataFrame:
    """Return the operations; raise ValueError or msgspec.DecodeError where one cannot be."""
    union: Any = _KINDS[0]
    for kind in _KINDS[1:]:
        union |= kind
    msgspec.json.Decoder(union).decode_lines(raw)
    decoded = msgspec.json.Decoder(_Operation).decode_lines(raw)
    keys = {(o.kind, o.id) for o in decoded}
    if len(keys) < len(decoded):
        raise ValueError("two operations are on the same account or record")
    return operations_frame(((o.op, o.kind, o.id, o.changes) for o in decoded), held=[o.held for o in decoded])
