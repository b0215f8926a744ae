"""B1: a link that was somebody else's stays cut when one of the two is numbered anew and the row goes with them."""

from __future__ import annotations

from typing import Any

import pytest
from field.test_doubts import NINA, OTTO, decided, doubts
from tiny_school import TinySchool

pytestmark = pytest.mark.slow

MOTHER = {"given_name": "Olga", "family_name": "Old"}
STALE = ("link-of-another", "parent", "m9")


@pytest.fixture
def left(tiny_school: TinySchool) -> TinySchool:
    """Otto has left, and his mother's account has ended with his; his id is Nina's now, and the row of his mother is there."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO)
    tiny_school.contact("m1", "olga@homes.example", children=["1001"], **MOTHER).sync()
    tiny_school.remove("enrollments", student_id="1001").sync()
    return tiny_school.student("1001", "nina@pupils.example", **NINA)


def numbered_anew(school: TinySchool, **changed: Any) -> TinySchool:
    """Give the mother another id, with her row and whatever else has ``changed``."""
    for table in ("contacts", "relationships"):
        school.remove(table, contact_id="m1")
    mail = changed.pop("email", "olga@homes.example")
    return school.contact("m9", mail, children=["1001"], **{**MOTHER, **changed})


CHANGES: list[dict[str, Any]] = [
    {},
    {"email": "olga.old@homes.example"},
    {"family_name": "Newman"},
    {"given_name": "OLGA", "family_name": "Öld"},
]


@pytest.mark.parametrize("changed", CHANGES)
def test_b1_a_cut_link_is_cut_under_a_new_id(left: TinySchool, changed: dict[str, Any]) -> None:
    decided(left, "other")
    run = numbered_anew(left, **changed).sync()
    assert (run.exit_code, doubts(run), left.account("parent", "m9")) == (3, [STALE], None)
    assert left.sync().doc["operations"] == []


def test_b1_in_the_night_in_which_the_id_is_given_again(left: TinySchool) -> None:
    run = decided(numbered_anew(left), "other")
    assert (doubts(run), left.account("parent", "m9")) == ([STALE], None)
    assert left.account("student", "1001")["given_name"] == "Nina"


def test_b1_a_cut_link_under_a_new_id_may_be_said_to_be_right(left: TinySchool) -> None:
    decided(left, "other")
    numbered_anew(left)
    run = decided(left, "same", only="link-of-another")
    assert (run.exit_code, run.op("parent", "m9")) == (0, "create")
    assert left.sync().doc["operations"] == []


@pytest.mark.parametrize("names", [{}, {"given_name": "Olga"}, {"family_name": "Old"}])
def test_b1_somebody_else_under_a_new_id_is_asked_nothing(left: TinySchool, names: dict[str, Any]) -> None:
    decided(left, "other")
    left.remove("contacts", contact_id="m1").remove("relationships", contact_id="m1")
    run = left.contact("m9", children=["1001"], **names).sync()
    assert (run.exit_code, run.op("parent", "m9")) == (0, "create")


@pytest.mark.parametrize("login", ["", "sam@pupils.example"])
def test_b1_a_child_under_a_new_id_is_no_child_of_a_contact_who_is_another(tiny_school: TinySchool, login: str) -> None:
    sam = {"given_name": "Sam", "family_name": "Small"}
    tiny_school.student("s1", login, **sam).student("s2").contact("m1", children=["s1", "s2"], **MOTHER).sync()
    tiny_school.contact("m1", "peter@homes.example", children=["s1", "s2"], given_name="Peter", family_name="Quist")
    decided(tiny_school, "other", only="another-person")
    assert tiny_school.status("parent", "m1") == "disabled"
    tiny_school.forget_student("s1").student("s9", login, **sam).row("relationships", student_id="s9", contact_id="m1")
    run = tiny_school.sync()
    assert run.exit_code == 3
    assert tiny_school.status("parent", "m1") == "disabled"
    assert {d[0] for d in doubts(run)} == {"link-of-another"}


def test_b1_a_row_that_came_while_the_parent_was_in_doubt_is_the_former_childs(tiny_school: TinySchool) -> None:
    """The contact's id goes to Jonas, whose child is Otto; before anybody has answered, Otto's id goes to Nina. Jonas's row was Otto's."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO).student("1002")
    tiny_school.contact("m1", "olga@homes.example", children=["1002"], **MOTHER).sync()
    tiny_school.contact("m1", "jonas@homes.example", children=["1001"], given_name="Jonas", family_name="Orth")
    assert doubts(tiny_school.sync()) == [("another-person", "parent", "m1")]
    tiny_school.student("1001", "nina@pupils.example", **NINA)
    run = decided(tiny_school, "other", only="another-person")
    assert ("link-of-another", "parent", "m1") in doubts(run)
    assert tiny_school.status("parent", "m1") == "disabled", "nobody is left whom he may see"
    assert tiny_school.account("student", "1001")["given_name"] == "Nina"
    run = decided(tiny_school, "same", only="link-of-another")
    assert (run.exit_code, tiny_school.account("parent", "m1")["children"]) == (0, ["1001"])


