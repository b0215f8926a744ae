"""Login Details, and the Outbox that they and every other message lie in."""

from __future__ import annotations

from flask import Response, request

from dayzero_simulator.portal import directory, outbox
from dayzero_simulator.portal.letters import blocks
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import read_settings
from dayzero_simulator.web.door import Door
from dayzero_simulator.web.manager import TABS
from dayzero_simulator.web.numbers import whole_number
from dayzero_simulator.web.visit import Visit

__all__ = ["letter_pages"]

ADMIN = ("admin",)
SHOWN = 50


def letter_pages(door: Door) -> None:
    """Mount the pages."""
    details = "/manage/<any(parents, students):tab>/login-details"
    door.page(details, "login_details", roles=ADMIN, methods=("GET", "POST"))(login_details)
    door.page("/outbox", "outbox", roles=ADMIN)(outbox_page)
    door.page("/outbox/<number:number>", "message", roles=ADMIN)(message)


def login_details(visit: Visit, tab: str) -> Response:
    """Choose whom to give Login Details (R24), confirm, and mail or print them: into the outbox."""
    kind, source = TABS[tab], request.form if request.method == "POST" else request.args
    channel = "print" if source.get("channel") == "print" else "email"
    ticked, grade = source.getlist("ticked")[:10_000], source.get("grade", "")
    criterion = source.get("criterion") or ("ticked" if ticked else "not-active")
    after = "" if request.method == "POST" else request.args.get("after", "")[:600]
    with visit.writing() as db:
        settings = read_settings(db, visit.school)
        grades = directory.grades(db, visit.school)
        found = outbox.recipients(
            db, visit.school, kind, channel, criterion, grade=grade, ticked=ticked,
            after=after, limit=-1 if request.method == "POST" else SHOWN,
        )  # fmt: skip
        if request.method == "POST":
            sent = outbox.login_details(
                db, visit.school, visit.link("sign_in"), found.items, channel,
                settings=settings, rng=visit.world.secrets, now=visit.now,
            )  # fmt: skip
            for letter in sent:
                visit.note(db, "login-details", kind=kind, person_id=letter["person_id"], detail=channel)
    if request.method == "POST" and channel == "print":
        return visit.page("printed.html", tab=tab, messages=sent, blocks=blocks)
    if request.method == "POST":
        visit.says(f"{len(sent):,} message{'' if len(sent) == 1 else 's'} sent: they are in this Outbox.")
        return visit.to("outbox")
    with visit.reading() as db:
        first = found.items[:1]
        says = first and outbox.draft(db, visit.school, visit.link("sign_in"), first[0], settings, visit.now)
    offered = [c for c in outbox.CRITERIA if kind in c.kinds and channel in c.channels]
    return visit.page(
        "login_details.html",
        tab=tab, kind=kind, channel=channel, criterion=criterion, criteria=offered,
        says=blocks(says) if says else [], found=found, after=after,
        grades=grades, grade=grade, ticked=ticked,
    )  # fmt: skip


def outbox_page(visit: Visit) -> Response:
    """List what would have been sent."""
    number, to = whole_number(request.args.get("before", "")), request.args.get("to", "").strip()[:200]
    with visit.reading() as db:
        found = outbox.messages(db, visit.school, to=to, before=number, limit=SHOWN + 1)
    more = found[SHOWN - 1]["number"] if len(found) > SHOWN else None
    return visit.page("outbox.html", messages=found[:SHOWN], to=to, more=more)


def message(visit: Visit, number: int) -> Response:
    """Show one message."""
    with visit.reading() as db:
        found = outbox.message(db, visit.school, number)
        if found is None:
            raise RefusedAction("There is no such message.", status=404)
        text = outbox.text_of(db, visit.school, found, read_settings(db, visit.school), visit.now)
    return visit.page("message.html", message=found, text=text)
