"""Nothing changed costs nothing: the answer of a run is kept under the question it answered, and repeated without reading.

The question is everything a decision is made of; the portal, too, must be as this side knows it. What is kept is what the
next run would say: the answer of a run that had nothing to send, or that of one that sent everything, with nothing left to do.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from dayzero.gradebook import PortalView, canonical, count_operations, working_counts
from dayzero.journal import Journal
from dayzero.plan import waiting_document
from dayzero.plan.remembered import Facts, encoded, facts_of, settled
from dayzero.portal import CommitResult, SchoolState
from dayzero.sync.outcome import Outcome

__all__ = ["Known", "code_stamp", "keep", "known", "question", "repeated"]


@dataclass(frozen=True)
class Known:
    """An answer that was kept: its ``facts``, and its tables as bytes."""

    facts: Facts
    body: Mapping[str, bytes]


def question(journal: Journal, source: str, decides: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything a decision is made of: what ``decides``, and what is remembered."""
    asked = {**decides, "source": source, "remembered": journal.memory.state(source)}
    return hashlib.sha256(canonical(asked)).hexdigest()


def code_stamp(modules: Iterable[str]) -> str:
    """Return what the code of this program and of some modules' packages is known by: size and time of every file."""
    digest = hashlib.sha256(f"{sys.version}|{pl.__version__}".encode())
    for package in sorted({"dayzero", *(m.partition(".")[0] for m in modules)}):
        module = sys.modules.get(package)
        file = getattr(module, "__file__", None)
        if file is None:
            continue
        # A module that is one file may lie among all others that are installed; it is read anew for each run.
        digest.update(_of_package(Path(file).parent) if hasattr(module, "__path__") else _stamp([Path(file)]))
    return digest.hexdigest()


@cache
def _of_package(folder: Path) -> bytes:
    """Return the same of a package, once: what runs is what was imported."""
    return _stamp(sorted(folder.rglob("*.py")))


def _stamp(files: Iterable[Path]) -> bytes:
    return "".join(f"{p}|{s.st_size}|{s.st_mtime_ns}\n" for p, s in ((p, p.stat()) for p in files)).encode()


def known(journal: Journal, source: str, decides: Mapping[str, Any], portal: Callable[[], SchoolState]) -> Known | None:
    """Return the answer there is, if the portal (which is asked last) is as it was then and no run is to be settled."""
    body = journal.memory.answer(question(journal, source, decides))
    if body is None or journal.runs.unsettled():
        return None
    try:
        facts = facts_of(body)
    except msgspec.DecodeError:
        return None
    state = portal()
    as_then = facts.header.base_revision == state.revision and facts.working == state.working
    return Known(facts, body) if as_then else None


def keep(journal: Journal, source: str, decides: Mapping[str, Any], outcome: Outcome, before: PortalView) -> None:
    """Keep what the next run would answer, where that is known. ``before``: the portal as the run found it."""
    plan, result = outcome.plan, outcome.result
    doubtful = plan.header.shrunk and not plan.held  # the next read is held against this one, and no more in doubt
    unsettled = (
        doubtful or plan.doubts or any(d.waits for d in plan.reads) or plan.drift or plan.header.renumbered
    )  # all of it is told every night
    if outcome.recovered or outcome.conflicts or outcome.unrecorded or unsettled:
        return
    working = working_counts(before.accounts)
    if result.sync_id:
        if plan.waiting or plan.partial or plan.header.rekeyed or outcome.rejected:
            return
        plan = settled(plan, result.revision)
        working = dict(plan.unchanged)
    journal.memory.keep_answer(question(journal, source, decides), encoded(plan, working))


def repeated(answer: Known, journal: Journal, *, source: str, who: str) -> Outcome:
    """Record a run that repeats an answer, and return how it ended: as the one before."""
    plan = answer.facts.plan(answer.body)
    header = plan.header
    run_id = journal.runs.begin(
        source=source,
        plan_id=plan.plan_id,
        send_scheduling_year=header.send_scheduling_year,
        who=who,
        base_revision=header.base_revision,
    )
    result = CommitResult("", header.base_revision, count_operations(plan.going), [])
    outcome = Outcome(plan, run_id, result, unchanged=True)
    journal.runs.finish(
        run_id,
        "nothing-to-do",
        revision=result.revision,
        applied=result.applied,
        rejected=[],
        withheld_by_reason=answer.facts.reasons,
        waiting=waiting_document(plan),
        exit_code=int(outcome.exit_code),
    )
    return outcome
