"""R1-R7, R31-R35, R40: which years are sent, and who belongs to them."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool


def test_r1_setting_no_sends_the_active_year_only(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2", **NEWCOMER)
    tiny_school.contact("c1", children=["s1"]).contact("c2", children=["s2"])
    synced = tiny_school.sync()
    assert synced.exit_code == 0
    assert tiny_school.working("student") == {"s0", "s1"}
    assert tiny_school.working("parent") == {"c0", "c1"}
    assert synced.reason("student", "s2") == "not-enrolled"
    assert synced.reason("parent", "c2") == "no-sent-student"


def test_r1_at_no_the_scheduling_year_is_not_looked_at(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED)
    tiny_school.sync()
    account = tiny_school.account("student", "s1")
    assert (account["grade_level"], account["next_grade_level"], account["years"]) == ("9", None, ["active"])


def test_r2_setting_yes_adds_the_scheduling_year_and_takes_nobody_away(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2", **NEWCOMER)
    tiny_school.contact("c1", children=["s1"]).contact("c2", children=["s2"])
    tiny_school.sync(yes=True)
    assert tiny_school.working("student") == {"s0", "s1", "s2"}
    assert tiny_school.working("parent") == {"c0", "c1", "c2"}


@pytest.mark.parametrize("role", ["future", "past"])
def test_r3_yes_without_a_scheduling_year_is_refused(tiny_school: TinySchool, role: str) -> None:
    tiny_school.sync()
    before = tiny_school.revision()
    tiny_school.year(SCHEDULING, role)
    refused = tiny_school.sync(yes=True)
    assert refused.exit_code == 4
    assert "scheduling year" in refused.stderr
    assert tiny_school.revision() == before


def test_r3_after_the_roll_over_yes_behaves_as_no_with_a_notice(tiny_school: TinySchool) -> None:
    tiny_school.sync(yes=True)
    tiny_school.activate()
    synced = tiny_school.sync(yes=True)
    assert synced.exit_code == 0
    assert [f["severity"] for f in synced.findings("no-scheduling-year")] == ["notice"]
    assert tiny_school.account("student", "s0")["years"] == ["active"]


def test_r4_setting_yes_starts_one_all_data_sync_at_once(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).sync()
    tiny_school.write()
    done = tiny_school.run("settings", "send-scheduling-year", "yes", "--yes")
    assert done.exit_code == 0
    assert done.doc["applied"]["student"]["create"] == 1
    assert "s1" in tiny_school.working("student")
    assert "send_scheduling_year = true" in (tiny_school.folder / "dayzero.toml").read_text(encoding="utf-8")


def test_r4_a_refused_setting_is_not_saved(tiny_school: TinySchool) -> None:
    config = tiny_school.year(SCHEDULING, "future").write()
    before = config.read_bytes()
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 4
    assert config.read_bytes() == before
    assert tiny_school.accounts() == {}


def test_r5_accounts_of_both_kinds_travel_in_one_sync(tiny_school: TinySchool) -> None:
    synced = tiny_school.sync()
    assert [s["plan_id"] for s in tiny_school.get("/syncs")["items"]] == [synced.doc["plan_id"]]
    assert set(tiny_school.accounts()) == {("student", "s0"), ("parent", "c0")}


def test_r6_entry_code_on_day_0_makes_new_in_the_scheduling_year(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).sync(yes=True)
    account = tiny_school.account("student", "s1")
    assert (account["new"], account["years"]) == (True, ["scheduling"])
    assert (account["grade_level"], account["next_grade_level"]) == ("9", "9")


def test_r6_a_returning_student_needs_no_entry_code(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    account = tiny_school.account("student", "s1")
    assert (account["new"], account["years"]) == (False, ["active", "scheduling"])


def test_r6_entry_on_day_0_of_another_year_does_not_count(tiny_school: TinySchool) -> None:
    planned = tiny_school.student("s1", enrolled={SCHEDULING: "9"}, entry={ACTIVE: 0}).plan(yes=True)
    assert planned.reason("student", "s1") == "no-entry-on-day-0"


def test_r7_an_excused_mark_is_no_entry_code(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={SCHEDULING: "9"}).code("s1", SCHEDULING, 0, "E", number=12)
    planned = tiny_school.plan(yes=True)
    assert planned.reason("student", "s1") == "no-entry-on-day-0"
    assert "notice" in {f["severity"] for f in planned.doc["findings"] if f["table"] == "calendar_codes"}


def test_r7_an_entry_code_in_the_range_counts(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={SCHEDULING: "9"}).code("s1", SCHEDULING, 0, "E", number=201)
    assert tiny_school.plan(yes=True).op("student", "s1") == "create"


def test_r7_a_withdrawal_counts_whatever_its_number(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").code("s1", ACTIVE, 30, "W", number=3)
    assert tiny_school.plan().reason("student", "s1") == "withdrawn"


def test_r31_changing_the_active_year_recreates_nobody(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).contact("c1", children=["s1"]).sync(yes=True)
    before = tiny_school.accounts()
    rolled = tiny_school.activate().sync()
    assert rolled.doc["counts"]["student"]["create"] == rolled.doc["counts"]["parent"]["create"] == 0
    after = tiny_school.account("student", "s1")
    assert after["created_at"] == before["student", "s1"]["created_at"]
    assert (after["years"], after["new"], after["grade_level"]) == (["active"], False, "9")


def test_r32_those_only_in_the_old_year_drop_out_after_the_change(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).sync()
    rolled = tiny_school.activate().sync()
    assert rolled.withheld("student", "senior")["account"] == "disable"
    assert rolled.reason("student", "senior") == "not-enrolled"


def test_r33_leaving_disables_and_returning_enables_the_same_account(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    made = tiny_school.account("student", "s1")
    tiny_school.student("s1", enrolled={}).sync()
    assert tiny_school.status("student", "s1") == "disabled"
    back = tiny_school.student("s1").sync()
    assert back.op("student", "s1") == "enable"
    assert tiny_school.account("student", "s1") == made


def test_r34_yes_to_no_shows_the_count_and_disables_scheduling_only_accounts(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).contact("c1", children=["s1"]).sync(yes=True)
    planned = tiny_school.plan()
    assert planned.doc["counts"]["student"]["disable"] == planned.doc["counts"]["parent"]["disable"] == 1
    tiny_school.sync()
    assert tiny_school.status("student", "s1") == tiny_school.status("parent", "c1") == "disabled"


def test_r35_an_applicant_without_enrollment_is_never_sent(tiny_school: TinySchool) -> None:
    planned = tiny_school.student("applicant", enrolled={}).plan(yes=True)
    assert planned.reason("student", "applicant") == "not-enrolled"


def test_r40_the_source_is_left_as_it_was(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).write(yes=True)
    export = tiny_school.folder / "export"
    before = {f.name: f.read_bytes() for f in export.iterdir()}
    tiny_school.run("sync", "--yes")
    assert {f.name: f.read_bytes() for f in export.iterdir()} == before
