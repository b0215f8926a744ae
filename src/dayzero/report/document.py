"""A report as a JSON document: the numbers, without the people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from dayzero.report.model import FixGroup, Report, Shares

__all__ = ["report_document"]


def report_document(report: Report) -> dict[str, Any]:
    """Return what ``report --json`` says: no name, login or address is in it."""
    people = report.people
    groups = ("here", "newcomers", "parents", "families_here", "families_new")
    document = {
        "school": report.school,
        "today": report.today,
        "made_at": report.made_at,
        "send_scheduling_year": report.send_scheduling_year,
        "plan_id": report.plan_id,
        "base_revision": report.revision,
        "counts": report.counts,
        "people": {
            **{name: _shares(getattr(people, name)) for name in groups},
            "grades": [{"new": row.new, "grade": row.grade, **_shares(row.shares)} for row in people.grades],
            "not_ticked": people.not_ticked,
        },
        "change_of_year": report.change_of_year,
        "trend": report.trend,
        "to_fix": report.to_fix,
        "fix": [_group(group) for group in report.fix],
        "places": report.places,
        "held": report.waiting,
        "doubts": len(report.doubts),
        "unread": report.unread,
        "runs": report.runs,
        "reads": report.reads,
        "findings": report.findings,
        "drift": len(report.drift),
        "rejected": len(report.rejected),
        "partial": report.partial,
        "estimated_seconds": report.estimated_seconds,
    }
    return msgspec.to_builtins(document)  # type: ignore[no-any-return]


def _shares(shares: Shares) -> dict[str, int | None]:
    return {**asdict(shares), "all": shares.all}


def _group(group: FixGroup) -> dict[str, Any]:
    places = group.people.group_by("place_kind", "place", maintain_order=True).len()
    return {
        "kind": group.rule.kind,
        "reason": group.rule.code,
        "remedy": group.remedy,
        "may_be_meant": group.rule.may_be_meant,
        "count": group.count,
        "places": [dict(zip(("kind", "place", "count"), row, strict=True)) for row in places.iter_rows()],
    }
