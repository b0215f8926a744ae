"""Around the turn of a year: graduates at No, what looks like a bad read and is none, whose week a forecast counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

from dayzero.config import load
from dayzero.service import Service, SyncRequest
from dayzero_simulator import GradebookCloud

pytestmark = pytest.mark.slow

WINTER = date(2027, 2, 1)


def class_of(school: TinySchool, number: int, prefix: str = "g", **student: Any) -> list[str]:
    """Add students who graduate this year, each with a mother."""
    ids = [f"{prefix}{n:02}" for n in range(number)]
    for ident in ids:
        school.student(ident, **(student or {"enrolled": {ACTIVE: "12"}})).contact(f"m{ident}", children=[ident])
    return ids


def records(school: TinySchool) -> dict[str, Any]:
    return {row["id"]: row["years"] for row in school.get("/students", limit=10_000)["items"]}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(o["kind"], o["id"]): (o["op"], o["changes"], o["held"]) for o in document["operations"]}


@pytest.mark.parametrize("seniors", [1, 14])
def test_at_no_the_year_turns_as_well(tiny_school: TinySchool, seniors: int) -> None:
    """The portal has never heard of the next year: the source says that the other one is past."""
    ids = class_of(tiny_school, seniors)
    tiny_school.student("stays", **PROMOTED).student("new", **NEWCOMER).sync()
    forecast = tiny_school.run("forecast")
    turned = tiny_school.activate().plan()
    assert operations(forecast.doc) == operations(turned.doc)
    assert turned.doc["change_of_year"] == {
        "from": ACTIVE, "to": SCHEDULING, "graduates": ids, "leavers": [], "arrived": ["new"],
    }  # fmt: skip
    synced = tiny_school.sync()
    assert (synced.exit_code, len(synced.doc["held"])) == ((3, 2) if seniors > 10 else (0, 0))
    assert tiny_school.account("student", "stays")["years"] == ["active"]
    assert tiny_school.account("student", ids[0])["status"] == ("pending" if seniors > 10 else "disabled")
    if seniors > 10:
        assert tiny_school.account("student", ids[0])["years"] == records(tiny_school)[ids[0]] == []
    assert tiny_school.sync().doc["change_of_year"] is None


def test_at_no_it_may_come_too_early_or_go_back(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).student("stays", **PROMOTED).sync()
    before, had = tiny_school.accounts(), records(tiny_school)
    tiny_school.activate().sync_settings["today"] = WINTER
    early = tiny_school.sync()
    assert (early.exit_code, [h["op"] for h in early.doc["held"]]) == (3, ["change-of-year"])
    assert (tiny_school.accounts(), records(tiny_school)) == (before, had)
    tiny_school.activate().sync()
    tiny_school.year(ACTIVE, "active").year(SCHEDULING, "scheduling").sync_settings["today"] = date(2028, 6, 1)
    back = tiny_school.sync()
    assert (back.exit_code, [h["op"] for h in back.doc["held"]][-1]) == (3, "change-of-year")


@pytest.mark.parametrize("newcomers", [16, 4])
def test_at_no_the_graduates_are_no_read_that_shrank(tiny_school: TinySchool, newcomers: int) -> None:
    """A quarter of a school and more leaves, and another quarter arrives: what is held says the same until it is released."""
    tiny_school.limits = {"from_accounts": 1}
    class_of(tiny_school, 30, "p", **PROMOTED)
    class_of(tiny_school, 14)
    class_of(tiny_school, newcomers, "n", **NEWCOMER)
    assert tiny_school.sync().exit_code == 0
    turned = tiny_school.activate().sync()
    assert turned.findings("table-shrank") == []
    assert {(h["op"], h["kind"], h["count"]) for h in turned.doc["held"]} == {
        ("disable", "student", 14), ("disable", "parent", 14),
    }  # fmt: skip
    again = tiny_school.sync()
    assert (len(again.doc["held"]), again.findings("table-shrank")) == (2, [])
    assert tiny_school.sync("--allow", turned.doc["held"][0]["allow"]).exit_code == 0
    assert tiny_school.working("student") == {
        "s0",
        *(f"p{n:02}" for n in range(30)),
        *(f"n{n:02}" for n in range(newcomers)),
    }


def test_a_read_that_shrank_at_a_change_of_year_is_one(tiny_school: TinySchool) -> None:
    tiny_school.limits = {"from_accounts": 1}
    ids = class_of(tiny_school, 30, "p", **PROMOTED)
    class_of(tiny_school, 10)
    class_of(tiny_school, 8, "n", **NEWCOMER)
    tiny_school.sync()
    for ident in ids[:15]:
        tiny_school.forget_student(ident)
    assert tiny_school.activate().sync().findings("table-shrank") != []


@pytest.mark.parametrize("days", [0, 2, 30])
def test_a_forecast_counts_the_leavers_of_its_own_last_week(tmp_path: Path, days: int) -> None:
    """Seven left on the evening of the forecast; whether that is within the week of the turn is a matter of the days between."""
    clock = Calendar(datetime(2027, 6, 12, 2, tzinfo=UTC) - timedelta(days=days))
    with GradebookCloud(token="t", seed=1, now=clock.now) as cloud:
        school = TinySchool(tmp_path, cloud)
        seniors, leavers = class_of(school, 5), class_of(school, 7, "l")
        class_of(school, 8, "p", **PROMOTED)
        del school.sync_settings["today"]
        config = school.write(yes=True)

        def service() -> Service:
            environ = {"DAYZERO_TOKEN": "t"}
            return Service(load(config, environ=environ), clock=clock, environ=environ)

        service().sync(SyncRequest())
        for ident in leavers:
            school.edit("enrollments", {"student_id": ident, "year_id": ACTIVE}, status="inactive")
        school.write(yes=True)
        assert not service().sync(SyncRequest()).plan.held
        forecast = service().forecast().plan
        school.activate().sync_settings.pop("today")
        school.write(yes=True)
        clock.at += timedelta(days=days + 1)
        the_day = service().plan().plan
        assert forecast.operations.to_dicts() == the_day.operations.to_dicts()
        assert forecast.held == the_day.held
        assert bool(the_day.held) == (days < 7)
        assert (the_day.change_of_year or {})["graduates"] == seniors


@dataclass
class Calendar:
    at: datetime

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here is worth waiting for")
