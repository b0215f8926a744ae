"""Who there is to decide about: people by year, what records there should be, who is who, and what was remarked on the read.

A step of its own before ``decide``, so that the source's tables can be let go: they are half of a plan's memory. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from dayzero.config import Config
from dayzero.conform import REFUSALS, Conformed, Findings, require_rows
from dayzero.errors import UntrustedSourceError
from dayzero.gradebook import (
    PortalView,
    working,
    working_counts,
)
from dayzero.people import (
    Bridge,
    Identity,
    Known,
    Population,
    as_warning,
    choose_years,
    identify,
    missing_column,
    populate,
    require_plausible,
    require_somebody,
    two_persons,
)
from dayzero.plan.cascade import years_by_role
from dayzero.plan.limits import half_of
from dayzero.plan.records import wanted_records
from dayzero.plan.refusals import because
from dayzero.plan.turn import Turn, turn_of
from dayzero.plugin import Finding, State

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True)
class Gathered:
    """What there is to decide about, without the tables it came from.

    ``records``: the years and courses the portal should have. ``turn``: the change of year. ``partial``: people tables of which only a part was read.
    ``identity``: who is in doubt, renewed, or under another id. ``states``: how far each table was read.
    ``cut``: tables whose last line may be cut off, and who is named in it. ``lost_ends``: such that may be cut off behind a line.
    ``refusals``: links that say no, whose student or contact could not be read.
    ``measure``: what the next read is measured by. ``courses_read``: whether the courses were read whole, so that one that is
    missing is gone. ``remedies``: in the source's own words.
    """

    population: Population
    records: Mapping[str, pl.DataFrame]
    turn: Turn | None
    unreadable: pl.DataFrame
    partial: tuple[str, ...]
    states: Mapping[str, State]
    courses_read: bool
    measure: Mapping[str, int]
    findings: Findings
    remedies: Mapping[str, str]
    identity: Identity
    torn: Mapping[str, frozenset[str]] = field(default_factory=dict)
    strays: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    left_out: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    cut: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost_ends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refusals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REFUSALS))


def gather(
    conformed: Conformed,
    portal: PortalView,
    config: Config,
    remarks: Iterable[Finding] = (),
    *,
    today: date | None = None,
    known: Known | None = None,
    last_at_yes: bool | None = None,
    looking: bool = False,
) -> Gathered:
    """Put together who counts in which year, what records the portal should have, and what was remarked.

    ``today``: the school's day; without it no code is to come and no year about to end. ``known``: what is known of people
    besides the portal. ``last_at_yes``: whether the school's last sync was at Yes; None where only the portal can tell.
    ``looking``: nothing comes of it, so that an absent column is only said.

    A step of its own, so that the source's tables can be let go before anything is decided: they are half of a plan's memory.
    Raises UntrustedSourceError for tables that must not be acted on.
    """
    try:
        return _gathered(
            conformed, portal, config, remarks, today=today, known=known, last_at_yes=last_at_yes, looking=looking
        )
    except UntrustedSourceError as error:
        error.remedy = conformed.remedies.get(error.facts.get("rule", ""), error.remedy)
        raise because(error, conformed.findings) from error


def _gathered(
    conformed: Conformed,
    portal: PortalView,
    config: Config,
    remarks: Iterable[Finding],
    *,
    today: date | None,
    known: Known | None,
    last_at_yes: bool | None,
    looking: bool,
) -> Gathered:
    tables = conformed.numbered
    expected = _anybody_expected(tables["school_years"], portal)
    require_rows(conformed, endangered=_endangered(portal, by_codes=config.sync.send_scheduling_year and expected))
    known_years = portal.records["school-year"]
    sent_before = known_years.filter(pl.col("opened_as") == "scheduling")["id"].to_list()
    at_yes = _at_yes(tables["school_years"], portal) if last_at_yes is None else last_at_yes
    may_wait = at_yes and not expected  # nobody loses by it, and the setting is not just changing (R3)
    years, findings = choose_years(
        tables["school_years"],
        send_scheduling_year=config.sync.send_scheduling_year,
        sent_as_scheduling=frozenset(sent_before),
        may_wait=may_wait,
        awaited=expected and "scheduling" in years_by_role(portal),
    )
    require_plausible(tables["school_years"], years, today)
    mixed = two_persons(tables, years.both, config.sync.student_login)
    unreadable = pl.concat([conformed.unreadable, mixed.unreadable]).unique(
        ["kind", "person_id"], keep="first", maintain_order=True
    )
    population = populate(
        {**tables, "relationships": mixed.relationships},
        years,
        config.sync,
        unreadable=unreadable,
        today=today,
        bridge=_bridge(tables["school_years"], years.active, portal, config, today),
        next_year_may_wait=may_wait,
        accounts=portal.accounts,
    )
    years = population.years
    accounts = working_counts(portal.accounts)
    if any(accounts.values()) and not tables["enrollments"].is_empty():
        require_somebody(population)
    absent = missing_column(conformed, population, config.sync.student_login)
    if absent is not None and not looking:
        raise absent
    identity = identify(
        population,
        conformed.strangers,
        portal,
        known or Known(),
        few=lambda kind: config.limits.rekey.of(accounts.get(kind, 0), config.limits.from_accounts),
        unread=unreadable,
        whole=not conformed.partial,
    )
    population = identity.population
    courses_read = (
        "courses" in conformed.rows
        and conformed.states.get("courses") != "partial"
        and not conformed.findings.any_error("courses")
    )
    return Gathered(
        population,
        wanted_records(years, tables["school_years"], tables["courses"], known_years),
        turn_of(years.active, portal, today, config.sync.summer_bridge_days) if today else None,
        unreadable,
        conformed.partial,
        conformed.states,
        courses_read,
        conformed.measure,
        Findings.joined(
            [
                conformed.findings,
                findings,
                mixed.findings,
                _unlinked(conformed),
                _in_part(conformed),
                population.findings,
                identity.findings,
                remarks,
                [as_warning(absent)] if absent else [],
            ]
        ),
        conformed.remedies,
        identity,
        _torn(conformed, population, years.both) | _elsewhere(tables, portal),
        conformed.strays,
        conformed.left_out,
        conformed.cut,
        conformed.lost_ends,
        pl.concat([conformed.refusals, mixed.refusals]).filter(
            pl.col("year_id").is_null() | pl.col("year_id").is_in(list(years.both))
        ),
    )


def _torn(conformed: Conformed, population: Population, years: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return, by table, the ids without a row of their own that others need: an active enrollment, a link to a student who is sent."""
    torn: dict[str, frozenset[str]] = {}
    strays = conformed.strays
    enrolled = strays.get("enrollments")
    if enrolled is not None:
        here = enrolled.filter(pl.col("status") == "active", pl.col("year_id").is_in(list(years)))
        torn["students"] = frozenset(here["student_id"]) - conformed.taken_back.get("student", frozenset())
    links = strays.get("relationships")
    if links is not None:
        named = links.filter(pl.col("contact").is_null(), pl.col("student").is_not_null())
        sent = population.students["sent"].gather(named["student"])
        allowed = named["portal_access"].fill_null(value=True)
        torn["contacts"] = frozenset(named["contact_id"].filter(sent & allowed)) - conformed.taken_back.get(
            "parent", frozenset()
        )
    return torn


