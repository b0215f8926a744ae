"""The year turns: recognised, told, guarded; it moves everybody, also who is held (A2, A5, the summer bridge)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

pytestmark = pytest.mark.slow

LAST_DAYS, WINTER = date(2027, 6, 1), date(2027, 2, 1)


def class_of(school: TinySchool, number: int, prefix: str = "g", **student: Any) -> list[str]:
    """Add students who graduate this year, each with a mother."""
    ids = [f"{prefix}{n:02}" for n in range(number)]
    for ident in ids:
        school.student(ident, **(student or {"enrolled": {ACTIVE: "12"}})).contact(f"m{ident}", children=[ident])
    return ids


def records(school: TinySchool) -> dict[str, Any]:
    return {row["id"]: row["years"] for row in school.get("/students", limit=10_000)["items"]}


def test_a_change_of_year_is_told(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).student("expected", **PROMOTED).student("new", **NEWCOMER)
    assert tiny_school.sync(yes=True).doc["change_of_year"] is None
    tiny_school.remove("enrollments", student_id="expected", year_id=SCHEDULING)
    turned = tiny_school.activate().sync(yes=True)
    assert turned.exit_code == 0
    assert turned.doc["change_of_year"] == {
        "from": ACTIVE, "to": SCHEDULING, "graduates": ["senior"], "leavers": ["expected"], "arrived": ["new"],
    }  # fmt: skip
    assert tiny_school.sync(yes=True).doc["change_of_year"] is None


def test_it_moves_everybody_also_who_is_held(tiny_school: TinySchool) -> None:
    seniors = class_of(tiny_school, 14)
    tiny_school.student("stays", **PROMOTED).contact("of-two", children=["g00", "stays"])
    tiny_school.sync(yes=True)
    turned = tiny_school.activate().sync(yes=True)
    assert turned.exit_code == 3
    assert {(h["op"], h["count"]) for h in turned.doc["held"]} == {("disable", 14)}
    assert set(seniors) <= tiny_school.working("student")
    assert tiny_school.account("student", "g00")["years"] == []
    assert tiny_school.account("student", "stays")["years"] == ["active"]
    assert tiny_school.account("parent", "of-two")["children"] == ["g00", "stays"]
    assert records(tiny_school)["g00"] == []
    again = tiny_school.sync(yes=True)
    assert (again.exit_code, len(again.doc["held"])) == (3, 2), "held until somebody looks"
    assert tiny_school.sync("--allow", "disable=28", yes=True).exit_code == 0
    assert not set(seniors) & tiny_school.working("student")
    assert tiny_school.sync(yes=True).exit_code == 0, "released is the new normal"


@pytest.mark.parametrize("day", [WINTER, date(2027, 5, 1)])
def test_too_early_everything_waits(tiny_school: TinySchool, day: date) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).student("new", **NEWCOMER).sync(yes=True)
    before, had = tiny_school.accounts(), records(tiny_school)
    tiny_school.activate().sync_settings["today"] = day
    held = tiny_school.sync(yes=True)
    assert held.exit_code == 3
    assert [(h["op"], h["allow"]) for h in held.doc["held"]] == [("change-of-year", "change-of-year=1")]
    assert all(o["held"] for o in held.doc["operations"])
    assert (tiny_school.accounts(), records(tiny_school)) == (before, had)
    assert tiny_school.sync("--allow", "change-of-year=1", yes=True).exit_code == 0
    assert tiny_school.status("student", "senior") == "disabled"


@pytest.mark.parametrize("day", [date(2027, 5, 13), LAST_DAYS, date(2027, 8, 1)])
def test_near_its_end_the_year_changes_by_itself(tiny_school: TinySchool, day: date) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    tiny_school.activate().sync_settings["today"] = day
    assert tiny_school.sync(yes=True).exit_code == 0


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.parametrize("how", ["inactive", "withdrawn", "gone"])
def test_a_stamp_in_the_last_weeks_keeps_who_is_enrolled_in_the_next_year(
    tiny_school: TinySchool, how: str, yes: bool
) -> None:
    ids = class_of(tiny_school, 14, "p", **PROMOTED)
    tiny_school.sync(yes=yes)
    before, had = tiny_school.accounts(), records(tiny_school)
    tiny_school.sync_settings["today"] = LAST_DAYS
    for ident in ids:
        if how == "inactive":
            tiny_school.edit("enrollments", {"student_id": ident, "year_id": ACTIVE}, status="inactive")
        elif how == "withdrawn":
            tiny_school.code(ident, ACTIVE, 180, "W")
        else:
            tiny_school.remove("enrollments", student_id=ident, year_id=ACTIVE)
    synced = tiny_school.sync(yes=yes)
    assert synced.exit_code == 0
    assert len(synced.findings("bridged")) == 14
    assert (tiny_school.accounts(), records(tiny_school)) == (before, had)


def test_fewer_are_leavers(tiny_school: TinySchool) -> None:
    class_of(tiny_school, 14, "p", **PROMOTED)
    tiny_school.sync(yes=True)
    tiny_school.sync_settings["today"] = LAST_DAYS
    tiny_school.code("p00", ACTIVE, 180, "W").code("p00", SCHEDULING, 0, "W")
    tiny_school.code("p01", ACTIVE, 180, "W")
    synced = tiny_school.sync(yes=True)
    assert synced.exit_code == 0
    assert synced.findings("bridged") == []
    assert tiny_school.status("student", "p00") == "disabled"


def test_seniors_in_the_stamp_are_held_and_the_next_year_arrives(tiny_school: TinySchool) -> None:
    ids = class_of(tiny_school, 14, "p", **PROMOTED)
    seniors = class_of(tiny_school, 12)
    tiny_school.sync(yes=True)
    tiny_school.sync_settings["today"] = LAST_DAYS
    for ident in (*ids, *seniors, "s0"):
        tiny_school.edit("enrollments", {"student_id": ident, "year_id": ACTIVE}, status="inactive")
    held = tiny_school.sync(yes=True)
    assert held.exit_code == 3
    assert {h["count"] for h in held.doc["held"]} == {12}
    assert {*ids, *seniors} <= tiny_school.working("student")


def test_a_read_too_small_is_no_change_of_year(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    for table in ("enrollments", "calendar_codes"):
        tiny_school.rows[table] = [r for r in tiny_school.rows[table] if r["year_id"] != SCHEDULING]
    assert tiny_school.activate().sync(yes=True).exit_code == 4


def operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(o["kind"], o["id"]): (o["op"], o["changes"], o["held"]) for o in document["operations"]}


@pytest.mark.parametrize("seniors", [2, 14])
def test_the_forecast_is_the_plan_of_the_day(tiny_school: TinySchool, seniors: int) -> None:
    class_of(tiny_school, seniors)
    class_of(tiny_school, 3, "p", **PROMOTED)
    tiny_school.student("new", **NEWCOMER).contact("mother", children=["new", "g00"])
    tiny_school.row("courses", course_id="ENG1", year_id=SCHEDULING, title="English", grade_levels="9|10")
    tiny_school.sync(yes=True)
    before = tiny_school.accounts()
    forecast = tiny_school.run("forecast")
    assert tiny_school.accounts() == before
    assert forecast.doc["change_of_year"]["graduates"] == [f"g{n:02}" for n in range(seniors)]
    the_day = tiny_school.activate().plan(yes=True)
    assert operations(forecast.doc) == operations(the_day.doc) != {}
    assert (forecast.exit_code, forecast.doc["held"]) == (the_day.exit_code, the_day.doc["held"])


def test_without_a_next_year_there_is_no_forecast(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.year(SCHEDULING, "future").write()
    assert tiny_school.run("forecast").exit_code == 4


def test_a_preview_of_the_setting_sends_and_saves_nothing(tiny_school: TinySchool) -> None:
    tiny_school.student("new", **NEWCOMER).sync()
    preview = tiny_school.plan("--send-scheduling-year", "yes")
    assert preview.op("student", "new") == "create"
    assert tiny_school.account("student", "new") is None
    assert "send_scheduling_year = false" in (tiny_school.folder / "dayzero.toml").read_text(encoding="utf-8")
    assert tiny_school.plan().op("student", "new") is None


@pytest.mark.parametrize("year", [SCHEDULING, "2029"])
def test_at_no_the_year_does_not_change_early_either(tiny_school: TinySchool, year: str) -> None:
    """The portal has never heard of the year that comes."""
    tiny_school.year("2029", "future").student("s1", enrolled={ACTIVE: "9", year: "10"})
    tiny_school.student("s0", enrolled={ACTIVE: "10", year: "11"}).sync()
    before = tiny_school.accounts()
    tiny_school.activate(year).sync_settings["today"] = WINTER
    held = tiny_school.sync()
    assert (held.exit_code, [h["op"] for h in held.doc["held"]]) == (3, ["change-of-year"])
    assert held.doc["change_of_year"]["to"] == year
    assert tiny_school.accounts() == before
    tiny_school.sync_settings["today"] = LAST_DAYS
    assert tiny_school.sync().exit_code == 0


def test_to_another_year_than_the_one_that_was_scheduled_it_changes_only_if_released(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: "9", SCHEDULING: "10", "2029": "11"})
    tiny_school.student("s0", enrolled={ACTIVE: "10", SCHEDULING: "11", "2029": "12"}, entry={SCHEDULING: 0})
    tiny_school.year("2029", "future").sync(yes=True)
    skipped = tiny_school.activate("2029").sync()
    assert (skipped.exit_code, [h["op"] for h in skipped.doc["held"]]) == (3, ["change-of-year"])
    assert tiny_school.sync(allow="change-of-year=1").exit_code == 0


def test_a_parent_of_somebody_who_is_held_is_moved_on_as_their_children_are(tiny_school: TinySchool) -> None:
    """The year of a child who was expected and is held has come: nobody of the family is in the one after it."""
    expected = class_of(tiny_school, 12, "e", **PROMOTED)
    tiny_school.student("stays", **PROMOTED).contact("of-two", children=["e00", "stays"])
    tiny_school.contact("of-seniors", children=["e01", "g00"]).student("g00", enrolled={ACTIVE: "12"})
    tiny_school.sync(yes=True)
    for ident in expected:
        tiny_school.forget_student(ident)
    tiny_school.year("2029", "scheduling").year(SCHEDULING, "active").year(ACTIVE, "past")
    tiny_school.sync_settings["today"] = date(2027, 7, 1)
    tiny_school.student("s0", enrolled={SCHEDULING: "11", "2029": "12"}, entry={"2029": 0})
    turned = tiny_school.sync(yes=True)
    assert turned.exit_code == 3
    accounts = tiny_school.accounts()
    for child in ("e00", "e01", "stays"):
        assert accounts["student", child]["years"] == ["active"]
    for parent in ("of-two", "of-seniors", "me00"):
        assert (accounts["parent", parent]["years"], accounts["parent", parent]["new"]) == (["active"], False)


def test_a_change_that_is_held_does_not_leave_anybody_in_a_year_that_is_past(tiny_school: TinySchool) -> None:
    ids = class_of(tiny_school, 3, "p", **PROMOTED)
    tiny_school.student("new", **NEWCOMER).contact("mnew", children=["new"])
    tiny_school.sync(yes=True)
    tiny_school.limits["update"] = 0
    for ident in (*ids, "new"):
        tiny_school.edit("students", {"student_id": ident}, given_name="Renamed")
        tiny_school.edit("contacts", {"contact_id": f"m{ident}"}, given_name="Renamed")
    turned = tiny_school.activate().sync(yes=True)
    assert (turned.exit_code, {h["op"] for h in turned.doc["held"]}) == (3, {"update"})
    for ident in (*ids, "new"):
        for account in (tiny_school.account("student", ident), tiny_school.account("parent", f"m{ident}")):
            assert account["given_name"] != "Renamed"
            assert (account["years"], account["new"]) == (["active"], False)
    assert tiny_school.account("student", "p00")["grade_level"] == "10"


@pytest.mark.parametrize(("seniors", "yes"), [(14, True), (14, False), (2, True)])
def test_after_a_change_of_year_a_second_plan_has_nothing_to_do(
    tiny_school: TinySchool, seniors: int, yes: bool
) -> None:
    """Whoever is held has gone on with the year: nothing of the one that is past waits for another night."""
    ids = class_of(tiny_school, seniors)
    class_of(tiny_school, 3, "p", **PROMOTED)
    for year in (ACTIVE, SCHEDULING):
        tiny_school.row("courses", course_id="ENG", year_id=year, title="English", grade_levels="9|10|11|12")
    tiny_school.sync(yes=yes)
    turned = tiny_school.activate().sync(yes=yes)
    assert (turned.exit_code, bool(turned.doc["held"])) == ((3, True) if seniors > 10 else (0, False))
    assert {c["year_id"] for c in tiny_school.get("/courses", limit=100)["items"]} == {SCHEDULING}
    again = tiny_school.plan(yes=yes)
    assert [o for o in again.doc["operations"] if not o["held"]] == []
    assert (set(ids) <= tiny_school.working("student")) == (seniors > 10)


def test_a_refusal_on_the_day_of_the_turn_moves_the_parent_on_as_well(tiny_school: TinySchool) -> None:
    """Whose account is held with the children's, and who is refused one of them, is in no year that is past."""
    class_of(tiny_school, 14)
    tiny_school.contact("both", children=["g00", "g01"]).contact("other", children=["g00", "g01"])
    tiny_school.sync(yes=True)
    tiny_school.edit("relationships", {"contact_id": "both", "student_id": "g00"}, portal_access="no")
    turned = tiny_school.activate().sync(yes=True)
    assert turned.exit_code == 3
    both, other = (tiny_school.account("parent", ident) for ident in ("both", "other"))
    assert (both["status"], both["children"], both["years"]) == ("pending", ["g01"], [])
    assert (other["children"], other["years"]) == (["g00", "g01"], [])


