"""Duplicate logins: who holds a login on the portal keeps it, the newcomer yields, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable

from tiny_school import TinySchool

A, B = "a@pupils.example", "b@pupils.example"


def logins(school: TinySchool) -> dict[str, str]:
    """Return the logins of the students that matter here, of accounts not disabled."""
    return {
        ident: account["login"]
        for (kind, ident), account in school.accounts().items()
        if kind == "student" and ident != "s0" and account["status"] != "disabled"
    }


def test_the_holder_keeps_it_and_the_newcomer_yields(tiny_school: TinySchool) -> None:
    tiny_school.student("s2", A).sync()
    synced = tiny_school.student("s1", A.upper()).sync()
    assert logins(tiny_school) == {"s2": A}
    assert synced.reason("student", "s1") == "duplicate-login"
    assert synced.reason("student", "s2") is None


def test_a_parent_who_holds_it_keeps_it_whatever_the_ids(tiny_school: TinySchool) -> None:
    tiny_school.contact("c2", "both@homes.example", children=["s0"]).sync()
    synced = tiny_school.contact("c1", "both@homes.example", children=["s0"]).sync()
    assert synced.reason("parent", "c1") == "duplicate-login"
    assert tiny_school.working("parent") == {"c0", "c2"}


def test_yielding_runs_down_a_chain(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).student("s2", B).sync()
    synced = tiny_school.student("s2", A).student("s3", B).sync()
    assert synced.withheld("student", "s2")["account"] == "kept"
    assert synced.withheld("student", "s3")["account"] == "none"
    assert synced.reason("student", "s3") == "duplicate-login"
    assert logins(tiny_school) == {"s1": A, "s2": B}


def test_two_students_may_swap(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).student("s2", B).sync()
    assert tiny_school.student("s1", B).student("s2", A).sync().exit_code == 0
    assert logins(tiny_school) == {"s1": B, "s2": A}


def test_a_login_given_up_is_free_in_the_same_sync(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    tiny_school.student("s1", B).student("s2", A).sync()
    assert logins(tiny_school) == {"s1": B, "s2": A}


def test_a_leaver_s_login_is_free_in_the_same_sync(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    tiny_school.student("s1", A, enrolled={}).student("s2", A).sync()
    assert logins(tiny_school) == {"s2": A}


def test_a_kept_account_holds_its_login(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    synced = tiny_school.student("s1", "").student("s2", A).sync()
    assert synced.reason("student", "s2") == "duplicate-login"
    assert logins(tiny_school) == {"s1": A}


def test_an_unreadable_account_holds_its_login(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    tiny_school.edit("enrollments", {"student_id": "s1"}, status="maybe")
    assert tiny_school.student("s2", A).sync().reason("student", "s2") == "duplicate-login"
    assert logins(tiny_school) == {"s1": A}


def test_a_held_account_holds_its_login(tiny_school: TinySchool) -> None:
    tiny_school.limits["disable"] = 0
    tiny_school.student("s1", A).sync()
    synced = tiny_school.student("s1", A, enrolled={}).student("s2", A).sync()
    assert synced.exit_code == 3
    assert synced.reason("student", "s2") == "duplicate-login"
    assert logins(tiny_school) == {"s1": A}


def test_who_comes_back_to_a_taken_login_yields(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    tiny_school.student("s1", A, enrolled={}).student("s2", A).sync()
    synced = tiny_school.student("s1", A).sync()
    assert synced.exit_code == 0
    assert (synced.reason("student", "s1"), synced.withheld("student", "s1")["account"]) == ("duplicate-login", "none")
    assert logins(tiny_school) == {"s2": A}


def test_two_newcomers_yield_to_a_holder(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    synced = tiny_school.student("s2", A).student("s3", A).sync()
    assert synced.reason("student", "s2") == synced.reason("student", "s3") == "duplicate-login"
    assert synced.reason("student", "s1") is None


def test_one_withheld_for_another_reason_is_no_rival(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("s1", A).student("s2", A, enrolled={}).sync()
    assert logins(tiny_school) == {"s1": A}
    assert synced.reason("student", "s2") == "not-enrolled"


def test_a_held_change_of_login_holds_the_old_one(tiny_school: TinySchool) -> None:
    tiny_school.limits["update"] = 0
    tiny_school.student("s1", A).sync()
    synced = tiny_school.student("s1", B).student("s2", A).sync()
    assert synced.exit_code == 3
    assert synced.reason("student", "s2") == "duplicate-login"
    assert logins(tiny_school) == {"s1": A}


def test_a_holder_keeps_a_mailbox_that_newcomers_would_share(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["shared_parent_login"] = "withhold"
    tiny_school.contact("c2", "both@homes.example", children=["s0"]).sync()
    synced = tiny_school.contact("c1", "both@homes.example", children=["s0"]).sync()
    assert synced.reason("parent", "c1") == "duplicate-login"
    assert synced.reason("parent", "c2") is None


def test_a_leaver_who_stays_because_of_a_partial_read_holds_the_login(halves: Callable[..., TinySchool]) -> None:
    school = halves(partial=["enrollments"])
    school.student("s1", A).sync()
    synced = school.student("s1", A, enrolled={}).student("s2", A).sync()
    assert synced.doc["rejected"] == []
    assert synced.reason("student", "s2") == "duplicate-login"
    assert logins(school) == {"s1": A}


def test_an_unreadable_disabled_account_holds_no_login(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).sync()
    tiny_school.student("s1", A, enrolled={}).sync()
    tiny_school.student("s1", A).edit("enrollments", {"student_id": "s1"}, status="maybe").student("s2", A).sync()
    assert logins(tiny_school) == {"s2": A}
    assert tiny_school.status("student", "s1") == "disabled"


def test_logins_compare_case_folded(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("s1", "straße").student("s2", "STRASSE").sync()
    assert synced.reason("student", "s1") == synced.reason("student", "s2") == "duplicate-login"


def test_three_students_may_pass_their_logins_round(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", A).student("s2", B).student("s3", "c").sync()
    assert tiny_school.student("s1", B).student("s2", "c").student("s3", A).sync().doc["rejected"] == []
    assert logins(tiny_school) == {"s1": B, "s2": "c", "s3": A}
