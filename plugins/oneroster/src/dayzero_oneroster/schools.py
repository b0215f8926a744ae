"""One school of a district: which orgs are it."""

from __future__ import annotations

import polars as pl

from dayzero.errors import ConfigurationError
from dayzero_oneroster.oddities import Oddities
from dayzero_oneroster.roster import Roster
from dayzero_oneroster.values import word

__all__ = ["orgs_of_school"]

_NAMED = 10


def orgs_of_school(roster: Roster, school: str, oddities: Oddities) -> list[str] | None:
    """Return the ids of a school and all below it (departments), or None: everything is read.

    Raises ConfigurationError where there is no such school, or more than one of that name.
    """
    orgs = roster["orgs"].filter(pl.col("status") == "active")
    strays = orgs.filter(pl.col("parentSourcedId").is_not_null()).join(
        orgs, left_on="parentSourcedId", right_on="sourcedId", how="anti"
    )
    oddities.rows("org-parent-missing", "orgs", strays, "parentSourcedId")
    other = orgs.filter(word("type") != "school").select("sourcedId")
    classes = roster["classes"].join(other, left_on="schoolSourcedId", right_on="sourcedId", how="semi")
    oddities.rows("class-school-type", "classes", classes, "schoolSourcedId")
    schools = orgs.filter(word("type") == "school")
    if not school:
        if schools.height > 1:
            oddities.add("several-schools", "orgs", value=schools.height)
        return None
    found = orgs.filter(pl.col("sourcedId") == school)["sourcedId"].to_list()
    found = found or orgs.filter(pl.col("name").str.to_lowercase() == school.strip().lower())["sourcedId"].to_list()
    if len(found) != 1:
        names = [f"{name} ({key})" for key, name in schools.select("sourcedId", "name").head(_NAMED).iter_rows()]
        raise ConfigurationError(
            f"[source] school: {'no' if not found else 'more than one'} org is called {school!r}.",
            remedy=f"Give the sourcedId of one of: {', '.join(names) or 'none'}.",
            key="source.school",
        )
    return _with_descendants(orgs, found)


def _with_descendants(orgs: pl.DataFrame, found: list[str]) -> list[str]:
    everything = set(found)
    while True:
        below = set(orgs.filter(pl.col("parentSourcedId").is_in(list(everything)))["sourcedId"]) - everything
        if not below:
            return sorted(everything)
        everything |= below
