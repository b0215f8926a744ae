"""Everything that is decided, in two pure steps: typed tables, the portal's state and settings in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType

import polars as pl

from dayzero.config import Config
from dayzero.conform import Conformed, Findings, require_columns, require_rows
from dayzero.errors import UntrustedSourceError
from dayzero.gradebook import (
    ACCOUNT_KINDS,
    RECORD_SCHEMAS,
    Drift,
    Key,
    PortalView,
    Rejection,
    working,
    working_counts,
)
from dayzero.people import (
    Bridge,
    Identity,
    Known,
    Population,
    Verdicts,
    as_warning,
    choose_years,
    identify,
    judge,
    keys_of,
    missing_column,
    populate,
    require_plausible,
    require_somebody,
)
from dayzero.plan.cascade import Kept, following, refused_children, years_by_role
from dayzero.plan.changes import account_operations, frozen_accounts, years_only_added
from dayzero.plan.drift import keeping
from dayzero.plan.file import plan_id_of
from dayzero.plan.holds import kept_by, mark_held
from dayzero.plan.limits import Breach, Suspicion, breaches, mass_rekeys, shrunk
from dayzero.plan.model import Plan, header_of
from dayzero.plan.reads import Read, ReadDoubt, doubted
from dayzero.plan.records import record_operations, student_records, wanted_records
from dayzero.plan.refusals import because
from dayzero.plan.rejections import passed_over
from dayzero.plan.rekey import proposed
from dayzero.plan.requests import REQUESTS_SCHEMA, withdrawing
from dayzero.plan.turn import TURN, Turn, explained, moved_on, told, turn_of
from dayzero.plugin import Finding, State

__all__ = ["Decided", "Gathered", "decide", "gather"]


@dataclass(frozen=True)
class Gathered:
    """What there is to decide about, without the tables it came from.

    ``records``: the years and courses the portal should have. ``turn``: the change of year. ``partial``: people tables of which only a part was read.
    ``identity``: who is in doubt, renewed, or under another id. ``states``: how far each table was read.
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


@dataclass(frozen=True)
class Decided:
    """A plan and what it was decided from, for ``explain``. ``left_out``: rows that say nothing here, by table, as text.
    ``untouched`` (``kind``, ``person_id``): of whom nothing is done, because a doubt stands or was answered `leave`. ``wanted`` gives, by kind, what the portal should have."""

    plan: Plan
    population: Population
    verdicts: Verdicts
    portal: PortalView
    wanted: Callable[[str], pl.DataFrame]
    left_out: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    untouched: pl.DataFrame = field(default_factory=lambda: keys_of("student", ()))


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
    )
    require_plausible(tables["school_years"], years, today)
    population = populate(
        tables,
        years,
        config.sync,
        unreadable=conformed.unreadable,
        today=today,
        bridge=_bridge(tables["school_years"], years.active, portal, config, today),
        next_year_may_wait=may_wait,
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
        conformed.unreadable,
        conformed.partial,
        conformed.states,
        courses_read,
        conformed.measure,
        Findings.joined(
            [
                conformed.findings,
                findings,
                _unlinked(conformed),
                population.findings,
                identity.findings,
                remarks,
                [as_warning(absent)] if absent else [],
            ]
        ),
        conformed.remedies,
        identity,
        _torn(conformed, population, years.both),
        conformed.strays,
        conformed.left_out,
    )


