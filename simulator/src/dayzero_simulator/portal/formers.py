"""Who had an account before its id was given to somebody else: what was theirs is put away whole, and kept for thirty days.

It leaves the tables that the pages and the API read, so that none of them has to remember to leave it out. What somebody
else's things say of them - a child's form that they submitted, what an admin did for them - stays, and names a former holder.
Rows are moved by tables, not by people: a renewal of many is no more looks than that of one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dayzero_simulator.names import full_name
from dayzero_simulator.portal import devices, directory, patience
from dayzero_simulator.portal.drift import refuse_taken_login
from dayzero_simulator.portal.refusal import RefusedAction
from dayzero_simulator.staging import SENT

__all__ = ["KEPT", "forget_old", "hand_over", "keep", "keep_students", "kept", "last", "put_away", "restore"]

KEPT = timedelta(days=30)
"""So long a former holder can be brought back. Afterwards only that there was one is known."""
_OF_ACCOUNT = "f.kind = t.kind and f.person_id = t.person_id"
_OF_STUDENT = "f.kind in ('student', 'student-record') and f.person_id = t.student_id"
_OF_FAMILY = f"({_OF_STUDENT} or f.kind = 'parent' and f.person_id = t.parent_id)"
_PLACES = {
    "sign_ins": _OF_ACCOUNT,
    "outbox": _OF_ACCOUNT,
    "edits": _OF_ACCOUNT,
    "forms": _OF_STUDENT,
    "course_requests": _OF_STUDENT,
    "form_events": _OF_STUDENT,
    "submissions": _OF_STUDENT,
    "form_messages": _OF_STUDENT,
    "reviews": _OF_FAMILY,
    "past_reviews": _OF_FAMILY,
}
"""Where a holder's own things are, and which of the rows ``t`` are those of the former holder ``f``."""
_ENDED = {
    "sessions": _OF_ACCOUNT,
    "resets": _OF_ACCOUNT,
}
"""What opens the account, and is no good to anybody any more: a session that has ended still knows what was typed in it."""


@dataclass(frozen=True)
class _Trace:
    """What in a ``table`` names somebody by ``column``: which rows ``t`` name ``f``, and the ``value`` that does."""

    table: str
    column: str
    whose: str
    value: str


_SUBMITTED = (
    "f.kind = substr(t.submitted_by, 1, instr(t.submitted_by, ':') - 1)"
    " and f.person_id = substr(t.submitted_by, instr(t.submitted_by, ':') + 1)"
)
_TRACES = (
    _Trace("audit", "kind", _OF_ACCOUNT, "f.kind"),
    _Trace("form_events", "actor_kind", "f.kind = t.actor_kind and f.person_id = t.actor_id", "f.kind"),
    _Trace("forms", "submitted_by", _SUBMITTED, "f.kind || ':' || f.person_id"),
    _Trace("course_requests", "submitted_by", _SUBMITTED, "f.kind || ':' || f.person_id"),
    _Trace("reviews", "parent_id", "f.kind = 'parent' and f.person_id = t.parent_id", "f.person_id"),
    _Trace("reviews", "student_id", _OF_STUDENT, "f.person_id"),
    _Trace("past_reviews", "parent_id", "f.kind = 'parent' and f.person_id = t.parent_id", "f.person_id"),
    _Trace("past_reviews", "student_id", _OF_STUDENT, "f.person_id"),
)
"""A former holder is ``former:NUMBER`` in these columns, also of what is put away: a family's things name each other."""


def last(db: sqlite3.Connection) -> int:
    """Return the number of the latest former holder."""
    (number,) = db.execute("select coalesce(max(number), 0) from formers").fetchone()
    return int(number)


def keep(db: sqlite3.Connection, rowids: str, names: Mapping[str, Any]) -> None:
    """Keep accounts, which the query ``rowids`` gives, as they are before another person has them.

    ``names``: its values; ``now``, and ``before_sync``: the number of the first sync that is not theirs any more.
    """
    db.execute(
        "insert into formers (school, kind, person_id, at, since_sync, before_sync, account)"  # noqa: S608 - our own words
        " select t.school, t.kind, t.person_id, :now, coalesce(s.number, 0), :before_sync,"
        f" {_as_json(db, 'accounts')} from accounts t left join syncs s on s.sync_id = t.created_by"
        f" where t.rowid in ({rowids})",
        names,
    )


def keep_students(db: sqlite3.Connection, names: Mapping[str, Any], *, after: int) -> None:
    """Keep that students were somebody else who have, or had, no account that is renewed with their record.

    Their parents may have chosen courses for them. ``after``: the number of the latest former holder before this commit.
    """
    db.execute(
        "insert into formers (school, kind, person_id, at, since_sync, before_sync, account)"  # noqa: S608 - our own words
        f" select :school, s.kind, s.id, :now, 0, :before_sync, '{{}}' from {SENT} s"
        " where s.op = 'renew' and s.kind = 'student-record' and s.reason is null and not exists (select 1 from formers f"
        "  where f.school = :school and f.kind = 'student' and f.person_id = s.id and f.number > :after)",
        {**names, "after": after},
    )


