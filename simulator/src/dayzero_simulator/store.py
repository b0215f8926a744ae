"""The simulator's SQLite: tables, and nothing that decides."""

from __future__ import annotations

import sqlite3
from pathlib import Path

__all__ = ["connect"]

_TABLES = """
create table if not exists schools (school text primary key, revision text not null);
create table if not exists accounts (
    school text not null, kind text not null, person_id text not null,
    login text, login_key text, given_name text, family_name text, grade_level text, next_grade_level text,
    years text not null default '[]', new integer, children text,
    status text not null, created_at text not null, last_login_at text, password text,
    created_by text, changed_by text, disabled_by text,
    primary key (school, kind, person_id)
) without rowid;
create table if not exists records (
    school text not null, kind text not null, id text not null, body text not null,
    primary key (school, kind, id)
) without rowid;
create table if not exists syncs (
    sync_id text primary key, number integer not null, school text not null, kind text not null, state text not null,
    plan_id text not null, base_revision text not null, client text not null, opened_at text not null, touched_at text not null,
    revision text, applied text, rejected text
);
create index if not exists syncs_of_school on syncs (school, state);
create table if not exists parts (
    sync_id text not null, number integer not null, digest text not null, body blob not null, primary key (sync_id, number)
);
create table if not exists course_requests (
    school text not null, request_id text not null, student_id text not null, year_id text not null, course_id text not null,
    rank integer not null, alternate integer not null, status text not null, submitted_by text, updated_at text not null,
    primary key (school, request_id)
);
"""


def connect(path: Path | str = ":memory:") -> sqlite3.Connection:
    """Open the state, in memory by default. The caller serialises access: one connection, one lock."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("pragma journal_mode = wal")
    db.executescript(_TABLES)
    return db
