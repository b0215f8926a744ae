"""What would have been mailed or printed: nothing leaves the machine."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dayzero_simulator.names import full_name
from dayzero_simulator.portal import directory, temporary
from dayzero_simulator.portal.directory import Filter, People
from dayzero_simulator.portal.letters import SUBJECT, Occasion, login_letter, with_secret
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.portal.settings import Settings
from dayzero_simulator.portal.years import scheduling_year

__all__ = [
    "CRITERIA",
    "Recipients",
    "draft",
    "login_details",
    "message",
    "messages",
    "messages_to",
    "recipients",
    "reset_message",
    "text_of",
]


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
    Recipients("new", "All newcomers"),
    Recipients("new-not-active", "Newcomers who have not signed in yet"),
    Recipients("new-untold", "Newcomers who have no login details yet"),
    Recipients("new-no-email", "Newcomers without an e-mail who have no login details yet", ("student",), ("print",)),
    Recipients("grade", "By grade level"),
    Recipients("ticked", "Those ticked"),
)
"""R24; newcomers are ours. By homeroom is documented as well; homerooms are not part of what is synced here."""

_STATUS = {
    "not-active": "not-active",
    "new": "new",
    "new-not-active": "new-not-active",
    "new-untold": "new-untold",
    "new-no-email": "new-untold",
}
"""The status that a criterion asks for, as Manage Accounts filters by it."""


def recipients(
    db: sqlite3.Connection,
    school: str,
    kind: str,
    channel: str,
    criterion: str,
    *,
    grade: str,
    ticked: Sequence[str],
    after: str = "",
    limit: int = -1,
) -> People:
    """Return the accounts, not disabled, that a choice of recipients means: all of them, or a page; those ticked at once."""
    known = {c.name for c in CRITERIA if kind in c.kinds and channel in c.channels}
    if criterion not in known:
        raise RefusedAction("These recipients cannot be chosen here.", status=422)
    if criterion == "ticked":
        there = [p for i in ticked if (p := directory.person(db, school, kind, i)) and p["status"] != "disabled"]
        found = [p for p in there if channel == "print" or "@" in (p["login"] or "")]
        return People(found, "", len(found))
    reach = "email" if channel == "email" else "paper" if criterion.endswith("no-email") else "anyhow"
    by = Filter(
        status=_STATUS.get(criterion, ""), grade=grade if criterion == "grade" else "", reach=reach, after=after
    )
    return directory.people(db, school, kind, by, limit=limit)


def login_details(
    db: sqlite3.Connection,
    school: str,
    address: str,
    people: Iterable[dict[str, Any]],
    channel: str,
    *,
    settings: Settings,
    rng: random.Random,
    now: datetime,
) -> list[dict[str, Any]]:
    """Put everybody's Login Details into the outbox; return the messages with their ``text`` as it goes out.

    Whoever has no password of their own gets a temporary one, if they have none that still opens; whoever has a password
    keeps it. A temporary password that the school has hidden goes out once, when it is drawn: a reprint does not show it.
    """
    written, chosen = [], list(people)
    families = _children(db, school, [p["person_id"] for p in chosen if p["kind"] == "parent"])
    occasion = _occasion(db, school, address, settings, now)
    for person in chosen:
        secret, given_at, is_new = person["temporary"], person["temporary_at"], False
        if not person["own_password"] and (secret is None or temporary.is_over(person["temporary_at"], settings, now)):
            secret, given_at, is_new = temporary.drawn(rng), now.isoformat(), True
            db.execute(
                "update accounts set temporary = ?, temporary_at = ? where school = ? and kind = ? and person_id = ?",
                [secret, now.isoformat(), school, person["kind"], person["person_id"]],
            )
        children = families.get(person["person_id"], []) if person["kind"] == "parent" else []
        body = login_letter(person, children, occasion, given_at=given_at)
        message = _put(
            db, school, channel, person["kind"], person["person_id"], person["login"], SUBJECT, body, now,
            secret=secret,
        )  # fmt: skip
        text = with_secret(body, secret) if is_new else text_of(db, school, message, settings, now)
        written.append({**message, "text": text})
    return written


def draft(
    db: sqlite3.Connection, school: str, address: str, person: dict[str, Any], settings: Settings, now: datetime
) -> str:
    """Return what somebody's Login Details would say, before they are given: no password stands in it."""
    children = _children(db, school, [person["person_id"]]) if person["kind"] == "parent" else {}
    occasion = _occasion(db, school, address, settings, now)
    lasts = person["temporary"] is not None and not temporary.is_over(person["temporary_at"], settings, now)
    given_at = person["temporary_at"] if lasts else now.isoformat()
    body = login_letter(person, children.get(person["person_id"], []), occasion, given_at=given_at)
    return with_secret(body, "stands here when the letter is made")


