"""The run: read > conform > population > eligibility > plan > limits > apply > report. The only place that knows the order."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import polars as pl

from dayzero.clock import Clock, SystemClock
from dayzero.config import Config, fill_settings, settings_digest
from dayzero.conform import Conformed, conform
from dayzero.conform import ordered as ordered_findings
from dayzero.decision import Decision, Gathered, PortalView, decide, extra_findings, gather
from dayzero.errors import DayzeroError, ExitCode, RefusedError, SourceError
from dayzero.journal import Journal
from dayzero.limits import Breach, breaches, mark_held, released
from dayzero.plan import RECORD_SCHEMAS, lines
from dayzero.plugin import Finding, Plugins, Source, State, TableLike, load_plugins
from dayzero.population import choose_years, populate
from dayzero.portal import CommitResult, GradebookCloudClient, SchoolState
from dayzero.review import Plan, Reviewed, count_operations, plan_document, withheld_by_reason

__all__ = ["CheckReport", "Outcome", "Progress", "Service"]

log = logging.getLogger(__name__)


class Progress(Protocol):
    """Watches a run; the commands draw it on a terminal."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Say that a stage begins; ``total`` is how many steps it has, where that is known."""

    def advance(self, steps: int) -> None:
        """Say that ``steps`` more steps of the stage are done."""

    def close(self) -> None:
        """Say that nothing more comes."""


class _Unwatched:
    def stage(self, name: str, total: int | None = None) -> None:
        """Nobody is watching."""

    def advance(self, steps: int) -> None:
        """Nobody is watching."""

    def close(self) -> None:
        """Nobody is watching."""


@dataclass(frozen=True)
class Outcome:
    """How a sync ended: the document of ``sync --json`` and the exit code."""

    document: dict[str, Any]
    exit_code: ExitCode
    plan: Plan | None = field(default=None, repr=False)


