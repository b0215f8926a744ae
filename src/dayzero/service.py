"""The run: read > conform > population > eligibility > plan > limits > apply > report. The only place that knows the order."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from dayzero.clock import Clock, SystemClock
from dayzero.config.file import Config, fill_settings, settings_digest
from dayzero.config.schedule import add_only, blackout_at
from dayzero.conform import Conformed, conform
from dayzero.conform import ordered as ordered_findings
from dayzero.errors import DayzeroError, RefusedError, SourceError, UsageError
from dayzero.journal import Journal
from dayzero.people.population import choose_years, populate
from dayzero.plan.changes import RECORD_SCHEMAS
from dayzero.plan.decide import (
    Decision,
    decide,
    extra_findings,
    gather,
    plan_header,
    working,
)
from dayzero.plan.limits import Breach, Suspicion, breaches, mark_held, released
from dayzero.plan.model import Plan, Reviewed, bare_plan
from dayzero.plan.rekey import IdMap
from dayzero.plan.undo import Conflict, inverse
from dayzero.plugin import Finding, Source, State, TableLike
from dayzero.plugins import Plugins, load_plugins
from dayzero.portal import GradebookCloudClient, SchoolState
from dayzero.portal.copy import PortalView
from dayzero.sync.apply import Applying, Outcome
from dayzero.sync.lock import SchoolLock
from dayzero.sync.look import Seen, look
from dayzero.sync.notify import message_of_failure, message_of_outcome, require_apprise, tell
from dayzero.sync.progress import Progress, Unwatched

__all__ = ["CheckReport", "Outcome", "Service", "Undo"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Undo:
    """The plan that takes a run back, and what somebody changed since, which stays as it is."""

    plan: Plan
    conflicts: tuple[Conflict, ...]

    def facts(self) -> dict[str, Any]:
        """Return what its documents have beyond those of any plan."""
        return {"undoes": self.plan.reviewed.header["undoes"], "conflicts": [asdict(c) for c in self.conflicts]}


@dataclass(frozen=True)
class CheckReport:
    """What can be said of a source without a portal.

    ``sent``: students that would be sent, and newcomers among them. ``seconds``: by table, reading and typing it.
    """

    conformed: Conformed
    findings: tuple[Finding, ...]
    sent: Mapping[str, int]
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether rows were left out by an error."""
        return any(f.severity == "error" for f in self.findings)

    def samples(self, rows: int) -> dict[str, list[dict[str, Any]]]:
        """Return the first ``rows`` rows of each table as they were understood, without what is empty in them."""
        return {
            table: [
                {column: value for column, value in row.items() if value is not None}
                for row in self.conformed.tables[table].head(rows).iter_rows(named=True)
            ]
            for table in self.conformed.rows
        }

    def document(self) -> dict[str, Any]:
        """Return the document of ``check --json``."""
        return {
            "tables": dict(self.conformed.rows),
            "seconds": dict(self.seconds),
            "states": dict(self.conformed.states),
            "sent": dict(self.sent),
            "unreadable": self.conformed.unreadable.to_dicts(),
            "findings": [asdict(f) for f in self.findings],
        }


