"""What became of each school, and of all of them: what crosses from worker to summary, and the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dayzero.errors import DayzeroError, ExitCode, gravest
from dayzero.fleet.where import FleetSchool

__all__ = ["SchoolResult", "failed", "fleet_document", "fleet_exit_code", "lost"]


@dataclass(frozen=True)
class SchoolResult:
    """How one school's run ended: ids and counts, and nobody's name.

    ``exit_code``: None where there was no run (``status``). ``held``: what waits, as in a plan's document. ``doubts``: how many
    people are in doubt, by doubt. ``newcomers``: of the scheduling year, who get an account by it. ``error``: kind, message, remedy.
    ``alone``: what ``--config`` takes for this school alone.
    """

    school: str
    config: str
    exit_code: int | None = None
    run_id: str | None = None
    held: Sequence[Mapping[str, Any]] = ()
    doubts: Mapping[str, int] | None = None
    newcomers: int = 0
    error: Mapping[str, str] | None = None
    finished_at: str | None = None
    operations: int = 0
    unchanged: bool = False
    alone: str = ""


def failed(school: str, config: str, error: DayzeroError) -> SchoolResult:
    """Return the result of a school that ended with an error."""
    said = {"kind": error.kind, "message": error.message, "remedy": error.remedy}
    return SchoolResult(school, config, int(error.exit_code), error=said)


def lost(school: FleetSchool) -> SchoolResult:
    """Return the result of a school whose worker ended each time it was its turn."""
    error = DayzeroError(
        "The process that worked on it ended, and did so again with this school alone.",
        remedy="Run this school by itself: `dayzero sync`, or `dayzero fleet sync WHERE --only ID`; is there enough memory?",
    )
    return replace(failed(school.id, str(school.file), error), alone=school.alone)


def fleet_exit_code(results: Iterable[SchoolResult]) -> ExitCode:
    """Return the gravest of all."""
    return gravest(ExitCode.DONE, *(ExitCode(r.exit_code) for r in results if r.exit_code is not None))


def fleet_document(results: Sequence[SchoolResult], exit_code: ExitCode | None = None) -> dict[str, Any]:
    """Return the document of ``fleet ... --json``, schools by id. ``exit_code``: what the run ended with, if not the gravest."""
    schools = [
        {
            "school": r.school,
            "config": r.config,
            "exit_code": r.exit_code,
            "run_id": r.run_id,
            "held": list(r.held),
            "doubts": dict(r.doubts or {}),
            "newcomers": r.newcomers,
            "error": r.error,
            "operations": r.operations,
            "unchanged": r.unchanged,
            "finished_at": r.finished_at,
        }
        for r in sorted(results, key=lambda r: r.school)
    ]
    return {"schools": schools, "exit_code": int(fleet_exit_code(results) if exit_code is None else exit_code)}
