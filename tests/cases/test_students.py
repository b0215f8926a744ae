"""Cases 17-28, 30: students."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

pytestmark = pytest.mark.slow


def grades(school: TinySchool, student: str) -> tuple[str | None, str | None]:
    """Return this year's and next year's grade on the portal."""
    account = school.account("student", student)
    return account["grade_level"], account["next_grade_level"]


def test_case_17_a_user_name_is_enough(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = ["email", "username"]
    tiny_school.student("s1", "", username="ada.l").sync()
    assert tiny_school.account("student", "s1")["login"] == "ada.l"


def test_case_18_spaces_are_blank(tiny_school: TinySchool) -> None:
    assert tiny_school.student("s1", "   ").plan().reason("student", "s1") == "no-login"


def test_case_18_n_a_is_a_user_name_shared_by_many(tiny_school: TinySchool) -> None:
    planned = tiny_school.student("s1", "n/a").student("s2", "N/A").student("s3", "n/a").plan()
    assert {planned.reason("student", s) for s in ("s1", "s2", "s3")} == {"duplicate-login"}


def test_case_19_a_wrong_login_field_shows_in_the_plan(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = "phone"
    planned = tiny_school.student("s1", phone="555 0100").plan()
    assert planned.operation("student", "s1")["changes"]["login"] == [None, "555 0100"]


def test_case_20_two_newcomers_with_one_login_get_neither(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("s1", "a@pupils.example").student("s2", "a@pupils.example").sync()
    assert synced.reason("student", "s1") == synced.reason("student", "s2") == "duplicate-login"
    assert tiny_school.working("student") == {"s0"}


def test_case_21_promoted(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    assert grades(tiny_school, "s1") == ("9", "10")


def test_case_22_retained(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: "9", SCHEDULING: "9"}).sync(yes=True)
    assert grades(tiny_school, "s1") == ("9", "9")
    assert tiny_school.account("student", "s1")["years"] == ["active", "scheduling"]


def test_case_23_in_active_not_in_scheduling_is_a_finding(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("forgotten").sync(yes=True)
    assert "forgotten" in tiny_school.working("student")
    assert "forgotten" in str(synced.findings("in-active-not-in-scheduling"))
    assert "'s0'" not in str(synced.findings("in-active-not-in-scheduling"))
    rolled = tiny_school.activate().sync()
    assert (rolled.op("student", "forgotten"), rolled.reason("student", "forgotten")) == ("disable", "not-enrolled")


def test_case_23_at_no_nobody_is_missed_from_the_scheduling_year(tiny_school: TinySchool) -> None:
    assert tiny_school.student("s1").plan().findings("in-active-not-in-scheduling") == []


def test_case_24_a_senior_stays_and_gets_no_next_grade(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).sync(yes=True)
    assert grades(tiny_school, "senior") == ("12", None)
    assert tiny_school.account("student", "senior")["years"] == ["active"]


def test_case_25_withdrawn_and_copied_as_inactive(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: "9", SCHEDULING: ("10", "inactive")}, withdrawn={ACTIVE: 80})
    tiny_school.contact("c1", children=["s1"])
    planned = tiny_school.plan(yes=True)
    assert planned.reason("student", "s1") == "withdrawn"
    assert planned.reason("parent", "c1") == "no-sent-student"
    assert planned.op("student-record", "s1") is None


def test_case_25_inactive_in_both_years(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: ("9", "inactive"), SCHEDULING: ("10", "inactive")})
    assert tiny_school.plan(yes=True).reason("student", "s1") == "not-enrolled"


def test_case_26_withdrawn_between_years_loses_the_account(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).contact("c1", children=["s1"]).sync(yes=True)
    tiny_school.code("s1", SCHEDULING, 0, "W")
    synced = tiny_school.sync(yes=True)
    assert synced.reason("student", "s1") == "withdrawn"
    assert synced.reason("parent", "c1") == "no-sent-student"
    assert tiny_school.status("student", "s1") == tiny_school.status("parent", "c1") == "disabled"


def test_case_27_re_enrolled_with_the_old_id(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    made = tiny_school.account("student", "s1")
    tiny_school.forget_student("s1").sync()
    assert tiny_school.status("student", "s1") == "disabled"
    assert tiny_school.student("s1", **NEWCOMER).sync(yes=True).op("student", "s1") == "enable"
    assert tiny_school.account("student", "s1")["created_at"] == made["created_at"]


def test_case_27_a_new_id_with_the_same_name_and_birth_date_is_flagged(tiny_school: TinySchool) -> None:
    same = {"given_name": "Kim", "family_name": "Lee", "birth_date": "2011-03-04"}
    tiny_school.student("old", **same).student("new", **same, **NEWCOMER)
    tiny_school.student("twin", **{**same, "given_name": "Kit"})
    synced = tiny_school.sync(yes=True)
    flagged = str(synced.findings("likely-duplicate-person"))
    assert synced.findings("likely-duplicate-person")
    assert "twin" not in flagged
    assert {"old", "new", "twin"} <= tiny_school.working("student")


def test_case_28_from_school_a_to_school_b_next_year(tiny_school: TinySchool, tmp_path: Path) -> None:
    """Two accounts of one login, each with a password of its own; A's ends at A's change of year and B's lives on."""
    a, b = tiny_school, TinySchool(tmp_path / "b", tiny_school.cloud, "b")
    a.student("kim", "kim@pupils.example").sync(yes=True)
    assert b.student("77", "kim@pupils.example", **NEWCOMER).sync(yes=True).exit_code == 0
    assert a.account("student", "kim")["login"] == b.account("student", "77")["login"]
    a.sign_in("student", "kim", "A-secret1")
    assert not b.has_password("student", "77")
    b.sign_in("student", "77", "B-secret1")
    assert a.has_password("student", "kim", "A-secret1")
    assert b.has_password("student", "77", "B-secret1")
    at_b = b.accounts()
    assert a.activate().sync(yes=True).exit_code == 0
    assert a.status("student", "kim") == "disabled"
    assert b.accounts() == at_b
    b.activate().sync()
    after = b.account("student", "77")
    assert (after["status"], after["years"], after["new"]) == ("active", ["active"], False)
    assert b.has_password("student", "77", "B-secret1")
    assert a.status("student", "kim") == "disabled"


