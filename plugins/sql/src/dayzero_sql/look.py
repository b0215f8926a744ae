"""Look at a database for ``dayzero init``: is it one of the systems there are queries for, or has it our tables?"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dayzero.plugin import Looking, Proposal, Question
from dayzero.schema import TABLES
from dayzero_sql.skeleton import skeleton

__all__ = ["look"]

_MARK = b"SQLite format 3\0"
_SYSTEMS = {
    "gibbon": {"gibbonperson", "gibbonschoolyear", "gibbonstudentenrolment"},
    "opensis": {"student_enrollment", "students", "login_authentication"},
    "rosariosis": {"student_enrollment", "students", "staff", "students_join_users"},
}
"""By preset, tables that no other system has together; the first that fits counts."""
_YEARS = "select distinct syear from student_enrollment order by syear desc"
_COMMENTS = {
    "parameters": "what the queries of the preset have to know",
    "queries": "One query a source table. Replace what stands in capitals; `dayzero schema` tells the columns, and "
    "docs/sources/other-systems.md how a system is read that keeps them otherwise.",
}


def look(looking: Looking) -> Proposal | None:
    """Return how a SQLite file or the database at an address would be read, None for anything else.

    Where there is nothing to look at, queries are proposed that are to be filled in.
    """
    path = looking.path or looking.answers.get("url", "")
    if not path:
        return _unknown({}, 0.1, "Say where the database is: `path` of a SQLite file, or `url`.")
    target = _target(path)
    if target is None:
        return None
    settings, url = target
    try:
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                there = {name.lower(): name for name in _names(sa.inspect(connection))}
                return _proposal(connection, there, settings, looking)
        finally:
            engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        note = f"The database cannot be looked into ({type(error).__name__}); `preset`, `tables` or `queries` say how to read it."
        return _unknown(settings, 0.5, note)


def _target(path: str) -> tuple[dict[str, Any], sa.URL] | None:
    """Return the settings for a database and its address; a password in it goes elsewhere."""
    if "://" in path:
        try:
            url = sa.make_url(path)
        except sa.exc.ArgumentError:
            return None
        if url.drivername.startswith("http"):
            return None
        secret = {"password": {"env": "DAYZERO_SOURCE_PASSWORD"}} if url.password else {}
        return {"url": url._replace(password=None).render_as_string(hide_password=False), **secret}, url
    file = Path(path)
    if not file.is_file():
        return None
    with file.open("rb") as content:
        if content.read(len(_MARK)) != _MARK:
            return None
    return {"path": path}, sa.URL.create(
        "sqlite", database=f"file:{file.resolve()}", query={"mode": "ro", "uri": "true"}
    )


def _proposal(connection: sa.Connection, there: dict[str, str], settings: dict[str, Any], looking: Looking) -> Proposal:
    preset = next((name for name, tables in _SYSTEMS.items() if tables <= set(there)), None)
    if preset is not None:
        return _of_system(connection, preset, settings, looking)
    own = [table for table in TABLES if table in there]
    if {"students", "enrollments", "school_years"} <= set(own):
        mapping = {t: {c: c for c in _columns(connection, there[t]) if c in TABLES[t].names} for t in own}
        return Proposal("tables", settings, 0.95, mapping)
    note = f"None of the systems there are queries for; its tables and views: {', '.join(sorted(there.values())[:20]) or 'none'}."
    return _unknown(settings, 0.6, note, "Say under [source.queries] what each source table is made of.")


def _unknown(settings: dict[str, Any], confidence: float, *notes: str) -> Proposal:
    """Return the proposal for a database that has to be described: queries to be filled in."""
    return Proposal("database", {**settings, "queries": skeleton()}, confidence, notes=notes, comments=_COMMENTS)


def _names(inspector: sa.Inspector) -> list[str]:
    """Return what can be read by its name: tables, and views, which a school may have made of its own for us."""
    kinds = (inspector.get_table_names, inspector.get_view_names, inspector.get_materialized_view_names)
    found: list[str] = []
    for names in kinds:
        with suppress(NotImplementedError):  # not every database has views of each kind
            found += names()
    return found


def _columns(connection: sa.Connection, table: str) -> Iterable[str]:
    return [str(column["name"]) for column in sa.inspect(connection).get_columns(table)]


def _of_system(connection: sa.Connection, preset: str, settings: dict[str, Any], looking: Looking) -> Proposal:
    settings = {**settings, "preset": preset}
    if preset == "gibbon":
        return Proposal(preset, settings, 0.98)
    said = looking.answers.get("school_year")
    if said is not None:
        return Proposal(
            preset, {**settings, "parameters": {"school_year": said}}, 0.98, takes=("school_year",), comments=_COMMENTS
        )
    years = tuple(str(year) for year in connection.execute(sa.text(_YEARS)).scalars())
    asked = Question("school_year", "Which is the current school year? The system marks none.", years, needed=True)
    return Proposal(preset, settings, 0.98, questions=(asked,), takes=("school_year",), comments=_COMMENTS)
