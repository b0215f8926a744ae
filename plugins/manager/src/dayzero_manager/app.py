"""The Sync Manager as a WSGI app: the door, the pages, and what is said when something goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from dayzero.errors import DayzeroError
from dayzero_manager import words
from dayzero_manager.changes import named
from dayzero_manager.door import FULL, Door, Session, decider, trouble
from dayzero_manager.office import Office, StillLooking
from dayzero_manager.pages import check, fix, forecast, history, holds, home, people, plan, reports, run, settings

__all__ = ["create_app", "taught"]

PAGES = (home, settings, run, plan, holds, people, fix, history, forecast, check, reports)
NAVIGATION = (
    ("home", "Home"),
    ("settings", "Settings"),
    ("plan", "Plan"),
    ("holds", "Holds and questions"),
    ("people", "People"),
    ("fix", "Data to fix"),
    ("history", "History"),
    ("forecast", "Change of year"),
    ("report", "Reports"),
    ("check", "Source check"),
)
INSIDE = {
    "progress": "settings", "person": "people", "fix_by_place": "fix", "run": "history", "undo": "history", "check_answers": "holds", "held_names": "holds", "confirm_release": "holds",
    "undo_names": "history",
}  # fmt: skip
"""Pages that have no entry of their own, and whose they are."""


def create_app(
    office: Office,
    *,
    url: str = "http://127.0.0.1",
    hosts: Iterable[str] = (),
    most: str = FULL,
    tell: Callable[[str], None] = lambda _link: None,
) -> tuple[Flask, Door]:
    """Return the app and its door, of which links are made."""

    def everywhere() -> dict[str, Any]:
        session = door.session()
        said: list[tuple[str, str]] = []
        if session:
            said, session.said = session.said, []
        return {
            "school": office.known.school.name or office.known.school.id,
            "session": session, "said": said, "navigation": NAVIGATION, "counts_of": _counts(office, session) if session else {},
            "you_decide": decider(session),
            "here": INSIDE.get(request.endpoint or "", request.endpoint), "simulated_day": office.known.sync.today,
        }  # fmt: skip

    app = taught(everywhere, lambda: office.work.syncing, lambda: door.session())
    door = Door(app, now=office.clock.now, url=url, hosts=hosts, most=most, tell=tell)
    for page in PAGES:
        page.mount(door, office)

    def at(text: str | None) -> str:
        return words.moment(datetime.fromisoformat(text).astimezone(office.zone)) if text else ""

    app.jinja_env.filters["at"] = at
    return app, door


def taught(
    everywhere: Callable[[], dict[str, Any]], syncing: Callable[[], bool], session: Callable[[], Session | None]
) -> Flask:
    """Return an app that speaks our words and says what goes wrong. ``everywhere``: what every template is given."""
    app = Flask("dayzero_manager")
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
    app.config["MAX_FORM_PARTS"] = 20_000
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(everywhere)
    _teach(app)

    @app.errorhandler(StillLooking)
    def looking(still: StillLooking) -> Response:
        return make_response(render_template("looking.html", job=still.job, syncing=syncing()))

    @app.errorhandler(DayzeroError)
    def told(error: DayzeroError) -> Response:
        return trouble(error, session())

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
            answer = trouble(bug, session())
            answer.status_code = 500
            return answer

    return app


def _counts(office: Office, session: Session) -> dict[str, tuple[int, bool]]:
    """Return the numbers beside the pages' names, and whether they wait for the office; none while no plan is at hand."""
    try:
        shown = office.at_hand("plan")
    except DayzeroError:  # the page itself says what is wrong with the configuration
        shown = None
    if shown is None:
        return {}
    found = {
        "plan": (shown.sent, False),
        "holds": (shown.decisions, session.may_act),
        "fix": (shown.report.to_fix, session.may_act),
    }
    return {name: count for name, count in found.items() if count[0]}


def _teach(app: Flask) -> None:
    """Give the templates the words that pages speak."""
    app.jinja_env.filters.update(day=words.day, moment=words.moment, breakable=words.breakable, reason=words.reason)
    app.jinja_env.globals.update(
        many=words.many, agrees=words.agrees, ending=words.ending, listed=words.listed, named=named, if_released=words.IF_RELEASED,
        released=words.released, happens=words.happens, was_done=words.was_done,
        SETTING=words.SETTING, answers_said=words.ANSWERS, names_of_facts=words.FACTS, titles_of_rules=words.RULES_ASKED,
        done_words=words.DONE, happened=words.happened,
    )  # fmt: skip
