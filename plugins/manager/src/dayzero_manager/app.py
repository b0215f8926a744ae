"""The Sync Manager as a WSGI app: the door, the pages, and what is said when something goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from dayzero.errors import DayzeroError
from dayzero_manager import words
from dayzero_manager.door import FULL, Door, trouble
from dayzero_manager.office import Office, StillLooking
from dayzero_manager.pages import home

__all__ = ["create_app"]

PAGES = (home,)
NAVIGATION = (("home", "Home"),)


def create_app(
    office: Office,
    *,
    url: str = "http://127.0.0.1",
    hosts: Iterable[str] = (),
    most: str = FULL,
    tell: Callable[[str], None] = lambda _link: None,
) -> tuple[Flask, Door]:
    """Return the app and its door, of which links are made."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
    app.config["MAX_FORM_PARTS"] = 20_000
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    door = Door(app, now=office.clock.now, url=url, hosts=hosts, most=most, tell=tell)
    for page in PAGES:
        page.mount(door, office)
    words.teach(app, office)

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        session = door.session()
        said, waiting = (session.said, office) if session else ([], None)
        if session:
            session.said = []
        return {
            "school": office.config.school.name or office.config.school.id,
            "session": session, "said": said, "navigation": NAVIGATION, "office": waiting,
        }  # fmt: skip

    @app.errorhandler(StillLooking)
    def looking(still: StillLooking) -> Response:
        return make_response(render_template("looking.html", job=still.job))

    @app.errorhandler(DayzeroError)
    def told(error: DayzeroError) -> Response:
        return trouble(error, door.session())

    @app.errorhandler(HTTPException)
    def nowhere(error: HTTPException) -> Response:
        return make_response(render_template("refused.html", why=error.name + "."), error.code or 400)

    if not os.environ.get("DAYZERO_DEBUG"):

        @app.errorhandler(Exception)
        def failed(error: Exception) -> Response:
            bug = DayzeroError(
                f"dayzero failed in a way it should not: {type(error).__name__}.",
                remedy="Please report it. DAYZERO_DEBUG=1 shows where (the output may name people).",
            )
            answer = trouble(bug, door.session())
            answer.status_code = 500
            return answer

    return app, door
