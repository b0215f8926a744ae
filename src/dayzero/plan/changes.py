"""Compare the accounts that are wanted with those the portal has: one operation per account that must change. Pure."""

from __future__ import annotations

import polars as pl

from dayzero.gradebook import ACCOUNT_FIELDS, working
from dayzero.people import Verdicts
from dayzero.plan.encoding import changed, created, differs, in_slices

__all__ = ["account_operations", "frozen_accounts", "years_only_added"]


def frozen_accounts(known: pl.DataFrame, unreadable: pl.DataFrame) -> pl.DataFrame:
    """Return whose account stays as it is in this run: ``kind``, ``person_id``, ``table``, ``row`` of the root cause.

    Persons named in left-out rows, and every parent whose children on the portal include such a student.
    """
    students = unreadable.filter(pl.col("kind") == "student").select(
        pl.col("person_id").alias("children"), "table", "row"
    )
    parents = (
        working(known)
        .filter(pl.col("kind") == "parent")
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
    made = in_slices(
        fresh,
        lambda rows: rows.select(
            op=pl.lit("create"),
            kind="kind",
            id="person_id",
            changes=created(ACCOUNT_FIELDS),
        ),
    )
    there = compared.filter(pl.col("known_status").is_not_null())
    back = pl.col("known_status") == "disabled"
    # Only what differs is encoded: on most days next to nothing does.
    adapted = in_slices(
        there.filter(back | pl.any_horizontal(differs(f) for f in ACCOUNT_FIELDS)),
        lambda rows: rows.select(
            op=pl.when(back).then(pl.lit("enable")).otherwise(pl.lit("update")),
            kind="kind",
            id="person_id",
            changes=changed(ACCOUNT_FIELDS),
        ),
    )
    operations = pl.concat([made, adapted])
    if not may_remove:
        return operations
    leavers = (
        verdicts.verdicts.filter("ends_account")
        .join(working(known), on=["kind", "person_id"], how="semi")
        .join(frozen, on=["kind", "person_id"], how="anti")
        .select(op=pl.lit("disable"), kind="kind", id="person_id", changes=pl.lit("{}"))
    )
    return pl.concat([operations, leavers])


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
