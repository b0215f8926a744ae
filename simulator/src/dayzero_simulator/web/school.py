"""The school's settings and its sync history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sqlite3 import Connection

from flask import Response, request

from dayzero_simulator.courses.catalog import grades_asked
from dayzero_simulator.names import grade_order
from dayzero_simulator.portal import directory, history
from dayzero_simulator.portal.baseline import compared
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import (
    GROUPS,
    HIDE,
    SETTINGS,
    Setting,
    grades_set,
    read_settings,
    settings_of,
    title_of,
    write_settings,
)
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["school_pages"]

ADMIN = ("admin",)
SHOWN = 50
EVERYBODY = 200
"""People on a page of everybody to whom a sync did one thing."""


def school_pages(door: Door) -> None:
    """Mount the pages."""
    door.page("/settings", "settings", roles=ADMIN, methods=("GET", "POST"), keeps=True)(settings)
    door.page("/syncs", "syncs", roles=ADMIN)(syncs)
    door.page("/syncs/<sync_id>", "sync", roles=ADMIN)(sync)
    door.page("/syncs/<sync_id>/people", "sync_people", roles=ADMIN)(people)


def settings(visit: Visit) -> Response:
    """Show and save the settings: what was changed on this page, and nothing that others changed meanwhile."""
    refused = None
    with visit.reading() as db:
        there, now = _there(db, visit.school)
    titles = {s.name: title_of(s.name) for s in there}
    changes = compared(_typed(visit, there), _shown(visit, there), now)
    if request.method == "POST":
        if not changes.clashing and (asked := _asked(visit, changes.mine, now)):
            return asked
        try:
            with visit.writing() as db:
                there, now = _there(db, visit.school)  # once more: somebody may have been quicker
                changes = compared(_typed(visit, there), _shown(visit, there), now)
                changes.require_no_clash(now, titles)
                _save(visit, db, changes.mine)
            return visit.to("settings", done="saved")
        except RefusedAction as error:
            refused = error
    else:
        refused = changes.clash(now, titles)
    return visit.page(
        "settings.html",
        refused=refused,
        tab="settings", sections=list(dict.fromkeys(s.section for s in SETTINGS)), settings=there, now=now,
        values={**now, **changes.mine}, grades=list(dict.fromkeys(s.grade for s in there if s.grade)),
        others=grades_set({**now, **changes.mine}),
    )  # fmt: skip


def _there(db: Connection, school: str) -> tuple[tuple[Setting, ...], dict[str, str]]:
    """Return the settings there are, those of the grades that choose courses too, and their values."""
    values = read_settings(db, school)
    there = settings_of(sorted({*grades_asked(db, school), *grades_set(values)}, key=grade_order))
    return there, {s.name: values.get(s.name, s.default) for s in there}


def _save(visit: Visit, db: Connection, mine: Mapping[str, str]) -> None:
    for name, (before, after) in write_settings(db, visit.school, mine).items():
        action = ("lock" if after == "yes" else "unlock") if _locks(name) else "settings"
        visit.note(db, action, detail=f"{title_of(name)}: {before or 'none'} to {after or 'none'}")


def _typed(visit: Visit, there: Iterable[Setting]) -> dict[str, str]:
    """Return what the form says of each setting; a box that is not ticked says no, a field that is not there nothing."""
    if not visit.typed:
        return {}
    boxes = {s.name: "yes" if visit.typed.get(s.name) == "yes" else "no" for s in there if s.kind == "yes-no"}
    fields = {s.name: _plain(visit.typed[s.name]) for s in there if s.kind != "yes-no" and s.name in visit.typed}
    return boxes | fields


def _shown(visit: Visit, there: Iterable[Setting]) -> dict[str, str]:
    return {s.name: _plain(visit.typed[f"was:{s.name}"]) for s in there if f"was:{s.name}" in visit.typed}


def _plain(text: str) -> str:
    """Return what was typed as it is kept: browsers end lines in their own way."""
    return text.replace("\r\n", "\n").strip()


def _locks(name: str) -> bool:
    return name in {f"lock_{kind}" for kind in GROUPS}


def _asked(visit: Visit, mine: Mapping[str, str], now: Mapping[str, str]) -> Response | None:
    """Ask before a group is locked out, and before what cannot be undone."""
    turned_on = {name for name, value in mine.items() if value == "yes" and now[name] == "no"}
    locked = [kind for kind in GROUPS if f"lock_{kind}" in turned_on]
    what, lost = [f"lock {GROUPS[kind]}" for kind in locked], []
    for kind in locked:
        with visit.reading() as db:
            number = directory.working(db, visit.school, kind)
        lost.append(
            f"{number:,} {GROUPS[kind].lower()} cannot sign in until you unlock them, and are stopped where they are."
        )
    if HIDE.name in turned_on:
        what.append("hide temporary passwords")
        lost.append("Temporary passwords are hidden for good: that cannot be undone.")
    question = " and ".join(what)
    return visit.asks(f"{question[0].upper()}{question[1:]}?", "Save settings", *lost) if what else None


def syncs(visit: Visit) -> Response:
    """List the syncs."""
    before = whole_number(request.args.get("before", ""))
    with visit.reading() as db:
        found = history.syncs(db, visit.school, before=before, limit=SHOWN + 1)
    more = found[SHOWN - 1]["number"] if len(found) > SHOWN else None
    stories = {s["sync_id"]: history.story(s) for s in found[:SHOWN]}
    return visit.page("syncs.html", syncs=found[:SHOWN], stories=stories, more=more, after=before)


def sync(visit: Visit, sync_id: str) -> Response:
    """Show what one sync did to whom: what is out of the ordinary first, equal changes once."""
    with visit.reading() as db:
        found = history.sync_of(db, visit.school, sync_id)
        if found is None:
            raise RefusedAction("There is no such sync.", status=404)
        parts: history.Parts = {}
        groups = history.sync_detail(db, visit.school, sync_id, parts)
        folds = history.folds(db, visit.school, sync_id, parts)
        removed = history.removed(db, visit.school, sync_id, parts)
        rejected = history.rejected(db, visit.school, found)
    return visit.page(
        "sync.html",
        sync=found, story=history.story(found), groups=groups, folds=folds, removed=removed,
        rejected=rejected, titles=history.TITLES,
        shown=history.SHOWN,
    )  # fmt: skip


def people(visit: Visit, sync_id: str) -> Response:
    """List everybody to whom a sync did one thing, page by page."""
    op = request.args.get("op", "update")
    if op not in history.OPS:
        raise RefusedAction("No sync does that to people.", status=404)
    after, kind, fields = (
        whole_number(request.args.get("after", "")),
        request.args.get("kind", ""),
        request.args.get("fields", ""),
    )
    with visit.reading() as db:
        found = history.sync_of(db, visit.school, sync_id)
        if found is None:
            raise RefusedAction("There is no such sync.", status=404)
        rows = history.people_of(
            db, visit.school, sync_id, op, kind=kind, fields=fields, after=after, limit=EVERYBODY + 1
        )
    more = after + EVERYBODY if len(rows) > EVERYBODY else None
    return visit.page(
        "sync_people.html",
        sync=found, op=op, title=history.TITLES[op], rows=rows[:EVERYBODY], kind=kind, fields=fields, after=after, more=more,
    )  # fmt: skip
