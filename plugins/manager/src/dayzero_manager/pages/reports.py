"""Reports: the page for the head of school, made of the plan that is kept."""

from __future__ import annotations

from flask import Response

from dayzero_manager.door import Door
from dayzero_manager.office import Office
from dayzero_manager.report import page
from dayzero_manager.view import planned

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def reports() -> Response:
        return Response(page(planned(office).report), mimetype="text/html")

    door.mount("/report", "report", reports)
