"""Apply a plan: settle what was interrupted, send what is not held, record what became of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from dayzero.clock import Clock, Deadline
from dayzero.errors import DayzeroError, ExitCode, JournalError
from dayzero.gradebook import RENEWED_RECORD, Difference, count_operations
from dayzero.journal import Journal, Run
from dayzero.plan import (
    ADDED_UP,
    PARTIAL,
    Plan,
    lost_years,
    rejections_of,
    waiting_document,
    withheld_by_reason,
    years_by_role,
)
from dayzero.portal import CommitResult, GradebookCloudClient
from dayzero.sync.look import Seen, remember, remembered
from dayzero.sync.outcome import Outcome
from dayzero.sync.progress import Progress, stages_of
from dayzero.sync.recovery import Recovered, settle
from dayzero.sync.send import Attempt
from dayzero.sync.stop import Stop

__all__ = ["Desk", "apply"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What a run works with: the portal's client, the journal, the clock, whoever watches and may stop it, and until when it
    must end."""

    client: GradebookCloudClient
    journal: Journal
    clock: Clock
    progress: Progress
    run: Deadline
    stopped: Callable[[], bool] = lambda: False


def apply(
    plan: Plan,
    seen: Seen | None,
    desk: Desk,
    *,
    source: str,
    who: str,
    conflicts: tuple[Difference, ...] = (),
    wanted: Callable[[str], pl.DataFrame] | None = None,
    looked_at: Collection[str] = (),
    recovered: Sequence[Recovered] = (),
) -> Outcome:
    """Apply the operations that are not held, and return what came of it. Call it holding the school's lock.

    ``seen``: the portal as the plan was made from it, and ``wanted``: what it should have, by kind, where that is still at
    hand. ``conflicts``: what the plan leaves alone, for an undo. ``looked_at``: of which ops (``ADDED_UP``) somebody has looked
    at all that goes.
    ``recovered``: what became of interrupted runs that were settled before.
    """
    header, journal = plan.header, desk.journal
    if seen is None or seen.view.revision != header.base_revision:
        seen = remembered(journal, header.base_revision)
    interrupted = journal.runs.unsettled()
    # A saved plan knows of a change of year by what that lets pass.
    turns = plan.change_of_year is not None or bool(header.unlimited)
    if turns or header.undoes is not None:
        looked_at = ADDED_UP
    run_id = journal.runs.begin(
        source=source,
        plan_id=plan.plan_id,
        send_scheduling_year=header.send_scheduling_year,
        who=who,
        base_revision=header.base_revision,
        undoes=header.undoes,
        looked_at="disable" in looked_at,
        id_map_digest=journal.memory.id_map_digest(),
        lost_years={} if "year" in looked_at else _lost_years(plan.going, seen, desk.client),
    )
    if (
        plan.measure and all(d.doubt == PARTIAL for d in plan.reads) and not (plan.held and header.shrunk)
    ):  # the measure of the next read, unless this one is in doubt
        journal.memory.keep_measure(run_id, plan.measure)
    result, settled = _sent(plan, seen, desk, run_id, interrupted)
    _remember(plan, seen, desk, result, wanted)
    newcomers = _first_newcomers(plan, result, seen)
    return _recorded(Outcome(plan, run_id, result, (*recovered, *settled), conflicts, newcomers), journal)


def _lost_years(going: pl.DataFrame, seen: Seen | None, client: GradebookCloudClient) -> dict[str, str]:
    """Return role -> id of the years that somebody loses; the portal is listed only where it is not at hand and somebody does."""
    roles = set(lost_years(going)["role"])
    if not roles:
        return {}
    ids = years_by_role(seen.view if seen else client.view())
    return {role: ids[role] for role in sorted(roles & ids.keys())}


