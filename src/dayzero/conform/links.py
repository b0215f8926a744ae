"""Leave aside rows that name people or years nobody has heard of."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dayzero.conform.findings import of_rows
from dayzero.plugin import Finding
from dayzero.schema import PERSONS, TABLES

_LINKED = ("enrollments", "calendar_codes", "relationships")
_YEARS = ("students", "enrollments", "calendar_codes", "contacts", "relationships", "courses")


def drop_unknown(
    tables: Mapping[str, pl.DataFrame], unreadable: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """Return the tables without such rows, and a warning for each.

    A person whose own row was left out is not unknown: that row is the root cause and has its finding.
    """
    kept, findings = dict(tables), list[Finding]()
    for name, person in ((name, p) for name in _LINKED for p in PERSONS if p.column in TABLES[name].names):
        frame, column = kept[name], person.column
        known = tables[person.table].select(column)
        strays = frame.join(known, on=column, how="anti", maintain_order="left")
        if strays.is_empty():
            continue
        kept[name] = frame.join(known.unique(), on=column, how="semi", maintain_order="left")
        named = unreadable.filter(pl.col("kind") == person.kind).select(pl.col("person_id").alias(column))
        strays = strays.join(named, on=column, how="anti", maintain_order="left")
        findings += of_rows(
            strays, "warning", name, column, f"unknown-{person.kind}", f"no such row in {person.table}; ignored"
        )
    years = tables["school_years"].select("year_id")
    for name in _YEARS:
        strays = (
            kept[name]
            .filter(pl.col("year_id").is_not_null())
            .join(years, on="year_id", how="anti", maintain_order="left")
        )
        if not strays.is_empty():
            findings += of_rows(
                strays, "warning", name, "year_id", "unknown-year", "no such row in school_years; ignored"
            )
    return kept, findings
