"""Compare what is wanted with what the portal has: a plan of operations, with field-level before and after.

Pure. An operation's ``changes`` are kept as canonical JSON text from the start: the plan is written, hashed, sent and
kept as those very bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import polars as pl

from dayzero.people.eligibility import Verdicts, student_fields
from dayzero.people.population import Population

__all__ = [
    "ACCOUNT_FIELDS",
    "ACCOUNT_SCHEMA",
    "OPERATION_SCHEMA",
    "RECORD_SCHEMAS",
    "account_operations",
    "frozen_accounts",
    "lines",
    "record_operations",
    "wanted_records",
    "years_only_added",
]

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

_SLICE = 8_192

ACCOUNT_FIELDS = ("children", "family_name", "given_name", "grade_level", "login", "new", "next_grade_level", "years")
"""The fields an operation may change, in the order of canonical JSON."""

OPERATION_SCHEMA: dict[str, type[pl.DataType]] = {
    "op": pl.String,
    "kind": pl.String,
    "id": pl.String,
    "changes": pl.String,
    "counted": pl.Boolean,
}
"""``changes``: canonical JSON of ``{field: [before, after]}``. ``counted``: whether limits count it (DESIGN 5)."""


def frozen_accounts(known: pl.DataFrame, unreadable: pl.DataFrame) -> pl.DataFrame:
    """Return whose account stays as it is in this run: ``kind``, ``person_id``, ``table``, ``row`` of the root cause.

    Persons named in left-out rows, and every parent whose children on the portal include such a student (DESIGN 3).
    """
    students = unreadable.filter(pl.col("kind") == "student").select(
        pl.col("person_id").alias("children"), "table", "row"
    )
    parents = (
        known.filter((pl.col("kind") == "parent") & (pl.col("status") != "disabled"))
        .select("kind", "person_id", "children")
        .explode("children")
        .join(students, on="children")
        .select("kind", "person_id", "table", "row")
        .sort("person_id", "table", "row")
    )
    return pl.concat([unreadable.select("kind", "person_id", "table", "row"), parents]).unique(
        ["kind", "person_id"], keep="first", maintain_order=True
    )


def years_only_added(wanted: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return accounts or student records with the years that ``known`` has of them beside their own, and those years' grades.

    For a people table that was read in part: an enrollment that did not come takes no year away and makes nobody new (R39).
    """
    key = [c for c in ("kind", "person_id", "id") if c in wanted.columns]
    fields = [c for c in ("years", "grade_level", "next_grade_level", "new") if c in wanted.columns]
    before = known.select(*key, pl.col(fields).name.prefix("known_"))
    rows = wanted.join(before, on=key, how="left", maintain_order="left")
    known_years = pl.col("known_years")
    lost = {
        year: (known_years.list.contains(year) & ~pl.col("years").list.contains(year)).fill_null(value=False)
        for year in ("active", "scheduling")
    }
    kept = {
        "years": pl.when(known_years.is_not_null())
        .then(known_years.list.set_union("years").list.sort())
        .otherwise("years"),
        "grade_level": pl.when(lost["active"]).then("known_grade_level").otherwise("grade_level"),
        "next_grade_level": pl.when(lost["scheduling"]).then("known_next_grade_level").otherwise("next_grade_level"),
        "new": pl.col("new") & pl.col("known_new").fill_null(value=True),
    }
    return rows.with_columns(**{field: kept[field] for field in fields}).select(wanted.columns)


