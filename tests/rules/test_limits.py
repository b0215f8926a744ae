"""What limits count, how they are reckoned, what is held, what releases it. Cases 55, 57."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool


def crowd(school: TinySchool, size: int, **changes: Any) -> TinySchool:
    """Put ``size`` students p01, p02 ... into the school, or change the first ``size`` of them."""
    for number in range(1, size + 1):
        school.student(f"p{number:02}", **changes)
    return school


def leave(school: TinySchool, count: int) -> TinySchool:
    """Withdraw the first ``count`` of the crowd."""
    return crowd(school, count, withdrawn={ACTIVE: 50})


@pytest.mark.parametrize(("leavers", "held"), [(10, False), (11, True)])
def test_below_from_accounts_percentages_are_taken_of_it(tiny_school: TinySchool, leavers: int, held: bool) -> None:
    crowd(tiny_school, 20).sync()
    synced = leave(tiny_school, leavers).sync()
    assert synced.exit_code == (3 if held else 0)
    assert ("disable", "student") in synced.held() or not held


@pytest.mark.parametrize(("leavers", "held"), [(1, False), (2, True)])
def test_percentages_are_of_working_accounts_rounded_down(tiny_school: TinySchool, leavers: int, held: bool) -> None:
    tiny_school.limits["from_accounts"] = 5
    crowd(tiny_school, 18).sync()  # 19 students on the portal with s0: a tenth is 1
    planned = leave(tiny_school, leavers).plan()
    assert planned.exit_code == (3 if held else 0)
    if held:
        assert planned.held()["disable", "student"] == {
            "op": "disable", "kind": "student", "count": 2, "limit": 1, "allow": "disable=2",
        }  # fmt: skip


def test_disabled_accounts_do_not_widen_the_limit(tiny_school: TinySchool) -> None:
    tiny_school.limits["from_accounts"] = 5
    crowd(tiny_school, 19).sync()  # 20: a tenth is 2
    assert leave(tiny_school, 2).sync().exit_code == 0
    assert leave(tiny_school, 4).plan().held()["disable", "student"]["limit"] == 1


def test_all_counted_operations_of_the_kind_are_held_and_the_rest_is_sent(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 2
    crowd(tiny_school, 5).contact("c1", children=["p01"]).sync()
    synced = leave(tiny_school, 3).student("newcomer").sync()
    assert synced.exit_code == 3
    assert {o["id"] for o in synced.doc["operations"] if o["held"]} == {"p01", "p02", "p03", "c1"}
    assert {"p01", "p02", "p03", "newcomer"} <= tiny_school.working("student")
    assert tiny_school.status("parent", "c1") == "pending", "a child who is held keeps the parent"


def test_allow_releases_exactly_what_was_held_over_both_kinds(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 1
    crowd(tiny_school, 3).contact("c1", children=["p01"]).contact("c2", children=["p02"]).sync()
    held = leave(tiny_school, 3).sync()
    assert {h["allow"] for h in held.doc["held"]} == {"disable=5"}
    assert [h["count"] for h in (held.held()["disable", "student"], held.held()["disable", "parent"])] == [3, 2]
    before = tiny_school.accounts()
    for wrong in ("disable=3", "disable=4", "disable=6"):
        assert tiny_school.sync(allow=wrong).exit_code == 3
        assert tiny_school.accounts() == before
    assert tiny_school.sync(allow="disable=5").exit_code == 0
    assert tiny_school.working("student") == {"s0"}
    assert tiny_school.working("parent") == {"c0"}


def test_allow_counts_the_held_kind_only(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 1
    crowd(tiny_school, 3).contact("c1", children=["p01"]).sync()
    assert leave(tiny_school, 3).plan().held()["disable", "student"]["allow"] == "disable=3"


def test_allow_for_what_is_not_held_is_refused(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    before = tiny_school.accounts()
    assert tiny_school.student("s1", enrolled={}).sync(allow="disable=5").exit_code in (2, 3)
    assert tiny_school.accounts() == before


def test_on_breach_stop_sends_nothing(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(disable=0, on_breach="stop")
    tiny_school.student("s1").sync()
    before = tiny_school.revision()
    assert tiny_school.student("s1", enrolled={}).student("s2").sync().exit_code == 3
    assert tiny_school.revision() == before


def test_none_is_no_limit(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = "none"
    crowd(tiny_school, 15).sync()
    assert leave(tiny_school, 15).sync().exit_code == 0
    assert tiny_school.working("student") == {"s0"}


def test_update_counts_renames_and_lost_children_only(tiny_school: TinySchool) -> None:
    tiny_school.limits["update"] = 0
    tiny_school.student("s1").student("s2", **PROMOTED).contact("c1", children=["s0", "s1"])
    tiny_school.contact("c2", children=["s0"]).sync()
    tiny_school.student("s1", given_name="Renamed").contact("c1", children=["s0"])
    synced = tiny_school.contact("c2", children=["s0", "s2"]).sync(yes=True)
    assert {o["id"] for o in synced.doc["operations"] if o["held"]} == {"s1", "c1"}
    assert tiny_school.account("student", "s2")["next_grade_level"] == "10"
    assert tiny_school.account("parent", "c2")["children"] == ["s0", "s2"]
    assert tiny_school.account("parent", "c1")["children"] == ["s0", "s1"]


def test_the_calendar_alone_is_never_held(tiny_school: TinySchool) -> None:
    tiny_school.limits["update"] = 0
    crowd(tiny_school, 5, **PROMOTED).contact("c1", children=["p01"]).sync()
    assert tiny_school.sync(yes=True).exit_code == 0
    assert tiny_school.activate().sync().exit_code == 0
    assert tiny_school.account("student", "p01")["grade_level"] == "10"


def test_create_is_not_limited_below_from_accounts(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(create="10%", from_accounts=5)
    assert crowd(tiny_school, 20).sync().exit_code == 0


def test_create_is_limited_from_from_accounts_on(tiny_school: TinySchool) -> None:
    tiny_school.limits.update(create="10%", from_accounts=20)
    crowd(tiny_school, 19).sync()
    synced = tiny_school.student("n1").student("n2").student("n3").sync()
    assert synced.exit_code == 3
    assert (synced.held()["create", "student"]["limit"], synced.held()["create", "student"]["count"]) == (2, 3)
    assert "n1" not in tiny_school.working("student")


def test_limits_are_judged_by_the_portal_not_by_the_journal(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1").sync()
    for file in sorted((tiny_school.folder / ".dayzero").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    assert tiny_school.student("s1", enrolled={}).sync().exit_code == 3
    assert tiny_school.status("student", "s1") == "pending"


def test_case_55_a_second_sync_reports_no_change(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 5).student("n1", **NEWCOMER).contact("c1", children=["n1", "p01"]).sync(yes=True)
    again = tiny_school.sync(yes=True)
    assert again.doc["operations"] == []
    applied = again.doc["applied"]
    assert not any(applied[k][op] for k in ("student", "parent") for op in ("create", "update", "disable", "enable"))
    assert not any(applied["records"].values())


def test_case_57_an_empty_student_file_stops(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 30).sync()
    before = tiny_school.accounts()
    tiny_school.rows["students"] = []
    assert tiny_school.sync().exit_code == 4
    assert tiny_school.accounts() == before


def test_case_57_half_the_rows_gone_is_held(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 30).sync()
    before = tiny_school.accounts()
    for number in range(1, 16):
        tiny_school.forget_student(f"p{number:02}")
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert held.held()["disable", "student"]["count"] == 15
    assert tiny_school.accounts() == before


def test_case_5_the_count_is_shown_before_anyone_is_disabled(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12, **NEWCOMER).sync(yes=True)
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert held.doc["counts"]["student"]["disable"] == 12
    assert {"p01", "p12"} <= tiny_school.working("student")
    assert tiny_school.sync(allow="disable=12").exit_code == 0
    assert tiny_school.working("student") == {"s0"}


def test_a_year_without_roll_over_holds_nobody(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12, enrolled={ACTIVE: "9", SCHEDULING: "10"}).sync(yes=True)
    assert tiny_school.activate().sync().exit_code == 0


def test_a_setting_that_holds_leavers_is_saved_and_keeps_them(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12, **NEWCOMER).sync(yes=True)
    tiny_school.write(yes=True)
    held = tiny_school.run("settings", "send-scheduling-year", "no", "--yes")
    assert held.exit_code == 3
    assert {"p01", "p12"} <= tiny_school.working("student")
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes", "--allow", "disable=12").exit_code == 0
    assert "send_scheduling_year = false" in (tiny_school.folder / "dayzero.toml").read_text(encoding="utf-8")
    assert tiny_school.working("student") == {"s0"}
