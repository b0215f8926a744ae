"""What the portal has, as this side last saw or wrote it: it need not be listed again, and what others changed shows.

A portal's revision moves only when something is committed or an admin edits a synced field, so at the same
revision the copy is the portal. Pure; the journal keeps the copy.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import polars as pl

from dayzero.gradebook import (
    ACCOUNT_FIELDS,
    ACCOUNT_KINDS,
    ACCOUNT_SCHEMA,
    RECORD_SCHEMAS,
    Drift,
    Key,
    PortalView,
    of_keys,
    of_kind,
    working,
)

__all__ = ["after", "decoded", "drift", "encoded", "kept_after", "lost_accounts"]

_SLICE = 8_192


def encoded(view: PortalView, kept: Iterable[Drift]) -> dict[str, bytes]:
    """Return a view, and the drift that is kept, as named bytes."""
    frames = {"accounts": view.accounts, **view.records}
    return {**{name: _bytes(frame) for name, frame in frames.items()}, "kept": msgspec.json.encode(list(kept))}


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    # In one batch, so that it is read in one piece: columns of another cut would be put together anew wherever they meet.
    frame.write_ipc(buffer, compression="zstd", record_batch_size=max(1, frame.height))
    return buffer.getvalue()


def decoded(revision: str, parts: Mapping[str, bytes]) -> tuple[PortalView, list[Drift]]:
    """Return what ``encoded`` was given."""
    frames = {name: pl.read_ipc(io.BytesIO(body)) for name, body in parts.items() if name != "kept"}
    accounts = frames.pop("accounts")
    # Kept by an earlier version, some have columns fewer.
    records = {kind: _completed(frame, RECORD_SCHEMAS[kind]) for kind, frame in frames.items()}
    view = PortalView(revision, _completed(accounts, ACCOUNT_SCHEMA), records)
    return view, msgspec.json.decode(parts["kept"], type=list[Drift])


def _completed(frame: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return a frame with the columns of ``schema`` that it lacks, empty."""
    lacking = {name: dtype for name, dtype in schema.items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in lacking.items())


def after(
    view: PortalView,
    operations: pl.DataFrame,
    rejected: Collection[Key],
    revision: str,
    made: Callable[[str], pl.DataFrame] | None = None,
    *,
    at: str | None = None,
) -> PortalView:
    """Return the view after a commit of ``operations`` at which ``rejected`` (kind, id) were refused.

    ``at``: when that was. ``made``: gives, by kind, what those that create were made from, where that is at hand: else they are decoded.
    """
    done = operations.select("kind", "id", "op", "changes")
    if rejected:
        done = done.join(of_keys(rejected), on=["kind", "id"], how="anti", maintain_order="left")
    status = pl.col("op").replace_strict(_STATUS_AFTER, default=None, return_dtype=pl.String)
    accounts = []
    for kind in sorted(ACCOUNT_KINDS):
        there, mine = of_kind(view.accounts, kind), done.filter(pl.col("kind") == kind)
        mine = mine.rename({"id": "person_id"}).with_columns(
            status=status, disabled_at=pl.when(pl.col("op") == "disable").then(pl.lit(at, dtype=pl.String))
        )
        accounts.append(_rows_after(there, mine, "person_id", _ACCOUNT, made and partial(made, kind)))
    records = {}
    for kind, rows in view.records.items():
        mine = done.filter(pl.col("kind") == kind)
        gone = mine.filter(pl.col("op") == "remove")["id"]
        staying = rows.filter(~pl.col("id").is_in(gone.implode()))
        schema = {f: t for f, t in RECORD_SCHEMAS[kind].items() if f != "id"}
        records[kind] = _rows_after(staying, mine, "id", schema, made and partial(made, kind))
    return PortalView(revision, pl.concat(accounts, rechunk=True), records)


_STATUS_AFTER = {"create": "pending", "renew": "pending", "enable": "active", "disable": "disabled"}
_ACCOUNT = {f: t for f, t in ACCOUNT_SCHEMA.items() if f in ACCOUNT_FIELDS}