class Service:
    """One configured school: check, plan, sync and explain it."""

    def __init__(
        self,
        config: Config,
        *,
        plugins: Plugins | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        environ: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.config = config
        self.plugins = plugins or load_plugins()
        self.clock = clock or SystemClock()
        self.rng = rng or random.Random()  # noqa: S311 - jitter and run ids, no secrets
        self.environ = os.environ if environ is None else environ
        self.progress = progress or Unwatched()
        self._seen: Seen | None = None
        self._lock = SchoolLock(config.state.path, clock=self.clock, who=self.environ.get("USER", ""))

    def conformed(self, began: dict[str, float] | None = None) -> Conformed:
        """Read the source and conform it. Raises SourceError; whatever else a source raises becomes one.

        ``began`` is filled with the moments, in seconds, at which each table's turn came.
        """
        source_type = self.plugins.source_type(self.config.source.plugin)
        settings = fill_settings(source_type.settings, self.config.source.raw, self.config.path.parent, self.environ)
        try:
            with source_type.open(settings) as source:
                state: Callable[[str], State] = getattr(source, "state", lambda _: "complete")
                reader = self._reader(source, {} if began is None else began)
                return conform(reader, state, getattr(source, "findings", tuple))
        except DayzeroError:
            raise
        except Exception as error:
            log.debug("source failed", exc_info=True)
            raise SourceError(
                f"The source plugin {source_type.name} failed: {type(error).__name__}: {error}",
                remedy="Nothing was sent. If its settings are right, tell the plugin's author.",
                plugin=source_type.name,
            ) from error

    def _reader(self, source: Source, began: dict[str, float]) -> Callable[[str], TableLike | None]:
        def read(table: str) -> TableLike | None:
            self.progress.stage(f"Reading {table}")
            began[table] = self.clock.now().timestamp()
            return source.read(table)

        return read

    def client(self, client_id: str = "dayzero") -> GradebookCloudClient:
        """Return a client of the configured portal."""
        return GradebookCloudClient(
            self.config.portal, self.config.school.id, clock=self.clock, client=client_id, rng=self.rng
        )

    def portal_view(self, client: GradebookCloudClient) -> PortalView:
        """List the portal; ask again if it moved meanwhile."""
        while True:
            state = client.school()
            self.progress.stage("Listing the portal's accounts")
            view = PortalView(
                state.revision, client.accounts(), {kind: client.records(kind) for kind in RECORD_SCHEMAS}
            )
            if client.school().revision == state.revision:
                return view

    def decision(self, id_map: IdMap | None = None, *, list_anyway: bool = False) -> Decision:
        """Read, look at the portal, decide. Nothing is sent. ``id_map``: taken as if it had been accepted.

        ``list_anyway``: list the portal even where it is known: who has signed in moves no revision.
        """
        conformed = self.known_ids().grown(id_map or IdMap()).applied(self.conformed())
        with self._journal_if_there() as journal:
            before = journal.measure_before(self.config.school.id, self.config.source.plugin) if journal else {}
            seen = self._look(None if list_anyway else journal)
            school, portal = self.config.school.id, self.config.portal.url
            rejected = journal.rejections(school, portal, seen.view.revision) if journal else []
            rate = journal.rate(school, portal) if journal else None
        self.progress.stage("Deciding who gets an account")
        gathered = gather(conformed, seen.view, self.config, self.plugins.checks)
        del conformed  # half of a plan's memory
        made = decide(
            gathered,
            seen.view,
            self.config,
            add_only=self.add_only,
            measure_before=before,
            kept=seen.kept,
            rejected=rejected,
        )
        going = made.plan.operations.height - int(made.plan.operations["held"].sum())
        plan = replace(
            made.plan,
            drift=tuple(asdict(d) for d in seen.drift),
            listed=seen.listed,
            estimated_seconds=round(going / rate, 1) if rate and going else None,
        )
        return replace(made, plan=plan)

    def _look(self, journal: Journal | None) -> Seen:
        school, portal = self.config.school.id, self.config.portal.url
        with self.client() as client:
            self._seen = look(client, journal, school, portal, policy=self.config.sync.drift, listing=self.portal_view)
        return self._seen

    @contextmanager
    def _journal_if_there(self) -> Iterator[Journal | None]:
        """Open the journal, unless nothing has run here yet: looking leaves no trace."""
        if (self.config.state.path / "journal.sqlite").exists():
            with Journal(self.config.state.path, clock=self.clock, rng=self.rng) as journal:
                yield journal
        else:
            yield None

    @property
    def add_only(self) -> bool:
        """Whether the add-only weeks last: nobody is disabled."""
        return add_only(self.config.sync.add_only_until, self.config.schedule.timezone, self.clock.now())

    def forget(self, person_id: str) -> int:
        """Remove a person from the journal and the id map; return how many records that were."""
        with self._lock.held(), self._journal_if_there() as journal:
            known = self.known_ids()
            left = known.without(person_id)
            if left != known:
                left.write(self._id_map_file)
            return (journal.forget(person_id) if journal else 0) + (left != known)

    @property
    def _id_map_file(self) -> Path:
        return self.config.state.path / "id-map.csv"

    def known_ids(self) -> IdMap:
        """Return the id map that was accepted before."""
        return IdMap.read(self._id_map_file) if self._id_map_file.exists() else IdMap()

    def accept_rekey(self, accepted: IdMap) -> None:
        """Keep an id map: from now on the source's new ids are read as the accounts' old ones."""
        self.config.state.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.known_ids().grown(accepted).write(self._id_map_file)

    def check(self) -> CheckReport:
        """Read the source and say what is wrong with it. No portal is asked; nothing is sent."""
        began: dict[str, float] = {}
        conformed = self.conformed(began)
        # A source may hand over rows one by one: a table's turn lasts until the next one's comes.
        ends = [*list(began.values())[1:], self.clock.now().timestamp()]
        seconds = {
            table: round(end - start, 3)
            for (table, start), end in zip(began.items(), ends, strict=True)
            if table in conformed.rows
        }
        yes = self.config.sync.send_scheduling_year
        every_year = conformed.tables["school_years"]["year_id"].to_list()
        # Whether a rollover explains a missing scheduling year only the portal knows; a check does not refuse for it.
        years, findings = choose_years(
            conformed.tables["school_years"], send_scheduling_year=yes, sent_as_scheduling=every_year
        )
        population = populate(conformed.tables, years, self.config.sync, unreadable=conformed.unreadable)
        sent = population.students.select(student=pl.col("sent").sum(), newcomers=pl.col("new").sum()).row(
            0, named=True
        )
        findings = [
            *conformed.findings,
            *findings,
            *population.findings,
            *extra_findings(conformed, self.plugins.checks),
        ]
        return CheckReport(conformed, ordered_findings(findings), sent, seconds)

    def course_requests(self, status: str) -> pl.DataFrame:
        """Return the portal's course requests in one state, columns of ``COURSE_REQUEST_SCHEMA``."""
        self.progress.stage("Receiving course requests")
        with self.client() as client:
            return client.course_requests(status)

    def still_held(self, plan: Plan, allow: Mapping[str, int]) -> list[Breach]:
        """Return what stays held after ``allow``; raise RefusedError where nothing may be sent at all."""
        held = released(list(plan.held), allow)
        if held and self.config.limits.on_breach == "stop":
            raise RefusedError(
                'A limit was exceeded and `on_breach` is "stop": nothing was sent.',
                remedy="Review `dayzero plan`; then " + " ".join(sorted({f"--allow {b.allow}" for b in held})) + ".",
                held=[asdict(b) for b in held],
            )
        return held

    def sync(self, plan: Plan, allow: Mapping[str, int] | None = None) -> Outcome:
        """Apply a plan: exactly its operations that are not held, after releasing what ``allow`` names."""
        held = self.still_held(plan, allow or {})
        operations = mark_held(plan.operations, held, Suspicion.of(plan.reviewed.header))
        plan = replace(plan, held=tuple(held), reviewed=replace(plan.reviewed, operations=operations))
        with (
            self.alone(),
            Journal(self.config.state.path, clock=self.clock, rng=self.rng) as journal,
            self.client(journal.client_id) as client,
        ):
            applying = Applying(self.config, client, journal, clock=self.clock, progress=self.progress, seen=self._seen)
            outcome = applying.apply(plan, who=self.environ.get("USER", ""))
        self.plugins.sync_finished(outcome.document)
        message = message_of_outcome(
            self.config.notify, outcome.document, outcome.exit_code, first_newcomers=outcome.first_newcomers
        )
        tell(self.config.notify, message)
        return outcome

    @contextmanager
    def alone(self, *, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold the school's lock, so that no second run of this machine plans or sends.

        Raises RefusedError where one does, or in a blackout window.
        """
        schedule = self.config.schedule
        window = blackout_at(schedule.blackout, schedule.timezone, self.clock.now())
        if window is not None:
            raise RefusedError(
                f"Nothing is sent in the blackout window {window.text} ({schedule.timezone}).",
                remedy="Run again after it, or change [schedule] blackout.",
                blackout=window.text,
            )
        require_apprise(self.config.notify)
        with self._lock.held(wait_seconds=wait_seconds):
            yield

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Tell whoever wants to know when a run fails."""
        try:
            yield
        except DayzeroError as error:
            tell(self.config.notify, message_of_failure(self.config.notify, self.config.school.id, error))
            raise

    def reviewed_plan(self, reviewed: Reviewed, plan_id: str) -> Plan:
        """Return a plan read from a file, after making sure that it still fits; raise RefusedError saying what differs."""
        with self.client() as client:
            state = client.school()
        expected = {
            "school": self.config.school.id,
            "portal": self.config.portal.url,
            "send_scheduling_year": self.config.sync.send_scheduling_year,
            "settings_digest": settings_digest(self.config),
            "base_revision": state.revision,
        }
        differing = [name for name, now in expected.items() if reviewed.header.get(name) != now]
        if differing:
            said = "; ".join(f"{name} was {reviewed.header.get(name)}, is {expected[name]}" for name in differing)
            raise RefusedError(
                f"The plan does not fit any more: {said}. Nothing was sent.",
                remedy="Plan and review again.",
                differs=differing,
            )
        doubt = Suspicion.of(reviewed.header)
        over = breaches(reviewed.operations, _working_counts(state), self.config.limits, doubt)
        judged = mark_held(reviewed.operations, over, doubt)
        if not judged["held"].equals(reviewed.operations["held"]):
            raise RefusedError(
                "The limits hold other operations than the plan says. Nothing was sent.",
                remedy="Plan and review again.",
                differs=["held"],
            )
        return bare_plan(reviewed, plan_id, over)

    def undo(self, run_id: str) -> Undo:
        """Return the plan that takes a run back, judged by the same limits, and what stands in its way."""
        with Journal(self.config.state.path, clock=self.clock, rng=self.rng) as journal:
            run = journal.run(run_id)
            if (run.school, run.portal) != (self.config.school.id, self.config.portal.url):
                raise UsageError(
                    f"Run {run_id} was of the school {run.school} on {run.portal}, not of the configured one.",
                    remedy="Use that school's configuration: --config FILE.",
                )
            if run.state != "committed":
                raise UsageError(
                    f"Run {run_id} ended as {run.state!r}: it changed nothing, so there is nothing to undo.",
                    remedy="`dayzero history` lists the runs.",
                )
            refused = {(r["kind"], r["id"]) for r in run.rejected or ()}
            done = [o for o in journal.operations_of(run_id) if (o["kind"], o["id"]) not in refused]
            removed = journal.removed_by(run_id)
            view = self._look(journal).view
        operations, conflicts = inverse(done, removed, view)
        over = breaches(operations, working(view.accounts), self.config.limits)
        header = plan_header(self.config, view.revision, undoes=run_id)
        reviewed = Reviewed(header, mark_held(operations, over))
        return Undo(bare_plan(reviewed, reviewed.plan_id, over), tuple(conflicts))


def _working_counts(state: SchoolState) -> dict[str, int]:
    return {kind: state.counts[kind]["pending"] + state.counts[kind]["active"] for kind in ("student", "parent")}