def account_operations(
    verdicts: Verdicts, known: pl.DataFrame, frozen: pl.DataFrame, *, may_remove: bool = True
) -> pl.DataFrame:
    """Return one operation per account that must change, columns of ``OPERATION_SCHEMA``.

    ``may_remove`` False (a people table was read in part): nobody is disabled and children are only added.
    """
    compared = _compared(verdicts.wanted, known, frozen, may_remove=may_remove)
    fresh = compared.filter(pl.col("known_status").is_null())
    created = _in_slices(
        fresh,
        lambda rows: rows.select(
            op=pl.lit("create"),
            kind="kind",
            id="person_id",
            changes=_created(ACCOUNT_FIELDS),
            counted=pl.lit(value=True),
        ),
    )
    there = compared.filter(pl.col("known_status").is_not_null())
    renamed = pl.any_horizontal(_differs(f) for f in ("login", "given_name", "family_name"))
    lost_child = (pl.col("known_children").list.set_difference("children").list.len() > 0).fill_null(value=False)
    back = pl.col("known_status") == "disabled"
    # Only what differs is encoded: on most days next to nothing does.
    changed = _in_slices(
        there.filter(back | pl.any_horizontal(_differs(f) for f in ACCOUNT_FIELDS)),
        lambda rows: rows.select(
            op=pl.when(back).then(pl.lit("enable")).otherwise(pl.lit("update")),
            kind="kind",
            id="person_id",
            changes=_changed(ACCOUNT_FIELDS),
            counted=~back & (renamed | lost_child),
        ),
    )
    made = pl.concat([created, changed])
    if not may_remove:
        return made
    leavers = (
        verdicts.verdicts.filter("ends_account")
        .join(known.filter(pl.col("status") != "disabled"), on=["kind", "person_id"], how="semi")
        .join(frozen, on=["kind", "person_id"], how="anti")
        .select(op=pl.lit("disable"), kind="kind", id="person_id", changes=pl.lit("{}"), counted=pl.lit(value=True))
    )
    return pl.concat([made, leavers])


def _compared(wanted: pl.DataFrame, known: pl.DataFrame, frozen: pl.DataFrame, *, may_remove: bool) -> pl.DataFrame:
    """Put wanted and known side by side (``known_*``), frozen accounts bent to what they already are."""
    key = ["kind", "person_id"]
    before = known.select(*key, pl.all().exclude(key).name.prefix("known_"))
    rows = wanted.join(before, on=key, how="left").join(
        frozen.select(*key, frozen=pl.lit(value=True)), on=key, how="left"
    )
    held_still = pl.col("frozen").fill_null(value=False)
    rows = rows.filter(~held_still | (pl.col("known_status") != "disabled").fill_null(value=False))
    adds_only = held_still if may_remove else pl.col("known_status").is_not_null()
    if not rows.select(adds_only.any()).item():
        return rows
    union = pl.col("known_children").list.set_union("children").list.sort()
    grown = adds_only & (pl.col("kind") == "parent") & pl.col("known_children").is_not_null()
    rows = rows.with_columns(
        pl.when(grown).then(union).otherwise("children").alias("children"),
        pl.when(grown)
        .then(pl.col("known_years").list.set_union("years").list.sort())
        .otherwise("years")
        .alias("years"),
        pl.when(grown).then(pl.col("known_new") & pl.col("new")).otherwise("new").alias("new"),
    )
    got_child = held_still & (pl.col("children") != pl.col("known_children")).fill_null(value=False)
    fixed = [f for f in ACCOUNT_FIELDS if f not in ("children", "years", "new")]
    return rows.with_columns(
        *(pl.when(held_still).then(f"known_{f}").otherwise(f).alias(f) for f in fixed),
        *(
            pl.when(held_still & ~got_child).then(f"known_{f}").otherwise(f).alias(f)
            for f in ("children", "years", "new")
        ),
    )


