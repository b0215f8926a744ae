"""What the portal has, as this side last saw or wrote it: it need not be listed again, and what others changed shows.

A portal's revision moves only when something is committed or an admin edits a synced field (DESIGN 7), so at the same
revision the copy is the portal. Pure; the journal keeps the copy.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import polars as pl

from dayzero.plan.changes import ACCOUNT_FIELDS, ACCOUNT_SCHEMA, RECORD_SCHEMAS
from dayzero.plan.model import canonical

__all__ = ["Drift", "PortalView", "after", "decoded", "drift", "encoded", "kept_after", "spare"]

Key = tuple[str, str]
_SLICE = 8_192


@dataclass(frozen=True)
class PortalView:
    """What the portal has: its revision, the accounts (``ACCOUNT_SCHEMA``) and the records by kind."""

    revision: str
    accounts: pl.DataFrame
    records: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Drift:
    """A difference someone else made. ``field`` None: the account or record as a whole; ``kept``: it is left as it is."""

    kind: str
    id: str
    field: str | None
    expected: Any
    found: Any
    kept: bool = False


def encoded(view: PortalView, kept: Iterable[Drift]) -> dict[str, bytes]:
    """Return a view, and the drift that is kept, as named bytes."""
    frames = {"accounts": view.accounts, **view.records}
    return {**{name: _bytes(frame) for name, frame in frames.items()}, "kept": msgspec.json.encode(list(kept))}


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def decoded(revision: str, parts: Mapping[str, bytes]) -> tuple[PortalView, list[Drift]]:
    """Return what ``encoded`` was given."""
    frames = {name: pl.read_ipc(io.BytesIO(body)) for name, body in parts.items() if name != "kept"}
    view = PortalView(revision, frames.pop("accounts"), frames)
    return view, msgspec.json.decode(parts["kept"], type=list[Drift])


def after(view: PortalView, operations: pl.DataFrame, rejected: Collection[Key], revision: str) -> PortalView:
    """Return the view after a commit of ``operations`` at which ``rejected`` (kind, id) were refused."""
    refused = pl.DataFrame(list(rejected), schema={"kind": pl.String, "id": pl.String}, orient="row")
    done = operations.join(refused, on=["kind", "id"], how="anti")
    accounts = _accounts_after(view.accounts, done.filter(pl.col("kind").is_in(["student", "parent"])))
    records = {
        kind: _records_after(kind, rows, done.filter(pl.col("kind") == kind)) for kind, rows in view.records.items()
    }
    return PortalView(revision, accounts, records)


def _accounts_after(accounts: pl.DataFrame, operations: pl.DataFrame) -> pl.DataFrame:
    if operations.is_empty():
        return accounts
    schema = {f: t for f, t in ACCOUNT_SCHEMA.items() if f in ACCOUNT_FIELDS}
    changed = _values(operations, schema).rename({"id": "person_id"})
    status = {"create": "pending", "enable": "active", "disable": "disabled"}
    changed = changed.with_columns(status=pl.col("op").replace_strict(status, default=None, return_dtype=pl.String))
    there = _updated(accounts, changed.filter(pl.col("op") != "create"), ["kind", "person_id"], [*schema, "status"])
    fresh = _fresh(changed.filter(pl.col("op") == "create"), ACCOUNT_SCHEMA)
    return pl.concat([there, fresh]).sort("kind", "person_id")


def _records_after(kind: str, records: pl.DataFrame, operations: pl.DataFrame) -> pl.DataFrame:
    if operations.is_empty():
        return records
    schema = {f: t for f, t in RECORD_SCHEMAS[kind].items() if f != "id"}
    changed = _values(operations, schema)
    staying = records.join(changed.filter(pl.col("op") == "remove"), on="id", how="anti")
    there = _updated(staying, changed.filter(pl.col("op") == "update"), ["id"], list(schema))
    fresh = _fresh(changed.filter(pl.col("op") == "create"), RECORD_SCHEMAS[kind])
    return pl.concat([there, fresh]).sort("id")


def _values(operations: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return ``op``, ``kind``, ``id`` and a column per field: ``[before, after]``, null where the field does not change."""
    pairs = pl.Struct({field: pl.List(dtype) for field, dtype in schema.items()})
    parts = [
        part.select("op", "kind", "id", pl.col("changes").str.json_decode(pairs).alias("pairs")).unnest("pairs")
        for part in operations.iter_slices(_SLICE)
    ]
    return pl.concat(parts)


