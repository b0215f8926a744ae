"""A district: demo schools in one OneRoster bundle, each an org of it, and a parent with children at two of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dayzero_fixtures import new_school
from dayzero_fixtures.oneroster import oneroster_files
from dayzero_fixtures.school import SCHOOL_ID

__all__ = ["shared_parent", "written"]

_COMMON = ("academicSessions", "manifest")
"""Files that are the same for all schools."""
_OURS = (
    *("sourcedId", "courseSourcedId", "classSourcedId", "userSourcedId", "relationshipUserSourcedId"),
    *("agentSourcedIds", "email", "username"),
)
"""Columns whose values are a school's own."""
_ORGS = ("orgSourcedId", "schoolSourcedId", "orgSourcedIds")


def written(folder: Path, schools: Sequence[str], *, students: int) -> None:
    """Write one bundle of schools, each with so many students; a parent of the first has a child at the second, too."""
    bundles = [_of(ident, number, students) for number, ident in enumerate(schools, 1)]
    folder.mkdir(parents=True)
    for name in bundles[0]:
        several = bundles[:1] if name in _COMMON else bundles
        frame = pl.concat([bundle[name] for bundle in several]).unique(maintain_order=True)
        if name == "relationships" and len(schools) > 1:
            first, second = (bundle[name].row(0, named=True) for bundle in bundles[:2])
            link = {**second, "relationshipUserSourcedId": first["relationshipUserSourcedId"]}
            frame = pl.concat([frame, pl.DataFrame([link], schema=frame.schema)])
        frame.write_csv(folder / f"{name}.csv")


def shared_parent(folder: Path) -> str:
    """Return who has children at two schools."""
    return str(pl.read_csv(folder / "relationships.csv")["relationshipUserSourcedId"][-1])


def _of(ident: str, number: int, students: int) -> dict[str, pl.DataFrame]:
    """Return a school's files, with ids and addresses that no other school has."""
    files = oneroster_files(new_school(students, 2, number))
    return {name: frame if name in _COMMON else _named(name, frame, ident) for name, frame in files.items()}


def _named(name: str, frame: pl.DataFrame, ident: str) -> pl.DataFrame:
    if name == "orgs":
        ours = pl.col("type") == "school"
        return frame.with_columns(
            pl.when(ours).then(pl.lit(ident)).otherwise(c).alias(c) for c in ("sourcedId", "name")
        )
    own = [pl.col(c).str.replace_all(r"([^,]+)", f"{ident}-$1") for c in _OURS if c in frame.columns]
    orgs = [pl.col(c).str.replace(SCHOOL_ID, ident) for c in _ORGS if c in frame.columns]
    return frame.with_columns(*own, *orgs)
