"""R8-R12, R14-R18, R30, R36, R37: logins, parents, one account a person, what a sync leaves alone."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool


@pytest.mark.parametrize("login", ["a@pupils.example", "ada.l"])
def test_r8_e_mail_or_user_name_is_a_login(tiny_school: TinySchool, login: str) -> None:
    tiny_school.student("s1", login).sync()
    assert tiny_school.account("student", "s1")["login"] == login


def test_r8_blank_login_means_no_student_account(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("s1", "").sync()
    assert synced.exit_code == 0
    assert synced.withheld("student", "s1")["account"] == "none"
    assert synced.reason("student", "s1") == "no-login"


def test_r8_the_login_field_is_configured(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = ["email", "badge"]
    tiny_school.student("s1", "", badge="B-17").student("s2", "b@pupils.example", badge="B-18").sync()
    assert tiny_school.account("student", "s1")["login"] == "B-17"
    assert tiny_school.account("student", "s2")["login"] == "b@pupils.example"


def test_r9_a_parent_needs_tick_and_e_mail(tiny_school: TinySchool) -> None:
    tiny_school.contact("both", children=["s0"])
    tiny_school.contact("unticked", tick=False, children=["s0"]).contact("mailless", "", children=["s0"])
    synced = tiny_school.sync()
    assert tiny_school.working("parent") == {"c0", "both"}
    assert synced.reason("parent", "unticked") == "no-portal-access"
    assert synced.reason("parent", "mailless") == "no-email"


@pytest.mark.parametrize(
    "mail",
    [
        "granny",
        "a@nodot",
        "a@@x.example",
        "a b@x.example",
        "@x.example",
        "a@",
        "a@x.example b@x.example",
        "a\u00a0b@x.example",
        "a\x07@x.example",
    ],
)
def test_r9_what_is_no_e_mail_is_no_parent_login(tiny_school: TinySchool, mail: str) -> None:
    assert tiny_school.contact("c1", mail, children=["s0"]).plan().reason("parent", "c1") == "invalid-email"


@pytest.mark.parametrize("mail", ["o'neil@x.example", "zoë@schüle.example", "a+b@x.example"])
def test_r9_apostrophes_and_other_letters_are_fine(tiny_school: TinySchool, mail: str) -> None:
    tiny_school.contact("c1", mail, children=["s0"]).sync()
    assert tiny_school.account("parent", "c1")["login"] == mail


def test_r10_scheduling_year_accounts_follow_the_same_rules(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "", **NEWCOMER).student("s2", **NEWCOMER)
    tiny_school.contact("c1", tick=False, children=["s2"]).contact("c2", "", children=["s2"])
    planned = tiny_school.plan(yes=True)
    reasons = [planned.reason(*who) for who in (("student", "s1"), ("parent", "c1"), ("parent", "c2"))]
    assert reasons == ["no-login", "no-portal-access", "no-email"]


def test_r11_a_contact_of_no_sent_student_gets_nothing(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: ("9", "inactive")})
    planned = tiny_school.contact("c1", children=["s1"]).contact("c2").plan()
    assert planned.reason("parent", "c1") == planned.reason("parent", "c2") == "no-sent-student"


def test_r12_student_and_parent_are_judged_independently(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "").contact("c1", children=["s1"])
    tiny_school.student("s2").contact("c2", tick=False, children=["s2"]).sync()
    assert tiny_school.working("student") == {"s0", "s2"}
    assert tiny_school.working("parent") == {"c0", "c1"}


def test_r14_one_person_in_both_years_is_one_account(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED)
    tiny_school.edit("students", {"student_id": "s1"}, year_id=ACTIVE)
    tiny_school.row("students", student_id="s1", given_name="Other", family_name="Spelling", year_id=SCHEDULING)
    tiny_school.sync(yes=True)
    assert tiny_school.working("student") == {"s0", "s1"}
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"


def test_r14_people_of_one_name_are_two_accounts(tiny_school: TinySchool) -> None:
    same = {"given_name": "Kim", "family_name": "Lee"}
    tiny_school.student("s1", **same).student("s2", **same).sync()
    assert {"s1", "s2"} <= tiny_school.working("student")


def test_r15_one_contact_with_children_in_both_years_is_one_account(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2", **NEWCOMER).contact("c1", children=["s2", "s1"]).sync(yes=True)
    account = tiny_school.account("parent", "c1")
    assert account["children"] == ["s1", "s2"]
    assert (account["years"], account["new"]) == (["active", "scheduling"], False)


def test_r16_one_login_in_two_kinds_is_allowed(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "lee@homes.example").contact("c1", "lee@homes.example", children=["s0"]).sync()
    assert tiny_school.account("student", "s1")["login"] == tiny_school.account("parent", "c1")["login"]


def test_r17_a_synced_account_is_pending_and_has_no_password(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    for account in tiny_school.accounts().values():
        assert (account["status"], account["last_login_at"]) == ("pending", None)
        assert not [field for field in account if "password" in field]
        assert not tiny_school.has_password(account["kind"], account["person_id"])


def test_r18_the_same_input_twice_changes_nothing(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).sync(yes=True)
    before, revision = tiny_school.accounts(), tiny_school.revision()
    again = tiny_school.sync(yes=True)
    assert again.exit_code == 0
    assert again.doc["operations"] == []
    assert (tiny_school.accounts(), tiny_school.revision()) == (before, revision)


def test_r18_a_new_login_keeps_password_activation_and_history(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", "old@homes.example", children=["s0"]).sync()
    tiny_school.sign_in("parent", "c1", "Known2me")
    before = tiny_school.account("parent", "c1")
    tiny_school.contact("c1", "new@homes.example", children=["s0"]).sync()
    assert tiny_school.account("parent", "c1") == {**before, "login": "new@homes.example"}
    assert before["status"] == "active"
    assert tiny_school.has_password("parent", "c1", "Known2me")


def test_r18_who_comes_back_finds_password_and_history(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    tiny_school.sign_in("student", "s1", "Known2me")
    before = tiny_school.account("student", "s1")
    tiny_school.student("s1", enrolled={}).sync()
    assert tiny_school.status("student", "s1") == "disabled"
    tiny_school.student("s1").sync()
    assert tiny_school.account("student", "s1") == before
    assert tiny_school.has_password("student", "s1", "Known2me")


def test_r18_signing_in_is_no_change_to_sync(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.sign_in("student", "s0")
    assert tiny_school.sync().doc["operations"] == []


@pytest.mark.parametrize("enrolled", [{ACTIVE: "9", SCHEDULING: "10"}, {SCHEDULING: "10"}])
def test_r30_next_year_s_forms_go_by_the_scheduling_grade(tiny_school: TinySchool, enrolled: dict[str, str]) -> None:
    tiny_school.student("s1", enrolled=enrolled, entry={SCHEDULING: 0}).sync(yes=True)
    assert tiny_school.account("student", "s1")["next_grade_level"] == "10"


def test_r36_everybody_without_an_account_is_listed_once_with_reason_and_remedy(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "").student("s2", enrolled={}).student("s3", withdrawn={ACTIVE: 9})
    tiny_school.student("s4", enrolled={SCHEDULING: "9"})
    tiny_school.contact("c1", tick=False, children=["s0"]).contact("c2", "", children=["s0"]).contact("c3")
    synced = tiny_school.sync(yes=True)
    listed = [(w["kind"], w["person_id"]) for w in synced.doc["withheld"]]
    students, parents = {"s1", "s2", "s3", "s4"}, {"c1", "c2", "c3"}
    assert sorted(listed) == sorted([("student", i) for i in students] + [("parent", i) for i in parents])
    assert all(w["remedy"] and w["account"] == "none" for w in synced.doc["withheld"])


def test_r36_explain_gives_the_plan_s_reason(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "")
    assert tiny_school.explain("s1").doc["verdict"] == "no-login"
    assert tiny_school.explain("s0").doc["verdict"] == "granted"


def test_r37_the_active_year_s_login_wins_and_the_conflict_is_reported(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "now@pupils.example", **PROMOTED)
    tiny_school.edit("students", {"student_id": "s1"}, year_id=ACTIVE)
    names = {"given_name": "Given s1", "family_name": "Family s1"}
    tiny_school.row("students", student_id="s1", email="next@pupils.example", year_id=SCHEDULING, **names)
    synced = tiny_school.sync(yes=True)
    assert tiny_school.account("student", "s1")["login"] == "now@pupils.example"
    assert len(synced.findings("login-conflict-between-years")) == 1
    tiny_school.activate().sync()
    assert tiny_school.account("student", "s1")["login"] == "next@pupils.example"


def test_r37_at_no_the_other_year_raises_no_conflict(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "now@pupils.example", **PROMOTED)
    tiny_school.row(
        "students", student_id="s1", given_name="G", family_name="F", email="next@pupils.example", year_id=SCHEDULING
    )
    assert tiny_school.plan().findings("login-conflict-between-years") == []
