"""One configured school: check, plan, sync, undo, explain, receive, history. The only place that knows the order of a run."""

from __future__ import annotations

import copy
import getpass
import logging
import os
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dayzero.clock import Clock, Deadline, SystemClock
from dayzero.config import Config, add_only, blackout_at, set_send_scheduling_year
from dayzero.conform import Conformed, Findings
from dayzero.errors import (
    DayzeroError,
    ExitCode,
    InterruptedRunError,
    JournalError,
    RefusedError,
    StalePlanError,
    UsageError,
)
from dayzero.files import whole_content, whole_file
from dayzero.given import decisions_in, id_map_in, plan_in
from dayzero.gradebook import Difference, PortalView
from dayzero.journal import Journal, Run
from dayzero.people import Decisions, Known, KnownLinks, year_turned
from dayzero.plan import (
    ADDED_UP,
    CUT_LINE,
    PARTIAL,
    RECENT,
    REQUEST_STATES,
    REQUESTS_SCHEMA,
    Decided,
    Explanation,
    IdMap,
    Names,
    Plan,
    Undo,
    concerned,
    decide,
    ended_year,
    explain,
    gather,
    let_go,
    looked_at,
    losing_next_year,
    losing_years,
    names_made,
    names_of,
    names_on,
    recent_leavers,
    recent_losses,
    released,
    require_release,
    still_fitting,
    text_of_plan,
    undo,
    withdrawing,
)
from dayzero.plugins import Plugins, load_plugins
from dayzero.portal import GradebookCloudClient, csv_of_requests
from dayzero.report import RUNS_REPORTED, Report, report_of
from dayzero.source import ConfiguredSource
from dayzero.sync import gate
from dayzero.sync.acquainted import ids_and_known, keep_people, to_be_known_by
from dayzero.sync.apply import Desk, apply
from dayzero.sync.lock import SchoolLock
from dayzero.sync.look import Seen, last_seen, look
from dayzero.sync.notify import message_of_failure, message_of_outcome, require_apprise, tell
from dayzero.sync.other_journal import OtherJournal, strange_to
from dayzero.sync.outcome import Outcome, outcome_report
from dayzero.sync.progress import Progress, Unwatched
from dayzero.sync.recovery import Recovered, settle
from dayzero.sync.request import Confirm, SyncRequest