def test_b1_a_row_that_came_while_the_child_was_in_doubt_is_the_former_parents(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", "otto@pupils.example", **OTTO).student("1002")
    tiny_school.contact("m1", "olga@homes.example", children=["1002"], **MOTHER).sync()
    tiny_school.student("1001", "nina@pupils.example", **NINA).contact(
        "m1", "olga@homes.example", children=["1001", "1002"], **MOTHER
    )
    assert doubts(tiny_school.sync()) == [("another-person", "student", "1001")]
    tiny_school.contact("m1", "jonas@homes.example", children=["1001", "1002"], given_name="Jonas", family_name="Orth")
    run = decided(tiny_school, "other", only="another-person")
    assert [d for d in doubts(run) if d[0] == "link-of-another"] == [("link-of-another", "parent", "m1")] * 2
    assert tiny_school.status("parent", "m1") == "disabled"


def test_b1_a_row_of_whom_nothing_is_doubtful_any_more_is_asked_of_nobody(tiny_school: TinySchool) -> None:
    """The doubt is answered first: by then the row is the new one's, and what comes later is a story of its own."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO).student("1002")
    tiny_school.contact("m1", "olga@homes.example", children=["1002"], **MOTHER).sync()
    tiny_school.contact("m1", "jonas@homes.example", children=["1001"], given_name="Jonas", family_name="Orth")
    tiny_school.sync()
    run = decided(tiny_school, "other")
    assert (run.exit_code, run.op("parent", "m1")) == (0, "renew")
    assert tiny_school.account("parent", "m1")["children"] == ["1001"]
    assert tiny_school.sync().doc["operations"] == []


def test_b1_what_was_said_of_a_link_is_no_word_on_the_next_holders(tiny_school: TinySchool) -> None:
    """`same` was said of Jonas's child; the id goes to Lars, and the row that is left over is not his by that word."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO)
    tiny_school.contact("m1", "olga@homes.example", children=["1001"], **MOTHER).sync()
    tiny_school.contact("m1", "jonas@homes.example", children=["1001"], given_name="Jonas", family_name="Orth")
    decided(tiny_school, "other", only="another-person")
    assert decided(tiny_school, "same", only="link-of-another").exit_code == 0
    tiny_school.contact("m1", "lars@homes.example", children=["1001"], given_name="Lars", family_name="Cordes")
    run = decided(tiny_school, "other", only="another-person")
    assert (doubts(run), tiny_school.status("parent", "m1")) == ([("link-of-another", "parent", "m1")], "disabled")
    assert "Lars Cordes" in run.doc["doubts"][0]["is"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("login", ["", "sam.new@pupils.example"])
def test_b1_a_child_numbered_anew_while_the_contact_is_in_doubt_is_the_former_ones(
    tiny_school: TinySchool, login: str, *, at_once: bool
) -> None:
    """The contact's id goes to Jonas, whose child is another; before anybody has answered, a child of the one before gets a new id,
    and the row that is left over goes with it."""
    sam = {"given_name": "Sam", "family_name": "Old"}
    tiny_school.student("s1", "", **sam).student("s2").contact(
        "m1", "olga@homes.example", children=["s1"], **MOTHER
    ).sync()
    tiny_school.contact("m1", "jonas@homes.example", children=["s1", "s2"], given_name="Jonas", family_name="Orth")
    if not at_once:
        assert doubts(tiny_school.sync()) == [("another-person", "parent", "m1")]
    tiny_school.forget_student("s1").student("s9", login, **sam).row("relationships", student_id="s9", contact_id="m1")
    assert doubts(tiny_school.sync()) == [("another-person", "parent", "m1")]
    run = decided(tiny_school, "other", only="another-person")
    assert ("link-of-another", "parent", "m1") in doubts(run)
    assert tiny_school.account("parent", "m1")["children"] == ["s2"]
    assert decided(tiny_school, "same", only="link-of-another").exit_code == 0
    assert tiny_school.account("parent", "m1")["children"] == ["s2", "s9"]


def test_b1_a_parent_numbered_anew_while_the_child_is_in_doubt_is_the_former_ones(tiny_school: TinySchool) -> None:
    """The child's id goes to Nina; before anybody has answered, Otto's mother, whose account had ended, gets a new id."""
    tiny_school.student("1001", "otto@pupils.example", **OTTO)
    tiny_school.contact("m1", "olga@homes.example", children=["1001"], **MOTHER).sync()
    tiny_school.student("1001", "nina@pupils.example", **NINA)
    assert doubts(tiny_school.sync()) == [("another-person", "student", "1001")]
    numbered_anew(tiny_school, email="olga.old@homes.example").sync()
    run = decided(tiny_school, "other", only="another-person")
    assert (STALE in doubts(run), tiny_school.account("parent", "m9")) == (True, None)


@pytest.mark.parametrize("other_child", [[], ["s7"]])
def test_b1_a_child_who_waits_keeps_no_stranger_in_sight(tiny_school: TinySchool, other_child: list[str]) -> None:
    """A mass of new numbers is looked at, so that a new brother or sister waits; meanwhile the child's id goes to Nina, and the row
    that is left over would leave the mother with nobody."""
    tiny_school.limits["rekey"] = 0
    tiny_school.student("1001", "otto@pupils.example", **OTTO).student("1002").student("s7")
    tiny_school.contact("m1", children=["1001", *other_child], **MOTHER).sync()
    tiny_school.forget_student("1002").student(
        "9002", "1002@pupils.example", given_name="Given 1002", family_name="Family 1002"
    )
    tiny_school.student("1003").contact("m1", children=["1003"], **MOTHER)
    assert [breach["op"] for breach in tiny_school.sync().doc["held"]] == ["rekey"]
    assert tiny_school.account("parent", "m1")["children"] == sorted(["1001", *other_child])
    tiny_school.student("1001", "nina@pupils.example", **NINA)
    run = decided(tiny_school, "other", only="another-person")
    assert tiny_school.account("student", "1001")["given_name"] == "Nina"
    assert tiny_school.account("parent", "m1")["children"] == other_child
    assert (tiny_school.status("parent", "m1"), [breach["op"] for breach in run.doc["held"]]) == ("pending", ["rekey"])
