"""Whom what is held concerns is what the plan would do without the hold, however the hold came about."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, PROMOTED, TinySchool

from dayzero.config import load
from dayzero.plan import Concerned
from dayzero.service import Service


def weighed(school: TinySchool, *, turned: bool = False) -> Concerned:
    environ = {"DAYZERO_TOKEN": school.token}
    service = Service(load(school.write(yes=True), environ=environ), environ=environ)
    return (service.forecast(weigh=True) if turned else service.plan(weigh=True)).concerned


def who(found: Concerned) -> dict[str, str]:
    return dict(found.operations.select("id", "op").iter_rows())


@pytest.fixture
def families(tiny_school: TinySchool) -> TinySchool:
    """Two students with a parent each and one parent of both, synced at Yes."""
    for number in (1, 2):
        tiny_school.student(f"s{number}", **PROMOTED).contact(f"c{number}", children=[f"s{number}"])
    tiny_school.contact("both", children=["s1", "s2"]).sync(yes=True)
    return tiny_school


def test_who_hangs_on_somebody_held_is_concerned_too(families: TinySchool) -> None:
    for table in ("enrollments", "students", "calendar_codes", "relationships"):
        families.remove(table, student_id="s1")
    families.limits["disable"] = 0
    assert who(weighed(families)) == {"s1": "disable", "c1": "disable", "both": "update"}


def test_at_a_change_of_year_whoever_goes_on_with_it_is_not_held(families: TinySchool) -> None:
    """Of the read so many are missing that nothing is taken from anybody; who is promoted goes on all the same."""
    graduates = ("g1", "g2", "g3")
    for ident in graduates:
        families.student(ident, enrolled={ACTIVE: "12"})
    families.sync(yes=True)
    families.limits.update({"disable": 0, "from_accounts": 1})
    assert who(weighed(families, turned=True)) == dict.fromkeys(graduates, "disable")


def test_who_waits_for_two_decisions_stands_under_both(families: TinySchool) -> None:
    families.edit("enrollments", {"student_id": "s1", "year_id": ACTIVE}, status="inactive")
    families.remove("enrollments", student_id="s1", year_id="2028")
    families.edit("students", {"student_id": "s2"}, given_name="Nora")
    families.limits.update({"disable": 0, "update": 0})
    found = weighed(families)
    by: dict[str, Any] = {op: set(keys["person_id"]) for op, keys in found.by.items()}
    assert set().union(*by.values()) == set(who(found))
    assert "s1" in by["disable"]
    assert "s2" in by["update"]


def test_nobody_is_concerned_where_nothing_is_held(families: TinySchool) -> None:
    assert weighed(families.student("s3")).operations.is_empty()