def _torn(conformed: Conformed, population: Population, years: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return, by kind, the ids without a row of their own that others need: an active enrollment, a link to a student who is sent."""
    torn: dict[str, frozenset[str]] = {}
    strays = conformed.strays
    enrolled = strays.get("enrollments")
    if enrolled is not None:
        here = enrolled.filter(pl.col("status") == "active", pl.col("year_id").is_in(list(years)))
        torn["student"] = frozenset(here["student_id"])
    links = strays.get("relationships")
    if links is not None:
        named = links.filter(pl.col("contact").is_null(), pl.col("student").is_not_null())
        sent = population.students["sent"].gather(named["student"])
        allowed = named["portal_access"].fill_null(value=True)
        torn["parent"] = frozenset(named["contact_id"].filter(sent & allowed))
    return {kind: ids - conformed.taken_back.get(kind, frozenset()) for kind, ids in torn.items()}


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
    students = working_counts(portal.accounts).get("student", 0)
    following_year = school_years.filter(pl.col("role") == "scheduling")["year_id"].to_list()
    limit = config.limits.year.of(students, config.limits.from_accounts)
    return Bridge(there["id"], there["grade_level"], limit, following_year[0] if following_year else None)


def decide(
    gathered: Gathered,
    portal: PortalView,
    config: Config,
    *,
    add_only: bool = False,
    measure_before: Mapping[str, int] | None = None,
    kept: Sequence[Drift] = (),
    rejected: Sequence[Rejection] = (),
    released: Collection[str] = (),
    setting_changed: bool = False,
    recent: Mapping[str, int] = MappingProxyType({}),
    requests: pl.DataFrame | None = None,
    lost: pl.DataFrame | None = None,
    worked: Mapping[str, int] = MappingProxyType({}),
) -> Decided:
    """Decide everything: pure, from people and the portal's state to a plan with its limits judged.

    ``add_only``: nobody is disabled and nothing removed. ``measure_before``: that of the last good read.
    ``kept``: what others changed on the portal and is left as it is. ``rejected``: what the portal, as it is, has rejected.
    ``released``: ops of which nothing is held. ``setting_changed``: the office has just changed Send Scheduling Year Student
    Data, so that a year that comes or goes surprises nobody. ``recent``: leavers of the last days, by kind.
    ``lost``: accounts that are gone from the portal, of so many that ``worked``, by kind.
    ``requests``: course requests on the portal (``REQUESTS_SCHEMA``), where anybody loses the year they are for.
    """
    may_remove = not (gathered.partial or add_only)
    if config.limits.measures_reads:
        require_columns(gathered.measure, measure_before or {})
    again: dict[Key, Rejection] = {}

    def wanted_still(made: pl.DataFrame) -> pl.DataFrame:
        left, passed = passed_over(keeping(made, kept), rejected)
        again.update({(r.kind, r.id): r for r in passed})
        return left

    in_doubt = gathered.identity.untouched.with_columns(
        pl.lit(None, dtype=pl.String).alias("table"), pl.lit(None, dtype=pl.Int64).alias("row")
    )
    frozen = frozen_accounts(portal.accounts, pl.concat([gathered.unreadable, in_doubt]))
    refused = refused_children(gathered.population, portal.accounts)
    unlimited = ["year", "enable"] if setting_changed or gathered.turn else []
    found = _within_limits(
        gathered, portal, frozen, refused, config, wanted_still,
        may_remove=may_remove, released=released,
        unlimited=unlimited, recent=recent,
        requests=pl.DataFrame(schema=REQUESTS_SCHEMA) if requests is None else requests,
        read=Read(
            gathered.states, gathered.records, portal, pl.DataFrame(), gathered.identity.open, gathered.torn,
            gathered.measure, (measure_before or {}) if config.limits.measures_reads else {}, lost, worked,
            lambda there: config.limits.disable.of(there, config.limits.from_accounts),
        ),
    )  # fmt: skip
    operations, verdicts, less = found.operations, found.verdicts, found.suspicion.shrunk
    header = header_of(
        config,
        portal.revision,
        shrunk=dict(less),
        rekeyed={kind: dict(pairs) for kind, pairs in found.suspicion.rekeyed.items()},
        reasons=_reasons(verdicts, operations),
        refused=sorted(refused),
        unlimited=unlimited if gathered.turn else [],
        held=tuple(found.held),
        doubts=tuple((d.doubt, d.kind, d.person_id) for d in gathered.identity.open),
        renumbered={kind: dict(pairs) for kind, pairs in gathered.identity.followed.items()},
        cut=tuple(sorted(gathered.identity.cut)),
        reads=found.reads,
    )
    found_out = Findings.joined([gathered.findings, verdicts.findings, _shrank(less)])
    findings = found_out.ordered().with_remedies(gathered.remedies)
    withheld = _withheld(verdicts, operations, frozen)
    plan = Plan(
        header,
        operations,
        plan_id_of(header, operations),
        tuple(found.held),
        {
            "withheld": withheld,
            "unreadable": frozen.filter(pl.col("table").is_not_null()),
            "findings": findings.frame,
        },
        findings.any_error(),
        _unchanged(portal.accounts, operations),
        gathered.partial,
        gathered.measure,
        rejected_before=tuple(again.values()),
        change_of_year=told(gathered.turn, gathered.population, portal),
        doubts=gathered.identity.open,
        requests=found.requests,
        reads=found.reads,
        remedies=gathered.remedies,
    )
    ignored = {
        name: pl.concat(
            [rows for rows in (gathered.left_out.get(name), _as_text(gathered.strays.get(name))) if rows is not None],
            how="diagonal",
        )
        for name in {*gathered.left_out, *gathered.strays}
    }
    return Decided(plan, gathered.population, verdicts, portal, found.wanted, ignored, gathered.identity.untouched)


def _as_text(rows: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return rows as they stood in the source, nearly: as text, with where they stood."""
    return (
        None
        if rows is None
        else rows.select(pl.all().exclude("source_row", "student", "contact").cast(pl.String), "source_row")
    )


@dataclass(frozen=True)
class _Found:
    """Everything that would be done, with what of it is held."""

    verdicts: Verdicts
    wanted: Callable[[str], pl.DataFrame]
    operations: pl.DataFrame
    held: list[Breach]
    reads: tuple[ReadDoubt, ...]
    suspicion: Suspicion
    requests: Mapping[str, int]


def _within_limits(
    gathered: Gathered,
    portal: PortalView,
    frozen: pl.DataFrame,
    refused: Mapping[str, frozenset[str]],
    config: Config,
    wanted_still: Callable[[pl.DataFrame], pl.DataFrame],
    *,
    may_remove: bool,
    released: Collection[str],
    unlimited: Collection[str],
    recent: Mapping[str, int],
    requests: pl.DataFrame,
    read: Read,
) -> _Found:
    """Judge and plan until what the limits hold changes no verdict any more: a held account keeps its login."""
    population, accounts = gathered.population, working_counts(portal.accounts)
    years = years_by_role(portal)
    unread = frozenset(frozen.filter(pl.col("kind") == "student")["person_id"])
    staying = frozen.select("kind", "person_id").clear()
    records: dict[str, pl.DataFrame] | None = None
    suspicion: Suspicion | None = None
    while True:
        verdicts = judge(
            population, portal.accounts, config.sync, frozen=frozen, staying=staying, may_disable=may_remove
        )
        wanted = _wanted(verdicts, gathered, portal)
        made = account_operations(
            wanted, verdicts.withheld, portal.accounts, frozen, refused=refused, may_remove=may_remove,
            untouched=gathered.identity.untouched, renewed=gathered.identity.renewed,
        )  # fmt: skip
        if records is None:
            records = {
                kind: wanted_still(r)
                for kind, r in _record_operations(gathered, wanted, portal, may_remove=may_remove).items()
            }
        everything = _all_in_order(wanted_still(made), records)
        # Asked before anything is held: a held account keeps its login, and its new id would get none.
        if suspicion is None:
            rekeyed = _rekeyed(population, portal, wanted, everything, config)
            calendar = explained(everything, portal, gathered.turn)
            suspicion = Suspicion(shrunk(everything, accounts, config.limits, rekeyed, calendar), rekeyed)
        over = breaches(
            everything,
            accounts,
            config.limits,
            suspicion,
            refused=refused,
            years=years,
            unlimited=unlimited,
            recent=recent,
        )
        over = [breach for breach in over if breach.op not in released]
        reads, doubtful = doubted(replace(read, operations=everything), released)
        keep = kept_by(over, everything, suspicion, refused, years) | doubtful | Kept(students=unread)
        spared = refused if ("refuse", "parent") not in {(b.op, b.kind) for b in over} else {}
        marked = mark_held(everything, over, suspicion, refused) if over else everything
        bend = partial(following, marked, portal, refused=spared, turns=gathered.turn is not None)
        operations = bend(keep)
        choosing = withdrawing(operations, portal, requests, released)
        if choosing.held:
            over = [*over, *choosing.held]
            operations = bend(keep | Kept(students=choosing.students))
        if gathered.turn is not None:
            operations = moved_on(operations, portal, frozen)
        if gathered.turn is not None and gathered.turn.early and TURN not in released:
            over = [*over, Breach(TURN, "student", 1, 0, f"{TURN}=1")]
            operations = operations.with_columns(held=pl.lit(value=True))
        if any(doubt.stops for doubt in reads):
            operations = operations.with_columns(held=pl.lit(value=True))
        held = operations.filter("held", pl.col("op") != "create", pl.col("kind").is_in(ACCOUNT_KINDS))
        grown = pl.concat([staying, held.select("kind", person_id="id")]).unique()
        if grown.height == staying.height:
            return _Found(verdicts, wanted, operations, over, reads, suspicion, choosing.lost)
        staying = grown


def _wanted(verdicts: Verdicts, gathered: Gathered, portal: PortalView) -> Callable[[str], pl.DataFrame]:
    """Return what gives the accounts or records of a kind; after a partial read, with the years the portal has of them too."""

    def wanted(kind: str) -> pl.DataFrame:
        if kind in gathered.records:
            return gathered.records[kind]
        account = kind in ACCOUNT_KINDS
        rows = verdicts.wanted(kind) if account else student_records(gathered.population)
        if not gathered.partial:
            return rows
        return years_only_added(rows, working(portal.accounts) if account else portal.records[kind])

    return wanted


def _rekeyed(
    population: Population,
    portal: PortalView,
    wanted: Callable[[str], pl.DataFrame],
    operations: pl.DataFrame,
    config: Config,
) -> dict[str, dict[str, str]]:
    """Return the id map of a mass re-key; a few people under new ids are none."""
    present = {"student": population.students["student_id"], "parent": population.contacts["contact_id"]}
    pairs = proposed(operations, portal.accounts, wanted, present)
    return {kind: pairs[kind] for kind in mass_rekeys(pairs, working_counts(portal.accounts), config.limits)}


def _reasons(verdicts: Verdicts, operations: pl.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Return why accounts end, for a saved plan's readers: kind -> reason -> ids."""
    ends = operations.select("kind", "op", person_id="id").filter(pl.col("op") == "disable")
    if ends.is_empty():
        return {}
    because = verdicts.withheld.join(ends, on=["kind", "person_id"], how="semi")
    reasons: dict[str, dict[str, list[str]]] = {}
    for kind, reason, ids in because.group_by("kind", "reason").agg(pl.col("person_id").sort()).iter_rows():
        reasons.setdefault(kind, {})[reason] = ids
    return reasons


def _shrank(less: Mapping[str, tuple[int, int]]) -> list[Finding]:
    said = "{} people have an account, {} of them would stay: nothing is taken from anybody after such a read unless it is allowed"
    return [
        Finding("warning", table, None, None, None, "table-shrank", said.format(before, now))
        for table, (before, now) in less.items()
    ]


def _all_in_order(accounts: pl.DataFrame, records: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return all operations sorted by kind and id, none of them held; those on accounts are sorted, and so are those on each
    kind of record.

    Marked kind by kind: over the whole, a column of another cut would have every other one put together anew.
    """
    first = int((accounts["kind"] == min(ACCOUNT_KINDS)).sum())
    parts = {min(ACCOUNT_KINDS): accounts.head(first), max(ACCOUNT_KINDS): accounts.slice(first), **records}
    return pl.concat(parts[kind].with_columns(held=pl.lit(value=False)) for kind in sorted(parts))


def _record_operations(
    gathered: Gathered, wanted: Callable[[str], pl.DataFrame], portal: PortalView, *, may_remove: bool
) -> dict[str, pl.DataFrame]:
    unread = pl.concat(
        people.filter(pl.col("kind") == "student")["person_id"]
        for people in (gathered.unreadable, gathered.identity.untouched)
    )
    removable = dict.fromkeys(RECORD_SCHEMAS, may_remove) | {"course": may_remove and gathered.courses_read}
    return {
        kind: record_operations(
            kind,
            wanted(kind),
            portal.records[kind],
            stay=unread if kind == "student-record" else unread.clear(),
            may_remove=removable[kind],
        )
        for kind in RECORD_SCHEMAS
    }


def _unchanged(accounts: pl.DataFrame, operations: pl.DataFrame) -> dict[str, int]:
    """Return how many working accounts no operation touches, by kind."""
    touched = operations.filter(pl.col("kind").is_in(ACCOUNT_KINDS), pl.col("op").is_in(["update", "disable"]))
    numbers = dict(touched.group_by("kind").agg(pl.len()).iter_rows())
    return {kind: there - numbers.get(kind, 0) for kind, there in working_counts(accounts).items()}


def _withheld(verdicts: Verdicts, operations: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Return every withheld candidate, and what becomes of an account they have."""
    rows = []
    for kind in sorted(ACCOUNT_KINDS):
        of_kind, who = pl.col("kind") == kind, pl.col("person_id")
        still = frozen.filter(of_kind)["person_id"].implode()
        ends = operations.select("kind", "op", "id").filter(of_kind, pl.col("op") == "disable")["id"].implode()
        account = (
            pl.when(who.is_in(ends)).then(pl.lit("disable"))
            .when("has_account").then(pl.lit("kept"))
            .otherwise(pl.lit("none"))
        )  # fmt: skip
        said = verdicts.withheld.filter(of_kind, ~who.is_in(still))
        rows.append(said.select("kind", "person_id", "reason", "detail", account=account).sort("person_id"))
    return pl.concat(rows)
