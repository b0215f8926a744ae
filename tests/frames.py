"""Frames made by hand: a test names what matters, the rest is ordinary."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from dayzero.config import (
    Config,
    Limit,
    LimitSettings,
    PortalSettings,
    SchoolSettings,
    SourceSettings,
    StateSettings,
    SyncSettings,
)
from dayzero.conform import UNREADABLE_SCHEMA, numbered
from dayzero.gradebook import ACCOUNT_SCHEMA, OPERATION_SCHEMA, RECORD_SCHEMAS, PortalView
from dayzero.people import Years
from dayzero.schema import TABLES, Type

__all__ = [
    "ACTIVE",
    "NEXT",
    "NO",
    "YES",
    "account",
    "accounts",
    "code",
    "config",
    "contact",
    "courses",
    "enrolled",
    "link",
    "nobody",
    "op",
    "operations",
    "planned",
    "pupil",
    "records",
    "said",
    "table",
    "tables",
    "unreadable",
    "view",
    "wanted",
    "year",
]

Row = tuple[str, dict[str, Any]]
Op = tuple[str, str, str, dict[str, Any]]

ACTIVE, NEXT = "2027", "2028"
NO, YES = Years(ACTIVE, None), Years(ACTIVE, NEXT)
DTYPES = {
    Type.ID: pl.String, Type.TEXT: pl.String, Type.DATE: pl.Date,
    Type.BOOLEAN: pl.Boolean, Type.INTEGER: pl.Int64, Type.NUMBER: pl.Float64,
}  # fmt: skip


def config(**limits: Any) -> Config:
    """Return a configuration at No of which only the limits named bind."""
    free = dict.fromkeys(("create", "update", "disable", "enable", "refuse", "year", "shrink", "rekey"), Limit())
    return Config(
        Path("dayzero.toml"), SchoolSettings("tiny"), SourceSettings("csv", {}),
        PortalSettings("https://portal.example", "t"), SyncSettings(), LimitSettings(**{**free, **limits}),
        StateSettings(),
    )  # fmt: skip


# -- the source's tables, typed


def pupil(ident: str, **columns: Any) -> Row:
    """A student with a name and an e-mail of their own."""
    named = {"given_name": f"Given {ident}", "family_name": f"Family {ident}", "email": f"{ident}@pupils.example"}
    return "students", {"student_id": ident, **named, **columns}


def enrolled(ident: str, year_id: str = ACTIVE, grade: str = "9", status: str = "active") -> Row:
    """A student's enrollment."""
    return "enrollments", {"student_id": ident, "year_id": year_id, "grade_level": grade, "status": status}


def code(ident: str, letters: str = "E", day: int = 0, year_id: str = NEXT, number: int | None = None) -> Row:
    """A code on a student's calendar: an entry on Day 0 of the next year."""
    row = {"student_id": ident, "year_id": year_id, "day": day, "code": letters, "code_number": number}
    return "calendar_codes", row


def contact(ident: str, **columns: Any) -> Row:
    """A contact with a name and an e-mail of their own, and the tick."""
    named = {
        "given_name": f"Given {ident}",
        "family_name": f"Family {ident}",
        "primary_email": f"{ident}@homes.example",
    }
    return "contacts", {"contact_id": ident, **named, "portal_access": True, **columns}


def link(contact_id: str, student_id: str, **columns: Any) -> Row:
    """A relationship that leaves access to the contact's own tick."""
    return "relationships", {"contact_id": contact_id, "student_id": student_id, **columns}


def year(year_id: str, role: str) -> Row:
    """A school year."""
    first, last = date(int(year_id) - 1, 8, 25), date(int(year_id), 6, 12)
    return "school_years", {
        "year_id": year_id,
        "name": f"to {year_id}",
        "starts_on": first,
        "ends_on": last,
        "role": role,
    }


def courses(*titles: str, **columns: Any) -> list[Row]:
    """Courses of the next year."""
    return [("courses", {"course_id": t[:3].upper(), "year_id": NEXT, "title": t, **columns}) for t in titles]


