"""Everything that is decided: people, the portal's state and settings in, a plan out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

import polars as pl

from dayzero.config import Config
from dayzero.conform import WHOLE, Findings, require_columns
from dayzero.gradebook import (
    ACCOUNT_KINDS,
    RECORD_SCHEMAS,
    RENEWED_RECORD,
    Drift,
    Key,
    PortalView,
    Rejection,
    working,
    working_counts,
)
from dayzero.people import (
    KnownLinks,
    Population,
    Verdicts,
    judge,
    keys_of,
)
from dayzero.plan.cascade import (
    Kept,
    cut_children,
    following,
    refused_children,
    together,
    without_unmade,
    years_by_role,
)
from dayzero.plan.changes import account_operations, frozen_accounts, years_only_added
from dayzero.plan.concerned import Concerned
from dayzero.plan.drift import keeping
from dayzero.plan.file import plan_id_of
from dayzero.plan.gather import Gathered
from dayzero.plan.holds import kept_by, mark_held
from dayzero.plan.limits import REKEY, Breach, Recent, Suspicion, breaches, mass_rekeys, shrunk, students_in
from dayzero.plan.model import Plan, header_of
from dayzero.plan.names import names_of
from dayzero.plan.reads import (
    KEY,
    PARTIAL,
    Read,
    ReadDoubt,
    doubted,
    ending_earlier,
    hardly_filled,
    kept_from_leaving,
    measured,
)
from dayzero.plan.records import record_operations, student_records
from dayzero.plan.rejections import passed_over
from dayzero.plan.rekey import proposed
from dayzero.plan.requests import REQUESTS_SCHEMA, withdrawing
from dayzero.plan.turn import TURN, explained, moved_on, told
from dayzero.plugin import Finding

__all__ = ["Decided", "decide"]


@dataclass(frozen=True)
class Decided:
    """A plan and what it was decided from, for ``explain``. ``left_out``: rows that say nothing here, by table, as text.
    ``untouched`` (``kind``, ``person_id``): of whom nothing is done, because a doubt stands or was answered `leave`. ``wanted`` gives, by kind, what the portal should have.
    ``links`` gives the links that are to be known next time. ``concerned``: whom what is held concerns, where that was asked for."""

    plan: Plan
    population: Population
    verdicts: Verdicts
    portal: PortalView
    wanted: Callable[[str], pl.DataFrame]
    left_out: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    untouched: pl.DataFrame = field(default_factory=lambda: keys_of("student", ()))
    links: Callable[[], KnownLinks] | None = None
    concerned: Concerned = field(default_factory=Concerned)


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
    recent: Recent = MappingProxyType({}),
    requests: pl.DataFrame | None = None,
    lost: pl.DataFrame | None = None,
    worked: Mapping[str, int] = MappingProxyType({}),
) -> Decided:
    """Decide everything: pure, from people and the portal's state to a plan with its limits judged.

    ``add_only``: nobody is disabled and nothing removed. ``measure_before``: that of the last good read.
    ``kept``: what others changed on the portal and is left as it is. ``rejected``: what the portal, as it is, has rejected.
    ``released``: ops of which nothing is held. ``setting_changed``: the office has just changed Send Scheduling Year Student
    Data, so that a year that comes or goes surprises nobody. ``recent``: what the last days took.
    ``lost``: accounts that are gone from the portal, of so many that ``worked``, by kind.
    ``requests``: course requests on the portal (``REQUESTS_SCHEMA``), where anybody loses the year they are for.
    """
    part = () if PARTIAL in released else tuple(t for t in gathered.partial if t not in gathered.cut)
    may_remove = not (part or add_only)
    before = (measure_before or {}) if config.limits.measures_reads else {}
    require_columns(gathered.measure, before)
    again: dict[Key, Rejection] = {}

    def wanted_still(made: pl.DataFrame) -> pl.DataFrame:
        left, passed = passed_over(keeping(made, kept), rejected)
        again.update({(r.kind, r.id): r for r in passed})
        return left

    in_doubt = gathered.identity.untouched.with_columns(
        pl.lit(None, dtype=pl.String).alias("table"), pl.lit(None, dtype=pl.Int64).alias("row")
    )
    frozen = frozen_accounts(
        portal.accounts, pl.concat([gathered.unreadable, in_doubt]), renewed=gathered.identity.renewed
    )
    refused = refused_children(gathered.population, portal.accounts, gathered.refusals)
    unlimited = ["year", "enable"] if setting_changed or gathered.turn else []
    found = _within_limits(
        gathered, portal, frozen, refused, config, wanted_still,
        may_remove=may_remove, released=released,
        unlimited=unlimited, recent=recent,
        requests=pl.DataFrame(schema=REQUESTS_SCHEMA) if requests is None else requests,
        read=Read(
            gathered.states, gathered.records, portal, pl.DataFrame(), gathered.identity.open, gathered.torn,
            gathered.measure, before, lost, worked,
            lambda there: config.limits.disable.of(there, config.limits.from_accounts), gathered.cut, part,
            whole_before=not add_only and all((measure_before or {}).get(f"{t}#{WHOLE}") for t in part),
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
    found_out = Findings.joined(
        [
            gathered.findings,
            verdicts.findings,
            _shrank(less),
            hardly_filled(gathered.measure, before),
            ending_earlier(gathered.lost_ends),
        ]
    )
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
        measured(gathered.measure, before, gathered.partial),
        rejected_before=tuple(again.values()),
        change_of_year=told(gathered.turn, gathered.population, portal),
        doubts=gathered.identity.open,
        requests=found.requests,
        reads=found.reads,
        remedies=gathered.remedies,
        names=names_of(gathered.population, portal),
    )
    ignored = {
        name: pl.concat(
            [rows for rows in (gathered.left_out.get(name), _as_text(gathered.strays.get(name))) if rows is not None],
            how="diagonal",
        )
        for name in {*gathered.left_out, *gathered.strays}
    }
    identity = gathered.identity
    return Decided(
        plan, gathered.population, verdicts, portal, found.wanted, ignored, identity.untouched, identity.links
    )


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
    recent: Recent,
    requests: pl.DataFrame,
    read: Read,
) -> _Found:
    """Judge and plan until what the limits hold changes no verdict any more: a held account keeps its login."""
    population, accounts = gathered.population, working_counts(portal.accounts)
    years, cut = years_by_role(portal), cut_children(gathered.identity, portal.accounts)
    unread = frozenset(frozen.filter(pl.col("kind") == "student")["person_id"])
    staying = frozen.select("kind", "person_id").clear()
    records: dict[str, pl.DataFrame] | None = None
    suspicion: Suspicion | None = None
    while True:
        verdicts = judge(
            population, gathered.identity.met, config.sync, frozen=frozen, staying=staying, may_disable=may_remove
        )
        wanted = _wanted(verdicts, gathered, portal, whole=not read.partial)
        made = account_operations(
            wanted, verdicts.withheld, portal.accounts, frozen, refused=refused, cut=cut, may_remove=may_remove,
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
            calendar = explained(everything, portal, gathered.turn, looked_at=read.same_year)
            suspicion = Suspicion(shrunk(everything, accounts, config.limits, rekeyed, calendar), rekeyed)
        over = breaches(
            everything,
            accounts,
            config.limits,
            suspicion,
            refused=refused,
            years=years,
            students=students_in(portal),
            unlimited=unlimited,
            recent=recent,
        )
        over = [breach for breach in over if breach.op not in released]
        looked_at = replace(read, operations=everything, rekeyed=suspicion.rekeyed.get("student", {}))
        if read.partial:
            # Parents of whom somebody has refused a child are no leavers, as everywhere.
            stay = (frozen.select(KEY), gathered.identity.untouched.select(KEY), keys_of("parent", refused))
            still = pl.concat(stay)
            looked_at = replace(looked_at, staying=kept_from_leaving(verdicts.withheld, everything, still))
        reads, doubtful = doubted(looked_at, released)
        keep = kept_by(over, everything, suspicion, refused, years) | doubtful | Kept(students=unread)
        spared = together(refused if ("refuse", "parent") not in {(b.op, b.kind) for b in over} else {}, cut)
        marked = mark_held(everything, over, suspicion, together(refused, cut)) if over else everything
        if over:
            waits = any((b.op, b.kind) == (REKEY, "student") for b in over)
            marked = without_unmade(marked, rekeyed=waits, refused=spared)
        bend = partial(following, marked, portal, refused=spared, turns=gathered.turn is not None)
        operations = bend(keep)
        choosing = withdrawing(operations, portal, requests, released)
        if choosing.held:
            over = [*over, *choosing.held]
            operations = bend(keep | Kept(students=choosing.students))
        if gathered.turn is not None:
            ending = everything.filter(pl.col("op") == "disable").select("kind", "id")
            operations = moved_on(operations, portal, frozen, ending)
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


def _wanted(
    verdicts: Verdicts, gathered: Gathered, portal: PortalView, *, whole: bool
) -> Callable[[str], pl.DataFrame]:
    """Return what gives the accounts or records of a kind; after a partial read, with the years the portal has of them too."""

    def wanted(kind: str) -> pl.DataFrame:
        if kind in gathered.records:
            return gathered.records[kind]
        account = kind in ACCOUNT_KINDS
        rows = verdicts.wanted(kind) if account else student_records(gathered.population)
        if whole:
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
            stay=unread if kind == RENEWED_RECORD else unread.clear(),
            renewed=[i for of, i in gathered.identity.renewed if (of, kind) == ("student", RENEWED_RECORD)],
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
        rows.append(
            said.select("kind", "person_id", "given_name", "family_name", "reason", "detail", account=account).sort(
                "person_id"
            )
        )
    return pl.concat(rows)
