"""Compare what is wanted with what the portal has: a plan of operations, with field-level before and after."""

from __future__ import annotations

import polars as pl

ACCOUNT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String,
    "person_id": pl.String,
    "login": pl.String,
    "given_name": pl.String,
    "family_name": pl.String,
    "grade_level": pl.String,
    "next_grade_level": pl.String,
    "years": pl.List(pl.String),
    "new": pl.Boolean,
    "children": pl.List(pl.String),
    "status": pl.String,
}
"""An account as the portal lists it; ``status`` is ``pending``, ``active`` or ``disabled``."""

RECORD_SCHEMAS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    "student-record": {
        "id": pl.String,
        "given_name": pl.String,
        "family_name": pl.String,
        "grade_level": pl.String,
        "next_grade_level": pl.String,
        "years": pl.List(pl.String),
    },
    "school-year": {
        "id": pl.String,
        "name": pl.String,
        "starts_on": pl.String,
        "ends_on": pl.String,
        "role": pl.String,
        "opened_as": pl.String,
    },
    "course": {
        "id": pl.String,
        "course_id": pl.String,
        "year_id": pl.String,
        "title": pl.String,
        "department": pl.String,
        "credits": pl.Float64,
        "grade_levels": pl.List(pl.String),
        "required": pl.Boolean,
    },
}
"""What a plan carries besides accounts, by kind. ``opened_as`` remembers the role in which a year was first sent."""
