"""What a plan carries besides accounts: the records of students, years and courses, wanted and compared. Pure."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from dayzero.gradebook import COURSE_WORDS, RECORD_SCHEMAS
from dayzero.people import Population, Years, student_fields
from dayzero.plan.changes import beside, in_order
from dayzero.plan.encoding import changed, created, differing, in_slices

__all__ = ["record_operations", "student_records", "wanted_records"]


def wanted_records(
    years: Years, school_years: pl.DataFrame, courses: pl.DataFrame, known_years: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return the years and courses the portal should have, by kind, columns of ``RECORD_SCHEMAS``.

    Years that are past now stay where the portal knows them: the history of requests names them.
    """
    looked_at = years.both
    past = (pl.col("role") == "past") & pl.col("year_id").is_in(known_years["id"].implode())
    role = pl.col("role")
    known = (
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
        "school-year": known,
        "course": courses.filter(pl.col("year_id").is_in(looked_at)).select(
            pl.format("{}/{}", "year_id", "course_id").alias("id"),
            "course_id",
            "year_id",
            "title",
            "department",
            pl.col("credits").round(3),
            pl.col("grade_levels").str.replace_all(r"\s*\|\s*", "|").str.split("|"),
            "required",
            *COURSE_WORDS,
        ),
    }


def student_records(population: Population) -> pl.DataFrame:
    """Return the record of every student who is sent, so that a parent's page can name a child without an account."""
    return population.students.filter("sent").select(pl.col("student_id").alias("id"), *student_fields())


def record_operations(
    kind: str,
    wanted: pl.DataFrame,
    known: pl.DataFrame,
    *,
    stay: pl.Series,
    renewed: Collection[str] = (),
    may_remove: bool = True,
) -> pl.DataFrame:
    """Return operations on the records of one ``kind``, sorted by id. Ids in ``stay`` are left as they are.

    ``renewed``: students whose id is another person's now. There need not be an account to say so, and the record may have
    gone with the former holder.
    """
    fields = tuple(sorted(f for f in RECORD_SCHEMAS[kind] if f != "id"))
    stays = pl.col("id").is_in(stay.implode())
    wanted = wanted.filter(~stays)
    fresh, there, gone = beside(wanted, known, "id")
    there = there.filter(differing(there, fields))

    named: dict[str, pl.Expr] = {"kind": pl.lit(kind), "id": pl.col("id")}
    made = [
        in_slices(fresh, op=_renewing("create", renewed), **named, changes=created(fresh, fields)),
        in_slices(there, op=_renewing("update", renewed), **named, changes=changed(there, fields)),
    ]
    if may_remove:
        made.append(gone.filter(~stays).select(op=pl.lit("remove"), kind=pl.lit(kind), id="id", changes=pl.lit("{}")))
    return in_order(pl.concat(made))


def _renewing(op: str, renewed: Collection[str]) -> pl.Expr:
    made = pl.lit(op)
    return pl.when(pl.col("id").is_in(list(renewed))).then(pl.lit("renew")).otherwise(made) if renewed else made
