"""How a night of many schools is told: first what waits for whom, by reason, then who appeared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from dayzero.cli._page import Page
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
        ("Done, but not all of it", [r for r in results if not r.error and r.exit_code == ExitCode.INCOMPLETE], _id),
        ("Newcomers", [r for r in results if r.newcomers], lambda r: plural(r.newcomers, "newcomer")),
        ("Never synced", [r for r in results if r.exit_code is None and not r.error], _id),
    ]
    page = Page()
    for title, schools, said in groups:
        if schools:
            page.line(f"{title}: {plural(len(schools), 'school')}", style="bold")
            for line in _lines(schools, said):
                page.line(line, indent=2)
    quiet = sum(1 for r in results if r.exit_code == ExitCode.DONE and not r.newcomers)
    page.line(f"{plural(len(results), 'school')}; {quiet:,} with nothing to look at.")


def _lines(schools: Sequence[SchoolResult], said: Callable[[SchoolResult], str]) -> Iterable[str]:
    width = max(len(r.school) for r in schools[:_SHOWN])
    for result in sorted(schools, key=lambda r: r.school)[:_SHOWN]:
        yield f"{result.school:{width}}  {said(result)}".rstrip()
    if len(schools) > _SHOWN:
        yield f"and {len(schools) - _SHOWN:,} more: --json lists all of them"


def _error(result: SchoolResult) -> str:
    error = result.error or {}
    return " ".join(part for part in (error.get("message"), error.get("remedy")) if part)


def _held(result: SchoolResult) -> str:
    said = ", ".join(f"{h['op']} {h['count']}" for h in result.held)
    allow = "".join(f" --allow {h['allow']}" for h in result.held if h.get("allow"))
    return f"{said}: look at it, then `--only {result.school}{allow}`"


def _doubts(result: SchoolResult) -> str:
    return ", ".join(f"{count} {doubt}" for doubt, count in sorted((result.doubts or {}).items()))


def _id(_: SchoolResult) -> str:
    return ""