def _sent(
    plan: Plan, seen: Seen | None, desk: Desk, run_id: str, interrupted: list[Run]
) -> tuple[CommitResult, list[Recovered]]:
    """Settle what was interrupted, send what is not held; whatever fails is recorded with the run."""
    going, base = plan.going, plan.header.base_revision
    nothing = CommitResult("", base, count_operations(going), [])
    if going.is_empty() and not interrupted:
        return nothing, []
    attempt = Attempt(desk.client, desk.journal.runs, run_id)
    stop = Stop(desk.run, desk.stopped)
    try:
        resumable = None if going.is_empty() else plan.plan_id
        recovered = settle(desk.journal, desk.client, interrupted, plan_id=resumable)
        if going.is_empty():
            return nothing, recovered
        about_to_go = _about_to_go(desk.client, seen, going)
        desk.journal.runs.sending(run_id, desk.client.parts(going), about_to_go)
        # Before it is known that they went: whoever is there still is known by that.
        leaving = [json.loads(body) for kind, _, body in about_to_go if kind == RENEWED_RECORD]
        desk.journal.memory.keep_former_students(leaving, ())
        with stop:
            result = attempt.send(
                plan.plan_id, base, going.height, on_part=stages_of(desk.progress, going), before_part=stop.check
            )
    except BaseException as error:
        _record_failure(desk.journal, run_id, error, settled=attempt.settled)
        raise
    return result, recovered


def _about_to_go(client: GradebookCloudClient, seen: Seen | None, going: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return the records a run removes as they are now (kind, id, JSON): an undo puts them back.

    They are listed only where the portal that the plan was made from is not at hand. The revision is checked when the
    sync is opened, so that either way these are the values the plan was made from.
    """
    leaving = going.filter(pl.col("op") == "remove")
    found: list[tuple[str, str, str]] = []
    if leaving.is_empty():
        return found
    view = seen.view if seen else client.view()
    for kind in leaving["kind"].unique(maintain_order=True):
        rows = view.records[kind].join(
            leaving.filter(pl.col("kind") == kind), on="id", how="semi", maintain_order="left"
        )
        found += [(kind, row["id"], json.dumps(row, ensure_ascii=False)) for row in rows.iter_rows(named=True)]
    return found


def _remember(
    plan: Plan,
    seen: Seen | None,
    desk: Desk,
    result: CommitResult,
    wanted: Callable[[str], pl.DataFrame] | None,
) -> None:
    """Keep what the portal has now, for the next run; whatever that is worth, a commit is not undone for it."""
    if any(doubt.stops for doubt in plan.reads):  # what was known before is what the next look is held against
        return
    try:
        remember(desk.journal, seen, plan.going, result, wanted, at=desk.clock.now().isoformat())
        come = plan.going.filter(pl.col("kind") == RENEWED_RECORD, pl.col("op").is_in(["create", "renew"]))
        desk.journal.memory.keep_former_students((), come["id"])
        if result.sync_id:
            desk.journal.memory.keep_rejections(result.revision, rejections_of(plan.going, result.rejected))
    except JournalError as error:
        log.warning("%s", error)


def _recorded(outcome: Outcome, journal: Journal) -> Outcome:
    """Record how a run ended. A journal that has no room now does not undo a commit: the next run settles it."""
    result = outcome.result
    try:
        journal.runs.finish(
            outcome.run_id,
            "committed" if result.sync_id else "nothing-to-do",
            revision=result.revision,
            applied=result.applied,
            rejected=result.rejected,
            withheld_by_reason=withheld_by_reason(outcome.plan) if outcome.plan.measure else None,
            waiting=waiting_document(outcome.plan),
            exit_code=int(outcome.exit_code),
        )
    except JournalError as error:
        log.warning("%s", error)
        return replace(outcome, unrecorded=error.message)
    return outcome


def _first_newcomers(plan: Plan, result: CommitResult, seen: Seen | None) -> int:
    """Return how many newcomers got an account, if the portal had none before."""
    if not result.sync_id or seen is None or seen.view.accounts["new"].any():
        return 0
    return plan.newcomers


def _record_failure(journal: Journal, run_id: str, error: BaseException, *, settled: bool) -> None:
    """Record that a run failed, or that nobody knows yet; what cannot be recorded stays `running`, and is settled later."""
    code, problem = ExitCode.PORTAL, type(error).__name__
    if isinstance(error, DayzeroError):
        code, problem = error.exit_code, f"{error.kind}Error"
    state = "failed" if settled else "unsettled"
    try:
        journal.runs.finish(run_id, state, exit_code=int(code), problem=problem)
    except JournalError as unwritten:
        error.add_note(unwritten.message)
