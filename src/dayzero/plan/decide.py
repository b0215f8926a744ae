"""Everything that is decided, in two pure steps: typed tables, the portal's state and settings in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dayzero.config import Config
from dayzero.conform import Conformed, Findings, require_columns, require_rows
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
from dayzero.people import Population, Verdicts, choose_years, judge, populate
from dayzero.plan.changes import account_operations, frozen_accounts, years_only_added
from dayzero.plan.drift import keeping
from dayzero.plan.file import plan_id_of
from dayzero.plan.holds import judged, mark_held
from dayzero.plan.limits import Breach, Suspicion, mass_rekeys, shrunk
from dayzero.plan.model import Plan, header_of
from dayzero.plan.records import record_operations, student_records, wanted_records
from dayzero.plan.rejections import passed_over
from dayzero.plan.rekey import proposed
from dayzero.plugin import Finding

__all__ = ["Decided", "Gathered", "decide", "gather"]


@dataclass(frozen=True)
class Gathered:
    """What there is to decide about, without the tables it came from.

    ``records``: the years and courses the portal should have. ``partial``: people tables of which only a part was read.
    ``measure``: what the next read is measured by. ``courses_read``: whether the courses were read whole, so that one that is missing is gone.
    """

    population: Population
    records: Mapping[str, pl.DataFrame]
    unreadable: pl.DataFrame
    partial: tuple[str, ...]
    courses_read: bool
    measure: Mapping[str, int]
    findings: Findings


@dataclass(frozen=True)
class Decided:
    """A plan and what it was decided from, for ``explain``. ``wanted`` gives, by kind, what the portal should have."""

    plan: Plan
    population: Population
    verdicts: Verdicts
    portal: PortalView
    wanted: Callable[[str], pl.DataFrame]


def gather(conformed: Conformed, portal: PortalView, config: Config, remarks: Iterable[Finding] = ()) -> Gathered:
    """Put together who counts in which year, what records the portal should have, and what was remarked.

    A step of its own, so that the source's tables can be let go before anything is decided: they are half of a plan's memory.
    Raises UntrustedSourceError for tables that must not be acted on.
    """
    require_rows(conformed, portal_has_accounts=not portal.accounts.is_empty())
    tables = conformed.numbered
    known_years = portal.records["school-year"]
    sent_before = known_years.filter(pl.col("opened_as") == "scheduling")["id"].to_list()
    years, findings = choose_years(
        tables["school_years"],
        send_scheduling_year=config.sync.send_scheduling_year,
        sent_as_scheduling=frozenset(sent_before),
    )
    population = populate(tables, years, config.sync, unreadable=conformed.unreadable)
    courses_read = "courses" in conformed.rows and not conformed.findings.any_error("courses")
    return Gathered(
        population,
        wanted_records(years, tables["school_years"], tables["courses"], known_years),
        conformed.unreadable,
        conformed.partial,
        courses_read,
        conformed.measure,
        Findings.joined([conformed.findings, findings, population.findings, remarks]),
    )


def decide(
    gathered: Gathered,
    portal: PortalView,
    config: Config,
    *,
    add_only: bool = False,
    measure_before: Mapping[str, int] | None = None,
    kept: Sequence[Drift] = (),
    rejected: Sequence[Rejection] = (),
) -> Decided:
    """Decide everything: pure, from people and the portal's state to a plan with its limits judged.

    ``add_only``: nobody is disabled and nothing removed. ``measure_before``: that of the last good read.
    ``kept``: what others changed on the portal and is left as it is. ``rejected``: what the portal, as it is, has rejected.
    """
    may_remove = not (gathered.partial or add_only)
    if config.limits.measures_reads:
        require_columns(gathered.measure, measure_before or {})
    less = shrunk(gathered.measure, measure_before or {}, config.limits)
    frozen = frozen_accounts(portal.accounts, gathered.unreadable)

    again: dict[Key, Rejection] = {}

    def wanted_still(made: pl.DataFrame) -> pl.DataFrame:
        left, refused = passed_over(keeping(made, kept), rejected)
        again.update({(r.kind, r.id): r for r in refused})
        return left

    verdicts, operations, over, suspicion = _within_limits(
        gathered, portal, frozen, config, less, wanted_still, may_remove=may_remove
    )
    wanted = _wanted(verdicts, gathered, portal)
    records = _record_operations(gathered, wanted, portal, may_remove=may_remove)
    operations = _all_in_order(operations, {kind: mark_held(wanted_still(r), []) for kind, r in records.items()})
    header = header_of(
        config,
        portal.revision,
        shrunk=suspicion.shrunk,
        rekeyed=suspicion.rekeyed,
        reasons=_reasons(verdicts, operations),
    )
    findings = Findings.joined([gathered.findings, verdicts.findings, _shrank(less)]).ordered()
    withheld = _withheld(verdicts, portal.accounts, operations, frozen)
    plan = Plan(
        header,
        operations,
        plan_id_of(header, operations),
        tuple(over),
        {"withheld": withheld, "unreadable": frozen, "findings": findings.frame},
        findings.any_error(),
        _unchanged(portal.accounts, operations),
        gathered.partial,
        gathered.measure,
        rejected_before=tuple(again.values()),
    )
    return Decided(plan, gathered.population, verdicts, portal, wanted)


def _within_limits(
    gathered: Gathered,
    portal: PortalView,
    frozen: pl.DataFrame,
    config: Config,
    less: Mapping[str, tuple[int, int]],
    wanted_still: Callable[[pl.DataFrame], pl.DataFrame],
    *,
    may_remove: bool,
) -> tuple[Verdicts, pl.DataFrame, list[Breach], Suspicion]:
    """Judge and plan until what the limits hold changes no verdict any more: a held account keeps its login."""
    population, accounts = gathered.population, working_counts(portal.accounts)
    staying = frozen.select("kind", "person_id").clear()
    suspicion: Suspicion | None = None
    while True:
        verdicts = judge(
            population, portal.accounts, config.sync, frozen=frozen, staying=staying, may_disable=may_remove
        )
        wanted = _wanted(verdicts, gathered, portal)
        operations = wanted_still(
            account_operations(wanted, verdicts.withheld, portal.accounts, frozen, may_remove=may_remove)
        )
        # Asked before anything is held: a held account keeps its login, and its new id would get none.
        suspicion = suspicion or Suspicion(less, _rekeyed(population, portal, wanted, operations, config))
        operations, over = judged(operations, accounts, config.limits, suspicion)
        held = operations.filter("held", pl.col("op") != "create").select("kind", pl.col("id").alias("person_id"))
        grown = pl.concat([staying, held]).unique()
        if grown.height == staying.height:
            return verdicts, operations, over, suspicion
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
    said = "{} rows at the last sync, {} now: nobody is disabled after such a read unless it is allowed"
    return [
        Finding("warning", table, None, None, None, "table-shrank", said.format(before, now))
        for table, (before, now) in less.items()
    ]


def _all_in_order(accounts: pl.DataFrame, records: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return all operations sorted by kind and id; those on accounts are, and so are those on each kind of record."""
    first = int((accounts["kind"] == min(ACCOUNT_KINDS)).sum())
    parts = {min(ACCOUNT_KINDS): accounts.head(first), max(ACCOUNT_KINDS): accounts.slice(first), **records}
    return pl.concat(parts[kind] for kind in sorted(parts))


