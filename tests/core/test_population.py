"""Who is at the school, who is new, and who is therefore sent (R1, R2, R6, R7, cases 8-16)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from frames import ACTIVE, NEXT, NO, YES, Row, code, contact, enrolled, link, nobody, pupil, tables, unreadable, year

from dayzero.config import SyncSettings
from dayzero.errors import ConfigurationError, UntrustedSourceError
from dayzero.people import Population, Years, populate

STEADY = (pupil("s0"), enrolled("s0", NEXT), code("s0"))
"""A newcomer in good order: without one the scheduling year would be refused (case 16)."""


def people(*rows: Row, years: Years = YES, unread: Any = None, **settings: Any) -> Population:
    """Populate from these rows, beside a steady newcomer."""
    unread = nobody() if unread is None else unread
    return populate(tables(*STEADY, *rows), years, SyncSettings(**settings), unreadable=unread)


def of(population: Population, ident: str = "s1") -> dict[str, Any]:
    """Return the facts of one student."""
    return {row["student_id"]: row for row in population.students.to_dicts()}[ident]


def rules(population: Population) -> list[str]:
    """Return what was remarked."""
    return [f.rule for f in population.findings]


def standing(facts: dict[str, Any]) -> tuple[bool, bool, bool]:
    """Return whether a student is in the active year, in the scheduling year, and new."""
    assert facts["sent"] == (facts["in_active"] or facts["in_scheduling"])
    return facts["in_active"], facts["in_scheduling"], facts["new"]


HERE, BOTH, NEW, NOWHERE = (True, False, False), (True, True, False), (False, True, True), (False, False, False)
NOW, THEN = enrolled("s1"), enrolled("s1", NEXT)
SITUATIONS: dict[str, tuple[tuple[Row, ...], tuple[bool, bool, bool]]] = {
    "nowhere": ((), NOWHERE),
    "this year alone": ((NOW,), HERE),
    "promoted, without a code": ((NOW, THEN), BOTH),
    "R6, case 8: entered on Day 0": ((THEN, code("s1")), NEW),
    "case 9: no code": ((THEN,), NOWHERE),
    "case 10: entered on Day 5": ((THEN, code("s1", day=5)), NOWHERE),
    "case 11: re-entered": ((THEN, code("s1", "R")), NOWHERE),
    "case 14: blanks and case": ((THEN, code("s1", " e ")), NEW),
    "case 14: a description": ((THEN, code("s1", "Entry")), NOWHERE),
    "an entry code of this year": ((THEN, code("s1", year_id=ACTIVE)), NOWHERE),
    "R7, case 15: an attendance mark": ((THEN, code("s1", number=300)), NOWHERE),
    "R7: the first number of entry codes": ((THEN, code("s1", number=201)), NEW),
    "R7: the last": ((THEN, code("s1", number=250)), NEW),
    "R7: one below": ((THEN, code("s1", number=200)), NOWHERE),
    "R7: one above": ((THEN, code("s1", number=251)), NOWHERE),
    "case 12: withdrawn on Day 0": ((THEN, code("s1"), code("s1", "W")), NOWHERE),
    "case 12: withdrawn later": ((THEN, code("s1"), code("s1", "W", day=9)), NOWHERE),
    "case 12: withdrawn and entered again": ((THEN, code("s1"), code("s1", "W", day=3), code("s1", day=9)), NEW),
    "case 12: withdrawn on Day 0, entered later": ((THEN, code("s1"), code("s1", "W"), code("s1", day=9)), NOWHERE),
    "case 12: both on a later day": ((THEN, code("s1"), code("s1", "W", day=9), code("s1", day=9)), NOWHERE),
    "R7: a withdrawal whatever its number": ((THEN, code("s1"), code("s1", "W", day=9, number=7)), NOWHERE),
    "withdrawn this year": ((NOW, code("s1", "W", 50, ACTIVE)), NOWHERE),
    "withdrawn this year, and back": ((NOW, code("s1", "W", 50, ACTIVE), code("s1", "E", 60, ACTIVE)), HERE),
    "withdrawn this year, promoted": ((NOW, THEN, code("s1", "W", 50, ACTIVE)), NOWHERE),
    "withdrawn this year, entered for the next": ((NOW, THEN, code("s1", "W", 50, ACTIVE), code("s1")), NEW),
    "promoted, withdrawn from the next year": ((NOW, THEN, code("s1", "W", 3)), HERE),
    "inactive this year": ((enrolled("s1", status="inactive"),), NOWHERE),
    "inactive next year": ((enrolled("s1", NEXT, status="inactive"), code("s1")), NOWHERE),
    "case 13: no code, and in the active year": ((NOW, THEN, code("s1", "X")), BOTH),
    "entered, without an enrollment": ((code("s1"),), NOWHERE),
    "of a year that is past": ((enrolled("s1", "2026"),), NOWHERE),
}


def in_every_situation(years: Years) -> dict[str, tuple[bool, bool, bool]]:
    """Return how a student of each situation stands: all of them at one school."""
    own = [[pupil("s1"), *rows] for rows, _ in SITUATIONS.values()]
    school = [(name, row | {"student_id": f"p{n}"}) for n, rows in enumerate(own) for name, row in rows]
    made = people(*school, years=years)
    return {situation: standing(of(made, f"p{n}")) for n, situation in enumerate(SITUATIONS)}


def test_r2_r6_r7_who_is_here_and_who_is_new() -> None:
    assert in_every_situation(YES) == {situation: stands for situation, (_, stands) in SITUATIONS.items()}


def test_r1_at_no_the_scheduling_year_counts_for_nothing() -> None:
    here = {situation: stands[0] for situation, (_, stands) in SITUATIONS.items()}
    assert in_every_situation(NO) == {situation: (stands, False, False) for situation, stands in here.items()}


def test_case_11_a_school_may_add_entry_codes() -> None:
    assert standing(of(people(pupil("s1"), THEN, code("s1", "r"), entry_codes=("E", " R")))) == NEW


def test_case_12_a_school_may_have_other_withdrawal_codes() -> None:
    for letters, stands in (("q", NOWHERE), ("W", HERE)):
        made = people(pupil("s1"), NOW, code("s1", letters, 50, ACTIVE), withdrawal_codes=("Q",))
        assert standing(of(made)) == stands


def test_case_10_the_codes_that_are_there_are_listed_with_their_days() -> None:
    rows = (THEN, code("s1", "R", 7), code("s1", "E", 5))
    assert of(people(pupil("s1"), *rows))["entry_days"] == "E on day 5, R on day 7"


def test_grades_are_each_of_their_year() -> None:
    facts = of(people(pupil("s1"), enrolled("s1", ACTIVE, "9"), enrolled("s1", NEXT, "10")))
    assert (facts["active_grade"], facts["scheduling_grade"]) == ("9", "10")


def test_r8_the_first_login_field_that_is_not_empty_counts() -> None:
    fields = ("username", "email")
    made = people(pupil("s1", username="ada"), pupil("s2"), pupil("s3", email=None), student_login=fields)
    assert [of(made, s)["login"] for s in ("s1", "s2", "s3")] == ["ada", "s2@pupils.example", None]


def test_case_19_a_login_field_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"'usernam'.*'username'") as caught:
        people(student_login=("usernam",))
    assert caught.value.key == "sync.student_login"


def test_a_student_who_could_not_be_read_is_nobody_and_a_contact_of_that_id_is_somebody_else() -> None:
    made = people(pupil("s1"), NOW, pupil("7"), enrolled("7"), unread=unreadable(("student", "s1"), ("parent", "7")))
    assert made.students.filter("in_active")["student_id"].to_list() == ["7"]
    assert standing(of(made)) == NOWHERE


# -- what must not be read as "nobody comes"


def refused(*rows: Row, years: Years = YES) -> str:
    """Return the rule by which these tables are refused."""
    with pytest.raises(UntrustedSourceError) as caught:
        populate(tables(*rows), years, SyncSettings(), unreadable=nobody())
    return caught.value.rule


def test_r3_a_scheduling_year_without_enrollments_is_refused() -> None:
    assert refused(pupil("s1"), NOW) == "scheduling-year-without-enrollments"


def test_case_16_newcomers_without_a_single_entry_on_day_0_are_refused() -> None:
    assert refused(pupil("s1"), THEN, code("s1", day=1)) == "scheduling-year-without-day-0"


def test_case_16_an_attendance_mark_is_no_entry_on_day_0() -> None:
    assert refused(pupil("s1"), THEN, code("s1", number=300)) == "scheduling-year-without-day-0"


def test_case_16_where_nobody_is_new_no_code_is_needed() -> None:
    made = populate(tables(pupil("s1"), NOW, THEN), YES, SyncSettings(), unreadable=nobody())
    assert of(made)["in_scheduling"]


def test_r39_enrollments_of_years_nobody_knows_are_refused() -> None:
    rows = (year(ACTIVE, "active"), pupil("s1"), enrolled("s1", "26/27"))
    assert refused(*rows, years=NO) == "active-year-without-enrollments"
    assert populate(tables(*rows, pupil("s2"), enrolled("s2")), NO, SyncSettings(), unreadable=nobody())


# -- what is remarked


def test_case_15_an_attendance_mark_is_remarked() -> None:
    assert rules(people(pupil("s1"), THEN, code("s1", number=300))) == ["attendance-mark"]
    assert rules(people(pupil("s1"), NOW, code("s1", "W", 50, ACTIVE, number=300))) == []


def test_case_23_who_is_not_in_the_next_year_is_remarked_at_yes() -> None:
    assert rules(people(pupil("s1"), NOW)) == ["in-active-not-in-scheduling"]
    assert rules(people(pupil("s1"), NOW, THEN)) == []
    assert rules(people(pupil("s1"), NOW, years=NO)) == []


ADA = {"given_name": "Ada", "family_name": "Ng", "birth_date": date(2012, 5, 1)}


def test_case_27_one_name_and_birth_date_under_two_ids_is_remarked() -> None:
    others = [{}, {"given_name": "ADA"}, {"family_name": "Ni"}, {"birth_date": date(2012, 5, 2)}, {"birth_date": None}]
    twins = [row for n, other in enumerate(others) for row in (pupil(f"t{n}", **{**ADA, **other}), enrolled(f"t{n}"))]
    (found,) = people(pupil("s1", **ADA), *twins, years=NO).findings
    assert (found.rule, found.severity) == ("likely-duplicate-person", "warning")
    assert "students s1, t0, t1 share" in found.message


def test_case_27_two_ids_of_whom_nobody_is_sent_concern_nobody() -> None:
    assert rules(people(pupil("s1", **ADA), pupil("s2", **ADA))) == []
    assert rules(people(pupil("s1", **ADA), pupil("s2", **ADA), enrolled("s2"), years=NO)) == [
        "likely-duplicate-person"
    ]


# -- contacts


def test_case_36_access_to_a_child_goes_before_the_contacts_own_tick() -> None:
    granted = {(True, None): True, (False, None): False, (None, None): False, (False, True): True, (True, False): False}
    rows = [
        row
        for n, (tick, access) in enumerate(granted)
        for row in (contact(f"c{n}", portal_access=tick), link(f"c{n}", "s1", portal_access=access))
    ]
    made = people(pupil("s1"), NOW, THEN, *rows)
    found = dict(zip(made.contacts["contact_id"].gather(made.links["contact"]), made.links["grants"], strict=True))
    assert found == {f"c{n}": access for n, access in enumerate(granted.values())}


def test_r37_the_years_copies_of_contacts_are_merged_too() -> None:
    copies = [contact("c1", primary_email=f"{y}@x", year_id=y) for y in (NEXT, ACTIVE)]
    made = people(pupil("s1"), NOW, THEN, *copies)
    assert made.contacts["primary_email"].to_list() == [f"{ACTIVE}@x"]
    assert rules(made) == ["login-conflict-between-years"]
