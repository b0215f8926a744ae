"""What dayzero is measured against: each takes a school and returns what one run cost."""

from __future__ import annotations

import sys

from bench.model import Figures
from bench.process import program, spent, told
from bench.schools import YEARS, School
from bench.subjects import lived_in, office, pages, synced, walk_of_users

__all__ = [
    "a_small_one_lived_in", "executemany", "faker_names", "import_click", "moto_call", "office_of_a_small_school", "pages_of_a_small_school", "read", "read_bundle",
    "records_of_users", "user_actions", "write_csv",
]  # fmt: skip

FAKED = 50_000
"""Names asked of Faker at most: each takes as long as the one before."""
SMALL = 100
OFFICE = 600


def import_click(_: School) -> Figures:
    """Start Python and import click."""
    return spent([sys.executable, "-c", "import click"])[0]


def read(school: School) -> Figures:
    """Read the school's files."""
    return spent(program("read", school.roster))[0]


def read_bundle(school: School) -> Figures:
    """Read the files of a district's bundle."""
    return spent(program("read", school.bundle))[0]


def write_csv(school: School) -> Figures:
    """Write the school's tables, which are grown first. ``cpu``, ``wall``: of the writing alone."""
    cost = told(program("write", school.students, YEARS))
    return {"cpu": cost["write"], "wall": cost["write_wall"]}


def faker_names(school: School) -> Figures:
    """Name people by Faker. ``us``: of processor time for one."""
    names = min(school.people, FAKED)
    cost, _ = spent(program("names", names, python=school.peers))
    return {**cost, "us": cost["cpu"] / names * 1e6}


def user_actions(school: School) -> Figures:
    """Make an action of each user of the same people. ``us``: of processor time for one."""
    cost = told(program("user_actions", school.directory, python=school.peers))
    return {**cost, "us": cost["cpu"] / cost["users"] * 1e6}


def executemany(school: School) -> Figures:
    """Write the rows that a first sync makes. ``cpu``: without the portal's indexes, ``indexed``: with them."""
    cost = told(program("bare", synced(school).portal, school.room / "bare.sqlite"))
    return {"cpu": cost["bare"], "indexed": cost["indexed"], "rows": cost["rows"]}


def moto_call(school: School) -> Figures:
    """Call moto in process. ``ms``: of processor time for one call."""
    return told(program("moto_call", python=school.peers))


def pages_of_a_small_school(school: School) -> Figures:
    """Visit the same pages of a small school."""
    return pages(school.of(SMALL))


def a_small_one_lived_in(school: School) -> Figures:
    """Visit the portal of a demo of 100 students."""
    return lived_in(school.of(SMALL))


def office_of_a_small_school(school: School) -> Figures:
    """Visit the Sync Manager of a school of 600 students."""
    return office(school.of(OFFICE))


def records_of_users(school: School) -> Figures:
    """Read the users of as large a district as records, and keep them."""
    return walk_of_users(school, "records")
