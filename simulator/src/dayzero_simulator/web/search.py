"""The search above every admin's page: who is on the portal, and who is not, with what is known of why."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal.search import find
from dayzero_simulator.portal.words import counted
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.visit import Visit

__all__ = ["search_pages"]


def search_pages(door: Door) -> None:
    """Mount the page."""
    door.page("/search", "search", roles=("admin",))(search)


def search(visit: Visit) -> Response:
    """Show whoever is found, with an account or without."""
    typed = request.args.get("q", "").strip()[:200]
    with visit.reading() as db:
        found = find(db, visit.school, typed, after=request.args.get("after", "")[:2000])
    if not typed:
        heading = "Whom are you looking for?"
    elif not found.total:
        heading = f"Nobody here is called {typed}."
    else:
        without = f", {found.without_total:,} without an account" if found.without_total else ""
        heading = f"{counted(found.total, 'person', 'people')} found{without}."
    return visit.page("search.html", q=typed, found=found, heading=heading)