def table(name: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
    """One typed table; what a row leaves out is empty, and further columns are text."""
    schema = {c.name: DTYPES[c.type] for c in TABLES[name].columns}
    schema.update({column: pl.String for row in rows for column in row if column not in schema})
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def tables(*rows: Row) -> dict[str, pl.DataFrame]:
    """All tables of the schema, numbered, with the rows that are given, and the three years unless others are."""
    if all(where != "school_years" for where, _ in rows):
        rows = (*rows, year("2026", "past"), year(ACTIVE, "active"), year(NEXT, "scheduling"))
    return numbered({name: table(name, *(row for where, row in rows if where == name)) for name in TABLES})


def unreadable(*people: tuple[str, str]) -> pl.DataFrame:
    """Persons (kind, id) named in rows that were left out."""
    rows = [(kind, ident, "students", line) for line, (kind, ident) in enumerate(people, start=2)]
    return pl.DataFrame(rows, schema=UNREADABLE_SCHEMA, orient="row")


def nobody() -> pl.DataFrame:
    """No such persons."""
    return unreadable()


# -- the portal's


def account(kind: str, ident: str, **fields: Any) -> dict[str, Any]:
    """An account in daily use, of the active year."""
    own = {"grade_level": "9"} if kind == "student" else {"children": []}
    named = {"login": f"{ident}@portal.example", "given_name": f"Given {ident}", "family_name": f"Family {ident}"}
    ordinary = {"years": ["active"], "new": False, "status": "active"}
    return dict.fromkeys(ACCOUNT_SCHEMA) | {"kind": kind, "person_id": ident, **named, **own, **ordinary, **fields}


def accounts(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Accounts as the portal lists them."""
    return pl.DataFrame(list(rows), schema=ACCOUNT_SCHEMA)


def wanted(*rows: Mapping[str, Any]) -> Callable[[str], pl.DataFrame]:
    """What gives the accounts of a kind as the rules want them: without a status."""
    return lambda kind: accounts(*rows).filter(pl.col("kind") == kind).drop("status", "disabled_at")


def records(kind: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
    """Records of one kind; what a row leaves out is empty."""
    schema = RECORD_SCHEMAS[kind]
    return pl.DataFrame([dict.fromkeys(schema) | dict(row) for row in rows], schema=schema)


def view(*rows: Mapping[str, Any], revision: str = "r1", **kinds: Iterable[Mapping[str, Any]]) -> PortalView:
    """A portal with these accounts; ``student_record=[...]``, ``school_year``, ``course``: its records."""
    there = {kind: records(kind, *kinds.get(kind.replace("-", "_"), ())) for kind in RECORD_SCHEMAS}
    return PortalView(revision, accounts(*rows), there)


# -- operations


def op(op: str, kind: str, ident: str, **changes: Any) -> Op:
    """An operation; ``login=(before, after)``."""
    return op, kind, ident, {field: list(pair) for field, pair in changes.items()}


def operations(*ops: Op) -> pl.DataFrame:
    """Operations with their changes in canonical JSON."""
    rows = [(o, k, i, json.dumps(c, ensure_ascii=False, sort_keys=True, separators=(",", ":"))) for o, k, i, c in ops]
    return pl.DataFrame(rows, schema=OPERATION_SCHEMA, orient="row")


def planned(*ops: Op, held: Iterable[str] = ()) -> pl.DataFrame:
    """Operations as a plan has them; ``held``: ids."""
    return operations(*ops).with_columns(held=pl.col("id").is_in(list(held)))


def said(made: pl.DataFrame) -> dict[tuple[str, str], Any]:
    """Return (kind, id) -> (op, changes decoded); two operations on one account are a failure."""
    found = {(kind, ident): (o, json.loads(c)) for o, kind, ident, c in made.select(*OPERATION_SCHEMA).iter_rows()}
    assert len(found) == made.height, made
    return found
