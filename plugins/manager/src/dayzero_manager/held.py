"""What is held, as pages tell it: by what releases it, whom it concerns, and what becomes of them then. The one count of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dayzero.plan import Breach, Plan, ReadDoubt
from dayzero_manager.words import COUNTS_PEOPLE, held_title, many

__all__ = ["DOES", "KEY", "Group", "going_by", "groups_of", "held_people", "tally"]

DOES = {"disable": "leave", "update": "change", "renew": "change", "enable": "back", "create": "appear"}
"""What an operation is to whom it is about."""
KEY = ["kind", "person_id"]


@dataclass(frozen=True)
class Group:
    """What one decision is about. ``op`` and ``number``: what releases it; ``said``: why it waits, a sentence each; ``people``: rows
    of changes, a row each person; ``shared``: how many of them wait for another decision, too; ``evidence``: who, besides, shows it.
    """

    op: str
    number: int
    said: tuple[str, ...]
    people: pl.DataFrame
    shared: int
    evidence: pl.DataFrame

    @cached_property
    def title(self) -> str:
        """What is held, as a heading."""
        return held_title(self.op, min(self.number, self.people.height) or self.number, self.number)

    @property
    def hang_on(self) -> int:
        """How many wait with those who are counted: parents of theirs, children they would lose."""
        return max(0, self.people.height - self.number) if self.op in COUNTS_PEOPLE else 0

    @cached_property
    def tally(self) -> dict[str, int]:
        """How many of them do what, once they are released."""
        return tally(self.people)


def held_people(waits: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return who is held, each once. ``waits``: what becomes of them. Who seems to have a new id counts by the one they had."""
    pairs = plan.header.rekeyed.items()
    again = pl.DataFrame([(k, new) for k, ids in pairs for new in ids.values()], schema=_KEYS, orient="row")
    return waits.join(again, on=KEY, how="anti", maintain_order="left")


_KEYS = dict.fromkeys(KEY, pl.String)


def groups_of(plan: Plan, held: pl.DataFrame, by: dict[str, pl.DataFrame], people: pl.DataFrame) -> list[Group]:
    """Return what is held, by what releases it. ``held``: see ``held_people``; ``by``: who waits for which decision."""
    found: dict[str, list[Breach | ReadDoubt]] = {}
    for one in plan.waiting:
        found.setdefault(one.op, []).append(one)
    groups = []
    for op, ones in found.items():
        mine = held.join(by.get(op, held.select(KEY).clear()), on=KEY, how="semi", maintain_order="left")
        others = pl.concat([held.select(KEY).clear(), *(keys for o, keys in by.items() if o != op)])
        evidence = people.filter(pl.col("person_id").is_in([i for one in ones for i in getattr(one, "evidence", ())]))
        groups.append(
            Group(
                op,
                int(ones[0].allow.split("=")[1]),
                tuple(map(_said, ones)),
                mine,
                mine.join(others, on=KEY, how="semi").height,
                evidence.join(mine, on=KEY, how="anti", maintain_order="left"),
            )
        )
    return groups


def going_by(groups: Sequence[Group], ops: Collection[str], by: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return who goes once just ``ops`` are released: who waits for none of the other decisions."""
    chosen = pl.concat([g.people for g in groups if g.op in ops]).unique(KEY, maintain_order=True)
    left = [keys for op, keys in by.items() if op not in ops]
    return chosen.join(pl.concat(left), on=KEY, how="anti", maintain_order="left") if left else chosen


def tally(people: pl.DataFrame) -> dict[str, int]:
    """Return how many do what, in the order of ``RELEASED``."""
    counts = dict(people.group_by("does").agg(pl.len()).iter_rows())
    return {does: counts[does] for does in ("leave", "change", "back", "appear") if does in counts}


def _said(one: Breach | ReadDoubt) -> str:
    """Return why something waits."""
    if isinstance(one, ReadDoubt) or one.op in ("change-of-year", "requests"):
        return one.said[:1].upper() + one.said[1:]
    if one.before:
        return f"{many(one.count, one.kind)} after {one.before:,} in the last seven days; a week may do that to {one.limit:,} by itself."
    return f"{many(one.count, one.kind)}; a run may do that to {one.limit:,} by itself."
