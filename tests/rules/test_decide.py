"""The whole decision: judged and planned until what the limits hold changes no verdict any more (R33, R36, R39)."""

from __future__ import annotations

from typing import Any

import pytest
from frames import ACTIVE, Row, account, code, config, contact, enrolled, link, pupil, said, tables, unreadable, view

from dayzero.config import Limit
from dayzero.conform import Conformed, Findings
from dayzero.errors import UntrustedSourceError
from dayzero.gradebook import Drift
from dayzero.plan import Decided, decide, gather, rejections_of

S0 = (pupil("s0"), enrolled("s0"), code("s0", year_id=ACTIVE), contact("c0"), link("c0", "s0"))
THERE = (
    account("student", "s0", login="s0@pupils.example"),
    account("parent", "c0", login="c0@homes.example", children=["s0"]),
)
"""A steady family, in the source and on the portal."""
A = "a@pupils.example"


def decided(
    *rows: Row, known: Any = (), limits: Any = None, out: Any = (), rows_read: Any = None, states: Any = None,
    columns: tuple[str, ...] = (), records: Any = None, **options: Any,
) -> Decided:  # fmt: skip
    """Decide about these rows beside the steady family. ``out``: persons named in rows that were left out."""
    source = tables(*S0, *rows)
    read = {name: frame.height for name, frame in source.items()} | (rows_read or {})
    conformed = Conformed(source, Findings(), unreadable(*out), read, states or {}, columns)
    portal, settings = view(*THERE, *known, **(records or {})), config(**(limits or {}))
    return decide(gather(conformed, portal, settings), portal, settings, **options)


def ops(made: Decided) -> dict[tuple[str, str], str]:
    """Return the operations on accounts."""
    kinds = ("student", "parent")
    return {key: name for key, (name, _) in said(made.plan.operations).items() if key[0] in kinds}


def withheld(made: Decided) -> dict[str, tuple[str, str]]:
    """Return why somebody is withheld, and what becomes of an account they have."""
    rows = made.plan.withheld.select("person_id", "reason", "account").iter_rows()
    return {ident: (reason, becomes) for ident, reason, becomes in rows}


def held(made: Decided) -> set[str]:
    """Return the ids of what is held."""
    return set(made.plan.operations.filter("held")["id"])


NONE = {"disable": Limit(count=0)}


def test_a_leaver_who_is_held_keeps_the_login_and_the_newcomer_yields() -> None:
    leaver, rows = account("student", "s1", login=A), (pupil("s1", email=A), pupil("s2", email=A), enrolled("s2"))
    made = decided(*rows, known=[leaver], limits=NONE)
    assert ops(made) == {("student", "s1"): "disable"}
    assert held(made) == {"s1"}
    assert withheld(made) == {"s1": ("not-enrolled", "disable"), "s2": ("duplicate-login", "none")}


def test_a_held_change_of_login_keeps_the_old_one_from_the_newcomer_who_wanted_it() -> None:
    there, rows = (
        account("student", "s1", login=A),
        (pupil("s1", email="b@x.example"), enrolled("s1"), pupil("s2", email=A), enrolled("s2")),
    )
    made = decided(*rows, known=[there], limits={"update": Limit(count=0)})
    assert (ops(made), held(made)) == ({("student", "s1"): "update"}, {"s1"})
    assert withheld(made) == {"s2": ("duplicate-login", "none")}


def test_what_is_within_the_limits_is_not_held() -> None:
    made = decided(pupil("s1"), known=[account("student", "s1")], limits={"disable": Limit(count=1)})
    assert (ops(made), held(made), made.plan.held) == ({("student", "s1"): "disable"}, set(), ())


def test_the_reason_for_which_an_account_ends_goes_with_the_plan() -> None:
    made = decided(pupil("s1"), known=[account("student", "s1"), account("parent", "c9", children=["s1"])])
    assert made.plan.header.reasons == {"student": {"not-enrolled": ["s1"]}, "parent": {"no-sent-student": ["c9"]}}


def test_r39_who_could_not_be_read_is_unreadable_and_not_withheld() -> None:
    made = decided(known=[account("student", "s1"), account("parent", "c9", children=["s1"])], out=[("student", "s1")])
    assert (ops(made), withheld(made)) == ({}, {})
    assert made.plan.unreadable.select("kind", "person_id").rows() == [("student", "s1"), ("parent", "c9")]


def test_r39_nobody_is_disabled_and_no_record_removed_by_a_partial_read_or_in_add_only_weeks() -> None:
    leaver = {"known": [account("student", "s1")], "records": {"student_record": [{"id": "s1"}]}}
    made = said(decided(pupil("s1"), **leaver).plan.operations)
    assert (made["student", "s1"], made["student-record", "s1"]) == (("disable", {}), ("remove", {}))
    for options in ({"add_only": True}, {"states": {"enrollments": "partial"}}):
        kept = decided(pupil("s1"), **leaver, **options)
        assert {name for name, _ in said(kept.plan.operations).values()} <= {"create", "update"}
        assert withheld(kept) == {"s1": ("not-enrolled", "kept")}


