"""What a worker is asked to do for some schools, and how it does that: the same code on this machine and on any other.

An errand carries names and no settings: a worker reads the configuration where it stands, and secrets from its own environment.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import polars as pl

from dayzero.errors import DayzeroError
from dayzero.fleet.results import SchoolResult, failed
from dayzero.fleet.where import FleetSchool, schools_in
from dayzero.gradebook import ACCOUNT_KINDS
from dayzero.plan import Plan
from dayzero.plugin._sharing import shared_reads
from dayzero.service import Service
from dayzero.sync.request import SyncRequest

__all__ = ["CHUNK", "Errand", "Sent", "errands_of", "run"]

CHUNK = 50
"""So many schools go to a worker at once: an empty task of a cluster costs as much as a school in which nothing changed."""


@dataclass(frozen=True)
class Sent:
    """What is asked for each school: ``plan``, ``sync`` or ``status``. ``allow``: what is released, of one school alone."""

    what: str
    allow: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Errand:
    """Some schools of a fleet, by their ids. ``where``: the fleet, as ``schools_in`` reads it."""

    sent: Sent
    where: str
    schools: tuple[str, ...]

    def alone(self) -> list[Errand]:
        """Return an errand for each school of this one."""
        return [Errand(self.sent, self.where, (one,)) for one in self.schools]


def errands_of(
    sent: Sent, where: Path, schools: Sequence[FleetSchool], *, workers: int, sharing: Collection[str] = ()
) -> list[Errand]:
    """Return errands of at most ``CHUNK`` schools, and of fewer where some workers would have none.

    ``sharing``: plugins whose schools go together where they have one source, however few errands that makes: each reads it once.
    """
    size = max(1, min(CHUNK, -(-len(schools) // (workers * 4))))
    by_source: dict[Hashable, list[str]] = {}
    for school in schools:
        plugin, at = school.source
        by_source.setdefault((plugin, at) if plugin in sharing and at else school.id, []).append(school.id)
    several = [ids for ids in by_source.values() if len(ids) > 1]
    alone = [ids[0] for ids in by_source.values() if len(ids) == 1]
    chunks = [*chain.from_iterable(_batched(ids, CHUNK) for ids in several), *_batched(alone, size)]
    return [Errand(sent, str(where), chunk) for chunk in chunks]


def _batched(ids: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield ids in their order, so many at a time."""
    for at in range(0, len(ids), size):
        yield tuple(ids[at : at + size])


def run(errand: Errand, stopped: Callable[[], bool] = lambda: False) -> list[SchoolResult]:
    """Do an errand, school by school; whatever happens to one is its result. ``stopped`` is asked before each."""
    with shared_reads():
        return list(_run(errand, stopped))


def _run(errand: Errand, stopped: Callable[[], bool]) -> Iterator[SchoolResult]:
    where = Path(errand.where)
    fleet = _fleet(where, _moment(where))
    for ident in errand.schools:
        if stopped():
            return
        school = fleet[ident]
        try:
            yield _DOES[errand.sent.what](school, errand.sent)
        except DayzeroError as error:
            yield failed(school.id, str(school.file), error)
        except Exception as error:  # noqa: BLE001 - a school's fault is its own, whatever it is
            said = f"dayzero failed in a way it should not: {type(error).__name__}."
            bug = DayzeroError(said, remedy="Run this school alone with DAYZERO_DEBUG=1, and please report it.")
            yield failed(school.id, str(school.file), bug)


def _plan(school: FleetSchool, _: Sent) -> SchoolResult:
    service = _service(school)
    plan = service.plan().plan
    return _result(school, plan, int(plan.exit_code))


def _sync(school: FleetSchool, sent: Sent) -> SchoolResult:
    outcome = _service(school).sync(SyncRequest(allow=dict(sent.allow)))
    return _result(school, outcome.plan, int(outcome.exit_code), run_id=outcome.run_id, unchanged=outcome.unchanged)


def _status(school: FleetSchool, _: Sent) -> SchoolResult:
    runs = Service(school.config(os.environ, asks_portal=False)).history(1)
    if not runs:
        return SchoolResult(school.id, str(school.file))
    last = runs[0]
    again = f"`dayzero fleet plan WHERE --only {school.id}` says what is wrong."
    error = None if last.problem is None else {"kind": last.problem, "message": f"{last.problem}.", "remedy": again}
    doubts = [*(d["doubt"] for d in last.doubts or ()), *(r["doubt"] for r in last.reads or () if r.get("allow"))]
    return SchoolResult(
        school.id,
        str(school.file),
        last.exit_code,
        last.run_id,
        last.held or (),
        dict(Counter(doubts)),
        error=error,
        finished_at=last.finished_at,
    )


_DOES: Mapping[str, Callable[[FleetSchool, Sent], SchoolResult]] = {"plan": _plan, "sync": _sync, "status": _status}


def _service(school: FleetSchool) -> Service:
    return Service(school.config(os.environ))


def _result(
    school: FleetSchool, plan: Plan, exit_code: int, *, run_id: str | None = None, unchanged: bool = False
) -> SchoolResult:
    return SchoolResult(
        school.id,
        str(school.file),
        exit_code,
        run_id,
        [breach.document() for breach in plan.held],
        dict(Counter([*(d.doubt for d in plan.doubts), *(r.doubt for r in plan.reads if r.waits)])),
        _newcomers(plan.going),
        operations=plan.going.height,
        unchanged=unchanged,
    )


def _newcomers(going: pl.DataFrame) -> int:
    """Return how many students who are new next year get an account."""
    new = pl.col("changes").str.contains('"new":[null,true]', literal=True)
    return going.filter(pl.col("kind") == ACCOUNT_KINDS[0], pl.col("op") == "create", new).height


@lru_cache(maxsize=2)
def _fleet(where: Path, _moment: int) -> dict[str, FleetSchool]:
    """Return the schools by id; read once for all errands, unless the file has changed."""
    return {school.id: school for school in schools_in(where)}


def _moment(where: Path) -> int:
    return where.stat().st_mtime_ns
