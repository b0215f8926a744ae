"""Reports: the page for the head of school, made of the plan that is kept."""

from __future__ import annotations

from flask import Response

from dayzero_manager.door import HEADERS, Door
from dayzero_manager.office import Office
from dayzero_manager.report import style_source
from dayzero_manager.view import planned

__all__ = ["mount"]


def mount(door: Door, office: Office) -> None:
    """Mount the page."""

    def reports() -> Response:
        answer = Response(planned(office).report_page, mimetype="text/html")
        policy = HEADERS["Content-Security-Policy"].replace("style-src 'self'", f"style-src {style_source()}")
        answer.headers["Content-Security-Policy"] = policy  # the page is one file: its style is in it
        return answer

    door.mount("/report", "report", reports)
