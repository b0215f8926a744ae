"""The journal's tables, and the way from each older version to this one."""

from __future__ import annotations

import sqlite3

__all__ = ["is_up_to_date", "migrate"]

_FIRST = """
create table installation (client_id text not null);
create table runs (
    run_id text primary key, school text not null, source text not null, portal text not null, plan_id text not null,
    send_scheduling_year integer not null, who text not null, started_at text not null, finished_at text,
    state text not null, revision text, applied text, rejected text, withheld text, exit_code integer, problem text
);
create table operations (run_id text not null references runs, kind text not null, id text not null, line text not null);
create index operations_of_person on operations (id, kind);
"""

_UNDO_AND_CRASH = """
alter table runs add column base_revision text;
alter table runs add column sync_id text;
alter table runs add column undoes text;
alter table runs add column recovered text;
create table removed (run_id text not null references runs, kind text not null, id text not null, body text not null);
"""

_LAST_READ = "alter table runs add column rows_read text;"

_PORTAL = """
create table portal (
    school text not null, portal text not null, revision text not null, name text not null, body blob not null,
    primary key (school, portal, name)
);
"""

_REJECTIONS = """
create table rejections (
    school text not null, portal text not null, revision text not null, kind text not null, id text not null,
    digest text not null, reason text not null, remedy text not null
);
"""

_ID_MAP = """
create table id_map (
    school text not null, portal text not null, kind text not null, new_id text not null, old_id text not null,
    primary key (school, portal, kind, new_id)
);
create index runs_of_school on runs (school, portal);
create index operations_of_run on operations (run_id);
"""

_PARTS = """
create table parts (
    run_id text not null references runs, number integer not null, operations integer not null,
    first_kind text not null, first_id text not null, last_kind text not null, last_id text not null,
    digest text not null, packed blob not null, primary key (run_id, number)
);
alter table operations rename to lines;
"""

_ANSWERS = """
create table answers (
    school text not null, portal text not null, question text not null, name text not null, body blob not null,
    primary key (school, portal, name)
);
"""

_LOOKED_AT = "alter table runs add column looked_at integer not null default 0;"

_PEOPLE = """
create table births (school text not null, portal text not null, body blob not null, primary key (school, portal));
create table decisions (
    school text not null, portal text not null, doubt text not null, kind text not null, person_id text not null,
    was text not null, seems text not null, answer text not null,
    primary key (school, portal, doubt, kind, person_id, was, seems)
);
create table cut_links (
    school text not null, portal text not null, student_id text not null, contact_id text not null,
    primary key (school, portal, student_id, contact_id)
);
"""

_SEALED = """
alter table portal add column seal blob;
alter table answers add column seal blob;
"""

_OTHER_JOURNAL = """
alter table runs add column id_map_digest text;
create table taken_over (
    school text not null, portal text not null, client text not null, digest text not null,
    primary key (school, portal, client, digest)
);
"""

_LINKS = """
create table if not exists links (
    school text not null, portal text not null, year_id text not null, body blob not null, primary key (school, portal)
);
create table if not exists former_students (
    school text not null, portal text not null, student_id text not null, given_name text, family_name text,
    primary key (school, portal, student_id)
);
"""

_TOLD = """
alter table runs add column held text;
alter table runs add column doubts text;
alter table runs add column reads text;
"""

_LOST_YEARS = "alter table runs add column lost_years text;"

_STEPS = (
    _FIRST,
    _UNDO_AND_CRASH,
    _LAST_READ,
    _PORTAL,
    _REJECTIONS,
    _ID_MAP,
    _PARTS,
    _ANSWERS,
    _LOOKED_AT,
    _PEOPLE,
    _SEALED,
    _OTHER_JOURNAL,
    _LINKS,
    _TOLD,
    _LOST_YEARS,
)
"""What each version added; a journal of any age is brought up to date by the steps it has not seen."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring a journal up to this version; raise sqlite3.DatabaseError for one from the future."""
    if version_of(db) == len(_STEPS):
        return
    db.execute("begin immediate")  # another process may be at it: what it did is seen from here on
    try:
        for number in range(version_of(db), len(_STEPS)):
            for statement in _STEPS[number].split(";"):
                db.execute(statement)
        db.execute(f"pragma user_version = {len(_STEPS)}")
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


def version_of(db: sqlite3.Connection) -> int:
    """Return a journal's version; raise sqlite3.DatabaseError for one from the future."""
    (version,) = db.execute("pragma user_version").fetchone()
    if version > len(_STEPS):
        raise sqlite3.DatabaseError(f"it has version {version}, this dayzero knows {len(_STEPS)}")
    return int(version)


def is_up_to_date(db: sqlite3.Connection) -> bool:
    """Say whether a journal is of this version."""
    return version_of(db) == len(_STEPS)