@dataclass(frozen=True)
class CheckReport:
    """What can be said of a source without a portal. ``sent``: students that would be sent, and newcomers among them."""

    conformed: Conformed
    findings: tuple[Finding, ...]
    sent: Mapping[str, int]

    @property
    def has_errors(self) -> bool:
        """Whether rows were left out by an error."""
        return any(f.severity == "error" for f in self.findings)

    def document(self) -> dict[str, Any]:
        """Return the document of ``check --json``."""
        return {
            "tables": dict(self.conformed.rows),
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
        self.progress = progress or _Unwatched()

    def conformed(self) -> Conformed:
        """Read the source and conform it. Raises SourceError; whatever else a source raises becomes one."""
        source_type = self.plugins.source_type(self.config.source.plugin)
        settings = fill_settings(source_type.settings, self.config.source.raw, self.config.path.parent, self.environ)
        try:
            with source_type.open(settings) as source:
                state: Callable[[str], State] = getattr(source, "state", lambda _: "complete")
                return conform(self._reader(source), state, getattr(source, "findings", tuple))
        except DayzeroError:
            raise
        except Exception as error:
            log.debug("source failed", exc_info=True)
            raise SourceError(
                f"The source plugin {source_type.name} failed: {type(error).__name__}: {error}",
                remedy="Nothing was sent. If its settings are right, tell the plugin's author.",
                plugin=source_type.name,
            ) from error

    def _reader(self, source: Source) -> Callable[[str], TableLike | None]:
        def read(table: str) -> TableLike | None:
            self.progress.stage(f"Reading {table}")
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

    def decision(self) -> Decision:
        """Read, look at the portal, decide. Nothing is sent."""
        gathered, view = self._gathered()
        return decide(gathered, view, self.config)

    def _gathered(self) -> tuple[Gathered, PortalView]:
        conformed = self.conformed()
        with self.client() as client:
            view = self.portal_view(client)
        self.progress.stage("Deciding who gets an account")
        return gather(conformed, view, self.config, self.plugins.checks), view

    def check(self) -> CheckReport:
        """Read the source and say what is wrong with it. No portal is asked; nothing is sent."""
        conformed = self.conformed()
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
        return CheckReport(conformed, ordered_findings(findings), sent)

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
        operations = mark_held(plan.operations, held)
        plan = replace(plan, held=tuple(held), reviewed=replace(plan.reviewed, operations=operations))
        header = plan.reviewed.header
        with Journal(self.config.state.path, clock=self.clock, rng=self.rng) as journal:
            run_id = journal.begin(
                school=header["school"],
                source=self.config.source.plugin,
                portal=header["portal"],
                plan_id=plan.plan_id,
                send_scheduling_year=header["send_scheduling_year"],
                who=self.environ.get("USER", ""),
            )
            try:
                result = self._apply(plan, journal, run_id)
            except BaseException as error:
                code = error.exit_code if isinstance(error, DayzeroError) else ExitCode.PORTAL
                journal.finish(run_id, "failed", exit_code=int(code), problem=type(error).__name__)
                raise
            outcome = self._outcome(plan, run_id, result)
            journal.finish(
                run_id,
                "committed" if result.sync_id else "nothing-to-do",
                revision=result.revision,
                applied=result.applied,
                rejected=result.rejected,
                withheld_by_reason=withheld_by_reason(plan.withheld),
                exit_code=int(outcome.exit_code),
            )
        self.plugins.sync_finished(outcome.document)
        return outcome

    def _apply(self, plan: Plan, journal: Journal, run_id: str) -> CommitResult:
        going = plan.operations.filter(~pl.col("held"))
        base = plan.reviewed.header["base_revision"]
        if going.is_empty():
            return CommitResult("", base, count_operations(going), [])
        journal.operations(run_id, going, lines(going, with_held=False))
        with self.client(journal.client_id) as client:
            return client.apply(plan.plan_id, base, lines(going, with_held=False), on_part=self._sent(going))

    def _sent(self, going: pl.DataFrame) -> Callable[[int, int], None]:
        """Turn "n of all operations are sent" into stages, one per kind in the order of the plan."""
        ends = list(going.group_by("kind", maintain_order=True).agg(pl.len()).iter_rows())
        done = 0

        def on_part(sent: int, _total: int) -> None:
            nonlocal done
            while ends and done < sent:
                kind, left = ends[0]
                if done == 0 or left == totals[kind]:
                    self.progress.stage(f"Sending {kind} operations", totals[kind])
                step = min(left, sent - done)
                self.progress.advance(step)
                done += step
                ends[0] = (kind, left - step)
                if ends[0][1] == 0:
                    ends.pop(0)

        totals = dict(ends)
        return on_part

    def _outcome(self, plan: Plan, run_id: str, result: CommitResult) -> Outcome:
        document = {
            **plan_document(plan),
            "run_id": run_id,
            "applied": result.applied,
            "rejected": result.rejected,
            "revision": result.revision,
        }
        code = ExitCode.DONE
        if result.rejected or plan.rows_left_out:
            code = ExitCode.INCOMPLETE
        if plan.held:
            code = ExitCode.HELD
        return Outcome(document, code, plan)

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
        over = breaches(reviewed.operations, _working_counts(state), self.config.limits)
        judged = mark_held(reviewed.operations, over)
        if not judged["held"].equals(reviewed.operations["held"]):
            raise RefusedError(
                "The limits hold other operations than the plan says. Nothing was sent.",
                remedy="Plan and review again.",
                differs=["held"],
            )
        nobody = pl.DataFrame(schema=dict.fromkeys(("kind", "person_id", "reason", "detail", "account"), pl.String))
        unread = pl.DataFrame(schema={"kind": pl.String, "person_id": pl.String, "table": pl.String, "row": pl.Int64})
        return Plan(reviewed, plan_id, tuple(over), nobody, unread, (), {})


def _working_counts(state: SchoolState) -> dict[str, int]:
    return {kind: state.counts[kind]["pending"] + state.counts[kind]["active"] for kind in ("student", "parent")}
