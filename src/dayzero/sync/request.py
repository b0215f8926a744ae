"""What a run is asked to send, and who is asked before it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from dayzero.gradebook import Difference
from dayzero.people import Decisions
from dayzero.plan import IdMap, Plan

__all__ = ["Confirm", "SyncRequest"]


@dataclass(frozen=True)
class SyncRequest:
    """What is to be sent, and under which conditions: a fresh plan, a reviewed one, or the inverse of a run.

    ``plan_file``: exactly this plan, or nothing. ``expect``: the id of the plan that was looked at, a fresh one's too: another
    is refused. ``undo``: take this run back. ``send_scheduling_year``: save the setting, and plan with it. ``id_map``: accept
    it, and plan with it. ``decisions``: answers to doubts, likewise; both may be files. ``allow``: op -> exactly how many held operations to release. ``wait_seconds``: for another
    run to end. ``take_over``: go on from here, whoever synced last.
    """

    plan_file: Path | None = None
    expect: str | None = None
    undo: str | None = None
    send_scheduling_year: bool | None = None
    id_map: Path | IdMap | None = None
    decisions: Path | Decisions | None = None
    allow: Mapping[str, int] = field(default_factory=dict)
    wait_seconds: float = 0.0
    take_over: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is the All Data sync of every night: nothing beside the configuration is said."""
        beside = (self.plan_file, self.expect, self.undo, self.id_map, self.decisions, self.send_scheduling_year)
        return not self.allow and not self.take_over and all(said is None for said in beside)


Confirm: TypeAlias = Callable[[Plan, tuple[Difference, ...]], bool]
"""Asked before anything is sent, with the plan and what an undo leaves alone."""