def hand_over(db: sqlite3.Connection, rowids: str, names: Mapping[str, Any]) -> None:
    """Take from accounts all that opens them, and whatever says that they were opened; ``sync_id`` made them ``now``."""
    db.execute(
        "update accounts set password = null, temporary = null, temporary_at = null, proved_login = null,"  # noqa: S608 - our own words
        " last_login_at = null, name_key = null, created_at = :now, created_by = :sync_id, holder = (select max(f.number)"
        " from formers f where f.school = accounts.school and f.kind = accounts.kind and f.person_id = accounts.person_id)"
        f" where rowid in ({rowids})",
        names,
    )


def put_away(db: sqlite3.Connection, school: str, *, after: int) -> None:
    """Put away what belongs to the former holders with a number ``after`` that one, and end all that opens their accounts."""
    names = {"school": school, "after": after}
    if not db.execute("select 1 from formers where school = :school and number > :after", names).fetchone():
        return
    fresh = db.execute(
        "select f.kind, f.person_id, f.account ->> 'login_key' as was, a.login_key as now from formers f"
        " join accounts a using (school, kind, person_id) where f.school = :school and f.number > :after",
        names,
    ).fetchall()
    for place, whose in _PLACES.items():
        db.execute(
            f"insert into former_rows select f.number, '{place}', {_as_json(db, place)} from {place} t"  # noqa: S608 - our own words
            f" cross join formers f on f.school = t.school and {whose} and +f.number > :after where t.school = :school",
            names,
        )
    for place, whose in {**_PLACES, **_ENDED}.items():
        db.execute(f"delete from {place} as t where t.school = :school and {_is_former(whose)}", names)  # noqa: S608 - our own words
    _mark(db, names)
    _stop_looking(db, names)
    for row in fresh:
        patience.forget(db, patience.typed_by(school, row["kind"], row["person_id"]))
        for login in {row["was"], row["now"]} - {None}:
            devices.forget(db, school, login)
            patience.unlock(db, school, login)


def _is_former(whose: str) -> str:
    # `+`: they are found by whose they are, not by their number.
    return f"exists (select 1 from formers f where f.school = t.school and {whose} and +f.number > :after)"  # noqa: S608 - our own words


def _mark(db: sqlite3.Connection, names: Mapping[str, Any]) -> None:
    """Let whatever still names those who left name a former holder."""
    for trace in _TRACES:
        found = f"from formers f where f.school = t.school and {trace.whose} and +f.number > :after"
        marked = f"(select 'former:' || f.number {found})"
        _say(db, trace, marked, f"t.school = :school and exists (select 1 {found})", names)


def _unmark(db: sqlite3.Connection, names: Mapping[str, Any]) -> None:
    """Let whatever names a former holder name the holder again."""
    for trace in _TRACES:
        value = f"(select {trace.value} from formers f where f.number = :number)"  # noqa: S608 - our own words
        _say(db, trace, value, f"t.school = :school and t.{trace.column} = 'former:' || :number", names)


def _say(db: sqlite3.Connection, trace: _Trace, value: str, which: str, names: Mapping[str, Any]) -> None:
    """Write a value into what a trace is of: into rows that are there, and into those that are put away."""
    value_of_body, which_body = (re.sub(r"\bt\.(\w+)", r"(t.body ->> '\1')", text) for text in (value, which))
    db.execute(f"update {trace.table} as t set {trace.column} = {value} where {which}", names)  # noqa: S608 - our own words
    db.execute(
        f"update former_rows as t set body = json_set(body, '$.{trace.column}', {value_of_body})"  # noqa: S608 - our own words
        f" where t.place = '{trace.table}' and {which_body}",
        names,
    )


def _stop_looking(db: sqlite3.Connection, names: Mapping[str, Any]) -> None:
    """Let no admin look as somebody else by now, and no browser keep what the former holder typed for the new one."""
    looked_at = _is_former("f.kind = t.acting_kind and f.person_id = t.acting_id")
    db.execute(
        f"update sessions as t set acting_kind = null, acting_id = null where t.school = :school and {looked_at}",  # noqa: S608 - our own words
        names,
    )
    typed = _is_former("f.kind = t.unsent ->> 'kind' and f.person_id = t.unsent ->> 'person_id'")
    db.execute(
        f"update sessions as t set unsent = null where t.school = :school and t.unsent is not null and {typed}",  # noqa: S608 - our own words
        names,
    )


def forget_old(db: sqlite3.Connection, now: datetime) -> None:
    """Forget what was put away more than ``KEPT`` ago."""
    names = {"gone": (now - KEPT).isoformat()}
    old = "select number from formers where at <= :gone and account is not null"
    db.execute(f"delete from former_rows where former in ({old})", names)  # noqa: S608 - our own words
    db.execute("update formers set account = null where at <= :gone and account is not null", names)


