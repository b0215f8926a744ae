"""Rows of the report's tables as words, where they are not the report's own."""

from __future__ import annotations

from collections.abc import Iterator

from dayzero.gradebook import ACCOUNT_KINDS, PERSONAL_FIELDS
from dayzero.report import Report
from dayzero_manager.report.words import DOES, ENDED
from dayzero_manager.words import moment

__all__ = ["drift", "operations", "questions", "reads", "rejected", "runs"]

Row = tuple[str, ...]
_LEFT_OUT = "(left out)"


def questions(report: Report, *, names: bool) -> Iterator[Row]:
    """Yield who is in doubt, why, who they were and seem to be, and what to do."""
    for doubt in report.doubts:
        was, now = (doubt.was, doubt.now) if names else (_LEFT_OUT, _LEFT_OUT)
        yield f"{doubt.kind} {doubt.person_id}", doubt.rule.message, was, now, doubt.rule.remedy


def operations(report: Report) -> Iterator[Row]:
    """Yield what the next sync does with how many accounts."""
    for op, words in DOES.items():
        numbers = [report.counts[kind][op] for kind in ACCOUNT_KINDS]
        if any(numbers) or op != "renew":
            yield words, *(f"{number:,}" for number in numbers)


def reads(report: Report) -> Iterator[Row]:
    """Yield each table with its rows and what reading it took."""
    for read in report.reads:
        yield read.table, f"{read.rows:,}", "" if read.seconds is None else f"{read.seconds:.1f}"


def runs(report: Report) -> Iterator[Row]:
    """Yield the last runs, newest first."""
    for run in report.runs:
        yield (
            moment(run.at),
            ENDED[run.state],
            "Yes" if run.send_scheduling_year else "No",
            "" if run.seconds is None else f"{run.seconds:.1f}",
            *(f"{number:,}" for number in (run.appear, run.change, run.leave, run.rejected)),
            "" if run.exit_code is None else str(run.exit_code),
        )


def drift(report: Report, *, names: bool) -> Iterator[Row]:
    """Yield what others changed on the portal, and what is done about it."""
    for one in report.drift:
        told = names or one.field not in (*PERSONAL_FIELDS, None)
        was, found = (_value(value) if told else _LEFT_OUT for value in (one.expected, one.found))
        yield f"{one.kind} {one.id}", one.field or "all of it", was, found, "kept" if one.kept else "repaired"


def rejected(report: Report) -> Iterator[Row]:
    """Yield what the portal rejected, why, and what to do."""
    for one in report.rejected:
        yield f"{one.kind} {one.id}", one.reason, one.remedy


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
