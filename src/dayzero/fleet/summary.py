"""What a night of many schools is told by: the reasons why somebody should look at one, the gravest first. One table for every reader."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dayzero.errors import ExitCode
from dayzero.fleet.results import SchoolResult
from dayzero.words import held_because, plural

__all__ = ["REASONS", "Reason", "nothing_to_look_at", "of_reason"]


@dataclass(frozen=True)
class Reason:
    """Why a school is told of. ``said``: what of it; ``remedy``: what to do about it, empty where nothing need be."""

    code: str
    title: str
    holds: Callable[[SchoolResult], bool]
    said: Callable[[SchoolResult], str] = lambda _: ""
    remedy: Callable[[SchoolResult], str] = lambda _: ""


def of_reason(results: Sequence[SchoolResult], reason: Reason) -> list[SchoolResult]:
    """Return the schools a reason holds for, by id."""
    return sorted((r for r in results if reason.holds(r)), key=lambda r: r.school)


def nothing_to_look_at(result: SchoolResult) -> bool:
    """Whether a school is done, and is told of for no reason."""
    return result.exit_code == ExitCode.DONE and not any(reason.holds(result) for reason in REASONS)


def _error(result: SchoolResult, what: str) -> str:
    return (result.error or {}).get(what) or ""


def _held(result: SchoolResult) -> str:
    return " ".join(map(held_because, result.held))


def _release(result: SchoolResult) -> str:
    allow = "".join(f" --allow {held['allow']}" for held in result.held if held.get("allow"))
    return f"Look at it with `{_plan(result)}`, then release it with `--only {shlex.quote(result.school)}{allow}`."


def _doubts(result: SchoolResult) -> str:
    return ", ".join(f"{count} {doubt}" for doubt, count in sorted((result.doubts or {}).items())) + "."


def _look(result: SchoolResult) -> str:
    return f"`{_plan(result)}` says who and why."


def _plan(result: SchoolResult) -> str:
    return f"dayzero plan --config {shlex.quote(result.alone)}" if result.alone else "dayzero plan"


REASONS: tuple[Reason, ...] = (
    Reason(
        "failed",
        "Failed",
        lambda r: bool(r.error) and r.exit_code != ExitCode.HELD,
        lambda r: _error(r, "message"),
        lambda r: _error(r, "remedy"),
    ),
    Reason(
        "refused",
        "Refused",
        lambda r: bool(r.error) and r.exit_code == ExitCode.HELD,
        lambda r: _error(r, "message"),
        lambda r: _error(r, "remedy"),
    ),
    Reason("held", "Held, until somebody has looked", lambda r: bool(r.held), _held, _release),
    Reason("in-doubt", "In doubt, until somebody answers", lambda r: bool(r.doubts), _doubts, _look),
    Reason(  # of a run that an earlier version recorded
        "waits",
        "Waits for somebody since the last run",
        lambda r: r.exit_code == ExitCode.HELD and not (r.error or r.held or r.doubts),
        remedy=_look,
    ),
    Reason(
        "incomplete",
        "Done, but not all of it",
        lambda r: r.exit_code == ExitCode.INCOMPLETE and not r.error,
        remedy=_look,
    ),
    Reason("newcomers", "Newcomers", lambda r: r.newcomers > 0, lambda r: plural(r.newcomers, "newcomer")),
    Reason("never", "Never synced", lambda r: r.exit_code is None and not r.error),
)