def _rows_after(
    rows: pl.DataFrame,
    operations: pl.DataFrame,
    key: str,
    schema: Mapping[str, Any],
    made: Callable[[], pl.DataFrame] | None,
) -> pl.DataFrame:
    """Return rows of one kind, sorted by ``key``, as operations leave them; those that remove are nobody's by now.

    ``schema``: of the fields in ``changes``; the operations may have a ``status`` besides.
    """
    comes = pl.col("op") == "create"
    if (operations["op"] == "renew").any():  # of a record that went with the former holder
        comes |= (pl.col("op") == "renew") & ~pl.col(key).is_in(rows[key].implode())
    created = operations.filter(comes)
    there = _updated(rows, operations.filter(~comes), key, schema)
    if created.is_empty():
        return there
    if made is not None:
        whole = made()
        fresh = [
            whole.filter(pl.col(key).is_in(created[key].implode()))
            .with_columns(status=pl.lit("pending"), disabled_at=pl.lit(None, dtype=pl.String))
            .select(rows.columns)
        ]
    else:
        # A slice at a time: the pairs of a whole school are a lot of memory, and before a creation there was nothing.
        fresh = [
            part.select(_second(f).alias(f) if f in schema else f for f in rows.columns)
            for part in _with_pairs(created, schema)
        ]
    return pl.concat([there, *fresh]).sort(key)


def _with_pairs(operations: pl.DataFrame, schema: Mapping[str, Any]) -> Iterator[pl.DataFrame]:
    """Yield operations with a column per field for ``changes``: ``[before, after]``, null where the field does not change."""
    pairs = pl.Struct({field: pl.List(dtype) for field, dtype in schema.items()})
    for part in operations.iter_slices(_SLICE):
        yield part.with_columns(pl.col("changes").str.json_decode(pairs)).unnest("changes")


def _updated(rows: pl.DataFrame, operations: pl.DataFrame, key: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    if operations.is_empty():
        return rows
    changed = pl.concat(_with_pairs(operations, schema))
    fields = [f for f in rows.columns if f in changed.columns and f not in (key, "kind")]
    touched = rows[key].is_in(changed[key].implode()).arg_true()
    newer = rows[touched].join(
        changed.select(key, pl.col(fields).name.suffix("_new")), on=key, how="left", maintain_order="left"
    )
    newer = newer.with_columns(
        pl.when(pl.col(f"{f}_new").is_not_null())
        .then(_second(f"{f}_new") if f in schema else f"{f}_new")
        .otherwise(f)
        .alias(f)
        for f in fields
    )
    # Only those rows are made anew, and only the columns in which any of them differs.
    last = pl.int_range(rows.height, rows.height + touched.len(), dtype=pl.get_index_type(), eager=True)
    order = pl.int_range(rows.height, dtype=pl.get_index_type(), eager=True).scatter(touched, last)
    moved = [f for f in fields if newer[f"{f}_new"].null_count() < newer.height]
    return rows.with_columns(pl.concat([rows[f], newer[f]]).gather(order) for f in moved)


def _second(pair: str) -> pl.Expr:
    return pl.col(pair).list.get(1, null_on_oob=True)


def drift(expected: PortalView, found: PortalView) -> list[Drift]:
    """Return every difference between what this side last knew and what is there."""
    differing: list[Drift] = []
    for kind in ACCOUNT_KINDS:
        differing += _differences(kind, _accounts_of(kind, expected), _accounts_of(kind, found))
    for kind in RECORD_SCHEMAS:
        differing += _differences(kind, expected.records[kind], found.records[kind])
    return differing


def _accounts_of(kind: str, view: PortalView) -> pl.DataFrame:
    """Return the accounts of a kind keyed by ``id``; a first sign-in changes no ``status``: it is no drift."""
    works = pl.when(pl.col("status") == "disabled").then(pl.lit("disabled")).otherwise(pl.lit("working"))
    rows = view.accounts.filter(pl.col("kind") == kind).with_columns(status=works)
    return rows.drop("kind", "disabled_at").rename({"person_id": "id"})


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


def lost_accounts(expected: PortalView, found: PortalView) -> pl.DataFrame:
    """Return the accounts (``kind``, ``person_id``) that worked when this side last looked, and are not there at all."""
    key = ["kind", "person_id"]
    return working(expected.accounts).select(key).join(found.accounts, on=key, how="anti")


def kept_after(kept: Iterable[Drift], newer: Iterable[Drift]) -> list[Drift]:
    """Return what is kept once newer drift is kept too: the latest word on each field."""
    latest = {(d.kind, d.id, d.field): replace(d, kept=True) for d in (*kept, *newer)}
    return list(latest.values())