def test_a_course_goes_only_when_the_courses_were_read() -> None:
    records = {"course": [{"id": "2027/ENG"}]}
    assert ("course", "2027/ENG") in said(decided(records=records).plan.operations)
    source = tables(*S0)
    read = {name: frame.height for name, frame in source.items() if name != "courses"}
    portal, settings = view(*THERE, course=records["course"]), config()
    unread = gather(Conformed(source, Findings(), unreadable(), read), portal, settings)
    assert ("course", "2027/ENG") not in said(decide(unread, portal, settings).plan.operations)


def test_r39_a_deciding_column_that_was_lost_is_refused() -> None:
    before = {"contacts": 1, "contacts.portal_access": 1}
    measured = {"shrink": Limit(percent=25)}
    with pytest.raises(UntrustedSourceError) as caught:
        decided(limits=measured, measure_before=before)
    assert (caught.value.rule, caught.value.columns) == ("missing-column", ["portal_access"])
    assert ops(decided(measure_before=before)) == {}, "`shrink` none takes every read as it is"


def test_case_57_a_read_that_shrank_takes_nothing_from_anybody_and_says_so() -> None:
    there = [account("student", f"s{n}") for n in (1, 2, 3)] + [account("parent", "c1", children=["s1", "s2"])]
    limits = {"shrink": Limit(percent=25), "from_accounts": 0}
    records = {"student_record": [{"id": f"s{n}", "years": ["active"]} for n in (1, 2, 3)]}
    made = decided(
        pupil("s1"), enrolled("s1"), contact("c1"), link("c1", "s1"), known=there, limits=limits, records=records
    )
    assert made.plan.header.shrunk == {"students": (4, 2)}
    assert [f.rule for f in made.plan.findings] == ["table-shrank"]
    gone = {"s2", "s3"}
    assert {(k, i) for k, i in made.plan.operations.filter("held").select("kind", "id").iter_rows()} >= {
        (kind, ident) for ident in gone for kind in ("student", "student-record")
    }
    assert ("parent", "c1") not in said(made.plan.going) or "children" not in said(made.plan.going)["parent", "c1"][1]


def test_a_mass_rekey_is_seen_before_anything_is_held_and_nobody_ends_or_begins() -> None:
    there = [account("student", f"s{n}", login=f"{n}@x.example") for n in (1, 2)]
    rows = [row for n in (1, 2) for row in (pupil(f"x{n}", email=f"{n}@x.example"), enrolled(f"x{n}"))]
    limits = {"rekey": Limit(count=1)}
    made = decided(*rows, known=there, limits=limits)
    assert made.plan.header.rekeyed == {"student": {"s1": "x1", "s2": "x2"}}
    assert [(b.op, b.count) for b in made.plan.held] == [("rekey", 2)]
    assert (ops(made), held(made)) == ({("student", s): "disable" for s in ("s1", "s2")}, {"s1", "s2"})
    assert decided(*rows, known=there, limits={"rekey": Limit(count=2)}).plan.header.rekeyed == {}


def test_what_is_kept_or_was_rejected_is_not_sent() -> None:
    there, rows = account("student", "s1", login=A, given_name="Theirs"), (pupil("s1", email=A), enrolled("s1"))
    names = {"given_name": "Given s1", "family_name": "Family s1"}
    kept = [Drift("student", "s1", f, ours, "theirs", kept=True) for f, ours in names.items()]
    first = decided(*rows, known=[there])
    assert ops(first) == {("student", "s1"): "update"}
    assert ops(decided(*rows, known=[there], kept=kept)) == {}
    remembered = rejections_of(first.plan.operations, [{"kind": "student", "id": "s1", "reason": "r", "remedy": "r"}])
    made = decided(*rows, known=[there], rejected=remembered)
    assert (ops(made), made.plan.rejected_before) == ({}, tuple(remembered))


def test_what_is_not_sent_breaks_no_limit() -> None:
    kept = [Drift("student", "s1", "status", "working", "pending", kept=True)]
    made = decided(pupil("s1"), known=[account("student", "s1")], limits=NONE, kept=kept)
    assert (ops(made), made.plan.held) == ({}, ())


def test_operations_are_sorted_and_who_needs_none_is_counted() -> None:
    made = decided(pupil("s2"), enrolled("s2"), pupil("s1"), enrolled("s1"))
    keys = made.plan.operations.select("kind", "id").rows()
    assert keys == sorted(keys)
    assert made.plan.unchanged == {"student": 1, "parent": 1}