def _elsewhere(tables: Mapping[str, pl.DataFrame], portal: PortalView) -> dict[str, frozenset[str]]:
    """Return, by table, the students who have no row any more in a year that they were in, and an active one in a year that
    nobody has ever heard of: a year that is written otherwise is no leaver."""
    enrollments, known = tables["enrollments"], portal.records["school-year"]
    heard = pl.concat([tables["school_years"]["year_id"], known["id"]])
    years = enrollments["year_id"].unique()
    unheard = years.filter(~years.is_in(heard.implode()))
    if unheard.is_empty():  # as in most exports
        return {}
    strange = enrollments.filter(pl.col("year_id").is_in(unheard.implode()), pl.col("status") == "active")
    records = portal.records["student-record"]
    were = (
        records.filter(pl.col("id").is_in(strange["student_id"].implode()))
        .select("id", role="years")
        .explode("role")
        .join(known.select("role", year_id="id"), on="role")
    )
    lost = were.join(enrollments, left_on=["id", "year_id"], right_on=["student_id", "year_id"], how="anti")
    return {"enrollments": frozenset(lost["id"])}


def _endangered(portal: PortalView, *, by_codes: bool) -> frozenset[str]:
    """Return the tables on which something hangs that the portal has, so that an empty one would take it from somebody.

    ``by_codes``: whether anybody is there by what stands on a calendar.
    """
    there = working_counts(portal.accounts)
    anybody = any(there.values()) or not portal.records["student-record"].is_empty()
    parents = there.get("parent", 0) > 0
    hangs = {
        "school_years": anybody,
        "students": anybody,
        "enrollments": anybody,
        "calendar_codes": by_codes,
        "contacts": parents,
        "relationships": parents,
    }
    return frozenset(table for table, endangered in hangs.items() if endangered)