def test_case_30_a_changed_name_updates_in_place(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", given_name="Jo").sync()
    synced = tiny_school.student("s1", given_name="Joanna", enrolled={ACTIVE: "10"}).sync()
    operation = synced.operation("student", "s1")
    assert operation["op"] == "update"
    assert operation["changes"] == {"given_name": ["Jo", "Joanna"], "grade_level": ["9", "10"]}
    assert tiny_school.account("student", "s1")["given_name"] == "Joanna"


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ({"enrolled": {}, "withdrawn": {ACTIVE: 3}, "email": ""}, "not-enrolled"),
        ({"withdrawn": {ACTIVE: 3}, "email": ""}, "withdrawn"),
        ({"enrolled": {SCHEDULING: "9"}, "email": ""}, "no-entry-on-day-0"),
        ({"email": ""}, "no-login"),
        ({"enrolled": {ACTIVE: "9", SCHEDULING: "10"}, "withdrawn": {ACTIVE: 3}}, "withdrawn"),
        ({"enrolled": {ACTIVE: ("9", "inactive"), SCHEDULING: "10"}}, "no-entry-on-day-0"),
        ({"enrolled": {SCHEDULING: "9"}, "withdrawn": {SCHEDULING: 3}}, "withdrawn"),
    ],
)
def test_the_first_reason_that_holds_is_shown(tiny_school: TinySchool, student: dict[str, object], reason: str) -> None:
    assert tiny_school.student("s1", **student).plan(yes=True).reason("student", "s1") == reason


def test_withdrawn_this_year_and_entered_for_the_next_is_new(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED, entry={SCHEDULING: 0}, withdrawn={ACTIVE: 50}).sync(yes=True)
    account = tiny_school.account("student", "s1")
    assert (account["new"], account["years"]) == (True, ["scheduling"])


@pytest.mark.parametrize("student", [{"enrolled": {}}, {"withdrawn": {ACTIVE: 9}}])
def test_leavers_are_disabled(tiny_school: TinySchool, student: dict[str, object]) -> None:
    tiny_school.student("s1").sync()
    synced = tiny_school.student("s1", **student).sync()
    assert synced.withheld("student", "s1")["account"] == "disable"
    assert tiny_school.status("student", "s1") == "disabled"
    again = tiny_school.sync()
    assert again.doc["operations"] == []
    assert again.withheld("student", "s1")["account"] == "none"


def test_a_blanked_login_does_not_take_a_working_account_away(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    before = tiny_school.account("student", "s1")
    synced = tiny_school.student("s1", "", given_name="Renamed").sync()
    assert (synced.reason("student", "s1"), synced.withheld("student", "s1")["account"]) == ("no-login", "kept")
    assert tiny_school.account("student", "s1") == before


def test_someone_gone_from_every_table_is_not_enrolled(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    tiny_school.forget_student("s1").remove("contacts", contact_id="c1")
    synced = tiny_school.sync()
    assert synced.reason("student", "s1") == "not-enrolled"
    assert synced.reason("parent", "c1") == "no-sent-student"
