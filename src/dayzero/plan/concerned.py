"""Whom what is held concerns, and what becomes of them once it is released: the plan beside the one without the hold. Pure.

No rule says it a second time: who is held by a limit, by what hangs on it, or moves on with the year all the same, is whoever
the plan would treat otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from dayzero.gradebook import OPERATION_SCHEMA, RENEWED_RECORD
from dayzero.plan.affected import table
from dayzero.plan.cascade import lost_years
from dayzero.plan.limits import IDENTITY
from dayzero.plan.model import Plan

__all__ = ["Concerned", "concerned"]


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={**OPERATION_SCHEMA, "held": pl.Boolean, "reason": pl.String})


@dataclass(frozen=True)
class Concerned:
    """``operations``: what becomes of each person who is held once everything is released, one row each, with the ``reason``.
    ``by``: by what ``--allow`` names, who (``KEY``) waits for just that, were everything else released."""

    operations: pl.DataFrame = field(default_factory=_nothing)
    by: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def concerned(now: Plan, without: Callable[[Collection[str]], Plan]) -> Concerned:
    """Return whom what is held in a plan concerns. ``without``: the same plan with some of it released.

    One more plan for each thing that is held and one for all of it; none where nothing is.
    """
    ops = sorted({one.op for one in now.waiting})
    if not ops:
        return Concerned()
    free = without(ops)
    waits = _otherwise(free, now)
    by = {op: _otherwise(free, without([o for o in ops if o != op])) for op in ops} if len(ops) > 1 else {ops[0]: waits}
    return Concerned(waits, {op: rows.select("kind", person_id="id") for op, rows in by.items()})


def _otherwise(free: Plan, held: Plan) -> pl.DataFrame:
    """Return what goes in ``free`` and not so in ``held``, of each person once: of the account, else the year that goes."""
    same = ["kind", "id", "op", "changes"]
    going = free.going.join(held.going.select(same), on=same, how="anti", maintain_order="left")
    if free.change_of_year is not None:
        # Whoever goes on with the year all the same is not held for what the calendar moves.
        moves = going.filter(~_told()).join(held.going, on=["kind", "id"], how="semi")
        going = going.join(moves, on=["kind", "id"], how="anti", maintain_order="left")
    years = going.filter(pl.col("kind") == RENEWED_RECORD, pl.col("id").is_in(lost_years(going)["id"].implode()))
    accounts = table(replace(free, operations=going))
    records = table(replace(free, operations=years.with_columns(kind=pl.lit("student"))))
    both = pl.concat([accounts, records.join(accounts, on=["kind", "id"], how="anti", maintain_order="left")])
    return both.with_columns(held=pl.lit(value=True))


def _told() -> pl.Expr:
    """Return which operations change more than the calendar does. Exact on canonical JSON, as in ``limits``."""
    fields = [pl.col("changes").str.contains(f'"{name}":[', literal=True) for name in (*IDENTITY, "children")]
    return (pl.col("op") != "update") | pl.any_horizontal(fields)
