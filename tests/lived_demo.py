"""A demo whose portal is lived in, made in process: what ``dayzero demo`` makes, without serving it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dayzero_fixtures.demo import Demo, grown_for, run_demo
from dayzero_fixtures.demo_home import Home
from dayzero_fixtures.school import School
from dayzero_fixtures.school_clock import SchoolClock
from dayzero_simulator import GradebookCloud

ADMIN_PASSWORD = "Hampden-1"


@dataclass
class Place:
    """A demo that was made, in process."""

    home: Home
    school: School
    clock: SchoolClock
    cloud: GradebookCloud
    demo: Demo

    def again(self) -> Demo:
        """Open it once more."""
        return run_demo(self.school, self.home, self.cloud, self.clock, sends=False)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Look at the portal's state."""
        with self.cloud.world.reading() as db:
            return [dict(row) for row in db.execute(query)]


def made(folder: Path, *, seed: int = 7, students: int = 60, bare: bool = False, scenario: str = "plain") -> Place:
    """Make a demo in a folder, whatever was there before."""
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    home.enter()
    school, _ = home.school_in_it(lambda: grown_for(students, seed, scenario, bare=bare))
    clock = SchoolClock(school.today, home.day, lambda: 0.0)
    with GradebookCloud(token="t", admin_password=ADMIN_PASSWORD, now=clock.now) as cloud:
        return Place(home, school, clock, cloud, run_demo(school, home, cloud, clock, bare=bare))
