"""After a crash or a lost reply: find out what became of an interrupted run's sync, and record it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dayzero.journal import Journal, Run
from dayzero.portal import GradebookCloudClient

__all__ = ["Recovered", "settle"]


@dataclass(frozen=True)
class Recovered:
    """What became of an interrupted run: ``committed``, ``resumed`` or ``abandoned``."""

    run_id: str
    became: str


def settle(journal: Journal, client: GradebookCloudClient, runs: list[Run], *, plan_id: str | None) -> list[Recovered]:
    """Find out what became of interrupted ``runs``, record it and return it.

    A sync of theirs that is still open is left for the present run to resume if it sends the same plan (``plan_id``),
    and abandoned otherwise. Call it while holding the school's lock: otherwise a run in progress looks interrupted.
    """
    return [Recovered(run.run_id, _settled(journal, client, run, plan_id)) for run in runs]


def _settled(journal: Journal, client: GradebookCloudClient, run: Run, plan_id: str | None) -> str:
    there = client.sync(run.sync_id) if run.sync_id else client.open_sync()
    facts: dict[str, Any] = {}
    became = "abandoned"
    if there is not None and there.state == "committed":
        became = "committed"
        done = client.result_of(there)
        # The copy of the portal is older than this commit, whose operations must not pass for somebody else's.
        journal.memory.forget_portal()
        facts = {"revision": done.revision, "applied": done.applied, "rejected": done.rejected}
    elif there is not None and there.state == "open" and there.client == client.name:
        if there.plan_id == plan_id:
            became = "resumed"
        else:
            client.abandon(there.sync_id)
    ended = "committed" if became == "committed" else "failed"
    journal.runs.finish(
        run.run_id, ended, exit_code=run.exit_code, problem=run.problem or "interrupted", recovered=became, **facts
    )
    return became
