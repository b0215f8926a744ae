"""What earlier runs did, and how far the school has come by them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Protocol

from dayzero.report.fix import to_fix
from dayzero.report.model import Moment, RunRow

__all__ = ["RUNS_REPORTED", "RecordedRun", "runs_of", "trend_of"]

RUNS_REPORTED = 400
"""So many runs a report looks back, the latest ones."""
SHOWN = 12
"""So many of them it shows."""
MOMENTS = 8
"""So many points the trend has: with the rest of what the principal reads they are on one sheet of paper."""
_ENDED = ("committed", "nothing-to-do")


class RecordedRun(Protocol):
    """What a report reads of a run in the journal."""

    @property
    def run_id(self) -> str: ...
    @property
    def started_at(self) -> str: ...
    @property
    def finished_at(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def send_scheduling_year(self) -> bool: ...
    @property
    def applied(self) -> Mapping[str, Mapping[str, int]] | None: ...
    @property
    def rejected(self) -> Sequence[Mapping[str, Any]] | None: ...
    @property
    def withheld(self) -> Mapping[str, int] | None: ...
    @property
    def exit_code(self) -> int | None: ...
    @property
    def undoes(self) -> str | None: ...


def runs_of(runs: Sequence[RecordedRun], zone: tzinfo | None) -> tuple[RunRow, ...]:
    """Return the latest runs (newest first, as they are given), as history has them."""
    return tuple(_row(run, zone) for run in runs[:SHOWN])


def trend_of(runs: Sequence[RecordedRun], working: Mapping[str, int], zone: tzinfo | None) -> tuple[Moment, ...]:
    """Return what there was at the end of each run that ended well, oldest first; of many runs, the last one of each day.

    ``working``: accounts that work today, by kind: from there it is reckoned back, run by run. A run that read nothing, such
    as an undo, corrects no data: there is as much to fix as at the last read before it.
    """
    there = {"student": working.get("student", 0), "parent": working.get("parent", 0)}
    moments: list[Moment] = []
    for run in runs:
        if run.state not in _ENDED:
            continue
        read = None if run.undoes or run.withheld is None else to_fix(run.withheld)
        moments.append(Moment(_at(run.started_at, zone), **{f"{k}s": n for k, n in there.items()}, to_fix=read))
        there = {kind: number - _gained(run, kind) for kind, number in there.items()}
    if len(moments) > MOMENTS:
        # Newest first: the first of a day is its last.
        moments = list({moment.at.date(): moment for moment in reversed(moments)}.values())[::-1]
    return tuple(reversed(moments[:MOMENTS]))


def _gained(run: RecordedRun, kind: str) -> int:
    """Return by how many accounts a run made a kind more."""
    applied = (run.applied or {}).get(kind, {})
    return applied.get("create", 0) + applied.get("enable", 0) - applied.get("disable", 0)


def _row(run: RecordedRun, zone: tzinfo | None) -> RunRow:
    applied = run.applied or {}
    appear, change, leave = (
        sum(applied.get(kind, {}).get(op, 0) for kind in ("student", "parent") for op in ops)
        for ops in (("create", "enable"), ("update", "renew"), ("disable",))
    )
    begun = _at(run.started_at, zone)
    ended = None if run.finished_at is None else (_at(run.finished_at, zone) - begun).total_seconds()
    return RunRow(
        run.run_id, begun, run.state, run.send_scheduling_year, ended, appear, change, leave,
        len(run.rejected or ()), run.exit_code,
    )  # fmt: skip


def _at(text: str, zone: tzinfo | None) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)
