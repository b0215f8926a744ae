"""Today: what an admin sees first. Whose turn it is, each number with the list behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Response

from dayzero_simulator.courses import demand
from dayzero_simulator.portal import history, words
from dayzero_simulator.portal.roles import roles_of
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.today import Waiting, today_of
from dayzero_simulator.web.visit import Visit

__all__ = ["today"]

FRESH = timedelta(days=2)
"""So old the last sync may be before its mark is green no more."""


def today(visit: Visit) -> Response:
    """Show what waits for the school, for families, and what ran by itself."""
    session = visit.who
    with visit.reading() as db:
        found = today_of(db, visit.school, read_settings(db, visit.school), visit.zone)
        roles = roles_of(db, visit.school, session.kind or "", session.person_id or "", session.login_key or "")
    waiting = visit.waiting
    assert waiting is not None, "the door let an admin in"  # noqa: S101 - says so to the reader of types
    return visit.page(
        "today.html",
        w=waiting, t=found, roles=roles, steps=demand.STEPS, heading=_heading(waiting), day=words.day(visit.now.astimezone(visit.zone).date()),
        story=history.story(found.sync) if found.sync else "",
        oldest=words.away(datetime.fromisoformat(found.against[0]["at"]), visit.now, visit.zone) if found.against else "",
        **(_of_sync(visit, found.sync["opened_at"]) if found.sync else {}),
        dates=[
            {
                "said": words.spoken(d.at, visit.zone) if d.timed else words.day(d.at.astimezone(visit.zone).date()),
                "away": words.away(d.at, visit.now, visit.zone), "what": d.what, "over": d.at <= visit.now,
            }
            for d in found.dates
        ],
    )  # fmt: skip


def _heading(w: Waiting) -> str:
    """Return the two things that most wait for somebody, as a sentence."""
    parts = [
        f"{words.counted(w.details, 'newcomer has', 'newcomers have')} no login details yet" if w.details else "",
        f"{words.counted(w.receive, 'request is', 'requests are')} ready for you" if w.receive else "",
        f"{words.counted(w.disagree, 'request has', 'requests have')} a parent who does not agree"
        if w.disagree
        else "",
        f"{words.counted(w.edits, 'e-mail edit waits', 'e-mail edits wait')} for you" if w.edits else "",
    ]
    said = [part for part in parts if part][:2]
    return f"{', and '.join(said)}." if said else "Nothing waits for you."


def _of_sync(visit: Visit, at: str) -> dict[str, Any]:
    """Return when the last sync was, how long ago that is, and whether it is fresh: of last night, or of a day ago."""
    moment = datetime.fromisoformat(at)
    return {
        "synced": words.spoken(moment, visit.zone), "synced_away": words.away(moment, visit.now, visit.zone),
        "fresh": visit.now - moment < FRESH,
    }  # fmt: skip
