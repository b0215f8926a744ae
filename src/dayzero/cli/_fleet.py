"""How a night of many schools is told: first what waits for whom, by reason, then who appeared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click

from dayzero.cli._text import harmless
from dayzero.errors import ExitCode
from dayzero.words import plural

if TYPE_CHECKING:
    from dayzero.fleet import SchoolResult

_SHOWN = 20
"""So many schools are listed under a reason; --json has all of them."""


def show(results: Sequence[SchoolResult]) -> None:
    """Print the summary."""
    groups: list[tuple[str, list[SchoolResult], Callable[[SchoolResult], str]]] = [
        ("Failed", [r for r in results if r.error and r.exit_code != ExitCode.HELD], _error),
        ("Refused", [r for r in results if r.error and r.exit_code == ExitCode.HELD], _error),
        ("Held, until somebody has looked", [r for r in results if r.held], _held),
        ("In doubt, until somebody answers", [r for r in results if r.doubts], _doubts),
        ("Waits for somebody since the last run", [r for r in results if _waits(r)], _look),
        ("Done, but not all of it", [r for r in results if not r.error and r.exit_code == ExitCode.INCOMPLETE], _id),
        ("Newcomers", [r for r in results if r.newcomers], lambda r: plural(r.newcomers, "newcomer")),
        ("Never synced", [r for r in results if r.exit_code is None and not r.error], _id),
    ]
    for title, schools, said in groups:
        if schools:
            click.secho(f"{title}: {plural(len(schools), 'school')}", bold=True)
            for line in _lines(schools, said):
                click.echo(harmless(line))
    quiet = sum(1 for r in results if r.exit_code == ExitCode.DONE and not r.newcomers)
    click.echo(f"{plural(len(results), 'school')}; {quiet:,} with nothing to look at.")


def _lines(schools: Sequence[SchoolResult], said: Callable[[SchoolResult], str]) -> Iterable[str]:
    width = max(len(r.school) for r in schools[:_SHOWN])
    for result in sorted(schools, key=lambda r: r.school)[:_SHOWN]:
        yield f"  {result.school:{width}}  {said(result)}".rstrip()
    if len(schools) > _SHOWN:
        yield f"  and {len(schools) - _SHOWN:,} more: --json lists all of them"


def _error(result: SchoolResult) -> str:
    error = result.error or {}
    return " ".join(part for part in (error.get("message"), error.get("remedy")) if part)


def _held(result: SchoolResult) -> str:
    said = ", ".join(f"{h['op']} {h['count']}" for h in result.held)
    allow = " ".join(f"--allow {h['allow']}" for h in result.held if h.get("allow"))
    return f"{said}: look at it, then --only {result.school} {allow}"


def _doubts(result: SchoolResult) -> str:
    return ", ".join(f"{count} {doubt}" for doubt, count in sorted((result.doubts or {}).items()))


def _waits(result: SchoolResult) -> bool:
    """Whether something is held of which is not known what: a run that was, and its plan is not kept."""
    return result.exit_code == ExitCode.HELD and not (result.error or result.held or result.doubts)


def _look(result: SchoolResult) -> str:
    return f"look at it: dayzero fleet plan WHERE --only {result.school}"


def _id(_: SchoolResult) -> str:
    return ""
