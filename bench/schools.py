"""The data: schools of three years, each made once, used by every measurement, and kept where a cache folder is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from bench.peers import peer_python
from bench.process import dayzero, program, spent

__all__ = ["SCHOOL", "YEARS", "School", "State"]

YEARS = 3
SCHOOL = "bench"
"""The school's id on the portal."""


@dataclass
class State:
    """What a school and its portal know of each other: the configuration with the journal beside it, and the portal's file."""

    folder: Path
    roster: Path
    url: str = ""

    @property
    def config(self) -> Path:
        """The school's configuration."""
        return self.folder / "dayzero.toml"

    @property
    def portal(self) -> Path:
        """The portal's state."""
        return self.folder / "portal.sqlite"

    @property
    def port(self) -> int:
        """Where the portal is served: the journal knows it by its address."""
        return urlsplit(self.url).port or 0

    def configure(self, roster: Path, url: str) -> None:
        """Write the configuration of a school whose files are in ``roster``, at Yes."""
        from dayzero.config import starter_file

        self.roster, self.url = roster, url
        text = starter_file(
            "csv",
            {"path": str(roster)},
            school_id=SCHOOL,
            school_name="Bench",
            portal_url=url,
            send_scheduling_year=True,
        )
        self.config.write_text(text, encoding="utf-8")


class School:
    """A demo school of so many students. What is made of it is made when it is first asked for.

    ``cache`` keeps what depends on nothing but its size; ``scratch`` is this run's.
    """

    def __init__(self, students: int, cache: Path, scratch: Path) -> None:
        self.students = students
        self.synced: State | None = None
        self._cache, self._scratch = cache, scratch

    def of(self, students: int) -> School:
        """Return a school of another size beside this one."""
        return School(students, self._cache, self._scratch)

    @property
    def room(self) -> Path:
        """A folder of this run and size."""
        room = self._scratch / str(self.students)
        room.mkdir(parents=True, exist_ok=True)
        return room

    @cached_property
    def roster(self) -> Path:
        """The school's files."""
        return self._made("roster", lambda to: dayzero("school", "new", to, *self.options))

    @property
    def options(self) -> list[str]:
        """What ``dayzero school new`` is told of it."""
        return ["--students", str(self.students), "--years", str(YEARS)]

    @cached_property
    def changed(self) -> Path:
        """The same files with another name for one person in a hundred."""
        return self._made("changed", lambda to: program("change", self.roster, to))

    @cached_property
    def directory(self) -> Path:
        """The same people as one file of users, as Adobe's user-sync reads them."""
        return self._made("users.csv", lambda to: program("directory", self.roster, to))

    @cached_property
    def bundle(self) -> Path:
        """A district as a OneRoster bundle: 111 users and 776 enrollments for 100 students of the school."""
        users, enrollments = self.students * 111 // 100, self.students * 776 // 100
        return self._made("bundle", lambda to: program("bundle", users, enrollments, to))

    @cached_property
    def people(self) -> int:
        """Rows of students and contacts."""
        return sum(_lines(self.roster / f"{table}.csv") - 1 for table in ("students", "contacts"))

    @cached_property
    def peers(self) -> Path:
        """The Python of the environment in which the peers are."""
        return peer_python(self._cache)

    def new_state(self) -> State:
        """Return a state in which nothing was synced yet, instead of the one before."""
        folder = self.room / "state"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return State(folder, self.roster)

    def _made(self, name: str, by: Callable[[Path], list[str]]) -> Path:
        """Return a file or folder of the cache. It gets its name when it is whole."""
        place = self._cache / str(self.students) / name
        if not place.exists():
            unfinished = place.with_name(f"unfinished-{name}")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.unlink(missing_ok=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            spent(by(unfinished))
            unfinished.rename(place)
        return place


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)
