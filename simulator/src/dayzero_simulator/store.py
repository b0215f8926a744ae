"""The simulator's SQLite: tables, and nothing that decides."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from dayzero_simulator import older, tallies
from dayzero_simulator.names import name_key

__all__ = [
    "ACCOUNT_INDEXES",
    "AT_REST",
    "IN_USE",
    "VERSION",
    "Transactions",
    "account_index",
    "clear",
    "connect",
    "prepare",
]


class Transactions(Protocol):
    """A state that is read and written as a whole, for steps that must not hold it all the while."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Yield the state to look at."""

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Yield the state to change, as one transaction."""


_TABLES = """
create table if not exists schools (school text primary key, revision text not null);
create table if not exists accounts (
    school text not null, kind text not null, person_id text not null,
    login text, login_key text, given_name text, family_name text, grade_level text, next_grade_level text,
    years text not null default '[]', new integer, children text,
    status text not null, created_at text not null, last_login_at text, password text,
    created_by text, changed_by text, disabled_by text, temporary text, proved_login text,
    temporary_at text, brought_by text, brought_years text not null default '[]', brought_new integer, name_key text,
    disabled_at text, holder integer not null default 0,
    primary key (school, kind, person_id)
);
drop index if exists accounts_new;
create index if not exists accounts_newcomers
    on accounts (school, kind, status, name_key, person_id, login, temporary_at) where new = 1;
create table if not exists formers (
    number integer primary key autoincrement, school text not null, kind text not null, person_id text not null,
    at text not null, since_sync integer not null, before_sync integer not null, account text
);
create index if not exists formers_of_person on formers (school, kind, person_id);
create table if not exists former_rows (former integer not null, place text not null, body text not null);
create index if not exists rows_of_former on former_rows (former);
create table if not exists records (
    school text not null, kind text not null, id text not null, body text not null,
    primary key (school, kind, id)
) without rowid;
create table if not exists syncs (
    sync_id text primary key, number integer not null, school text not null, kind text not null, state text not null,
    plan_id text not null, base_revision text not null, client text not null, opened_at text not null, touched_at text not null,
    revision text, applied text, rejected text, at_yes integer
);
create index if not exists syncs_of_school on syncs (school, state);
create table if not exists id_maps (sync_id text primary key, digest text not null);
create table if not exists parts (
    sync_id text not null, number integer not null, digest text not null, counts text not null, body blob not null,
    primary key (sync_id, number)
);
create table if not exists staging (
    sync_id text not null, number integer not null, first_row integer not null, last_row integer not null,
    first_kind text, first_id text, last_kind text, last_id text, grows integer not null, primary key (sync_id, number)
) without rowid;
create table if not exists staged (
    row integer primary key, op text not null, kind text not null, id text not null, reason text, changed integer,
    login text, login_key text, given_name text, family_name text, grade_level text, next_grade_level text,
    years text, new integer, children text, body text
);
create table if not exists course_requests (
    school text not null, request_id text not null, student_id text not null, year_id text not null, course_id text not null,
    rank integer not null, alternate integer not null, status text not null, submitted_by text, updated_at text not null,
    primary key (school, request_id)
);
create index if not exists course_requests_of_student on course_requests (school, student_id, year_id);
create index if not exists course_requests_of_course
    on course_requests (school, year_id, course_id, status, alternate, rank, student_id);