def kept(db: sqlite3.Connection, school: str, now: datetime) -> list[dict[str, Any]]:
    """Return the former holders of accounts that can be brought back, the latest first."""
    rows = db.execute(
        "select number, kind, person_id, at, account ->> 'login' as login, account ->> 'given_name' as given_name,"
        " account ->> 'family_name' as family_name from formers where school = ? and account ->> 'status' is not null and at > ?"
        " order by number desc",
        [school, (now - KEPT).isoformat()],
    )
    return [
        {
            "number": r["number"], "kind": r["kind"], "person_id": r["person_id"], "login": r["login"],
            "name": full_name(r["given_name"], r["family_name"]), "renewed_at": r["at"],
            "kept_until": (datetime.fromisoformat(r["at"]) + KEPT).isoformat(),
        }
        for r in rows
    ]  # fmt: skip


def restore(db: sqlite3.Connection, school: str, number: int, now: datetime) -> None:
    """Give an account back to a former holder, with password and history; who has it now is a former holder then.

    Links are the sync's to say: the account comes back without any, of either side, and the next sync gives what the SIS
    has. RefusedAction is raised for one who is not kept (any more), and where another account has the login by now.
    """
    former = next((f for f in kept(db, school, now) if f["number"] == number), None)
    if former is None:
        raise RefusedAction("No such former holder is kept (any more).", status=404)
    key = {"school": school, "kind": former["kind"], "person_id": former["person_id"]}
    before = last(db)
    (following,) = db.execute("select count(*) + 1 from syncs").fetchone()
    own = "select rowid from accounts where school = :school and kind = :kind and person_id = :person_id"
    keep(db, own, {**key, "now": now.isoformat(), "before_sync": following})
    put_away(db, school, after=before)
    _write_back(db, key, number)
    refuse_taken_login(db, list(key.values()))
    _unmark(db, {"school": school, "number": number})
    for place in _PLACES:
        _bring_back(db, place, number)
    db.execute("delete from former_rows where former = ?", [number])
    db.execute("delete from formers where number = ?", [number])
    directory.index_account(db, school, former["kind"], former["person_id"])


def _write_back(db: sqlite3.Connection, key: Mapping[str, str], number: int) -> None:
    """Write the account as it was, without links."""
    columns = [c for c in _columns(db, "accounts") if c not in key]
    values = ", ".join(f"{c} = f.account ->> '{c}'" for c in columns)
    db.execute(
        f"update accounts set {values} from formers f where f.number = :number and accounts.school = :school"  # noqa: S608 - our own words
        " and accounts.kind = :kind and accounts.person_id = :person_id",
        {**key, "number": number},
    )
    if key["kind"] == "parent":
        db.execute(
            "update accounts set children = '[]' where school = ? and kind = ? and person_id = ?", [*key.values()]
        )
    else:
        db.execute(
            "update accounts set children = (select json_group_array(c.value) from json_each(children) c"
            " where c.value != :person_id) where school = :school and kind = 'parent'"
            " and exists (select 1 from json_each(children) c where c.value = :person_id)",
            key,
        )


def _bring_back(db: sqlite3.Connection, place: str, number: int) -> None:
    columns = _columns(db, place)
    values = ", ".join(f"r.body ->> '{c}'" for c in columns)
    # A review is of what was chosen then, by who was the parent then and of who was the student then.
    known = " and r.body ->> 'parent_id' not like 'former:%' and r.body ->> 'student_id' not like 'former:%'"
    event = (
        "from form_events e where e.school = r.body ->> 'school' and e.student_id = r.body ->> 'student_id'"
        " and e.year_id = r.body ->> 'year_id'"
    )
    moved = f"exists (select 1 {event} and e.at > r.body ->> 'at' and e.action in ('save', 'submit', 'take-back'))"
    which = {"reviews": f"{known} and not {moved}", "past_reviews": known}.get(place, "")
    db.execute(
        f"insert or ignore into {place} ({', '.join(columns)}) select {values} from former_rows r"  # noqa: S608 - our own words
        f" where r.former = ? and r.place = ?{which}",
        [number, place],
    )
    if place == "reviews":  # those of choices that were changed meanwhile stay on record for the ones they were of
        version = f"(select max(e.number) {event} and e.action = 'submit' and e.at <= r.body ->> 'at')"
        db.execute(
            f"insert or ignore into past_reviews ({', '.join(columns)}, version) select {values}, {version} from former_rows r"  # noqa: S608 - our own words
            f" where r.former = ? and r.place = 'reviews'{known} and {moved} and {version} is not null",
            [number],
        )


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in db.execute(f"pragma table_info({table})")]


def _as_json(db: sqlite3.Connection, table: str) -> str:
    """Return the expression of a row ``t`` as JSON."""
    pairs = (f"'{c}', t.{c}" for c in _columns(db, table))
    return f"json_object({', '.join(pairs)})"
