"""A plan of which nothing is sent, as named bytes: where nothing changed, it is the answer again. Pure; the journal keeps it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
import polars as pl

from dayzero.gradebook import ACCOUNT_KINDS, Rejection, count_operations
from dayzero.plan.file import plan_id_of
from dayzero.plan.limits import Breach
from dayzero.plan.model import Header, Plan
from dayzero.plan.withheld import withheld_by_reason

__all__ = ["Facts", "encoded", "facts_of", "settled"]

_TABLES = ("operations", "withheld", "unreadable", "findings")


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told of a plan before any of its tables is read.

    ``reasons``: how many people are withheld, by reason. ``working``: the portal's working accounts, by kind.
    """

    header: Header
    plan_id: str
    held: tuple[Breach, ...]
    rows_left_out: bool
    unchanged: dict[str, int]
    partial: tuple[str, ...]
    measure: dict[str, int]
    rejected_before: tuple[Rejection, ...]
    reasons: dict[str, int]
    working: dict[str, int]
    remedies: dict[str, str] = {}

    def plan(self, body: Mapping[str, bytes]) -> Plan:
        """Return the plan; of ``body`` a table is read when it is asked for."""
        tables = _Kept(body)
        return Plan(
            self.header,
            tables["operations"],
            self.plan_id,
            self.held,
            tables,
            self.rows_left_out,
            self.unchanged,
            self.partial,
            self.measure,
            listed=False,
            rejected_before=self.rejected_before,
            reads=self.header.reads,
            remedies=self.remedies,
        )


def encoded(plan: Plan, working: Mapping[str, int]) -> dict[str, bytes]:
    """Return a plan as named bytes, and the portal's ``working`` accounts. What others changed on the portal is news only once, and left out."""
    facts = Facts(
        header=plan.header,
        plan_id=plan.plan_id,
        held=plan.held,
        rows_left_out=plan.rows_left_out,
        unchanged=dict(plan.unchanged),
        partial=plan.partial,
        measure=dict(plan.measure),
        rejected_before=plan.rejected_before,
        reasons=withheld_by_reason(plan),
        working=dict(working),
        remedies=dict(plan.remedies),
    )
    tables = {"operations": plan.operations, **plan.tables}
    return {"facts": msgspec.json.encode(facts), **{name: _bytes(tables[name]) for name in _TABLES}}


def settled(plan: Plan, revision: str) -> Plan:
    """Return what the plan says once all of it is done and the portal is at ``revision``: nothing is left to do."""
    header = msgspec.structs.replace(plan.header, base_revision=revision, shrunk={}, rekeyed={}, reasons={})
    nothing = plan.operations.clear()
    counts, ended = count_operations(plan.operations), pl.col("account") == "disable"
    account = pl.when(ended).then(pl.lit("none")).otherwise("account").alias("account")
    return replace(
        plan,
        header=header,
        operations=nothing,
        plan_id=plan_id_of(header, nothing),
        tables={**plan.tables, "withheld": plan.withheld.with_columns(account)},
        unchanged={
            kind: plan.unchanged.get(kind, 0) + sum(counts[kind][op] for op in _STAYS) for kind in ACCOUNT_KINDS
        },
    )


_STAYS = ("create", "update", "renew", "enable")
"""What leaves an account that works."""


def facts_of(body: Mapping[str, bytes]) -> Facts:
    """Return what ``encoded`` was given, as far as it is told at once. Raises msgspec.DecodeError for what is none."""
    return msgspec.json.decode(body["facts"], type=Facts)


class _Kept(Mapping[str, pl.DataFrame]):
    """Tables that stay bytes until they are asked for."""

    def __init__(self, body: Mapping[str, bytes]) -> None:
        self._body = body

    def __getitem__(self, name: str) -> pl.DataFrame:
        return pl.read_ipc(io.BytesIO(self._body[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(_TABLES)

    def __len__(self) -> int:
        return len(_TABLES)


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