def _updated(rows: pl.DataFrame, changed: pl.DataFrame, key: list[str], fields: list[str]) -> pl.DataFrame:
    if changed.is_empty():
        return rows
    beside = rows.join(
        changed.select(*key, pl.col(fields).name.suffix("_new")), on=key, how="left", maintain_order="left"
    )
    values = [
        pl.when(pl.col(f"{f}_new").is_not_null())
        .then(f"{f}_new" if f == "status" else _second(f"{f}_new"))
        .otherwise(f)
        for f in fields
    ]
    return beside.with_columns(value.alias(f) for f, value in zip(fields, values, strict=True)).select(rows.columns)


def _fresh(created: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    plain = ("kind", "person_id", "id", "status")
    return created.select(pl.col(f) if f in plain else _second(f).alias(f) for f in schema)


def _second(pair: str) -> pl.Expr:
    return pl.col(pair).list.get(1, null_on_oob=True)


def drift(expected: PortalView, found: PortalView) -> list[Drift]:
    """Return every difference between what this side last knew and what is there."""
    status = (
        pl.when(pl.col("status") == "disabled").then(pl.lit("disabled")).otherwise(pl.lit("working")).alias("status")
    )
    pairs = [(e.with_columns(status), f.with_columns(status)) for e, f in [(expected.accounts, found.accounts)]]
    differing = []
    for kind in ("student", "parent"):
        mine, theirs = (
            side.filter(pl.col("kind") == kind).drop("kind").rename({"person_id": "id"}) for side in pairs[0]
        )
        differing += _differences(kind, mine, theirs)
    for kind in RECORD_SCHEMAS:
        differing += _differences(kind, expected.records[kind], found.records[kind])
    return differing


def _differences(kind: str, expected: pl.DataFrame, found: pl.DataFrame) -> list[Drift]:
    gone = expected.join(found, on="id", how="anti")["id"]
    come = found.join(expected, on="id", how="anti")["id"]
    differing = [Drift(kind, ident, None, "there", None) for ident in gone]
    differing += [Drift(kind, ident, None, None, "there") for ident in come]
    both = expected.join(found, on="id", suffix="_found")
    for field in (f for f in expected.columns if f != "id"):
        rows = both.filter(pl.col(field).ne_missing(pl.col(f"{field}_found"))).select("id", field, f"{field}_found")
        differing += [Drift(kind, ident, field, mine, theirs) for ident, mine, theirs in rows.iter_rows()]
    return differing


def kept_after(kept: Iterable[Drift], newer: Iterable[Drift]) -> list[Drift]:
    """Return what is kept once newer drift is kept too: the latest word on each field."""
    latest = {(d.kind, d.id, d.field): replace(d, kept=True) for d in (*kept, *newer)}
    return list(latest.values())


def spare(operations: pl.DataFrame, kept: Iterable[Drift]) -> pl.DataFrame:
    """Return the operations without those that would repair what is kept."""
    fields: dict[Key, set[str | None]] = {}
    for d in kept:
        fields.setdefault((d.kind, d.id), set()).add(d.field)
    if not fields:
        return operations
    concerned = pl.DataFrame(list(fields), schema={"kind": pl.String, "id": pl.String}, orient="row")
    others = operations.join(concerned, on=["kind", "id"], how="anti")
    rows = []
    for row in operations.join(concerned, on=["kind", "id"], how="semi").iter_rows(named=True):
        left_alone = fields[row["kind"], row["id"]]
        changes = {f: pair for f, pair in json.loads(row["changes"]).items() if f not in left_alone}
        whole = None in left_alone or ("status" in left_alone and row["op"] in ("enable", "disable"))
        if not whole and (changes or row["op"] != "update"):
            rows.append({**row, "changes": canonical(changes).decode()})
    return pl.concat([others, pl.DataFrame(rows, schema=operations.schema)])
