"""Cases 1-3, 5-16: the setting, the years, Day 0 and entry codes."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, SCHOOL, TinySchool

pytestmark = pytest.mark.slow


def in_scheduling_year_with(school: TinySchool, *codes: tuple[int, str]) -> TinySchool:
    """Put ``s1`` into the scheduling year only, with these (day, code)s."""
    return school.student("s1", enrolled={SCHEDULING: "9"}, codes=[(SCHEDULING, day, code) for day, code in codes])


def test_case_1_the_setting_is_no_until_it_is_changed(tiny_school: TinySchool) -> None:
    config = tiny_school.student("s1", **NEWCOMER).write()
    config.write_text(config.read_text("utf-8").replace("send_scheduling_year = false\n", ""), "utf-8")
    synced = tiny_school.run("sync", "--yes")
    assert synced.doc["send_scheduling_year"] is False
    assert tiny_school.working("student") == {"s0"}


def test_case_2_yes_with_a_year_that_is_not_set_as_scheduling(tiny_school: TinySchool) -> None:
    refused = tiny_school.year(SCHEDULING, "future").sync(yes=True)
    assert refused.exit_code == 4
    assert "set it as the scheduling year" in refused.stderr
    assert tiny_school.accounts() == {}


def test_case_2_yes_without_that_year(tiny_school: TinySchool) -> None:
    tiny_school.remove("school_years", year_id=SCHEDULING)
    assert tiny_school.sync(yes=True).exit_code == 4
    assert tiny_school.accounts() == {}


def test_case_3_two_scheduling_years(tiny_school: TinySchool) -> None:
    assert tiny_school.year("2029", "scheduling").sync(yes=True).exit_code == 4
    assert tiny_school.accounts() == {}


def test_case_3_two_scheduling_years_are_wrong_at_no_too(tiny_school: TinySchool) -> None:
    assert tiny_school.year("2029", "scheduling").sync().exit_code == 4
    assert tiny_school.accounts() == {}


def test_case_3_scheduling_year_equals_active_year(tiny_school: TinySchool) -> None:
    tiny_school.remove("school_years", year_id=SCHEDULING)
    tiny_school.row("school_years", year_id=ACTIVE, starts_on="2026-08-25", ends_on="2027-06-12", role="scheduling")
    assert tiny_school.sync(yes=True).exit_code == 4
    assert tiny_school.accounts() == {}


def test_case_4_yes_starts_a_sync_at_once_and_never_a_second_one_beside_it(tiny_school: TinySchool) -> None:
    tiny_school.student("n1", **NEWCOMER)
    assert tiny_school.sync().exit_code == 0
    world, base = tiny_school.cloud.world, tiny_school.revision()
    other = world.open_sync(SCHOOL, kind="all-data", base_revision=base, plan_id="p", client="elsewhere")
    refused = tiny_school.run("settings", "send-scheduling-year", "yes", "--yes")
    assert refused.exit_code == 5
    assert "elsewhere" in refused.stderr
    assert tiny_school.account("student", "n1") is None
    assert [s["state"] for s in tiny_school.get("/syncs")["items"]].count("open") == 1
    world.abandon(SCHOOL, other["sync_id"])
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    assert tiny_school.status("student", "n1") == "pending"


def test_case_5_yes_no_yes_enables_the_same_accounts(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).contact("c1", children=["s1"]).sync(yes=True)
    before = tiny_school.accounts()
    tiny_school.sync()
    assert tiny_school.status("student", "s1") == tiny_school.status("parent", "c1") == "disabled"
    back = tiny_school.sync(yes=True)
    assert (back.op("student", "s1"), back.op("parent", "c1")) == ("enable", "enable")
    assert tiny_school.accounts() == before


def test_case_6_active_year_changed_while_yes(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).sync(yes=True)
    synced = tiny_school.activate().sync(yes=True)
    assert synced.exit_code == 0
    assert [f["severity"] for f in synced.findings("no-scheduling-year")] == ["notice"]
    assert "error" not in synced.severities()
    assert tiny_school.working("student") == {"s0", "s1"}


def test_case_7_active_year_rolled_back(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).sync(yes=True)
    before = tiny_school.accounts()
    tiny_school.activate().sync()
    assert tiny_school.status("student", "senior") == "disabled"
    assert tiny_school.year(ACTIVE, "active").year(SCHEDULING, "scheduling").sync(yes=True).exit_code == 3
    assert tiny_school.status("student", "senior") == "disabled", "a year that is past does not come back by itself"
    back = tiny_school.sync(yes=True, allow="change-of-year=1")
    assert (back.op("student", "senior"), back.doc["counts"]["student"]["create"]) == ("enable", 0)
    assert tiny_school.accounts() == before


def test_case_8_entry_on_day_0(tiny_school: TinySchool) -> None:
    in_scheduling_year_with(tiny_school, (0, "E")).sync(yes=True)
    assert tiny_school.status("student", "s1") == "pending"


def test_case_9_no_code_at_all(tiny_school: TinySchool) -> None:
    assert in_scheduling_year_with(tiny_school).plan(yes=True).reason("student", "s1") == "no-entry-on-day-0"


def test_case_10_entry_on_day_5_waits_for_the_year_and_says_the_day(tiny_school: TinySchool) -> None:
    withheld = in_scheduling_year_with(tiny_school, (5, "E")).plan(yes=True).withheld("student", "s1")
    assert withheld["reason"] == "no-entry-on-day-0"
    assert "5" in withheld["detail"]
    tiny_school.activate().sync()
    assert tiny_school.status("student", "s1") == "pending"


def test_case_11_re_entry_counts_only_where_configured(tiny_school: TinySchool) -> None:
    in_scheduling_year_with(tiny_school, (0, "R"))
    assert tiny_school.plan(yes=True).reason("student", "s1") == "no-entry-on-day-0"
    tiny_school.sync_settings["entry_codes"] = ["E", "R"]
    assert tiny_school.plan(yes=True).op("student", "s1") == "create"


@pytest.mark.parametrize("codes", [[(0, "W")], [(0, "E"), (0, "W")], [(0, "W"), (0, "E")], [(0, "E"), (40, "W")]])
def test_case_12_withdrawn_from_the_scheduling_year(tiny_school: TinySchool, codes: list[tuple[int, str]]) -> None:
    assert in_scheduling_year_with(tiny_school, *codes).plan(yes=True).reason("student", "s1") == "withdrawn"


def test_case_12_the_latest_code_is_the_truth(tiny_school: TinySchool) -> None:
    in_scheduling_year_with(tiny_school, (0, "E"), (40, "W"), (60, "E"))
    assert tiny_school.plan(yes=True).op("student", "s1") == "create"


def test_case_12_a_withdrawal_cancels_the_entry_of_its_day(tiny_school: TinySchool) -> None:
    in_scheduling_year_with(tiny_school, (0, "E"), (0, "W"), (5, "E"))
    assert tiny_school.plan(yes=True).reason("student", "s1") == "no-entry-on-day-0"


def test_case_13_entry_code_removed_later(tiny_school: TinySchool) -> None:
    in_scheduling_year_with(tiny_school, (0, "E")).student("s2", **PROMOTED, entry={SCHEDULING: 0}).sync(yes=True)
    in_scheduling_year_with(tiny_school).student("s2", **PROMOTED)
    synced = tiny_school.sync(yes=True)
    assert synced.withheld("student", "s1")["account"] == "disable"
    assert synced.reason("student", "s1") == "no-entry-on-day-0"
    assert tiny_school.status("student", "s1") == "disabled"
    assert tiny_school.status("student", "s2") == "pending"


@pytest.mark.parametrize("code", ["e", " E ", "E"])
def test_case_14_codes_compare_trimmed_and_in_any_case(tiny_school: TinySchool, code: str) -> None:
    assert in_scheduling_year_with(tiny_school, (0, code)).plan(yes=True).op("student", "s1") == "create"


def test_case_14_a_description_is_no_code(tiny_school: TinySchool) -> None:
    planned = in_scheduling_year_with(tiny_school, (0, "Entry")).plan(yes=True)
    assert planned.reason("student", "s1") == "no-entry-on-day-0"


def test_case_15_excused_marks_on_day_3_make_nobody_new(tiny_school: TinySchool) -> None:
    for student in ("s1", "s2"):
        tiny_school.student(student, enrolled={SCHEDULING: "9"}).code(student, SCHEDULING, 3, "E", number=14)
    planned = tiny_school.plan(yes=True)
    assert planned.reason("student", "s1") == planned.reason("student", "s2") == "no-entry-on-day-0"


def test_case_16_day_0_missing_from_the_whole_export(tiny_school: TinySchool) -> None:
    tiny_school.remove("calendar_codes", year_id=SCHEDULING)
    in_scheduling_year_with(tiny_school, (1, "E"))
    refused = tiny_school.sync(yes=True)
    assert refused.exit_code == 4
    assert "Day 0" in refused.stderr
    assert tiny_school.accounts() == {}


def test_case_16_nobody_new_needs_no_day_0(tiny_school: TinySchool) -> None:
    tiny_school.remove("calendar_codes", year_id=SCHEDULING)
    assert tiny_school.sync(yes=True).exit_code == 0
