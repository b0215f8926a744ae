"""Apply a plan: settle what was interrupted, send what is not held, record what became of it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import polars as pl

from dayzero.clock import Clock
from dayzero.config.file import Config
from dayzero.errors import DayzeroError, ExitCode, JournalError
from dayzero.journal import Journal, Run
from dayzero.plan.changes import lines
from dayzero.plan.model import Plan, count_operations, plan_document, withheld_by_reason
from dayzero.plan.spared import of_commit
from dayzero.portal import CommitResult, GradebookCloudClient
from dayzero.sync.look import Seen, remember, remembered
from dayzero.sync.progress import Progress, stages_of
from dayzero.sync.send import Recovered, Sending, settle
from dayzero.sync.stop import Stopping

__all__ = ["Applying", "Outcome"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a sync ended: the document of ``sync --json`` and the exit code.

    ``first_newcomers``: newcomers that got an account, where the portal had none before.
    """

    document: dict[str, Any]
    exit_code: ExitCode
    plan: Plan = field(repr=False)
    first_newcomers: int = 0


class Applying:
    """Applies one plan to one portal. ``seen``: the portal as the plan was made from it, where that is still at hand."""

    def __init__(
        self,
        config: Config,
        client: GradebookCloudClient,
        journal: Journal,
        *,
        clock: Clock,
        progress: Progress,
        seen: Seen | None,
    ) -> None:
        self._config, self._client, self._journal = config, client, journal
        self._clock, self._progress, self._seen = clock, progress, seen

    def apply(self, plan: Plan, *, who: str) -> Outcome:
        """Apply the operations that are not held, and return what came of it. Call it holding the school's lock."""
        header = plan.reviewed.header
        seen = self._seen
        if seen is None or seen.view.revision != header["base_revision"]:
            seen = remembered(self._journal, header["school"], header["portal"], header["base_revision"])
        interrupted = self._journal.unsettled(header["school"], header["portal"])
        run_id = self._journal.begin(
            school=header["school"],
            source=self._config.source.plugin,
            portal=header["portal"],
            plan_id=plan.plan_id,
            send_scheduling_year=header["send_scheduling_year"],
            who=who,
            base_revision=header["base_revision"],
            undoes=header.get("undoes"),
        )
        _remember_read(self._journal, run_id, plan)
        result, recovered = self._apply(plan, run_id, interrupted)
        outcome = _outcome(plan, run_id, result, recovered)
        self._remember(plan, result, seen)
        outcome = replace(outcome, first_newcomers=_first_newcomers(plan, result, seen))
        return self._recorded(run_id, plan, result, outcome)

    def _apply(self, plan: Plan, run_id: str, interrupted: list[Run]) -> tuple[CommitResult, list[Recovered]]:
        """Settle what was interrupted, send what is not held; whatever fails is recorded with the run."""
        going = plan.operations.filter(~pl.col("held"))
        base = plan.reviewed.header["base_revision"]
        if going.is_empty() and not interrupted:
            return CommitResult("", base, count_operations(going), []), []
        sending = Sending(self._client, self._journal, run_id)
        stopping = Stopping(self._clock, self._config.schedule.max_seconds)
        try:
            recovered = settle(
                self._journal, self._client, interrupted, plan_id=None if going.is_empty() else plan.plan_id
            )
            if going.is_empty():
                return CommitResult("", base, count_operations(going), []), recovered
            texts = lines(going, with_held=False)
            self._journal.operations(run_id, going, texts, _about_to_go(self._client, going))
            with stopping:
                result = sending.send(
                    plan.plan_id, base, texts, on_part=stages_of(self._progress, going), before_part=stopping.check
                )
        except BaseException as error:
            _record_failure(self._journal, run_id, error, settled=sending.settled)
            raise
        return result, recovered

    def _remember(self, plan: Plan, result: CommitResult, seen: Seen | None) -> None:
        """Keep what the portal has now, for the next run; whatever that is worth, a commit is not undone for it."""
        header = plan.reviewed.header
        going = plan.operations.filter(~pl.col("held"))
        try:
            remember(self._journal, header["school"], header["portal"], seen, going, result)
            if result.sync_id:
                rejections = of_commit(going, result.rejected)
                self._journal.keep_rejections(header["school"], header["portal"], result.revision, rejections)
        except JournalError as error:
            log.warning("%s", error)

    def _recorded(self, run_id: str, plan: Plan, result: CommitResult, outcome: Outcome) -> Outcome:
        """Record how a run ended. A journal that has no room now does not undo a commit: the next run settles it."""
        try:
            self._journal.finish(
                run_id,
                "committed" if result.sync_id else "nothing-to-do",
                revision=result.revision,
                applied=result.applied,
                rejected=result.rejected,
                withheld_by_reason=withheld_by_reason(plan.withheld),
                exit_code=int(outcome.exit_code),
            )
        except JournalError as error:
            log.warning("%s", error)
            document = {**outcome.document, "journal": error.message}
            return replace(outcome, document=document, exit_code=max(outcome.exit_code, ExitCode.INCOMPLETE))
        return outcome


def _remember_read(journal: Journal, run_id: str, plan: Plan) -> None:
    """Keep what was read as the measure of the next read, unless this one is in doubt itself."""
    if plan.measure and not (plan.held and plan.reviewed.header.get("shrunk")):
        journal.measured(run_id, plan.measure)


def _about_to_go(client: GradebookCloudClient, going: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return the records a run removes as they are now (kind, id, JSON): an undo puts them back.

    The revision is checked when the sync is opened, so that these are the values the plan was made from.
    """
    leaving = going.filter(pl.col("op") == "remove")
    found: list[tuple[str, str, str]] = []
    for kind in leaving["kind"].unique(maintain_order=True):
        rows = client.records(kind).join(leaving.filter(pl.col("kind") == kind), on="id", how="semi")
        found += [(kind, row["id"], json.dumps(row, ensure_ascii=False)) for row in rows.iter_rows(named=True)]
    return found


def _outcome(plan: Plan, run_id: str, result: CommitResult, recovered: list[Recovered]) -> Outcome:
    document = {
        **plan_document(plan),
        "run_id": run_id,
        "applied": result.applied,
        "rejected": [*result.rejected, *plan.rejected_before],
        "revision": result.revision,
        "recovered": [asdict(r) for r in recovered],
    }
    code = ExitCode.DONE
    if document["rejected"] or plan.rows_left_out:
        code = ExitCode.INCOMPLETE
    if plan.held:
        code = ExitCode.HELD
    return Outcome(document, code, plan)


def _first_newcomers(plan: Plan, result: CommitResult, seen: Seen | None) -> int:
    """Return how many newcomers got an account, if the portal had none before."""
    if not result.sync_id or seen is None or seen.view.accounts["new"].any():
        return 0
    made = plan.operations.filter(pl.col("op") == "create", ~pl.col("held"), pl.col("kind") == "student")
    return made.filter(pl.col("changes").str.contains('"new":[null,true]', literal=True)).height


def _record_failure(journal: Journal, run_id: str, error: BaseException, *, settled: bool) -> None:
    """Record that a run failed, or that nobody knows yet; what cannot be recorded stays `running`, and is settled later."""
    code = error.exit_code if isinstance(error, DayzeroError) else ExitCode.PORTAL
    state = "failed" if settled else "unsettled"
    try:
        journal.finish(run_id, state, exit_code=int(code), problem=type(error).__name__)
    except JournalError as unwritten:
        error.add_note(unwritten.message)
