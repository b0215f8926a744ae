"""The app of a fleet: the same door, and one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Flask, Response, render_template, request
from markupsafe import Markup

from dayzero.errors import ExitCode
from dayzero.fleet import REASONS, Reason, SchoolResult, nothing_to_look_at, of_reason
from dayzero_manager import words
from dayzero_manager.app import taught
from dayzero_manager.door import FULL, Door, to
from dayzero_manager.fleet.schools import Fleet
from dayzero_manager.view import ROWS

__all__ = ["create_fleet_app"]

_MANY = "many-schools"


def create_fleet_app(
    fleet: Fleet,
    *,
    url: str = "http://127.0.0.1",
    hosts: Iterable[str] = (),
    most: str = FULL,
    tell: Callable[[str], None] = lambda _link: None,
) -> tuple[Flask, Door]:
    """Return the app and its door, of which links are made."""

    def everywhere() -> dict[str, Any]:
        return {
            "school": fleet.where.name, "session": door.session(), "said": [], "navigation": (("home", "Schools"),),
            "counts_of": {}, "here": "home", "simulated_day": None, "you_decide": "",
        }  # fmt: skip

    app = taught(everywhere, lambda: fleet.work.syncing, lambda: door.session())
    door = Door(app, now=fleet.clock.now, url=url, hosts=hosts, most=most, tell=tell)
    app.jinja_env.filters |= {"at": _at, "coded": _coded}

    def home() -> str:
        night = fleet.night()
        chosen = next((r for r in REASONS if r.code == request.args.get("reason")), None)
        rows = of_reason(night.results, chosen) if chosen else _gravest_first(night.results)
        pages = max(1, -(-len(rows) // ROWS))
        number = min(max(request.args.get("page", 1, int), 1), pages)
        return render_template(
            "schools.html", night=night, chosen=chosen, where=fleet.where.name, number=number, pages=pages,
            rows=[(r, list(_why(r))) for r in rows[(number - 1) * ROWS : number * ROWS]],
            reasons=[(reason, n) for reason in REASONS if (n := len(of_reason(night.results, reason)))],
            quiet=sum(map(nothing_to_look_at, night.results)), waiting=sum(map(_waits, night.results)),
        )  # fmt: skip

    def anew() -> Response:
        fleet.ask_anew()
        return to("home")

    door.mount("/", "home", home)
    door.mount("/anew", "schools_anew", anew, sends=True)
    return app, door


def _at(text: str | None) -> str:
    """Return a moment in this machine's time: schools have zones of their own."""
    return words.moment(datetime.fromisoformat(text).astimezone()) if text else ""


def _coded(text: str) -> Markup:
    """Return a text with what stands between backticks as code, broken between words alone: an option is none in two halves."""

    def whole(part: str) -> Markup:
        return Markup(" ").join(Markup('<span class="nowrap">{}</span>').format(word) for word in part.split())

    parts = (Markup("<code>{}</code>").format(whole(part)) if n % 2 else part for n, part in enumerate(text.split("`")))
    return Markup().join(parts)


def _why(result: SchoolResult) -> Iterable[Reason]:
    return (reason for reason in REASONS if reason.holds(result))


def _waits(result: SchoolResult) -> bool:
    """Whether somebody should look at a school."""
    return result.exit_code not in (None, ExitCode.DONE)


def _gravest_first(results: Iterable[SchoolResult]) -> list[SchoolResult]:
    """Return schools in the order of the reasons they are told for, and those with none at the end, by id."""

    def place(result: SchoolResult) -> tuple[int, str]:
        return next((n for n, reason in enumerate(REASONS) if reason.holds(result)), len(REASONS)), result.school

    return sorted(results, key=place)
