"""What is measured of dayzero: each takes a school and returns what one run cost, all processes concerned together."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from bench.model import Figures
from bench.portal import TOKEN, Portal, served
from bench.process import dayzero, program, spent, told
from bench.schools import SCHOOL, School, State

__all__ = [
    "bundle", "changed", "first_sync", "generate", "help_", "in_process_call", "lived_in", "nothing_changed", "office", "pages", "plan",
    "synced", "twice", "walk_of_users",
]  # fmt: skip

_ENVIRON = {"DAYZERO_TOKEN": TOKEN}


def help_(_: School) -> Figures:
    """Start the command."""
    return spent(dayzero("--help"))[0]


def generate(school: School) -> Figures:
    """Grow a school and write it, its answer key too. ``us``: of processor time for each of its people."""
    cost, _ = spent(dayzero("school", "new", school.room / "generated", *school.options, "--force"))
    return {**cost, "us": cost["cpu"] / school.people * 1e6}


def plan(school: School) -> Figures:
    """Plan a first sync against a portal that has nobody. ``us``: of processor time for each of its people."""
    folder = school.room / "planned"
    folder.mkdir(exist_ok=True)
    state = State(folder, school.roster)
    state.portal.unlink(missing_ok=True)
    with served(state.portal) as portal:
        state.configure(school.roster, portal.url)
        cost = _with(portal, lambda: told(program("plan", state.config), _ENVIRON))
    return {**cost, "us": cost["cpu"] / school.people * 1e6}


def first_sync(school: School) -> Figures:
    """Sync a school to a portal that has nobody. ``sending``: without what the client spent on the plan."""
    state = school.new_state()
    with served(state.portal) as portal:
        state.configure(school.roster, portal.url)
        cost = _with(portal, lambda: told(program("sync", state.config), _ENVIRON))
    school.synced = state
    return {**cost, "sending": cost["cpu"] - cost["plan"]}


def synced(school: School) -> State:
    """Return a school that was synced: by the latest measurement that did, or now."""
    if school.synced is None:
        first_sync(school)
    assert school.synced is not None
    return school.synced


def nothing_changed(school: School) -> Figures:
    """Plan a school in which nothing has changed, by the service: no digest of the files spares it the work."""
    state = synced(school)
    with served(state.portal, state.port) as portal:
        return _with(portal, lambda: told(program("plan", state.config), _ENVIRON))


def twice(school: School) -> Figures:
    """Sync a school in which nothing has changed, by the command, as a timer does."""
    state = synced(school)
    with served(state.portal, state.port) as portal:
        return _with(portal, lambda: spent(dayzero("sync", "--yes", "--config", state.config), _ENVIRON)[0])


def changed(school: School) -> Figures:
    """Sync a school in which one person in a hundred has another name than at the last sync."""
    state = synced(school)
    roster = school.changed if state.roster == school.roster else school.roster
    state.configure(roster, state.url)
    with served(state.portal, state.port) as portal:
        return _with(portal, lambda: told(program("sync", state.config), _ENVIRON))


def pages(school: School) -> Figures:
    """Visit Manage Accounts of a school that was synced; by page, the 95th percentile of its visits in milliseconds."""
    return told(program("pages", synced(school).portal, SCHOOL))


def lived_in(school: School) -> Figures:
    """Visit the portal of a demo of as many students; by page, the 95th percentile of its visits in milliseconds."""
    return told(program("lived_in", school.students))


def office(school: School) -> Figures:
    """Visit the Sync Manager of a school that was synced; by page, the 95th percentile of its visits in milliseconds."""
    state = synced(school)
    with served(state.portal, state.port):
        return told(program("office", state.config), _ENVIRON)


def in_process_call(_: School) -> Figures:
    """Call the in-process portal. ``ms``: of processor time for one call."""
    return told(program("call"))


def walk_of_users(school: School, way: str = "walk") -> Figures:
    """Read a district of as many users from a OneRoster service, which is a process of its own that is not counted."""
    words = program("district", school.students)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdin is not None
        assert service.stdout is not None
        try:
            return told(program("oneroster", way, service.stdout.readline().strip()))
        finally:
            service.stdin.close()


def bundle(school: School) -> Figures:
    """Read a district's OneRoster bundle into typed tables."""
    return told(program("oneroster_csv", school.bundle))


def _with(portal: Portal, client: Callable[[], Figures]) -> Figures:
    """Run a client; add to what it cost what the portal spent meanwhile."""
    cost = client()
    server = portal.cpu
    sides = {"client": cost["cpu"], "server": server, "client_mb": cost["mb"], "server_mb": portal.mb}
    return {**cost, **sides, "cpu": cost["cpu"] + server}
