"""A school lives: the last and first weeks of ten years, night by night. Nobody who goes on loses anything, graduates are
held once and released once, and each forecast is the plan of its day.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from living_school import ID, LivingSchool, held, lost, operations, release

from dayzero_fixtures import School, new_school
from dayzero_fixtures.days import begins, ends, number_of
from dayzero_fixtures.scenarios import SCENARIOS

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("DAYZERO_SOAK"))
NIGHTS = 7 if SOAK else 2
"""How many of a year's last nights, and of the next one's first: those of a week, or of the days around the turn."""
YEARS, STUDENTS = 10 if SOAK else 4, 600
SCHOOLS = [("plain", 7, True)]
if SOAK:
    SCHOOLS += [(scenario, seed, True) for seed, (scenario, made) in enumerate(SCENARIOS.items(), 8) if not made.nights]
    SCHOOLS += [("plain", 7, False), ("split-families", 20, False)]


class Life:
    """One school, and what is asserted of each of its nights."""

    def __init__(self, folder: Path, school: School, *, yes: bool = True) -> None:
        self.living = LivingSchool(folder, school)
        self.living.sends(yes=yes)
        self.turns: list[dict[str, int]] = []
        """By year, what was held and how often it was released."""

    @property
    def school(self) -> School:
        return self.living.school

    def goes_on(self) -> set[str]:
        """Return who is at the school in the year to come, or in the one that has."""
        ledger = self.school.ledger
        there = ledger.present(ledger.scheduling or ledger.active)["number"]
        return set(ledger.students.filter(pl.col("number").is_in(there.implode()))["student_id"])

    def night(self, school: School, *, graduates: bool = False) -> None:
        """Let it be ``school``, and sync. ``graduates``: they leave in this night, and are held until they are released."""
        before, past = self.living.portal(), {str(self.school.ledger.active)}
        self.living.become(school)
        past -= {str(school.ledger.active)}
        outcome = self.living.sync()
        now = self.living.portal()
        assert lost(before, now, self.goes_on(), past) == []
        if graduates:
            assert {op for op, _ in held(outcome.plan)} in ({"disable"}, {"disable", "update"}), held(outcome.plan)
            leaving = {key for key, (op, _, stays) in operations(outcome.plan).items() if stays and op == "disable"}
            assert leaving <= now.working.keys()
            assert lost(before, now, before.records.keys(), past) == [], "held: nobody loses anything"
            again = release(outcome.plan)
            outcome = self.living.sync(**again)
            now = self.living.portal()
            assert lost(before, now, self.goes_on(), past) == []
            assert not leaving & now.working.keys(), "released: gone, all at once"
            self.turns.append(again)
        elif {op for op, _ in held(outcome.plan)} == {
            "requests"
        }:  # who leaves had asked for courses: somebody looks at it
            waiting = {ident for (_, ident), (_, _, stays) in operations(outcome.plan).items() if stays}
            assert waiting
            assert lost(before, now, waiting, past) == []
            outcome = self.living.sync(**release(outcome.plan))
            assert lost(before, self.living.portal(), self.goes_on(), past) == []
        assert (held(outcome.plan), int(outcome.exit_code)) == ({}, 0)
        assert self.living.differences(outcome.plan) == []
        if graduates or SOAK:
            assert self.living.service().plan().plan.operations.is_empty(), "a second plan has no operations"

    def forecast_is_its_day(self) -> None:
        """What is forecast tonight is the plan there is once the day has come."""
        forecast = self.living.service().forecast().plan
        the_day = self.living.plan_of(self.school.activate())
        assert operations(forecast) == operations(the_day) != {}
        assert held(forecast) == held(the_day)
        assert forecast.change_of_year == the_day.change_of_year

    def year(self, *, stamped: bool) -> None:
        """Live from spring to the first days of the next year."""
        self.spring()
        last = ends(self.school.ledger.active)
        for school in self.last_days(last):
            self.night(school)
            self.forecast_is_its_day()
        if stamped:
            self.night(self.school.night(last).take("stamp"), graduates=True)
            self.forecast_is_its_day()
        self.night(self.school.activate(), graduates=not stamped)
        for school in self.first_days():
            self.night(school)

    def spring(self) -> None:
        """The next year is made, its newcomers appear, and some ask for courses."""
        if self.school.ledger.scheduling is None:
            self.night(self.school.promote(entering_class=True))
        if not self.living.yes:
            return
        self.living.cloud.change_settings(ID, min_credits="0")
        courses = self.school.tables["courses"].filter(year_id=str(self.school.ledger.scheduling), required=True)
        accounts = [a for a in self.living.cloud.accounts(ID) if a["status"] != "disabled"]
        for account in [a for a in accounts if a["kind"] == "student" and a["next_grade_level"]][::40]:
            fits = courses.filter(pl.col("grade_levels").str.split("|").list.contains(account["next_grade_level"]))
            self.living.cloud.request_courses(ID, account["person_id"], *fits["course_id"])

    def last_days(self, last: date) -> Iterator[School]:
        """Each of the year's last nights something small happens: somebody leaves, is admitted or gets their code."""
        for n in range(NIGHTS, 0, -1):
            school = self.school.night(last - timedelta(days=n))
            yield (
                school.withdraw(self.somebody(n)).admit(2, entry_code=None)
                if n % 2
                else school.take("enter", share=1.0)
            )

    def first_days(self) -> Iterator[School]:
        """In the next year's first nights, and in those after its first day, some come late and some leave."""
        for first in (self.school.today, begins(self.school.ledger.active)):
            for n in range(1, NIGHTS + 1):
                school = self.school.night(first + timedelta(days=n))
                yield (
                    school.withdraw(self.somebody(n))
                    if n % 2
                    else school.admit(1, day=number_of(school.ledger.active, school.today))
                )

    def somebody(self, n: int) -> str:
        here = self.school.ledger.present(self.school.ledger.active)["number"].sort()
        students = self.school.ledger.students.filter(number=here[n * 7 % len(here)])
        return str(students["student_id"].item())


@pytest.mark.soak
@pytest.mark.parametrize(("scenario", "seed", "yes"), SCHOOLS)
def test_a_demo_school_lives_for_ten_years(tmp_path: Path, scenario: str, seed: int, yes: bool) -> None:
    life = Life(tmp_path, new_school(STUDENTS, 3, seed, scenario), yes=yes)
    with life.living.cloud:
        life.night(life.school)
        for year in range(YEARS):
            life.year(stamped=year % 2 == 1)
        assert len(life.turns) == YEARS, "held once a year, released once a year"
        assert all("disable" in turn and set(turn) <= {"disable", "update"} for turn in life.turns)
        assert len(life.goes_on()) in range(STUDENTS * 9 // 10, STUDENTS * 11 // 10)
        assert life.school.today.year == 2026 + YEARS