create table if not exists admins (
    school text not null, admin_id text not null, login text not null, login_key text not null, name text not null,
    password text, temporary text, proved_login text, consents integer not null default 0,
    created_at text not null, last_login_at text, temporary_at text,
    primary key (school, admin_id), unique (school, login_key)
) without rowid;
create table if not exists sessions (
    token_hash text primary key, school text not null, csrf text not null, kind text, person_id text, login_key text,
    acting_kind text, acting_id text, created_at text not null, seen_at text not null,
    ended integer not null default 0, said text, unsent text
) without rowid;
create index if not exists sessions_by_form on sessions (csrf);
create table if not exists devices (
    token_hash text not null, school text not null, login_key text not null, at text not null,
    primary key (token_hash, school, login_key)
) without rowid;
create table if not exists tries (subject text primary key, tries integer not null, at text not null) without rowid;
create index if not exists tries_by_age on tries (at);
create table if not exists resets (
    token_hash text primary key, school text not null, kind text not null, person_id text not null, expires_at text not null
) without rowid;
create table if not exists sign_ins (school text not null, kind text not null, person_id text not null, at text not null);
create index if not exists sign_ins_of_person on sign_ins (school, kind, person_id, at);
create table if not exists portal_settings (
    school text not null, name text not null, value text not null, primary key (school, name)
) without rowid;
create table if not exists outbox (
    number integer primary key autoincrement, school text not null, at text not null, channel text not null, kind text not null,
    person_id text not null, address text, subject text not null, body text not null, secret text
);
create index if not exists outbox_of_school on outbox (school, number);
create index if not exists outbox_of_person on outbox (school, kind, person_id, number);
create table if not exists forms (
    school text not null, student_id text not null, year_id text not null, state text not null, version integer not null,
    withdrawn integer not null default 0, note text, updated_at text not null, submitted_by text,
    primary key (school, student_id, year_id)
) without rowid;
create index if not exists forms_by_state on forms (school, year_id, state);
create table if not exists reviews (
    school text not null, student_id text not null, year_id text not null, parent_id text not null,
    agrees integer not null, comment text, at text not null, primary key (school, student_id, year_id, parent_id)
) without rowid;
create table if not exists past_reviews (
    school text not null, student_id text not null, year_id text not null, version integer not null, parent_id text not null,
    agrees integer not null, comment text, at text not null, primary key (school, student_id, year_id, version, parent_id)
) without rowid;
create table if not exists submissions (
    school text not null, student_id text not null, year_id text not null, version integer not null, choices text not null,
    primary key (school, student_id, year_id, version)
) without rowid;
create table if not exists form_messages (
    school text not null, student_id text not null, year_id text not null, message text not null,
    primary key (school, student_id, year_id)
) without rowid;
create table if not exists form_events (
    school text not null, student_id text not null, year_id text not null, number integer not null, at text not null,
    actor_kind text not null, actor_id text not null, action text not null, state text not null, note text,
    primary key (school, student_id, year_id, number)
) without rowid;
create table if not exists capacities (
    school text not null, year_id text not null, course_id text not null, capacity integer not null,
    primary key (school, year_id, course_id)
) without rowid;
create table if not exists edits (
    number integer primary key autoincrement, school text not null, kind text not null, person_id text not null, before text not null,
    after text not null, after_key text not null, state text not null, submitted_at text not null,
    changed_by text, changed_at text not null
);
create index if not exists edits_of_person on edits (school, kind, person_id, number);
create index if not exists edits_by_state on edits (school, state, number);
create table if not exists audit (
    number integer primary key, school text not null, at text not null, admin_id text not null, action text not null,
    kind text not null, person_id text not null, detail text not null
);
create index if not exists audit_of_school on audit (school, number);
create table if not exists directories (
    school text primary key, revision text not null, sync_number integer not null
) without rowid;
create table if not exists pupils (
    school text not null, student_id text not null, given_name text, family_name text, grade_level text,
    next_grade_level text, in_active integer not null, in_scheduling integer not null, name_key text not null,
    primary key (school, student_id)
) without rowid;
create index if not exists pupils_by_name on pupils (school, name_key, student_id);
create table if not exists families (
    school text not null, parent_id text not null, student_id text not null, primary key (school, parent_id, student_id)
) without rowid;
create index if not exists families_of_student on families (school, student_id, parent_id);
create table if not exists parent_grades (
    school text not null, grade text not null, parent_id text not null, primary key (school, grade, parent_id)
) without rowid;
create virtual table if not exists found using fts5(
    person_id, name, login, tokenize = "unicode61 remove_diacritics 2", prefix = "2 3"
);
"""
ACCOUNT_INDEXES = {
    "accounts_by_name": "school, kind, name_key, person_id",
    "accounts_by_status": "school, kind, status, name_key, person_id",
    "accounts_by_login": "school, kind, login_key",
    "accounts_by_last_login": "school, kind, last_login_at, person_id",
}
"""What accounts are looked for by, besides their key."""
VERSION = 6
"""Of these tables. ``older`` has the way from earlier ones."""
AT_REST, IN_USE = 0x64617A72, 0x64617A75
"""What the file's own header says: that it is a state of ours, whole by itself or while a server has it open."""


def connect(path: Path | str = ":memory:", *, uri: bool = False) -> sqlite3.Connection:
    """Open a database. The caller serialises access: one connection, one lock."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, uri=uri)
    db.row_factory = sqlite3.Row
    db.create_function("name_key", 2, name_key, deterministic=True)
    return db


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an earlier version up to this one; raise DatabaseError for yet another."""
    (version,) = db.execute("pragma user_version").fetchone()
    (there,) = db.execute("select count(*) from sqlite_master").fetchone()
    if there and version != VERSION and version not in older.STEPS:
        raise sqlite3.DatabaseError("it was kept by another version of the simulator")
    steps = [step for of, step in older.STEPS.items() if there and of >= version]
    db.execute("pragma journal_mode = wal")
    db.execute("begin immediate")
    try:
        for step in steps:
            step.make_room(db)
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        for name in ACCOUNT_INDEXES:
            db.execute(account_index(name))
        for step in steps:
            step.take_over(db)
        tallies.prepare(db)
        db.execute(f"pragma user_version = {VERSION}")
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


def account_index(name: str) -> str:
    """Return the statement that makes an index of the accounts."""
    return f"create index if not exists {name} on accounts ({ACCOUNT_INDEXES[name]})"


def clear(db: sqlite3.Connection) -> None:
    """Empty every table."""
    tables = db.execute("select name from sqlite_master where type = 'table' and name not glob 'found_*'").fetchall()
    for (name,) in tables:
        db.execute(f"delete from {name}")  # noqa: S608 - our own names