def wanted_records(
    population: Population, school_years: pl.DataFrame, courses: pl.DataFrame, known_years: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the records the portal should have besides accounts, by kind, columns of ``RECORD_SCHEMAS``.

    Years that are past now stay where the portal knows them: the history of requests names them.
    """
    looked_at = population.years.both
    past = (pl.col("role") == "past") & pl.col("year_id").is_in(known_years["id"].implode())
    role = pl.col("role")
    years = (
        school_years.filter(pl.col("year_id").is_in(looked_at) | past)
        .join(known_years.select("id", "opened_as"), left_on="year_id", right_on="id", how="left")
        .select(
            pl.col("year_id").alias("id"),
            "name",
            pl.col("starts_on", "ends_on").dt.to_string("%Y-%m-%d"),
            role,
            pl.coalesce("opened_as", role).alias("opened_as"),
        )
    )
    return {
        "student-record": population.students.filter("sent").select(
            pl.col("student_id").alias("id"), *student_fields()
        ),
        "school-year": years,
        "course": courses.filter(pl.col("year_id").is_in(looked_at)).select(
            pl.format("{}/{}", "year_id", "course_id").alias("id"),
            "course_id",
            "year_id",
            "title",
            "department",
            pl.col("credits").round(3),
            pl.col("grade_levels").str.replace_all(r"\s*\|\s*", "|").str.split("|"),
            "required",
        ),
    }


def record_operations(
    kind: str, wanted: pl.DataFrame, known: pl.DataFrame, *, stay: pl.Series, may_remove: bool = True
) -> pl.DataFrame:
    """Return operations on the records of one ``kind``. Ids in ``stay`` are left as they are."""
    fields = tuple(sorted(f for f in RECORD_SCHEMAS[kind] if f != "id"))
    wanted = wanted.filter(~pl.col("id").is_in(stay.implode()))
    rows = wanted.join(
        known.select("id", pl.all().exclude("id").name.prefix("known_"), there=pl.lit(value=True)), on="id", how="left"
    )
    fresh = rows.filter(pl.col("there").is_null())
    changed = rows.filter("there", pl.any_horizontal(_differs(f) for f in fields))

    def encoded(rows: pl.DataFrame, op: str, changes: pl.Expr) -> pl.DataFrame:
        return rows.select(op=pl.lit(op), kind=pl.lit(kind), id="id", changes=changes)

    made = [
        _in_slices(fresh, partial(encoded, op="create", changes=_created(fields))),
        _in_slices(changed, partial(encoded, op="update", changes=_changed(fields))),
    ]
    gone = known.join(wanted, on="id", how="anti").filter(~pl.col("id").is_in(stay.implode()))
    removed = gone.select(op=pl.lit("remove"), kind=pl.lit(kind), id="id", changes=pl.lit("{}"))
    return pl.concat([*made, *([removed] if may_remove else [])]).with_columns(counted=pl.lit(value=False))


def _in_slices(rows: pl.DataFrame, encode: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Encode a slice at a time: every field is a column of text for a moment, and a school of them is a lot of memory."""
    if rows.is_empty():
        return encode(rows)
    return pl.concat([encode(part) for part in rows.iter_slices(_SLICE)])


def _differs(field: str) -> pl.Expr:
    return pl.col(field).ne_missing(pl.col(f"known_{field}"))


def _changed(fields: tuple[str, ...]) -> pl.Expr:
    """Return canonical JSON of the fields that differ from ``known_*``, as one text per row."""
    return _object(
        pl.when(_differs(f)).then(pl.format(f'"{f}":[{{}},{{}}]', _json(f"known_{f}"), _json(f))) for f in fields
    )


def _created(fields: tuple[str, ...]) -> pl.Expr:
    """Return the same where nothing was there before: the fields that are not empty."""
    return _object(pl.when(pl.col(f).is_not_null()).then(pl.format(f'"{f}":[null,{{}}]', _json(f))) for f in fields)


def _object(fragments: Iterable[pl.Expr]) -> pl.Expr:
    return pl.concat_str(pl.lit("{"), pl.concat_str(list(fragments), separator=",", ignore_nulls=True), pl.lit("}"))


def _json(column: str) -> pl.Expr:
    """Return a column as canonical JSON text (UTF-8, no spaces)."""
    return pl.struct(pl.col(column).alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")


def lines(operations: pl.DataFrame, *, with_held: bool) -> pl.Series:
    """Return operations as canonical JSON, one text per operation, in the order given; ``with_held`` as plans carry it."""
    held = pl.when("held").then(pl.lit(',"held":true')).otherwise(pl.lit(',"held":false')) if with_held else pl.lit("")
    parts = ['{"changes":', "changes", held, ',"id":', _json("id"), ',"kind":"', "kind", '","op":"', "op", '"}']
    columns = [pl.lit(p) if isinstance(p, str) and p not in OPERATION_SCHEMA else p for p in parts]
    return operations.select(pl.concat_str(columns).alias("line")).to_series()
