"""How a worker does an errand: the same code on this machine and on any other.

It reads each configuration where that stands, and secrets from its own environment.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path

from dayzero.errors import ConfigurationError, DayzeroError
from dayzero.fleet.errands import Errand, Sent
from dayzero.fleet.results import SchoolResult, failed
from dayzero.fleet.where import FleetSchool, schools_in
from dayzero.plan import Plan
from dayzero.plugin._sharing import shared_reads
from dayzero.plugins import Plugins, load_plugins
from dayzero.service import Service
from dayzero.sync.request import SyncRequest

__all__ = ["run"]


def run(errand: Errand, stopped: Callable[[], bool] = lambda: False) -> list[SchoolResult]:
    """Do an errand, school by school; whatever happens to one is its result. ``stopped`` is asked before each."""
    with shared_reads():
        return list(_run(errand, stopped))


def _run(errand: Errand, stopped: Callable[[], bool]) -> Iterator[SchoolResult]:
    where, moment = Path(errand.where), errand.moment
    fleet = cache(partial(_read, where)) if moment is None else partial(_fleet, where, moment)
    for ident in errand.schools:
        if stopped():
            return
        with _as_it_was():
            yield _result_of(errand, ident, fleet)


def _result_of(errand: Errand, ident: str, fleet: Callable[[], Mapping[str, FleetSchool]]) -> SchoolResult:
    """Do what is asked for one school. Whatever it raises is its own, an exit or a Ctrl-C of its plugin's too: ours is the parent's."""
    file, alone = errand.where, ""
    try:
        school = _school(fleet(), ident, errand.where)
        file, alone = str(school.file), school.alone
        return replace(_DOES[errand.sent.what](school, errand.sent), alone=alone)
    except DayzeroError as error:
        return replace(failed(ident, file, error), alone=alone)
    except BaseException as error:  # noqa: BLE001 - see above
        said = f"dayzero failed in a way it should not: {type(error).__name__}."
        bug = DayzeroError(said, remedy="Run this school alone with DAYZERO_DEBUG=1, and please report it.")
        return replace(failed(ident, file, bug), alone=alone)


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back what a school's plugin has changed of the process: environment, folder, path of modules."""
    environ, folder, path = dict(os.environ), Path.cwd(), list(sys.path)
    try:
        yield
    finally:
        if os.environ != environ:
            os.environ.clear()
            os.environ.update(environ)
        os.chdir(folder)
        sys.path[:] = path


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
    error = None
    if last.problem is not None:
        said = {"message": f"The last run failed ({last.problem}).", "remedy": "`dayzero plan` says what is wrong."}
        error = {"kind": last.problem, **said}
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
    config = school.config(os.environ)
    # A plugin in a file is its school's alone, and so are its checks and what it hears.
    return Service(config, plugins=None if config.source.plugin.endswith(".py") else _plugins())


@lru_cache(maxsize=1)
def _plugins() -> Plugins:
    """Return the installed plugins, loaded once a worker: for each school anew they cost a quarter of a night without a change."""
    return load_plugins()


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
        plan.newcomers,
        operations=plan.going.height,
        unchanged=unchanged,
    )


def _school(fleet: Mapping[str, FleetSchool], ident: str, where: str) -> FleetSchool:
    """Return one school of the fleet. Raises ConfigurationError where it is not there."""
    school = fleet.get(ident)
    if school is None:
        raise ConfigurationError(
            f"There is no school {ident!r} in {where} any more.",
            remedy="It was taken out after the run had begun, and nothing was done for it. If it belongs there, run it again.",
        )
    return school


def _read(where: Path) -> dict[str, FleetSchool]:
    return {school.id: school for school in schools_in(where)}


@lru_cache(maxsize=2)
def _fleet(where: Path, _moment: int) -> dict[str, FleetSchool]:
    """Return the schools by id, read once for all errands of a run: who saves the fleet meanwhile changes the next one."""
    return _read(where)
