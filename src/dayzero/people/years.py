"""Which two years matter: the active one, and at Yes the scheduling year (R1-R3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dayzero.errors import UntrustedSourceError
from dayzero.people.readiness import NO_SCHEDULING_YEAR
from dayzero.plugin import Finding

__all__ = ["Years", "choose_years", "year_turned"]


@dataclass(frozen=True)
class Years:
    """The two years that matter. ``scheduling`` is None at No, and after a rollover while there is none yet."""

    active: str
    scheduling: str | None

    @property
    def both(self) -> tuple[str, ...]:
        """Ids of the years looked at."""
        return (self.active,) if self.scheduling is None else (self.active, self.scheduling)


def choose_years(
    school_years: pl.DataFrame,
    *,
    send_scheduling_year: bool,
    sent_as_scheduling: Collection[str] = (),
    may_wait: bool = False,
    awaited: bool = False,
) -> tuple[Years, list[Finding]]:
    """Return the active and (at Yes) the scheduling year; raise UntrustedSourceError where the roles do not allow it.

    ``sent_as_scheduling``: years the portal once got as the scheduling year. If the active year is one of them, a
    missing scheduling year is the ordinary state after the change of year (case 6) and a notice. Otherwise it is refused
    (R3), or a warning where it ``may_wait``. ``awaited``: the portal has the next year and somebody in it, who would lose it.
    """
    active = school_years.filter(pl.col("role") == "active")["year_id"].sort().to_list()
    scheduling = school_years.filter(pl.col("role") == "scheduling")["year_id"].sort().to_list()
    if len(active) != 1:
        said = f"Years {', '.join(active)} are all marked active" if active else "No year is marked active"
        raise UntrustedSourceError(
            f"{said} in school_years.", remedy="Give exactly one year the role `active`.", rule="one-active-year"
        )
    if len(scheduling) > 1:
        raise UntrustedSourceError(
            f"Years {', '.join(scheduling)} are all marked as the scheduling year in school_years.",
            remedy="Set exactly one year as the scheduling year.",
            rule="one-scheduling-year",
        )
    if not send_scheduling_year:
        return Years(active[0], None), []
    if scheduling:
        return Years(active[0], scheduling[0]), []
    if awaited or active[0] not in sent_as_scheduling:
        if not may_wait:
            raise NO_SCHEDULING_YEAR.refusal()
        return Years(active[0], None), [NO_SCHEDULING_YEAR.warning(active[0])]
    notice = Finding(
        "notice", "school_years", None, "role", None, "no-scheduling-year",
        f"the former scheduling year {active[0]} is active now and there is no next one yet; only the active year is sent",
    )  # fmt: skip
    return Years(active[0], None), [notice]


def year_turned(school_years: pl.DataFrame) -> tuple[pl.DataFrame, date]:
    """Return the years as they are once the scheduling year is the active one, and the first day after the old one.

    Raises UntrustedSourceError where there is no year to turn to.
    """
    role = pl.col("role")
    ending = school_years.filter(role == "active")["ends_on"].to_list()
    if len(ending) != 1 or school_years.filter(role == "scheduling").height != 1:
        raise UntrustedSourceError(
            "There is no change of year to forecast: school_years has not one active and one scheduling year.",
            remedy="In the SIS, create the year and set it as the scheduling year.",
            rule="no-scheduling-year",
        )
    becomes = (
        pl.when(role == "active").then(pl.lit("past")).when(role == "scheduling").then(pl.lit("active")).otherwise(role)
    )
    return school_years.with_columns(becomes.alias("role")), ending[0] + timedelta(days=1)
