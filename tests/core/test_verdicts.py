"""One verdict per candidate, the first rule that holds, and the accounts of those who are granted one (R8-R16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from frames import (
    ACTIVE,
    NEXT,
    NO,
    YES,
    Row,
    account,
    accounts,
    code,
    contact,
    enrolled,
    link,
    nobody,
    pupil,
    tables,
    unreadable,
)

from dayzero.config import SyncSettings
from dayzero.people import RULES, Verdicts, Years, counterparts_of, judge, populate, rules_for

STEADY = (pupil("s0"), enrolled("s0", NEXT), code("s0"), contact("c0"), link("c0", "s0"))
S1 = (pupil("s1"), enrolled("s1"))


def judged(*rows: Row, years: Years = YES, known: Any = (), unread: Any = None, **options: Any) -> Verdicts:
    """Judge these people, beside a steady newcomer and their parent."""
    settings = SyncSettings()
    out = nobody() if unread is None else unread
    population = populate(tables(*STEADY, *rows), years, settings, unreadable=out)
    stuck = {"frozen": out, "staying": out.clear(), **options}
    return judge(population, counterparts_of(population, accounts(*known)), settings, **stuck)


def verdict(verdicts: Verdicts, kind: str, ident: str) -> dict[str, Any]:
    """Return the one verdict on somebody: withheld, or granted an account."""
    this_one = (pl.col("kind") == kind, pl.col("person_id") == ident)
    granted = (
        verdicts.wanted(kind).filter(this_one).select("kind", "person_id", reason=None, detail=None, ends_account=False)
    )
    (row,) = verdicts.withheld.filter(this_one).to_dicts() + granted.to_dicts()
    return row


def reason(verdicts: Verdicts, kind: str, ident: str) -> str | None:
    """Return why somebody is withheld, None where the account is granted."""
    return verdict(verdicts, kind, ident)["reason"]


def wanted(verdicts: Verdicts, kind: str, ident: str) -> dict[str, Any]:
    """Return the account somebody should have: there is one."""
    (row,) = verdicts.wanted(kind).filter(pl.col("person_id") == ident).to_dicts()
    return row


# -- students

STUDENTS: dict[str, tuple[Callable[[str], list[Row]], str | None]] = {
    "granted, this year": (lambda s: [pupil(s), enrolled(s)], None),
    "granted, new": (lambda s: [pupil(s), enrolled(s, NEXT), code(s)], None),
    "R35: in no year": (lambda s: [pupil(s)], "not-enrolled"),
    "inactive": (lambda s: [pupil(s), enrolled(s, status="inactive")], "not-enrolled"),
    "case 26": (lambda s: [pupil(s), enrolled(s, NEXT), code(s), code(s, "W", 3)], "withdrawn"),
    "withdrawn this year": (lambda s: [pupil(s), enrolled(s), code(s, "W", 3, ACTIVE)], "withdrawn"),
    "case 25": (
        lambda s: [pupil(s), enrolled(s), enrolled(s, NEXT, status="inactive"), code(s, "W", 3, ACTIVE)], "withdrawn"
    ),
    "case 9": (lambda s: [pupil(s), enrolled(s, NEXT)], "no-entry-on-day-0"),
    "case 10": (lambda s: [pupil(s), enrolled(s, NEXT), code(s, day=5)], "no-entry-on-day-0"),
    "not enrolled goes before no login": (lambda s: [pupil(s, email=None)], "not-enrolled"),
    "R8": (lambda s: [pupil(s, email=None), enrolled(s)], "no-login"),
    "case 17: a user name": (lambda s: [pupil(s, email="ada"), enrolled(s)], None),
    "case 20, 40": (lambda s: [pupil(s, email=" TWIN"), enrolled(s)], "duplicate-login"),
    "case 20": (lambda s: [pupil(s, email="twin"), enrolled(s)], "duplicate-login"),
}  # fmt: skip


def test_a_student_gets_the_first_reason_that_holds() -> None:
    verdicts = judged(*(row for n, (rows, _) in enumerate(STUDENTS.values()) for row in rows(f"p{n}")))
    assert {name: reason(verdicts, "student", f"p{n}") for n, name in enumerate(STUDENTS)} == {
        name: expected for name, (_, expected) in STUDENTS.items()
    }
    granted = {f"p{n}" for n, (_, expected) in enumerate(STUDENTS.values()) if expected is None}
    assert set(verdicts.wanted("student")["person_id"]) == {"s0", *granted}


def test_case_10_case_20_the_detail_lists_the_codes_or_names_who_has_the_login() -> None:
    coded = (pupil("s1"), enrolled("s1", NEXT), code("s1", day=5), pupil("s2"), enrolled("s2", NEXT))
    verdicts = judged(*coded, pupil("s3", email="s0@pupils.example"), enrolled("s3"))
    assert [verdict(verdicts, "student", s)["detail"] for s in ("s1", "s2", "s3", "s0")] == [
        "calendar codes: E on day 5", "no calendar code at all", "same login as s0", "same login as s3",
    ]  # fmt: skip


TIMES: dict[str, tuple[Callable[[str], list[Row]], Any]] = {
    "this year": (lambda s: [enrolled(s)], ("9", None, ["active"], False)),
    "case 21": (lambda s: [enrolled(s), enrolled(s, NEXT, "10")], ("9", "10", ["active", "scheduling"], False)),
    "case 22": (lambda s: [enrolled(s), enrolled(s, NEXT)], ("9", "9", ["active", "scheduling"], False)),
    "new": (lambda s: [enrolled(s, NEXT, "10"), code(s)], ("10", "10", ["scheduling"], True)),
    "leaving": (lambda s: [enrolled(s), enrolled(s, NEXT, "10"), code(s, "W", 3)], ("9", None, ["active"], False)),
    "back": (
        lambda s: [enrolled(s), enrolled(s, NEXT, "10"), code(s, "W", 3, ACTIVE), code(s)],
        ("10", "10", ["scheduling"], True),
    ),
}  # fmt: skip


def test_case_21_case_22_grades_and_years_are_those_in_which_somebody_is() -> None:
    verdicts = judged(*(row for n, (rows, _) in enumerate(TIMES.values()) for row in [pupil(f"p{n}"), *rows(f"p{n}")]))
    made = {name: wanted(verdicts, "student", f"p{n}") for n, name in enumerate(TIMES)}
    fields = ("grade_level", "next_grade_level", "years", "new")
    assert {name: tuple(m[f] for f in fields) for name, m in made.items()} == {n: f for n, (_, f) in TIMES.items()}
    assert all(m["children"] is None for m in made.values())


# -- parents


def here(s: str, **columns: Any) -> list[Row]:
    """A student of this year."""
    return [pupil(s, **columns), enrolled(s)]


PARENTS: dict[str, tuple[Callable[[str, str], list[Row]], str | None]] = {
    "granted": (lambda c, s: [*here(s), contact(c), link(c, s)], None),
    "R11: no student": (lambda c, s: [contact(c)], "no-sent-student"),
    "R11: whatever the ticks": (lambda c, s: [pupil(s), contact(c), link(c, s, portal_access=True)], "no-sent-student"),
    "case 31: no tick": (lambda c, s: [*here(s), contact(c, portal_access=False), link(c, s)], "no-portal-access"),
    "case 36": (lambda c, s: [*here(s), contact(c), link(c, s, portal_access=False)], "no-portal-access"),
    "case 31: no e-mail": (lambda c, s: [*here(s), contact(c, primary_email=None), link(c, s)], "no-email"),
    "neither": (
        lambda c, s: [*here(s), contact(c, primary_email=None, portal_access=False), link(c, s)], "no-portal-access"
    ),
    "R9: a user name": (lambda c, s: [*here(s), contact(c, primary_email="pat"), link(c, s)], "invalid-email"),
    "case 37": (
        lambda c, s: [*here(s), contact(c, primary_email="C0@homes.example"), link(c, s), link(c, "s0")], "duplicate-login"
    ),
    "R12, case 42": (lambda c, s: [*here(s, email=None), contact(c), link(c, s)], None),
    "R16": (lambda c, s: [*here(s), contact(c, primary_email="s0@pupils.example"), link(c, s)], None),
    "case 41": (lambda c, s: [*here(s), contact(c), link(c, s, relation="neighbour")], None),
}  # fmt: skip


def test_a_parent_gets_the_first_reason_that_holds() -> None:
    rows = (rows for rows, _ in PARENTS.values())
    verdicts = judged(*(row for n, made in enumerate(rows) for row in made(f"p{n}", f"s{n + 1}")))
    assert {name: reason(verdicts, "parent", f"p{n}") for n, name in enumerate(PARENTS)} == {
        name: expected for name, (_, expected) in PARENTS.items()
    }
    granted = {f"p{n}" for n, (_, expected) in enumerate(PARENTS.values()) if expected is None}
    assert set(verdicts.wanted("parent")["person_id"]) == {"c0", *granted}


def test_r9_what_an_address_is_and_what_is_none() -> None:
    good = ["o'neil@x.example", "zoë@x.example", "a.b+c@sub.x.example", "ada@schülerwéb.example"]
    bad = [
        "pat",
        "pat@home",
        "@x.example",
        "a@b@x.example",
        "p@x.example; q@x.example",
        "a b@x.example",
        "pat@x.",
        "p@x\x01.example",
    ]
    rows = [row for email in good + bad for row in (contact(email, primary_email=email), link(email, "s1"))]
    verdicts = judged(*S1, *rows)
    assert [reason(verdicts, "parent", email) for email in good] == [None] * len(good)
    found = [verdict(verdicts, "parent", email) for email in bad]
    assert [(f["reason"], f["ends_account"]) for f in found] == [("invalid-email", False)] * len(bad)
    assert all(email in f["detail"] for email, f in zip(bad, found, strict=True))


def parent(*rows: Row) -> dict[str, Any]:
    """Return the account that contact c1 should have."""
    return wanted(judged(*rows), "parent", "c1")


def test_case_36_r15_children_are_those_who_are_sent_and_grant_access_sorted_as_text() -> None:
    children = {"s9": {}, "s10": {}, "s2": {"portal_access": False}, "s3": {}}
    rows = [row for s, access in children.items() for row in (pupil(s), link("c1", s, **access))]
    enrolments = [enrolled(s) for s in ("s9", "s10", "s2")]
    made = parent(contact("c1"), *rows, *enrolments)
    assert made["children"] == ["s10", "s9"]


def test_case_32_case_34_a_parents_years_are_those_of_the_children() -> None:
    people = (pupil("new"), enrolled("new", NEXT), code("new"), *here("old"))
    families = {"c1": ["new"], "c2": ["old"], "c3": ["new", "old"]}
    rows = [row for c, children in families.items() for row in (contact(c), *(link(c, s) for s in children))]
    verdicts = judged(*people, *rows)
    made = [wanted(verdicts, "parent", c) for c in families]
    assert [(m["years"], m["new"]) for m in made] == [
        (["scheduling"], True), (["active"], False), (["active", "scheduling"], False),
    ]  # fmt: skip
    assert all((m["grade_level"], m["next_grade_level"]) == (None, None) for m in made)


def test_case_36_a_child_who_grants_no_access_adds_no_year() -> None:
    people = (pupil("new"), enrolled("new", NEXT), code("new"), *S1)
    made = parent(*people, contact("c1"), link("c1", "new"), link("c1", "s1", portal_access=False))
    assert (made["children"], made["years"], made["new"]) == (["new"], ["scheduling"], True)


def test_case_34_at_no_the_parent_of_a_newcomer_has_no_account() -> None:
    people = (pupil("new"), enrolled("new", NEXT), code("new"), contact("c1"), link("c1", "new"))
    assert [reason(judged(*people, years=y), "parent", "c1") for y in (YES, NO)] == [None, "no-sent-student"]


def test_case_38_a_child_with_the_parents_own_login_is_a_warning() -> None:
    family = (*here("s1", email=" C1@homes.example"), *here("s2"), contact("c1"), contact("c2"), link("c1", "s1"))
    warnings = judged(*family, link("c2", "s2")).findings
    assert [(f.severity, f.rule) for f in warnings] == [("warning", "login-shared-with-child")]
    assert judged(*family[:-1], link("c1", "s2"), link("c2", "s1")).findings == (), "somebody else's child"


# -- whose account ends


def test_who_is_gone_from_the_tables_is_a_candidate_all_the_same() -> None:
    found = judged(known=[account("student", "x1"), account("parent", "x1")])
    assert found.withheld.select("kind", "person_id", "reason", "ends_account").rows() == [
        ("student", "x1", "not-enrolled", True), ("parent", "x1", "no-sent-student", True),
    ]  # fmt: skip
    assert [found.wanted(kind)["person_id"].to_list() for kind in ("student", "parent")] == [["s0"], ["c0"]]


def test_only_some_reasons_end_an_account() -> None:
    ends = {(r.kind, r.code) for r in RULES if r.ends_account}
    assert ends == {
        ("student", "not-enrolled"), ("student", "withdrawn"), ("student", "no-entry-on-day-0"),
        ("parent", "no-sent-student"), ("parent", "no-portal-access"),
    }  # fmt: skip
    found = judged(pupil("s1", email=None), enrolled("s1"), pupil("s2"))
    assert [verdict(found, "student", s)["ends_account"] for s in ("s0", "s1", "s2")] == [False, False, True]


def test_whose_account_is_frozen_holds_the_login_there() -> None:
    there = [account("student", "s9", login="s1@pupils.example")]
    rows = (*S1, pupil("s9"), enrolled("s9"))
    assert reason(judged(*rows, known=there), "student", "s1") is None, "s9 moves to a login of their own"
    unread = unreadable(("student", "s9"))
    assert reason(judged(*rows, known=there, unread=unread), "student", "s1") == "duplicate-login"
    held = unread.select("kind", "person_id")
    assert reason(judged(*rows, known=there, staying=held), "student", "s1") == "duplicate-login"
    assert reason(judged(*rows, known=there, staying=held.with_columns(kind=pl.lit("parent"))), "student", "s1") is None


def test_r10_there_is_one_table_of_rules_with_two_kinds() -> None:
    assert [r.code for r in rules_for("student")] + [r.code for r in rules_for("parent")] == [r.code for r in RULES]
    assert all(r.message and r.remedy and r.source for r in RULES)
