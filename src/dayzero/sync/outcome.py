"""How a sync ended, and the document that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from dayzero.errors import ExitCode, gravest
from dayzero.gradebook import Difference
from dayzero.plan import Plan, plan_document, rejected_document
from dayzero.portal import CommitResult
from dayzero.sync.recovery import Recovered

__all__ = ["Outcome", "outcome_document", "outcome_report"]


@dataclass(frozen=True)
class Outcome:
    """What became of a plan.

    ``plan``: as it was applied, held operations included. ``recovered``: what became of interrupted runs before it.
    ``conflicts``: what an undo left alone. ``first_newcomers``: newcomers that got an account, where the portal had none
    before. ``unchanged``: nothing that decides has changed since the run before, whose answer this is. ``unrecorded``: why the journal could not record the end of a run that was committed.
    """

    plan: Plan = field(repr=False)
    run_id: str
    result: CommitResult
    recovered: tuple[Recovered, ...] = ()
    conflicts: tuple[Difference, ...] = ()
    first_newcomers: int = 0
    unchanged: bool = False
    unrecorded: str | None = None

    @property
    def rejected(self) -> list[Mapping[str, Any]]:
        """What the portal rejected, now or before and would again."""
        return [*self.result.rejected, *(rejected_document(r) for r in self.plan.rejected_before)]

    @property
    def exit_code(self) -> ExitCode:
        """What the run ends with."""
        left_undone = self.rejected or self.plan.rows_left_out or self.conflicts or self.unrecorded
        waits = self.plan.waiting or self.plan.header.doubts
        return gravest(ExitCode.HELD if waits else ExitCode.DONE, ExitCode.INCOMPLETE if left_undone else ExitCode.DONE)


def outcome_report(outcome: Outcome) -> dict[str, Any]:
    """Return what ``sync --json`` prints, as plain values: for observers, who should meet no ready-made JSON."""
    return msgspec.json.decode(msgspec.json.encode(outcome_document(outcome)))  # type: ignore[no-any-return]


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """Return the document of ``sync --json``. Operations are ready-made JSON (``msgspec.Raw``)."""
    undoes = outcome.plan.header.undoes
    return {
        **plan_document(outcome.plan),
        "run_id": outcome.run_id,
        "applied": outcome.result.applied,
        "rejected": outcome.rejected,
        "revision": outcome.result.revision,
        "recovered": [asdict(r) for r in outcome.recovered],
        **({"journal": outcome.unrecorded} if outcome.unrecorded else {}),
        **({"undoes": undoes, "conflicts": [asdict(c) for c in outcome.conflicts]} if undoes else {}),
    }
