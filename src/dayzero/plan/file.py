"""A plan as text: NDJSON, a header and the operations. Whoever wrote it, what is read from it is a plan or an error.

``plan_id`` is the SHA-256 of the header and the operations sorted by kind and id, one line each in canonical JSON (UTF-8,
sorted keys, no spaces), each ended by a newline, the header without ``plan_id``. The service opens the files.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import polars as pl
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from dayzero.errors import StalePlanError, UsageError
from dayzero.gradebook import (
    ACCOUNT_FIELDS,
    ACCOUNT_KINDS,
    ACCOUNT_OPS,
    ACCOUNT_SCHEMA,
    RECORD_OPS,
    RECORD_SCHEMAS,
    RENEWED_RECORD,
    canonical,
    lines,
)
from dayzero.plan.encoding import operations_frame
from dayzero.plan.model import PLAN_SCHEMA, Header, Plan, bare_plan

__all__ = ["plan_id_of", "plan_of_text", "text_of_plan"]

_SLICE = 8_192


def plan_id_of(header: Header, operations: pl.DataFrame) -> str:
    """Return the SHA-256 of header and operations in canonical JSON."""
    digest = hashlib.sha256(canonical(header.document()) + b"\n")
    for part in _ndjson(operations):
        digest.update(part)
    return digest.hexdigest()


def text_of_plan(plan: Plan) -> Iterator[bytes]:
    """Yield the text of a plan's file, a piece at a time."""
    yield canonical({**plan.header.document(), "plan_id": plan.plan_id}) + b"\n"
    yield from _ndjson(plan.operations)


def _ndjson(operations: pl.DataFrame) -> Iterator[bytes]:
    for part in operations.iter_slices(_SLICE):
        buffer = io.BytesIO()
        lines(part, with_held=True).to_frame().write_csv(buffer, include_header=False, quote_style="never")
        yield buffer.getvalue()


def plan_of_text(text: bytes, name: str) -> Plan:
    """Return the plan in a file's text; ``name`` is what messages call it.

    Raises UsageError for what is no plan, StalePlanError for a plan that is not the one that was reviewed.
    """
    try:
        first, _, rest = text.partition(b"\n")
        document = msgspec.json.decode(first, type=dict[str, Any])
        _require_schema(name, document)
        named = msgspec.convert(document, _Named).plan_id
        header = msgspec.convert({k: v for k, v in document.items() if k != "plan_id"}, Header)
        operations = _operations(rest)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{name} is not a dayzero plan: {error}.", remedy="Make one with `dayzero plan --out FILE`."
        ) from error
    computed = plan_id_of(header, operations)
    if computed != named:
        raise StalePlanError(
            f"The plan {name} was changed after it was made: its lines hash to {computed[:12]}…, it says {named[:12]}….",
            remedy="Plan and review again.",
            plan_id=named,
            computed=computed,
        )
    return bare_plan(header, operations, named)


class _Named(Struct):
    plan_id: str


def _require_schema(name: str, document: dict[str, Any]) -> None:
    if document.get("schema") != PLAN_SCHEMA:
        raise UsageError(
            f"{name} has the plan schema {document.get('schema')!r}; this dayzero reads {PLAN_SCHEMA}.",
            remedy="Plan again.",
        )


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
_KINDS = [_operation_of(kind, ACCOUNT_OPS, _ACCOUNT) for kind in ACCOUNT_KINDS] + [
    _operation_of(
        kind,
        (*RECORD_OPS, *(["renew"] if kind == RENEWED_RECORD else [])),
        {f: t for f, t in schema.items() if f != "id"},
    )
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