def test_a_refusal_to_a_parent_in_doubt_moves_them_on_as_well(tiny_school: TinySchool) -> None:
    tiny_school.student("stays", **PROMOTED).contact("mother", children=["stays", "s0"], birth_date="1980-01-01")
    assert tiny_school.sync(yes=True).exit_code == 0
    tiny_school.edit("contacts", {"contact_id": "mother"}, given_name="Zacharias", family_name="Else")
    tiny_school.edit("contacts", {"contact_id": "mother"}, birth_date="2001-01-01", primary_email="z@homes.example")
    tiny_school.edit("relationships", {"contact_id": "mother", "student_id": "s0"}, portal_access="no")
    turned = tiny_school.activate().sync(yes=True)
    assert [d["person_id"] for d in turned.doc["doubts"]] == ["mother"]
    mother = tiny_school.account("parent", "mother")
    assert (mother["children"], mother["years"]) == (["stays"], ["active"])


def test_a_read_that_shrank_moves_who_stays_on_as_well(tiny_school: TinySchool) -> None:
    """Nobody is taken anything, and nobody stays in a year that is past: who was promoted, and who was to come."""
    for n in range(3):
        tiny_school.student(f"p{n}", **PROMOTED).student(f"g{n}", enrolled={ACTIVE: "12"})
    tiny_school.student("new", **NEWCOMER).contact("mother", children=["p0"])
    tiny_school.limits |= {"shrink": "10%", "from_accounts": 1}
    tiny_school.sync(yes=True)
    turned = tiny_school.activate().sync(yes=True)
    assert (turned.exit_code, turned.doc["held"][0]["limit"]) == (3, 0)
    for ident in ("p0", "p1", "p2", "new", "s0"):
        account = tiny_school.account("student", ident)
        assert (account["years"], account["next_grade_level"], account["new"]) == (["active"], None, False), ident
    assert tiny_school.account("parent", "mother")["years"] == ["active"]
    assert [tiny_school.account("student", f"g{n}")["years"] for n in range(3)] == [[]] * 3


def test_who_is_held_because_the_read_shrank_at_the_turn_is_held_until_somebody_looks(tiny_school: TinySchool) -> None:
    for n in range(4):
        tiny_school.student(f"p{n}", **PROMOTED)
    for n in range(3):
        tiny_school.student(f"g{n}", enrolled={ACTIVE: "12"})
    tiny_school.limits |= {"shrink": "25%", "from_accounts": 1}
    tiny_school.sync(yes=True)
    for _ in range(3):
        tiny_school.activate()
        held = tiny_school.sync(yes=True)
        assert (held.exit_code, [h["allow"] for h in held.doc["held"]]) == (3, ["disable=3"])
        assert tiny_school.status("student", "g0") == "pending"
    assert tiny_school.sync(yes=True, allow="disable=3").exit_code == 0
    assert tiny_school.status("student", "g0") == "disabled"
    assert tiny_school.sync(yes=True).exit_code == 0
