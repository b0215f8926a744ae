"""A plan as a JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from dayzero.gradebook import ACCOUNT_KINDS, Rejection, count_operations, lines
from dayzero.people import Doubt
from dayzero.plan.model import Plan
from dayzero.plan.withheld import withheld_document

__all__ = ["doubt_document", "plan_document", "rejected_document", "waiting_document"]


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the document of ``plan --json``. Operations are ready-made JSON (``msgspec.Raw``)."""
    header = plan.header
    counts = count_operations(plan.operations)
    for kind in ACCOUNT_KINDS:
        counts[kind]["unchanged"] = plan.unchanged.get(kind, 0)
    suspicions = {"shrunk": header.shrunk, "rekeyed": header.rekeyed, "renumbered": header.renumbered}
    return {
        "plan_id": plan.plan_id,
        "school": header.school,
        "base_revision": header.base_revision,
        "send_scheduling_year": header.send_scheduling_year,
        "counts": counts,
        "withheld": withheld_document(plan),
        "unreadable": plan.unreadable.to_dicts(),
        "findings": plan.findings.frame.to_dicts(),
        "held": [b.document() for b in plan.held],
        "doubts": [doubt_document(d) for d in plan.doubts],
        "reads": [doubt.document() for doubt in plan.reads],
        "partial": list(plan.partial),
        "drift": [asdict(d) for d in plan.drift],
        "listed": plan.listed,
        "rejected_before": [rejected_document(r) for r in plan.rejected_before],
        "estimated_seconds": plan.estimated_seconds,
        "requests": dict(plan.requests),
        "change_of_year": plan.change_of_year,
        **{name: said for name, said in suspicions.items() if said},
        "operations": [msgspec.Raw(line.encode()) for line in lines(plan.operations, with_held=True)],
    }


def waiting_document(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Return what of a plan waits for somebody, in short: no names, and nobody's id but of those in doubt."""
    return {
        "held": [breach.document() for breach in plan.held],
        "doubts": [dict(zip(("doubt", "kind", "person_id"), doubt, strict=True)) for doubt in plan.header.doubts],
        "reads": [
            {name: said for name, said in doubt.document().items() if name != "evidence"} for doubt in plan.reads
        ],
    }


def doubt_document(doubt: Doubt) -> dict[str, str]:
    """Return what is said of a doubt about a person."""
    return {
        "doubt": doubt.doubt,
        "kind": doubt.kind,
        "person_id": doubt.person_id,
        "was": doubt.was,
        "is": doubt.now,
        "remedy": doubt.rule.remedy,
    }


def rejected_document(rejection: Rejection) -> dict[str, str]:
    """Return what is said of an operation that the portal rejected."""
    return {name: getattr(rejection, name) for name in ("kind", "id", "reason", "remedy")}
