"""One school of a district: which orgs are it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero.plugin import Finding
from dayzero_oneroster.findings import Findings, odd, odd_rows
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import word

__all__ = ["orgs_of_school"]

_NAMED = 10


def orgs_of_school(roster: Roster, school: str) -> tuple[list[str] | None, Findings]:
    """Return the ids of a school and all below it (departments), or None: everything is read; and what is odd about orgs.

    Raises ConfigurationError where there is no such school, or more than one of that name.
    """
    orgs = roster["orgs"].filter(pl.col("status") == "active")
    findings = _odd_orgs(orgs, roster["classes"])
    if school:
        return _with_descendants(orgs, _called(orgs, school)), tuple(findings)
    schools = orgs.filter(word("type") == "school").height
    several = [odd("several-schools", "orgs", value=schools)] if schools > 1 else []
    return None, (*findings, *several)


def _called(orgs: pl.DataFrame, school: str) -> str:
    """Return the id of the school of that id or name."""
    found = orgs.filter(pl.col("sourcedId") == school)["sourcedId"].to_list()
    found = found or orgs.filter(pl.col("name").str.to_lowercase() == school.strip().lower())["sourcedId"].to_list()
    if len(found) != 1:
        schools = orgs.filter(word("type") == "school").select("sourcedId", "name").head(_NAMED)
        names = [f"{name} ({key})" for key, name in schools.iter_rows()]
        raise ConfigurationError(
            f"[source] school: {'no' if not found else 'more than one'} org is called {school!r}.",
            remedy=f"Give the sourcedId of one of: {', '.join(names) or 'none'}.",
            key="source.school",
        )
    return str(found[0])


def _with_descendants(orgs: pl.DataFrame, org: str) -> list[str]:
    everything = {org}
    while True:
        below = set(orgs.filter(pl.col("parentSourcedId").is_in(list(everything)))["sourcedId"]) - everything
        if not below:
            return sorted(everything)
        everything |= below


def _odd_orgs(orgs: pl.DataFrame, classes: pl.DataFrame) -> Iterator[Finding]:
    below = orgs.filter(pl.col("parentSourcedId").is_not_null())
    strays = below.join(orgs, left_on="parentSourcedId", right_on="sourcedId", how="anti")
    yield from odd_rows("org-parent-missing", "orgs", strays, "parentSourcedId")
    other = orgs.filter(word("type") != "school").select("sourcedId")
    elsewhere = classes.join(other, left_on="schoolSourcedId", right_on="sourcedId", how="semi")
    yield from odd_rows("class-school-type", "classes", elsewhere, "schoolSourcedId")