__all__ = ["Change", "CheckReport", "Confirm", "Outcome", "Received", "Service", "SyncRequest", "Undo"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckReport:
    """What can be said of a source without a portal.

    ``sent``: students that would be sent, and newcomers among them. ``seconds``: by table, reading and typing it. ``names``:
    what its people are called.
    """

    conformed: Conformed
    findings: Findings
    sent: Mapping[str, int]
    seconds: Mapping[str, float] = field(default_factory=dict)
    names: Names = field(default_factory=Names, repr=False)

    @property
    def exit_code(self) -> ExitCode:
        """Incomplete where rows were left out by an error."""
        return ExitCode.INCOMPLETE if self.findings.any_error() else ExitCode.DONE


@dataclass(frozen=True)
class Received:
    """Course requests (``COURSE_REQUEST_SCHEMA``) that were written to a file, and whether the file changed by it."""

    requests: pl.DataFrame
    changed: bool


@dataclass(frozen=True)
class Change:
    """What one run did for a person. ``rejected``: why the portal did not take it."""

    run: Run
    operation: Mapping[str, Any]
    rejected: str | None


@dataclass(frozen=True)
class _Made:
    """A plan that may be sent, the portal it was made from and what that should have where they are at hand, and what it
    leaves alone. ``looked_at``: of which ops a release, or the setting switched by it, has looked at all that goes. ``people`` and ``links``: who was read, and whose, to be known by next time."""

    plan: Plan
    seen: Seen | None = None
    conflicts: tuple[Difference, ...] = ()
    wanted: Callable[[str], pl.DataFrame] | None = None
    looked_at: frozenset[str] = frozenset()
    people: pl.DataFrame | None = None
    links: Callable[[], KnownLinks] | None = None
    recovered: tuple[Recovered, ...] = ()


class Service:
    """One configured school. ``stopped``: says whether whoever watches a run wants it to stop."""

    def __init__(
        self,
        config: Config,
        *,
        plugins: Plugins | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        environ: Mapping[str, str] | None = None,
        progress: Progress | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.config = config
        self.plugins = plugins or load_plugins()
        self.clock = clock or SystemClock()
        self.rng = rng or random.Random()  # noqa: S311 - jitter and run ids, no secrets
        self.environ = os.environ if environ is None else environ
        self.progress = progress or Unwatched()
        self._stopped = stopped
        self.who = self.environ.get("USER") or _user()
        self._run = Deadline(self.clock, None)
        self._lock = SchoolLock(
            config.state.path, school=config.school.id, portal_url=config.portal.url, clock=self.clock, who=self.who
        )

    # -- looking

    def check(self) -> CheckReport:
        """Read the source and say what is wrong with it, as a plan would. No portal is asked; nothing is sent.

        Where a refusal depends on the portal, it is the one this side saw last, or one that has nothing.
        """
        seconds: dict[str, float] = {}
        ids, known = self._remembered()
        with self._watched() as timed:
            conformed = timed._source.conformed(ids.renamed, measure_before=timed._measure_before(), seconds=seconds)
        with self._journal_if_there() as journal:
            portal, last_at_yes = last_seen(journal), _last_at_yes(journal)
        remarks = self.plugins.findings(conformed.tables)
        gathered = gather(
            conformed,
            portal,
            self.config,
            remarks,
            today=self._today,
            known=known,
            last_at_yes=last_at_yes,
            looking=True,
        )
        students = gathered.population.students
        sent = students.select(student=pl.col("sent").sum(), newcomers=pl.col("new").sum())
        findings = gathered.findings.ordered().with_remedies(conformed.remedies)
        return CheckReport(conformed, findings, sent.row(0, named=True), seconds, names_of(gathered.population, portal))

    def plan(
        self,
        id_map: Path | None = None,
        *,
        decisions: Path | None = None,
        send_scheduling_year: bool | None = None,
        weigh: bool = False,
    ) -> Decided:
        """Read, look at the portal, decide. Nothing is sent or saved.

        ``id_map`` and ``decisions``: files, taken as if they had been accepted. ``send_scheduling_year``: as if it had just been set so.
        ``weigh``: for a page, which says also whom what is held concerns (see ``_decided``) and who has signed in: the portal is listed.
        """
        with self._watched() as timed:
            school = timed if send_scheduling_year is None else timed._set_to(send_scheduling_year)
            return school._decided(
                id_map_in(id_map),
                decisions_in(decisions),
                list_anyway=weigh,
                setting_changed=self._switches(send_scheduling_year),
                weigh=weigh,
            )[0]

    def report(self) -> Report:
        """Return what a report of the school says: people, data to fix, runs, findings. Nothing is sent or saved.

        The portal is listed: who signed in moves no revision.
        """
        seconds: dict[str, float] = {}
        with self._watched() as timed:
            decided = timed._decided(IdMap(), list_anyway=True, seconds=seconds)[0]
        now = self.clock.now().astimezone(ZoneInfo(self.config.schedule.timezone))
        return report_of(decided, self.history(RUNS_REPORTED), self.config, today=self._today, now=now, seconds=seconds)

    def forecast(self, *, weigh: bool = False) -> Decided:
        """Return the plan of the day on which the scheduling year becomes the active one. Nothing is sent or saved. ``weigh``: see
        ``_decided``."""
        with self._watched() as timed:
            return timed._decided(IdMap(), year_turns=True, weigh=weigh)[0]

    def explain(self, person_id: str, kind: str | None = None) -> Explanation:
        """Return every rule in turn for a student or contact id. The portal is listed: who signed in moves no revision."""
        with self._watched() as timed:
            return explain(timed._decided(IdMap(), list_anyway=True)[0], person_id, kind)

    def saved_plan(self, path: Path) -> Plan:
        """Return a plan file's content, as it was saved. Raises UsageError for what is none."""
        return self._named(plan_in(path))

    def save_plan(self, plan: Plan, path: Path) -> None:
        """Write a plan file. Raises UsageError where it cannot be written."""
        with whole_file(path) as file:
            file.writelines(text_of_plan(plan))

    def accounts(self) -> pl.DataFrame:
        """Return the portal's accounts, columns of ``ACCOUNT_SCHEMA``."""
        with self._watched() as timed, timed._client() as client:
            return client.view().accounts

    def receive(self, status: str, out: Path) -> Received:
        """Write the portal's course requests in one state to a file, as a whole, and only if something changed."""
        with self._watched() as timed, timed._client() as client:
            self.progress.stage("Receiving course requests")
            requests = client.course_requests(status)
        content = csv_of_requests(requests)
        if _holds(out, content):
            return Received(requests, changed=False)
        with whole_file(out) as file:
            file.write(content)
        return Received(requests, changed=True)

    def history(self, limit: int) -> list[Run]:
        """Return the latest runs, newest first."""
        with self._journal_if_there() as journal:
            return journal.runs.latest(limit) if journal else []

    def run(self, run_id: str) -> Run:
        """Return one run. Raises UsageError where there is none."""
        with self._journal_if_there() as journal:
            return _require(journal, run_id).runs.run(run_id)

    def undone_by(self, run_id: str) -> list[Run]:
        """Return the runs that took one back, oldest first."""
        with self._journal_if_there() as journal:
            return journal.runs.undoing(run_id) if journal else []

    def names(self) -> Names:
        """Return what people are called on the portal, as this side saw it last. Nothing is asked."""
        with self._journal_if_there() as journal:
            return names_on(last_seen(journal))

    def changes_of(self, person_id: str, run_id: str | None = None) -> list[Change]:
        """Return what was done for a person, oldest first, in one run where one is named."""
        with self._journal_if_there() as journal:
            done = journal.runs.history_of(person_id) if journal else []
            if run_id:
                _require(journal, run_id).runs.run(run_id)
        return [
            Change(run, operation, run.reason_rejected(operation["kind"], operation["id"]))
            for run, operation in done
            if run_id in (None, run.run_id)
        ]

    def operations_of(self, run_id: str) -> list[Mapping[str, Any]]:
        """Return what a run sent, by kind and id. Raises UsageError where there is no such run."""
        with self._journal_if_there() as journal:
            runs = _require(journal, run_id).runs
            runs.run(run_id)
            return [*runs.operations_of(run_id)]

    def inverse(self, run_id: str, *, wait_seconds: float = 0.0) -> Undo:
        """Return the plan that takes a run back, judged by the same limits, and what stands in its way."""
        with self._watched(), self._alone(wait_seconds) as timed:
            return timed._undone(run_id)[0]

    # -- acting

    def sync(self, request: SyncRequest, confirm: Confirm = lambda _plan, _conflicts: True) -> Outcome:
        """Send what is asked for, if nothing refuses it and ``confirm`` agrees, and return how it ended.

        The order of a run, and the one place that knows it: alone, repeat what is known, plan, release, ask, accept, send,
        tell.
        """
        with self._telling_of_failure(), self._watched(), self._alone(request.wait_seconds) as timed:
            school = timed if request.send_scheduling_year is None else timed._set_to(request.send_scheduling_year)
            with school._recording_failure(request):
                decides = school._decides() if request.plain else None
                outcome = school._known(decides)
            if outcome is None:  # what is known was decided at this revision: nobody else has synced since
                school._require_own_journal(take_over=request.take_over)
                outcome = school._worked_out(request, decides, confirm)
        self.plugins.sync_finished(lambda: outcome_report(outcome))
        tell(self.config.notify, message_of_outcome(self.config.notify, outcome))
        return outcome

    def answer(self, decisions: Decisions, id_map: IdMap | None = None) -> None:
        """Keep answers to doubts, and ids that are older ones, for the next run; nothing is sent.

        Raises RefusedError, and keeps nothing, where somebody has answered one of these very doubts otherwise meanwhile;
        LockedError while a run is under way.
        """
        with self._lock.held():
            with self._journal_if_there() as journal:
                known = journal.memory.decisions() if journal else Decisions()
            others = {d: was for d, said in decisions.answers.items() if (was := known.answered(d)) not in (None, said)}
            if others:
                raise RefusedError(
                    f"{len(others)} of these questions {'was' if len(others) == 1 else 'were'} answered otherwise meanwhile. "
                    "Nothing of yours was saved.",
                    remedy="Look at them again.",
                    answered=[(d.kind, d.person_id, was) for d, was in others.items()],
                )
            self._keep(id_map or IdMap(), decisions)

    def _keep(self, id_map: IdMap, decisions: Decisions) -> None:
        with self._journal() as journal:
            if id_map.new_to_old:
                journal.memory.keep_id_map(journal.memory.id_map().grown(id_map))
            if decisions.answers:
                journal.memory.keep_decisions(decisions)

    def forget(self, person_id: str) -> int:
        """Remove a person from the journal; return how many records that were."""
        if not Journal.is_there(self.config.state.path):
            return 0
        with self._lock.held(), self._journal() as journal:
            return journal.forget(person_id)

    # -- the steps of a run

    def other_journal(self) -> OtherJournal | None:
        """Say who synced last, where that was somebody of whose runs and accepted ids this side knows nothing."""
        with self._journal_if_there() as journal, self._client() as client:
            return strange_to(journal, self.config.state.path, client.school())

    def _require_own_journal(self, *, take_over: bool) -> None:
        """Raise RefusedError where another installation syncs this school, unless it is taken over from: that is remembered."""
        other = self.other_journal()
        if other is None:
            return
        if not take_over:
            raise other.refusal()
        with self._journal() as journal:
            journal.memory.take_over(other.client, other.digest)

    def _known(self, decides: Mapping[str, Any] | None) -> Outcome | None:
        """Return the outcome of a run that repeats the one before, None where that is not known to be the same."""
        if decides is None or not Journal.is_there(self.config.state.path):
            return None
        source = self.config.source.plugin
        with self._journal() as journal, self._client(journal.client_id) as client:
            answer = gate.known(journal, source, decides, client.school)
            return None if answer is None else gate.repeated(answer, journal, source=source, who=self.who)

    def _worked_out(self, request: SyncRequest, decides: Mapping[str, Any] | None, confirm: Confirm) -> Outcome:
        with self._recording_failure(request):
            made = self._made(request)
            require_release(made.plan.waiting, self.config.limits)
        if request.expect not in (None, made.plan.plan_id):
            raise StalePlanError(
                f"The plan is {made.plan.plan_id} now, not {request.expect}. Nothing was sent.",
                remedy="Look at the new plan.",
                differs=["plan_id"],
            )
        if self._stopped():
            raise InterruptedRunError("Stopped. Nothing was sent.", remedy="Run again: it starts from the beginning.")
        self.progress.close()
        with self._run.standing_still():
            agreed = confirm(made.plan, made.conflicts)
        if not agreed:
            raise RefusedError("Not confirmed. Nothing was sent.", remedy=f"Run `{_looking(request)}` to look again.")
        self._accept(request)
        try:
            outcome = self._applied(made)
        except DayzeroError as error:
            if request.send_scheduling_year is not None:
                error.add_note("The setting is saved; the next sync sends by it.")
            raise
        if decides is not None and made.seen is not None:
            self._keep_answer(decides, outcome, made.seen.view)
        return outcome

    def _keep_answer(self, decides: Mapping[str, Any], outcome: Outcome, before: PortalView) -> None:
        """Keep the answer for a run that finds all as it was; what fails of it does not change what this one did."""
        try:
            if self._decides() == decides:  # what changed while it was read is read again
                with self._journal() as journal:
                    gate.keep(journal, self.config.source.plugin, decides, outcome, before)
        except DayzeroError as error:
            log.warning("The next run will read all anew: %s", error.message)

    def _decides(self) -> dict[str, Any] | None:
        """Return what a plan is made of besides the portal and the journal, in short; None where the source has no stamp."""
        stamp = self._source.stamp()
        if stamp is None:
            return None
        return {
            "stamp": stamp,
            "settings": repr((self.config, self._source.settings()[1])),
            "code": gate.code_stamp(m for p in self.plugins.loaded for m in p.modules),
            "day": self._today.isoformat(),
            "add_only": self._add_only,
        }

    def _made(self, request: SyncRequest) -> _Made:
        """Return what is to be sent, without what ``request.allow`` releases. Raises HeldError where it names another number."""
        switched = self._switches(request.send_scheduling_year)
        looked = frozenset(ADDED_UP) if switched else looked_at(request.allow)
        if request.plan_file is not None:
            plan = _released(self._saved(request, request.plan_file), request.allow)
            self._require_same_requests(plan, request.allow)
            return _Made(plan, looked_at=looked)
        if request.undo is not None:
            undone, seen, recovered = self._undone(request.undo)
            return _Made(_released(undone.plan, request.allow), seen, undone.conflicts, recovered=recovered)
        decision, seen = self._decided(
            id_map_in(request.id_map),
            decisions_in(request.decisions),
            allow=request.allow,
            setting_changed=switched,
        )
        wanted = None if seen.kept else decision.wanted
        return _Made(
            decision.plan,
            seen,
            wanted=wanted,
            looked_at=looked,
            people=to_be_known_by(decision),
            links=decision.links,
        )

    def _accept(self, request: SyncRequest) -> None:
        """Save what was agreed to: it counts from now on, whatever becomes of this run."""
        if request.id_map is not None or request.decisions is not None:
            self._keep(id_map_in(request.id_map), decisions_in(request.decisions))
        if request.send_scheduling_year is not None:
            set_send_scheduling_year(self.config.path, request.send_scheduling_year)

    def _applied(self, made: _Made) -> Outcome:
        with self._journal() as journal, self._client(journal.client_id, journal.memory.id_map_digest()) as client:
            desk = Desk(client, journal, self.clock, self.progress, self._run, self._stopped)
            source = self.config.source.plugin
            outcome = apply(
                made.plan,
                made.seen,
                desk,
                source=source,
                who=self.who,
                conflicts=made.conflicts,
                wanted=made.wanted,
                looked_at=made.looked_at,
                recovered=made.recovered,
            )
            keep_people(journal, made.plan, made.people, made.links)
            return outcome

    def _decided(
        self,
        id_map: IdMap,
        decisions: Decisions | None = None,
        *,
        list_anyway: bool = False,
        allow: Mapping[str, int] = MappingProxyType({}),
        setting_changed: bool = False,
        year_turns: bool = False,
        weigh: bool = False,
        seconds: dict[str, float] | None = None,
    ) -> tuple[Decided, Seen]:
        """Read, look at the portal, decide. ``list_anyway``: list the portal even where it is known. ``seconds``: see ``ConfiguredSource.conformed``.

        ``allow``: what is released of what would be held; the plan keeps the id it had before. ``year_turns``: as it will be
        on the day after the active year. ``weigh``: say also whom what is held concerns, for which it is decided again without.
        """
        ids, known = self._remembered(id_map, decisions)
        measure_before = self._measure_before()
        conformed = self._source.conformed(
            ids.renamed, measure_before=measure_before, as_it_ends=CUT_LINE in allow, seconds=seconds
        )
        with self._journal_if_there() as journal, self._client() as client:
            seen = look(client, journal, self.progress, policy=self.config.sync.drift, list_anyway=list_anyway)
            rejected = journal.memory.rejections(seen.view.revision) if journal else []
            rate = journal.runs.rate() if journal else None
            last_at_yes = _last_at_yes(journal)
            now = self.clock.now()
            expected = journal.runs.leavers_looked_at((now - 2 * RECENT).isoformat()) if journal else set()
            lost_years = journal.runs.years_lost((now - RECENT).isoformat(), now.isoformat()) if journal else set()
        self.progress.stage("Deciding who gets an account")
        today = self._today
        if year_turns:
            turned, first_day = year_turned(conformed.numbered["school_years"])
            conformed = replace(conformed, numbered={**conformed.numbered, "school_years": turned})
            if self.config.sync.today is None:  # else the day alone is simulated: the portal's dates are the clock's
                now += max(first_day - today, timedelta())
            today = max(today, first_day)
        remarks = self.plugins.findings(conformed.tables)
        gathered = gather(conformed, seen.view, self.config, remarks, today=today, known=known, last_at_yes=last_at_yes)
        del conformed  # half of a plan's memory
        judged = partial(
            decide,
            gathered,
            seen.view,
            self.config,
            add_only=self._add_only,
            measure_before=measure_before,
            kept=seen.kept,
            rejected=rejected,
            setting_changed=setting_changed,
            recent={**recent_leavers(seen.view.accounts, now, expected), **recent_losses(lost_years, seen.view)},
            lost=seen.lost,
            worked=seen.worked,
        )

        def deciding(released: Collection[str] = ()) -> Decided:
            made = judged(released=released)
            requests = self._requests_at_stake(made.plan.going, seen.view)
            return made if requests is None else judged(released=released, requests=requests)

        made = deciding()
        if allow:
            released(made.plan.waiting, allow)
            freed = deciding(released=allow)
            made = replace(freed, plan=replace(freed.plan, plan_id=made.plan.plan_id))
        if weigh:
            made = replace(made, concerned=concerned(made.plan, lambda without: deciding(without).plan))
        going = made.plan.going.height
        estimated = round(going / rate, 1) if rate and going else None
        plan = replace(
            made.plan,
            drift=(*seen.drift, *(d for d in seen.kept if d not in seen.drift)),
            listed=seen.listed,
            estimated_seconds=estimated,
        )
        return replace(made, plan=plan), seen

    def _requests_at_stake(self, going: pl.DataFrame, portal: PortalView) -> pl.DataFrame | None:
        """Return the portal's course requests (``REQUESTS_SCHEMA``); None, and nothing is asked, where nobody loses the year
        they are for."""
        if losing_next_year(going, portal).is_empty():
            return None
        # Received is submitted, and looked at.
        states = {**{state: state for state in REQUEST_STATES}, "received": "submitted"}
        with self._client() as client:
            listed = [
                client.course_requests(state).select("student_id", "year_id", status=pl.lit(called))
                for state, called in states.items()
            ]
        return pl.concat([pl.DataFrame(schema=REQUESTS_SCHEMA), *listed])

    def _saved(self, request: SyncRequest, file: Path) -> Plan:
        """Return a saved plan after making sure that it is the one meant and still fits; raise StalePlanError else."""
        plan = plan_in(file)
        if request.expect not in (None, plan.plan_id):
            raise StalePlanError(
                f"{file} is plan {plan.plan_id}, not {request.expect}. Nothing was sent.",
                remedy="Give the plan that was reviewed.",
            )
        with self._client() as client:
            state = client.school()
        return self._named(still_fitting(plan, self.config, state.revision, state.working))

    def _named(self, plan: Plan) -> Plan:
        """Return a plan that was made before, with what its people are called."""
        return replace(plan, names=names_made(plan.operations) | self.names())

    def _require_same_requests(self, plan: Plan, allow: Collection[str]) -> None:
        """Refuse a saved plan that would withdraw what a family has handed in since it was reviewed: no revision tells."""
        if losing_years(plan.going).is_empty():
            return
        with self._journal_if_there() as journal, self._client() as client:
            seen = look(client, journal, self.progress, policy=self.config.sync.drift)
        requests = self._requests_at_stake(plan.going, seen.view)
        if requests is not None and withdrawing(plan.operations, seen.view, requests, allow).held:
            raise StalePlanError(
                "Course requests were submitted since the plan was made, which it would withdraw. Nothing was sent.",
                remedy="Plan and review again.",
                differs=["requests"],
            )

    def _undone(self, run_id: str) -> tuple[Undo, Seen, tuple[Recovered, ...]]:
        """Settle what was interrupted, and return what takes a run back."""
        with self._journal_if_there() as found:
            journal = _require(found, run_id)
            journal.runs.run(run_id)
            with self._client(journal.client_id) as client:
                recovered = settle(journal, client, journal.runs.unsettled(), plan_id=None)
                run = journal.runs.run(run_id)
                if run.state != "committed":
                    raise UsageError(
                        f"Run {run_id} ended as {run.state!r}: it changed nothing, so there is nothing to undo.",
                        remedy="`dayzero history` lists the runs.",
                    )
                _require_same_year(journal, run_id)
                done = [o for o in journal.runs.operations_of(run_id) if not run.reason_rejected(o["kind"], o["id"])]
                seen = look(client, journal, self.progress, policy=self.config.sync.drift)
                undoing = partial(undo, run_id, done, journal.runs.removed_by(run_id), seen.view, self.config)
                undone = undoing()
                requests = self._requests_at_stake(undone.plan.going, seen.view)
        return (undone if requests is None else undoing(requests)), seen, tuple(recovered)

    def _set_to(self, yes: bool) -> Service:
        """Return the same school with Send Scheduling Year Student Data at ``yes``; it shares the lock."""
        other = copy.copy(self)
        other.config = self.config.sending_scheduling_year(yes)
        return other

    def _switches(self, wanted: bool | None) -> bool:
        """Whether somebody asks for another value of Send Scheduling Year Student Data than the last sync had: to say the same
        again surprises nobody less."""
        if wanted is None:
            return False
        with self._journal_if_there() as journal:
            return _last_at_yes(journal) != wanted

    def _remembered(self, id_map: IdMap | None = None, decisions: Decisions | None = None) -> tuple[IdMap, Known]:
        """Return which ids are older ones on the portal, and what is known of people, with what was accepted just now."""
        with self._journal_if_there() as journal:
            return ids_and_known(journal, id_map or IdMap(), decisions or Decisions(), self._former_students)

    def _measure_before(self) -> Mapping[str, int]:
        """Return the measure of the last good read; empty where there was none."""
        with self._journal_if_there() as journal:
            return journal.memory.measure(self.config.source.plugin) if journal else {}

    def _former_students(self) -> pl.DataFrame:
        """Return the student records that were removed; asked for only where somebody is new."""
        with self._journal_if_there() as journal:
            schema = dict.fromkeys(("id", "given_name", "family_name"), pl.String)
            return journal.memory.former_students() if journal else pl.DataFrame(schema=schema)

    def _timed(self) -> Service:
        """Return the same school, all of whose requests and tables must be done within max_seconds from now."""
        other = copy.copy(self)
        other._run = Deadline(self.clock, self.config.schedule.max_seconds)
        return other

    # -- what a run stands on

    @property
    def _source(self) -> ConfiguredSource:
        return ConfiguredSource(
            self.config, self.plugins, self.environ, self.clock, self._today, self._run, self.progress
        )

    def _client(self, client_id: str = "dayzero", id_map_digest: str | None = None) -> GradebookCloudClient:
        return GradebookCloudClient(
            self.config.portal,
            self.config.school.id,
            clock=self.clock,
            client=client_id,
            rng=self.rng,
            run=self._run,
            id_map_digest=id_map_digest,
        )

    def _journal(self, *, looking: bool = False) -> Journal:
        config = self.config
        return Journal(
            config.state.path,
            school=config.school.id,
            portal_url=config.portal.url,
            clock=self.clock,
            rng=self.rng,
            looking=looking,
        )

    @contextmanager
    def _journal_if_there(self) -> Iterator[Journal | None]:
        """Open the journal, unless nothing has run here yet: looking leaves no trace."""
        if Journal.is_there(self.config.state.path):
            with self._journal(looking=True) as journal:
                yield journal
        else:
            yield None

    @property
    def _today(self) -> date:
        """The school's day: the clock's in its own zone, unless ``[sync] today`` says another."""
        local = self.clock.now().astimezone(ZoneInfo(self.config.schedule.timezone))
        return self.config.sync.today or local.date()

    @property
    def _add_only(self) -> bool:
        """Whether the add-only weeks last: nobody is disabled."""
        return add_only(self.config.sync.add_only_until, self.config.schedule.timezone, self.clock.now())

    @contextmanager
    def _alone(self, wait_seconds: float) -> Iterator[Service]:
        """Hold the school's lock, so that no second run of this machine plans or sends; yield the school, its time running.

        Raises LockedError where one does, RefusedError in a blackout window.
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
            yield self._timed()

    @contextmanager
    def _telling_of_failure(self) -> Iterator[None]:
        """Tell whoever wants to know when a run fails."""
        try:
            yield
        except DayzeroError as error:
            tell(self.config.notify, message_of_failure(self.config.notify, self.config.school.id, error))
            raise

    @contextmanager
    def _recording_failure(self, request: SyncRequest) -> Iterator[None]:
        """Record a night that fails before anything could be sent: whoever comes in the morning finds it in the history."""
        try:
            yield
        except DayzeroError as error:
            if request.plain and Journal.is_there(self.config.state.path):
                try:
                    with self._journal() as journal:
                        journal.runs.failed(
                            source=self.config.source.plugin,
                            send_scheduling_year=self.config.sync.send_scheduling_year,
                            who=self.who,
                            exit_code=int(error.exit_code),
                            problem=f"{error.kind}Error",
                        )
                except JournalError as unwritten:
                    error.add_note(unwritten.message)
            raise

    @contextmanager
    def _watched(self) -> Iterator[Service]:
        """Yield the school, its time running; leave the screen in order, however it ends."""
        try:
            yield self._timed()
        finally:
            self.progress.close()


def _user() -> str:
    """Return who runs this, as the machine knows them; nothing where it knows nobody."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for the number, or no numbers at all
        return f"user {os.getuid()}" if hasattr(os, "getuid") else ""


def _released(plan: Plan, allow: Mapping[str, int]) -> Plan:
    """Return a plan that was made before, of which what ``allow`` names is no longer held."""
    left = released(plan.waiting, allow)
    if not allow:
        return plan
    if PARTIAL in allow:
        raise UsageError(
            f"--allow {PARTIAL}={allow[PARTIAL]}: what a read in part keeps back is not in a plan that was made of it.",
            remedy="Release it with a new plan: leave --plan out.",
        )
    return replace(
        plan,
        held=tuple(b for b in plan.held if b in left),
        reads=tuple(doubt for doubt in plan.reads if doubt in left or not doubt.waits),
        operations=let_go(plan.operations, left, allow),
    )


def _last_at_yes(journal: Journal | None) -> bool | None:
    """Return whether the last run that ended well was at Yes; None where this side knows of none."""
    runs = journal.runs.latest(_RUNS_LOOKED_AT) if journal else []
    ended = [run.send_scheduling_year for run in runs if run.state in ("committed", "nothing-to-do")]
    return ended[0] if ended else None


_RUNS_LOOKED_AT = 50
"""Among so many runs one that ended well is looked for."""


def _holds(file: Path, content: bytes) -> bool:
    try:
        return whole_content(file) == content
    except OSError:  # whatever it is, it is not this
        return False


def _require_same_year(journal: Journal, run_id: str) -> None:
    """Raise RefusedError where the year has changed in a run or since: what it did belongs to a year that is over."""
    for later in journal.runs.since(run_id):
        years = journal.runs.parts.of_kind(later.run_id, "school-year")
        ended = ended_year(years, journal.runs.removed_by(later.run_id))
        if ended is not None:
            when = "in it" if later.run_id == run_id else f"since then, in run {later.run_id}"
            raise RefusedError(
                f"Run {run_id} cannot be taken back: the year {ended} has ended {when}. Nothing was sent.",
                remedy="Correct the SIS: the next sync follows it. A single account can be edited on the portal.",
                ended=ended,
                changed_by=later.run_id,
            )


def _looking(request: SyncRequest) -> str:
    """Return the command that shows what a request would send."""
    wanted = request.send_scheduling_year
    return "dayzero plan" if wanted is None else f"dayzero plan --send-scheduling-year {'yes' if wanted else 'no'}"


def _require(journal: Journal | None, run_id: str) -> Journal:
    if journal is None:
        raise UsageError(f"There is no run {run_id!r}: no sync has run here yet.", remedy="Next: dayzero plan")
    return journal
