"""What would have been mailed or printed: nothing leaves the machine."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayzero_simulator.portal import directory
from dayzero_simulator.portal.directory import Filter
from dayzero_simulator.portal.passwords import temporary_password
from dayzero_simulator.portal.refusal import RefusedAction

__all__ = ["CRITERIA", "Recipients", "login_details", "message", "messages", "recipients", "reset_message"]


@dataclass(frozen=True)
class Recipients:
    """Whom to give Login Details. ``kinds``: for which tabs. ``channels``: e-mail, print, or both (R24)."""

    name: str
    title: str
    kinds: tuple[str, ...] = ("parent", "student")
    channels: tuple[str, ...] = ("email", "print")


CRITERIA = (
    Recipients("all", "All"),
    Recipients("not-active", "All who have not signed in yet"),
    Recipients("no-email", "Students without an e-mail", ("student",), ("print",)),
    Recipients("grade", "By grade level"),
    Recipients("ticked", "Those ticked"),
)
"""R24. By homeroom is documented as well; homerooms are not part of what is synced here."""


def recipients(
    db: sqlite3.Connection, school: str, kind: str, channel: str, criterion: str, *, grade: str, ticked: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the accounts, not disabled, that a choice of recipients means."""
    known = {c.name for c in CRITERIA if kind in c.kinds and channel in c.channels}
    if criterion not in known:
        raise RefusedAction("These recipients cannot be chosen here.", status=422)
    if criterion == "ticked":
        found = [p for i in ticked if (p := directory.person(db, school, kind, i))]
    else:
        by = Filter(
            status="not-active" if criterion == "not-active" else "", grade=grade if criterion == "grade" else ""
        )
        found = directory.people(db, school, kind, by, limit=-1).items
    found = [p for p in found if p["status"] != "disabled"]
    mailable = [p for p in found if "@" in (p["login"] or "")]
    if channel == "email":
        return mailable
    return [p for p in found if "@" not in (p["login"] or "")] if criterion == "no-email" else found


def login_details(
    db: sqlite3.Connection,
    school: str,
    address: str,
    people: Iterable[dict[str, Any]],
    channel: str,
    *,
    rng: random.Random,
    now: datetime,
) -> list[dict[str, Any]]:
    """Put everybody's Login Details into the outbox and return the messages.

    Whoever never signed in gets a temporary password if they have none; whoever has a password keeps it.
    """
    written = []
    for person in people:
        temporary = person["temporary"]
        if person["status"] == "pending" and temporary is None:
            temporary = temporary_password(rng)
            db.execute(
                "update accounts set temporary = ? where school = ? and kind = ? and person_id = ?",
                [temporary, school, person["kind"], person["person_id"]],
            )
        secret = f"Temporary password: {temporary}" if temporary else "Password: the one you chose"
        body = (
            f"Dear {person['name']},\n\nhere is how to sign in to the portal.\n\nAddress: {address}\n"
            f"E-mail or user name: {person['login']}\n{secret}\n"
        )
        written.append(
            _put(
                db,
                school,
                channel,
                person["kind"],
                person["person_id"],
                person["login"],
                "Login Credentials",
                body,
                now,
            )
        )
    return written


def reset_message(
    db: sqlite3.Connection, school: str, kind: str, person_id: str, mailbox: str, link: str, now: datetime
) -> None:
    """Put a link for a new password into the outbox."""
    body = f"Somebody, perhaps you, asked for a new password.\n\nSet it within one hour: {link}\n\nElse do nothing.\n"
    _put(db, school, "email", kind, person_id, mailbox, "Can't access your account?", body, now)


def _put(
    db: sqlite3.Connection,
    school: str,
    channel: str,
    kind: str,
    person_id: str,
    mailbox: str | None,
    subject: str,
    body: str,
    now: datetime,
) -> dict[str, Any]:
    at = now.isoformat()
    cursor = db.execute(
        "insert into outbox (school, at, channel, kind, person_id, address, subject, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [school, at, channel, kind, person_id, mailbox, subject, body],
    )
    return {
        "number": cursor.lastrowid, "at": at, "channel": channel, "kind": kind, "person_id": person_id,
        "address": mailbox, "subject": subject, "body": body,
    }  # fmt: skip


def messages(
    db: sqlite3.Connection, school: str, *, to: str = "", before: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return messages, latest first, those with a smaller number than ``before``; ``to``: whose address or id has it."""
    rows = db.execute(
        "select * from outbox where school = ? and (? = 0 or number < ?)"
        " and (? = '' or instr(lower(coalesce(address, '') || ' ' || person_id), lower(?))) order by number desc limit ?",
        [school, before, before, to, to, limit],
    )
    return [dict(r) for r in rows]


def message(db: sqlite3.Connection, school: str, number: int) -> dict[str, Any] | None:
    """Return one message, or None."""
    row = db.execute("select * from outbox where school = ? and number = ?", [school, number]).fetchone()
    return dict(row) if row else None