def _record_operations(
    gathered: Gathered, wanted: Callable[[str], pl.DataFrame], portal: PortalView, *, may_remove: bool
) -> dict[str, pl.DataFrame]:
    unread = gathered.unreadable.filter(pl.col("kind") == "student")["person_id"]
    removable = {"student-record": may_remove, "school-year": True, "course": gathered.courses_read}
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


def _withheld(
    verdicts: Verdicts, accounts: pl.DataFrame, operations: pl.DataFrame, frozen: pl.DataFrame
) -> pl.DataFrame:
    """Return every withheld candidate, and what becomes of an account they have."""
    rows = []
    for kind in sorted(ACCOUNT_KINDS):
        of_kind = pl.col("kind") == kind
        still, works = (f.filter(of_kind)["person_id"].implode() for f in (frozen, working(accounts)))
        ends = operations.select("kind", "op", "id").filter(of_kind, pl.col("op") == "disable")["id"].implode()
        who = pl.col("person_id")
        account = (
            pl.when(who.is_in(ends)).then(pl.lit("disable"))
            .when(who.is_in(works)).then(pl.lit("kept"))
            .otherwise(pl.lit("none"))
        )  # fmt: skip
        said = verdicts.withheld.filter(of_kind, ~who.is_in(still))
        rows.append(said.select("kind", "person_id", "reason", "detail", account=account).sort("person_id"))
    return pl.concat(rows)
