"""C1: usable is more than not empty. What nobody can sign in with is no login, and never takes a working one away."""

from __future__ import annotations

import pytest
from tiny_school import TinySchool

pytestmark = pytest.mark.slow

ADDRESSES = {
    "mailto": "mailto:x@y.example",
    "a separator behind": "x@y.example;",
    "a full stop behind": "x@y.example.",
    "enclosed": "<x@y.example>",
    "smart quotes": "“x@y.example”",
    "quotes": '"x@y.example"',
    "an apostrophe of Excel's": "'x@y.example",
    "two in one cell": "x@y.example z@y.example",
    "two with a separator": "x@y.example;z@y.example",
    "a zero-width space inside": "x\u200by@y.example",
    "a soft hyphen inside": "x@y.exam\u00adple",
    "nobody at a domain": "@y.example",
    "an empty label": "x@y..example",
    "a label of hyphens": "x@-y.example",
    "no dot": "x@y",
    "two ats": "x@@y.example",
}
"""What is no address, whoever's."""
NAMES = {"a number of Excel's": "1.2E+05", "a formula": "=A2", "something invisible": "x\u200by"}
"""What is no user name."""
NOTHING = [
    "#N/A",
    "#REF!",
    "#NAME?",
    "NULL",
    "null",
    "None",
    "nan",
    "-",
    "--",
    "TBD",
    "(blank)",
    "\u200b",
    "\u00a0",
]
"""What stands for nothing."""
AROUND = ["\u200bx@y.example", "x@y.example\ufeff", "\u00a0x@y.example ", " \u2060x@y.example\u200d"]
"""An address with something invisible around it."""


@pytest.mark.parametrize("written", [*ADDRESSES.values(), *NAMES.values()], ids=[*ADDRESSES, *NAMES])
def test_a_student_has_no_account_by_what_nobody_can_sign_in_with(tiny_school: TinySchool, written: str) -> None:
    plan = tiny_school.student("s1", written).plan()
    assert plan.reason("student", "s1") == "invalid-login"
    assert plan.exit_code == 0
    entry = plan.withheld("student", "s1")
    assert entry["account"] == "none"
    assert written in entry["detail"]
    assert "login field" in entry["remedy"]


@pytest.mark.parametrize("written", ADDRESSES.values(), ids=list(ADDRESSES))
def test_nor_has_a_parent(tiny_school: TinySchool, written: str) -> None:
    assert tiny_school.contact("c1", written, children=["s0"]).plan().reason("parent", "c1") == "invalid-email"


@pytest.mark.parametrize("written", NOTHING, ids=ascii)
def test_what_stands_for_nothing_is_nothing(tiny_school: TinySchool, written: str) -> None:
    plan = tiny_school.student("s1", written).contact("c1", written, children=["s0"]).plan()
    assert (plan.reason("student", "s1"), plan.reason("parent", "c1")) == ("no-login", "no-email")


def test_of_several_columns_the_first_that_says_something_is_the_login(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = ["email", "username"]
    tiny_school.student("s1", "#N/A", username="ada").student("s2", "-", username="NULL").sync()
    assert tiny_school.account("student", "s1")["login"] == "ada"
    assert tiny_school.account("student", "s2") is None


@pytest.mark.parametrize("written", AROUND, ids=ascii)
def test_what_is_invisible_around_it_is_taken_off(tiny_school: TinySchool, written: str) -> None:
    tiny_school.student("s1", written).contact("c1", written, children=["s0"]).sync()
    assert {tiny_school.account(kind, i)["login"] for kind, i in (("student", "s1"), ("parent", "c1"))} == {
        "x@y.example"
    }


@pytest.mark.parametrize(
    "written", ["o'neil@y.example", "zoë@y.example", "x@schülerwéb.example", "_x.y+z@sub.y.example", "ada"]
)
def test_what_somebody_can_sign_in_with_is_a_login(tiny_school: TinySchool, written: str) -> None:
    tiny_school.student("s1", written).sync()
    assert tiny_school.account("student", "s1")["login"] == written


@pytest.mark.parametrize("slip", [*ADDRESSES.values(), *NAMES.values(), *NOTHING[:4]], ids=ascii)
def test_a_slip_never_takes_a_working_login_away(tiny_school: TinySchool, slip: str) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    tiny_school.sign_in("student", "s1")
    before = tiny_school.accounts()
    run = tiny_school.student("s1", slip).contact("c1", slip, children=["s1"]).sync()
    assert (run.exit_code, run.doc["operations"]) == (0, [])
    assert tiny_school.accounts() == before
    assert {run.withheld(kind, i)["account"] for kind, i in (("student", "s1"), ("parent", "c1"))} <= {"kept"}


def test_a_name_alone_is_an_address_for_no_parent_but_a_login_for_a_student(tiny_school: TinySchool) -> None:
    plan = tiny_school.student("s1", "pat").contact("c1", "pat", children=["s0"]).plan()
    assert (plan.reason("student", "s1"), plan.reason("parent", "c1")) == (None, "invalid-email")


TWINS = {
    "composed and decomposed": ("zoë@y.example", "zoe\u0308@y.example"),
    "a domain as written and as asked for": ("x@bücher.example", "x@xn--bcher-kva.example"),
    "case beyond ASCII": ("x@BÜCHER.example", "X@bücher.example"),
    "something invisible behind": ("x@y.example", "x@y.example\u200b"),
    "folded letters": ("strasse", "STRAßE"),
}


@pytest.mark.parametrize("twins", TWINS.values(), ids=list(TWINS))
def test_two_spellings_of_one_login_are_one(tiny_school: TinySchool, twins: tuple[str, str]) -> None:
    plan = tiny_school.student("s1", twins[0]).student("s2", twins[1]).plan()
    assert [plan.reason("student", s) for s in ("s1", "s2")] == ["duplicate-login"] * 2


def test_an_id_that_serves_as_login_stays_as_it_is(tiny_school: TinySchool) -> None:
    tiny_school.sync_settings["student_login"] = "student_id"
    tiny_school.student("NULL").student("00042").sync()
    assert {i: tiny_school.account("student", i)["login"] for i in ("NULL", "00042")} == {
        "NULL": "NULL",
        "00042": "00042",
    }
