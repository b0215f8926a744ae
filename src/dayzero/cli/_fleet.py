"""How a night of many schools is told: first what waits for whom, by reason, then who appeared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dayzero.cli._commands import runnable
from dayzero.cli._page import Page
from dayzero.words import plural

if TYPE_CHECKING:
    from dayzero.fleet import Reason, SchoolResult

_SHOWN = 20
"""So many schools are listed under a reason; --json has all of them."""


def show(results: Sequence[SchoolResult]) -> None:
    """Print the summary."""
    from dayzero.fleet import REASONS, nothing_to_look_at, of_reason

    page = Page()
    for reason in REASONS:
        if schools := of_reason(results, reason):
            page.line(f"{reason.title}: {plural(len(schools), 'school')}", style="bold")
            for line in _lines(schools, reason):
                page.line(line, indent=2)
    quiet = sum(map(nothing_to_look_at, results))
    page.line(f"{plural(len(results), 'school')}; {quiet:,} with nothing to look at.")


def _lines(schools: Sequence[SchoolResult], reason: Reason) -> Iterable[str]:
    width = max(len(result.school) for result in schools[:_SHOWN])
    for result in schools[:_SHOWN]:
        said, remedy = (
            runnable(of(result), Path(result.alone) if result.alone else None) for of in (reason.said, reason.remedy)
        )
        told = " ".join((said, remedy)) if said.endswith((".", "!", "?")) else ": ".join(filter(None, (said, remedy)))
        yield f"{result.school:{width}}  {told}".rstrip()
    if len(schools) > _SHOWN:
        yield f"and {len(schools) - _SHOWN:,} more: --json lists all of them"
