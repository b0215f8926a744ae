"""The one function that makes a report's data: every number of the page comes from here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from dayzero.config import Config
from dayzero.gradebook import ACCOUNT_KINDS, count_operations, working_counts
from dayzero.plan import Decided
from dayzero.report.change import change_of_year
from dayzero.report.fix import fix_of, places_of
from dayzero.report.model import Report, Waiting
from dayzero.report.people import people_of
from dayzero.report.read import findings_of, reads_of, unread_of
from dayzero.report.runs import RecordedRun, runs_of, trend_of

__all__ = ["report_of"]


def report_of(
    decided: Decided,
    runs: Sequence[RecordedRun],
    config: Config,
    *,
    today: date,
    now: datetime,
    seconds: Mapping[str, float],
) -> Report:
    """Return what there is to report of a decided plan and the ``runs`` before it, newest first.

    ``today``: the school's day. ``now``: the moment, in the school's zone. ``seconds``: what reading each table took.
    """
    plan = decided.plan
    counts = count_operations(plan.operations)
    for kind in ACCOUNT_KINDS:
        counts[kind]["unchanged"] = plan.unchanged.get(kind, 0)
    fix = fix_of(decided)
    return Report(
        school=config.school.id,
        name=config.school.name or config.school.id,
        today=today,
        made_at=now,
        send_scheduling_year=plan.header.send_scheduling_year,
        plan_id=plan.plan_id,
        portal=plan.header.portal,
        source=config.source.plugin,
        revision=plan.header.base_revision,
        counts=counts,
        people=people_of(decided),
        change_of_year=change_of_year(decided, today),
        trend=trend_of(runs, working_counts(decided.portal.accounts), now.tzinfo),
        fix=fix,
        places=places_of(fix),
        waiting=tuple(Waiting(one.said, one.allow, one.count) for one in plan.waiting),
        doubts=plan.doubts,
        unread=unread_of(plan),
        runs=runs_of(runs, now.tzinfo),
        reads=reads_of(plan, seconds),
        findings=findings_of(plan),
        drift=plan.drift,
        rejected=plan.rejected_before,
        partial=plan.partial,
        estimated_seconds=plan.estimated_seconds,
    )