def _occasion(db: sqlite3.Connection, school: str, address: str, settings: Settings, now: datetime) -> Occasion:
    year = scheduling_year(db, school)
    name = (year["name"] or year["id"]) if year else ""
    return Occasion(settings["school_name"] or school, address, name, settings, now)


def text_of(db: sqlite3.Connection, school: str, message: dict[str, Any], settings: Settings, now: datetime) -> str:
    """Return a message as the school may read it now: a temporary password only where it is not hidden and still opens."""
    secret = message["secret"]
    if secret is None:
        return str(message["body"])
    person = directory.known(db, school, message["kind"], message["person_id"])
    if temporary.is_hidden(person["kind"], person["login"], settings):
        return with_secret(message["body"], "hidden by the school's settings")
    if person["temporary"] != secret or temporary.is_over(person["temporary_at"], settings, now):
        return with_secret(message["body"], "no longer of use")
    return with_secret(message["body"], secret)


def _children(db: sqlite3.Connection, school: str, parents: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the children whom each of these parents may see, by name."""
    rows = db.execute(
        "select f.parent_id, p.* from json_each(?) j cross join families f on f.school = ? and f.parent_id = j.value"
        " cross join pupils p on p.school = f.school and p.student_id = f.student_id order by p.name_key, p.student_id",
        [json.dumps(parents), school],
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        named = {**dict(row), "name": full_name(row["given_name"], row["family_name"])}
        found.setdefault(row["parent_id"], []).append(named)
    return found


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
    *,
    secret: str | None = None,
) -> dict[str, Any]:
    message = {
        "school": school, "at": now.isoformat(), "channel": channel, "kind": kind, "person_id": person_id,
        "address": mailbox, "subject": subject, "body": body, "secret": secret,
    }  # fmt: skip
    cursor = db.execute(
        f"insert into outbox ({', '.join(message)}) values ({', '.join(f':{name}' for name in message)})",  # noqa: S608 - our own names
        message,
    )
    return {"number": cursor.lastrowid, **message}


def messages(
    db: sqlite3.Connection, school: str, *, to: str = "", before: int = 0, limit: int = 50
) -> list[dict[str, Any]]:
    """Return messages with the person's name, latest first, those with a smaller number than ``before``.

    ``to``: whose address or id has it.
    """
    rows = db.execute(
        "select o.*, trim(coalesce(a.given_name, m.name, '') || ' ' || coalesce(a.family_name, '')) as name from outbox o"
        " left join accounts a on a.school = o.school and a.kind = o.kind and a.person_id = o.person_id"
        " left join admins m on o.kind = 'admin' and m.school = o.school and m.admin_id = o.person_id"
        " where o.school = ? and (? = 0 or o.number < ?)"
        " and (? = '' or instr(lower(coalesce(o.address, '') || ' ' || o.person_id), lower(?)))"
        " order by o.number desc limit ?",
        [school, before, before, to, to, limit],
    )
    return [dict(r) for r in rows]


def messages_to(db: sqlite3.Connection, school: str, kind: str, person_id: str, limit: int = 5) -> list[dict[str, Any]]:
    """Return the latest messages to one person, latest first."""
    rows = db.execute(
        "select number, at, channel, subject from outbox where school = ? and kind = ? and person_id = ?"
        " order by number desc limit ?",
        [school, kind, person_id, limit],
    )
    return [dict(r) for r in rows]


def message(db: sqlite3.Connection, school: str, number: int) -> dict[str, Any] | None:
    """Return one message, or None."""
    row = db.execute("select * from outbox where school = ? and number = ?", [school, number]).fetchone()
    return dict(row) if row else None
