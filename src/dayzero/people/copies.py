"""Merge a person's copies of several years into one row: the active year's value, else the all-years row's, else (at
Yes) the scheduling year's; empty is no opinion, and a disagreement is a finding (R37, case 45)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dayzero.conform import Findings, remarks
from dayzero.people.logins import login_key
from dayzero.plugin import Severity
from dayzero.schema import PERSON_OF_COLUMN

__all__ = ["merge_copies"]


def merge_copies(
    frame: pl.DataFrame,
    key: tuple[str, ...],
    years: Sequence[str],
    *,
    logins: Sequence[str] = (),
    refusing: Sequence[str] = (),
    only_in_scope: bool = False,
) -> tuple[pl.DataFrame, Findings]:
    """Return one row per ``key`` without ``year_id``, sorted by a key of one column, and the conflicts.

    Ids that only other years know keep a row of nulls but for their names, unless ``only_in_scope``. ``years``: the active year, then at
    Yes the scheduling year. ``refusing``: yes/no columns that are not merged: a no in any copy wins.
    """
    if frame["year_id"].null_count() == frame.height:  # no copies at all: the table is as it should be
        rows = frame.drop("year_id")
        return rows if len(key) > 1 or rows[key[0]].is_sorted() else rows.sort(key), Findings()
    values = [c for c in frame.columns if c not in (*key, "year_id")]
    copies = [frame.filter(pl.col("year_id").is_null())]
    copies[:0] = [frame.filter(pl.col("year_id") == years[0])]
    copies += [frame.filter(pl.col("year_id") == year) for year in years[1:]]
    copies = [c.drop("year_id") for c in copies if not c.is_empty()]
    in_scope = pl.concat([c.select(key) for c in copies]) if copies else frame.select(key).clear()
    ids = (in_scope if only_in_scope else frame.select(key)).unique().sort(key)
    if len(copies) == 1 and copies[0].height == ids.height:
        return copies[0].select(*key, *values).sort(key), Findings()
    merged, findings = ids, list[Findings]()
    for number, copy in enumerate(copies):
        merged = merged.join(
            copy.rename({v: f"{v}\0{number}" for v in values}), on=key, how="left", maintain_order="left"
        )
    for value in values:
        opinions = [f"{value}\0{n}" for n in range(len(copies))]
        if value in refusing and len(opinions) > 1:
            findings.append(_refused_in_one(merged, key, value, opinions))
            first = (
                pl.when(~pl.all_horizontal(pl.col(o).fill_null(value=True) for o in opinions))
                .then(pl.lit(value=False))
                .otherwise(pl.coalesce(opinions))
            )
        else:
            findings.append(_conflicts(merged, key, value, opinions, is_login=value in logins))
            first = pl.coalesce(opinions) if opinions else pl.lit(None, dtype=frame.schema[value])
        merged = merged.with_columns(first.alias(value)).drop(opinions)
    if merged.height > in_scope.n_unique():
        merged = _named(merged, frame.join(in_scope, on=key, how="anti"), key)
    return merged, Findings.joined(findings)


def _named(merged: pl.DataFrame, elsewhere: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Return the rows with the names that rows of other years have, the latest: whatever else is not known, that is."""
    names = [c for c in ("given_name", "family_name") if c in merged.columns]
    latest = elsewhere.sort(*key, "year_id").unique(key, keep="last", maintain_order=True).select(*key, *names)
    both = merged.join(latest, on=key, how="left", maintain_order="left", suffix="\0")
    return both.with_columns(pl.coalesce(c, f"{c}\0") for c in names).drop(f"{c}\0" for c in names)


def _conflicts(
    merged: pl.DataFrame, key: tuple[str, ...], column: str, opinions: list[str], *, is_login: bool
) -> Findings:
    if len(opinions) < 2:
        return Findings()
    said = [login_key(o) if is_login else pl.col(o) for o in opinions]
    differ = pl.lit(value=False)
    for index, later in enumerate(said[1:], start=1):
        differ |= (pl.coalesce(said[:index]) != later).fill_null(value=False)
    rows = merged.filter(differ)
    # The latest opinion that is not the one that wins.
    losing = [pl.when(word != pl.coalesce(said)).then(pl.col(o)) for o, word in zip(opinions, said, strict=True)]
    table = PERSON_OF_COLUMN[key[0]].table if len(key) == 1 else "relationships"
    rule = "login-conflict-between-years" if is_login else "conflict-between-years"
    severity: Severity = "warning" if is_login else "notice"
    message = pl.format(
        f"the years' copies of {' / '.join('{}' for _ in key)} disagree on `{column}`; "
        "the first of active year, all years, scheduling year wins",
        *key,
    )
    return remarks(
        rows,
        severity,
        table,
        column,
        rule,
        message,
        value=_as_said(pl.coalesce(losing[::-1]), rows.schema[opinions[0]]),
    )


def _refused_in_one(merged: pl.DataFrame, key: tuple[str, ...], column: str, opinions: list[str]) -> Findings:
    """Return a notice for each person, or link, of which one copy says no and another yes."""
    no, yes = (
        pl.any_horizontal(pl.col(o).eq_missing(said) for o in opinions)
        for said in (pl.lit(value=False), pl.lit(value=True))
    )
    table = PERSON_OF_COLUMN[key[0]].table if len(key) == 1 else "relationships"
    message = pl.format(f"the years' copies of {' / '.join('{}' for _ in key)} disagree on `{column}`; a no wins", *key)
    return remarks(
        merged.filter(no & yes), "notice", table, column, "conflict-between-years", message, value=pl.lit("False")
    )


def _as_said(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return a value as text, a yes/no one as Python says it."""
    if dtype == pl.Boolean:
        return pl.when(value).then(pl.lit("True")).when(~value).then(pl.lit("False"))
    return value.cast(pl.String)
