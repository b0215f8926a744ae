"""Cases 31-47: parents."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, SCHOOL, TinySchool

pytestmark = pytest.mark.slow


def test_case_31_tick_without_e_mail_and_e_mail_without_tick(tiny_school: TinySchool) -> None:
    planned = tiny_school.contact("c1", "", children=["s0"]).contact("c2", tick=False, children=["s0"]).plan()
    assert planned.reason("parent", "c1") == "no-email"
    assert planned.reason("parent", "c2") == "no-portal-access"
    assert all(planned.withheld("parent", c)["remedy"] for c in ("c1", "c2"))


def test_case_32_one_parent_of_a_returning_and_a_new_sibling(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED).student("s2", **NEWCOMER).contact("c1", children=["s1", "s2"]).sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s1"]
    synced = tiny_school.sync(yes=True)
    assert synced.op("parent", "c1") == "update"
    assert tiny_school.account("parent", "c1")["children"] == ["s1", "s2"]


def test_case_33_a_parent_stays_while_any_child_is_sent(tiny_school: TinySchool) -> None:
    tiny_school.student("senior", enrolled={ACTIVE: "12"}).student("s2", **NEWCOMER)
    tiny_school.contact("c1", children=["senior", "s2"]).sync(yes=True)
    tiny_school.activate().sync()
    account = tiny_school.account("parent", "c1")
    assert (account["status"], account["children"]) == ("pending", ["s2"])


def test_case_34_the_parent_of_an_only_new_child_appears_at_yes(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **NEWCOMER).contact("c1", children=["s1"]).sync()
    assert tiny_school.account("parent", "c1") is None
    tiny_school.sync(yes=True)
    account = tiny_school.account("parent", "c1")
    assert (account["children"], account["new"], account["years"]) == (["s1"], True, ["scheduling"])


def test_case_35_two_households_are_two_accounts_of_one_child(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"], household_id="H1").contact("c2", children=["s0"], household_id="H2")
    tiny_school.sync()
    first, second = tiny_school.account("parent", "c1"), tiny_school.account("parent", "c2")
    assert first["children"] == second["children"] == ["s0"]
    assert second["login"] not in str(first)


def test_case_36_access_is_per_child(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"], access={"s1": "no"}).sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s2"]


def test_case_36_access_to_no_child_is_no_account(tiny_school: TinySchool) -> None:
    planned = tiny_school.contact("c1", children=["s0"], access={"s0": "no"}).plan()
    assert planned.reason("parent", "c1") == "no-portal-access"


def test_case_36_access_to_one_child_without_the_contact_s_own_tick(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", tick=False, children=["s0", "s1"], access={"s1": "yes"}).sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s1"]


def test_case_37_a_shared_mailbox_goes_to_the_lowest_id_as_text(tiny_school: TinySchool) -> None:
    tiny_school.contact("c9", "both@homes.example", children=["s0"])
    synced = tiny_school.contact("c10", "both@homes.example", children=["s0"]).sync()
    assert tiny_school.working("parent") == {"c0", "c10"}
    assert synced.reason("parent", "c9") == "duplicate-login"


def test_case_37_or_to_nobody(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["shared_parent_login"] = "withhold"
    tiny_school.contact("c1", "both@homes.example", children=["s0"])
    planned = tiny_school.contact("c2", "both@homes.example", children=["s0"]).plan()
    assert planned.reason("parent", "c1") == planned.reason("parent", "c2") == "duplicate-login"


def test_case_38_a_child_with_the_parent_s_login_is_flagged(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "lee@homes.example").contact("c1", "Lee@homes.example", children=["s1"])
    tiny_school.student("s2", "kim@homes.example").contact("c2", "kim@homes.example", children=["s0"])
    synced = tiny_school.sync()
    assert len(synced.findings("login-shared-with-child")) == 1
    assert {"c1", "c2"} <= tiny_school.working("parent")
    assert {"s1", "s2"} <= tiny_school.working("student")


def test_case_40_case_and_spaces_make_no_second_login(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", " Lee@Homes.example ", children=["s0"])
    synced = tiny_school.contact("c2", "lee@homes.EXAMPLE", children=["s0"]).sync()
    assert tiny_school.account("parent", "c1")["login"] == "Lee@Homes.example"
    assert synced.reason("parent", "c2") == "duplicate-login"


def test_case_41_a_ticked_grandparent_gets_an_account(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1").row("relationships", student_id="s0", contact_id="c1", relation="grandmother").sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s0"]


def test_case_42_the_parent_of_a_child_without_login(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "").contact("c1", children=["s1"]).sync()
    assert tiny_school.account("student", "s1") is None
    assert tiny_school.account("parent", "c1")["children"] == ["s1"]
    records = {r["id"]: r for r in tiny_school.get("/students", limit=10_000)["items"]}
    assert records["s1"]["given_name"] == "Given s1"


def test_case_43_a_changed_e_mail_changes_the_login_of_the_same_account(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", "old@homes.example", children=["s0"]).sync()
    before = tiny_school.account("parent", "c1")
    synced = tiny_school.contact("c1", "new@homes.example", children=["s0"]).sync()
    assert synced.operation("parent", "c1")["changes"] == {"login": ["old@homes.example", "new@homes.example"]}
    assert tiny_school.account("parent", "c1") == {**before, "login": "new@homes.example"}


def test_case_44_changed_to_another_parent_s_address(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"]).contact("c2", children=["s0"]).sync()
    before = tiny_school.account("parent", "c1")
    synced = tiny_school.contact("c1", "c2@homes.example", children=["s0"]).sync()
    assert synced.withheld("parent", "c1")["account"] == "kept"
    assert synced.reason("parent", "c1") == "duplicate-login"
    assert tiny_school.account("parent", "c1") == before


def test_case_44_changed_to_a_student_s_login(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "lee@homes.example").contact("c1", children=["s0"]).sync()
    tiny_school.contact("c1", "lee@homes.example", children=["s0"]).sync()
    assert tiny_school.account("parent", "c1")["login"] == "lee@homes.example"


def test_case_45_changed_only_in_the_scheduling_year_s_copy(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", "now@homes.example", children=["s0"], year_id=ACTIVE)
    copy = {"given_name": "Given c1", "family_name": "Family c1", "portal_access": True, "year_id": SCHEDULING}
    tiny_school.row("contacts", contact_id="c1", primary_email="next@homes.example", **copy)
    synced = tiny_school.sync(yes=True)
    assert tiny_school.account("parent", "c1")["login"] == "now@homes.example"
    assert len(synced.findings("login-conflict-between-years")) == 1
    tiny_school.activate().sync()
    assert tiny_school.account("parent", "c1")["login"] == "next@homes.example"


def test_case_46_an_edit_on_the_portal_is_no_drift_and_changes_no_login(tiny_school: TinySchool) -> None:
    """How it looks on the pages: simulator/tests/pages/test_approval_center.py."""
    tiny_school.contact("c1", "old@homes.example", children=["s0"]).sync()
    cloud, account, revision = tiny_school.cloud, tiny_school.account("parent", "c1"), tiny_school.revision()
    number = cloud.submit_email(SCHOOL, "parent", "c1", "new@homes.example")
    for decided in (False, True):
        if decided:
            cloud.decide_email(SCHOOL, number, "approve")
        synced = tiny_school.sync()
        assert (synced.exit_code, synced.doc["operations"], synced.doc["drift"]) == (0, [], [])
        assert (tiny_school.account("parent", "c1"), tiny_school.revision()) == (account, revision)
    tiny_school.student("s1").sync()
    assert [edit["state"] for edit in cloud.email_edits(SCHOOL)] == ["approved"]
    synced = tiny_school.contact("c1", "new@homes.example", children=["s0"]).sync()
    assert synced.operation("parent", "c1")["changes"] == {"login": ["old@homes.example", "new@homes.example"]}
    assert tiny_school.account("parent", "c1") == {**account, "login": "new@homes.example"}


def test_case_47_a_removed_tick_ends_access(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"]).sync()
    tiny_school.sign_in("parent", "c1")
    synced = tiny_school.contact("c1", tick=False, children=["s0"]).sync()
    assert synced.withheld("parent", "c1")["account"] == "disable"
    assert synced.reason("parent", "c1") == "no-portal-access"
    assert tiny_school.status("parent", "c1") == "disabled"


def test_a_blanked_e_mail_does_not_take_a_working_account_away(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"]).contact("c2", children=["s0"]).sync()
    before = tiny_school.accounts()
    synced = tiny_school.contact("c1", "", children=["s0"]).contact("c2", "typo@home", children=["s0"]).sync()
    assert [(synced.reason("parent", c), synced.withheld("parent", c)["account"]) for c in ("c1", "c2")] == [
        ("no-email", "kept"),
        ("invalid-email", "kept"),
    ]
    assert tiny_school.accounts() == before


def test_a_parent_has_no_grades(tiny_school: TinySchool) -> None:
    tiny_school.sync(yes=True)
    account = tiny_school.account("parent", "c0")
    assert (account["grade_level"], account["next_grade_level"]) == (None, None)