def _anybody_expected(school_years: pl.DataFrame, portal: PortalView) -> bool:
    """Return whether the portal has anybody in a scheduling year that has not come yet: they would lose by its not being ready."""
    if years_by_role(portal).get("scheduling") in _active(school_years):
        return False
    in_next = portal.records["student-record"].filter(pl.col("years").list.contains("scheduling"))
    return not in_next.is_empty() or bool(working(portal.accounts)["new"].any())


def _at_yes(school_years: pl.DataFrame, portal: PortalView) -> bool:
    """Return whether the last sync was at Yes, as far as the portal tells: it has a scheduling year, or got this one as such."""
    years = portal.records["school-year"]
    opened = pl.col("id").is_in(_active(school_years)) & (pl.col("opened_as") == "scheduling")
    return not years.filter((pl.col("role") == "scheduling") | opened).is_empty()


def _active(school_years: pl.DataFrame) -> list[str]:
    return school_years.filter(pl.col("role") == "active")["year_id"].to_list()


def _unlinked(conformed: Conformed) -> list[Finding]:
    """Say once that a source has no parents; many have none."""
    tables = ("contacts", "relationships")
    read = not any(conformed.findings.any_error(t) or conformed.states.get(t) == "partial" for t in tables)
    if not read or conformed.numbered["students"].is_empty() or not conformed.numbered["relationships"].is_empty():
        return []
    said = "the source links no parent to any student: no parent gets an account"
    return [Finding("notice", "relationships", None, None, None, "no-parent-linked", said)]


def _in_part(conformed: Conformed) -> list[Finding]:
    """Say once that tables of people were not read whole."""
    said = f"of {', '.join(conformed.partial)} only a part was read: nothing is taken from anybody"
    return [Finding("notice", t, None, None, None, "read-in-part", said) for t in conformed.partial[:1]]


def _bridge(
    school_years: pl.DataFrame, active: str, portal: PortalView, config: Config, today: date | None
) -> Bridge | None:
    """Return the last weeks of the active year, while the portal has the same one as active; None outside of them."""
    if today is None or years_by_role(portal).get("active") != active:
        return None
    ends_on = school_years.filter(pl.col("year_id") == active)["ends_on"].item()
    if not ends_on - timedelta(days=config.sync.summer_bridge_days) <= today:
        return None
    there = portal.records["student-record"].filter(pl.col("years").list.contains("active")).sort("id")
    following_year = school_years.filter(pl.col("role") == "scheduling")["year_id"].to_list()
    limit = config.limits.year.of(there.height, config.limits.from_accounts)
    bearable = None if limit is None else min(limit, half_of(there.height))
    return Bridge(there["id"], there["grade_level"], bearable, following_year[0] if following_year else None)
