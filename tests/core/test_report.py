"""The report's pure stages: the order people read in, and the trend reckoned back from today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from dayzero.report.order import alphabetical, natural
from dayzero.report.runs import MOMENTS, SHOWN, runs_of, trend_of

NIGHT = datetime(2027, 3, 1, 2, tzinfo=UTC)


@dataclass
class Run:
    """A run as the journal has it."""

    at: datetime = NIGHT
    students: dict[str, int] = field(default_factory=dict)
    state: str = "committed"
    withheld: dict[str, int] | None = field(default_factory=dict)
    send_scheduling_year: bool = True
    rejected: list[dict[str, Any]] | None = None
    exit_code: int | None = 0
    run_id: str = "r"
    seconds: float | None = 90
    undoes: str | None = None

    @property
    def started_at(self) -> str:
        return self.at.isoformat()

    @property
    def finished_at(self) -> str | None:
        return None if self.seconds is None else (self.at + timedelta(seconds=self.seconds)).isoformat()

    @property
    def applied(self) -> dict[str, dict[str, int]] | None:
        return {"student": self.students} if self.students else None


def ordered(values: list[str], by: Any) -> list[str]:
    return pl.DataFrame({"v": values}).sort(by(pl.col("v")))["v"].to_list()


def test_rooms_and_grades_stand_by_the_numbers_in_them() -> None:
    rooms = ["10B", "K", "9a", "10A", "PK", "9B", "12", "Room 2", "Room 10"]
    assert ordered(rooms, natural) == ["K", "PK", "Room 2", "Room 10", "9a", "9B", "10A", "10B", "12"]


def test_names_stand_by_the_alphabet_whatever_their_accents_and_case() -> None:
    assert ordered(["Zed", "Ébert", "adams", "Eaton", "Ångström"], alphabetical) == [
        "adams", "Ångström", "Eaton", "Ébert", "Zed",
    ]  # fmt: skip


def test_accounts_are_reckoned_back_run_by_run() -> None:
    """Newest first, as the journal gives them: 7 today; before the last run 7 - 2 - 1 + 4 = 8."""
    runs = [
        Run(students={"create": 2, "enable": 1, "disable": 4, "update": 9}, withheld={"no-email": 3}),
        Run(NIGHT - timedelta(days=1), state="failed"),
        Run(NIGHT - timedelta(days=2), students={"create": 8}, withheld={"no-email": 5, "withdrawn": 9}),
    ]
    trend = trend_of(runs, {"student": 7}, UTC)
    assert [(m.students, m.parents, m.to_fix) for m in trend] == [(8, 0, 5), (7, 0, 3)]


def test_what_is_to_be_corrected_is_not_known_after_a_run_that_read_nothing() -> None:
    runs = [Run(students={"disable": 2}, undoes="r"), Run(students={"create": 8}, withheld={"no-email": 5})]
    trend = trend_of(runs, {"student": 6}, UTC)
    assert [(m.students, m.to_fix) for m in trend] == [(8, 5), (6, None)]


def test_of_many_runs_the_last_of_each_day_is_shown() -> None:
    """Two runs a day over ten days: the latest days' later runs, oldest first."""
    runs = [Run(NIGHT - timedelta(hours=12 * n), students={"create": 1}) for n in range(20)]
    trend = trend_of(runs, {"student": 20}, UTC)
    assert len(trend) == MOMENTS
    assert [m.students for m in trend] == [7, 9, 11, 13, 15, 17, 19, 20]
    assert len({m.at.date() for m in trend}) == MOMENTS


def test_a_day_is_the_schools_own() -> None:
    [moment] = trend_of([Run()], {}, ZoneInfo("America/New_York"))
    assert (moment.at.date().day, moment.at.hour) == (28, 21)


def test_a_run_is_told_as_history_has_it() -> None:
    runs = [Run(students={"create": 1, "enable": 1, "renew": 1, "update": 2, "disable": 3}), Run(seconds=None)]
    told, cut_off = runs_of(runs, UTC)
    assert (told.appear, told.change, told.leave, told.seconds) == (2, 3, 3, 90.0)
    assert cut_off.seconds is None
    assert len(runs_of([Run()] * 30, UTC)) == SHOWN
