"""What limits count, how they are reckoned, what is held and what releases it (R39, cases 5, 57)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from frames import Op, account, accounts, op, operations, planned

from dayzero.config import Limit, LimitSettings
from dayzero.errors import ConfigurationError, HeldError, UsageError
from dayzero.plan import Breach, mark_held, released, require_release
from dayzero.plan.limits import Suspicion, breaches, counted, mass_rekeys, recent_leavers, shrunk

FREE = Limit()
FREED = ("create", "update", "disable", "enable", "refuse", "year", "shrink", "rekey")


def limits(**settings: Any) -> LimitSettings:
    """Return limits of which only those named bind."""
    return LimitSettings(**{**dict.fromkeys(FREED, FREE), **settings})


def at_most(number: int) -> Limit:
    return Limit(count=number)


# -- what is counted

LOST = '"children":[["s"],[]]'
COUNTED: dict[str, tuple[Op, bool]] = {
    "an account begins": (op("create", "student", "s", login=(None, "a")), True),
    "an account ends": (op("disable", "parent", "c"), True),
    "an account comes back": (op("enable", "student", "s"), False),
    "comes back under another name": (op("enable", "student", "s", given_name=("a", "b")), False),
    "another login": (op("update", "student", "s", login=("a", "b")), True),
    "another given name": (op("update", "parent", "c", given_name=("a", "b")), True),
    "a given name less": (op("update", "parent", "c", given_name=("a", None)), True),
    "another family name": (op("update", "student", "s", family_name=("a", "b")), True),
    "grades and years follow the calendar": (
        op("update", "student", "s", grade_level=("9", "10"), new=(True, False), years=(["active"], ["scheduling"])),
        False,
    ),
    "a child lost": (op("update", "parent", "c", children=(["s1", "s2"], ["s1"])), True),
    "the only child lost": (op("update", "parent", "c", children=(["s1"], [])), True),
    "all children, to none at all": (op("update", "parent", "c", children=(["s1"], None)), True),
    "one child for another": (op("update", "parent", "c", children=(["s1"], ["s2"])), True),
    "a child added": (op("update", "parent", "c", children=(["s1"], ["s1", "s2"])), False),
    "the first child": (op("update", "parent", "c", children=(None, ["s1"])), False),
    "children in another order": (op("update", "parent", "c", children=(["s1", "s2"], ["s2", "s1"])), False),
    "a child lost, a grade beside": (op("update", "parent", "c", children=(["s"], []), new=(True, False)), True),
    "a text that looks like a change of login": (op("update", "student", "s", grade_level=("9", '"login":[')), False),
    "a text that looks like a lost child": (op("update", "student", "s", grade_level=("9", LOST)), False),
    "a record's name": (op("update", "student-record", "s", given_name=("a", "b")), False),
    "a record begins": (op("create", "student-record", "s", given_name=(None, "b")), False),
    "a record goes": (op("remove", "course", "s"), False),
}  # fmt: skip


def test_counted_are_accounts_that_begin_or_end_other_identities_and_lost_children() -> None:
    marks = counted(operations(*(made for made, _ in COUNTED.values()))).to_list()
    assert dict(zip(COUNTED, marks, strict=True)) == {what: counts for what, (_, counts) in COUNTED.items()}


def test_nothing_is_counted_of_nothing() -> None:
    assert counted(operations()).to_list() == []


# -- how limits are reckoned


def test_percentages_are_rounded_down_and_taken_of_the_floor_below_it() -> None:
    tenth = Limit(percent=10)
    assert [tenth.of(accounts, 100) for accounts in (200, 199, 100, 99, 0)] == [20, 19, 10, 10, 10]
    assert [tenth.of(accounts, 0) for accounts in (9, 0)] == [0, 0]
    assert Limit(percent=0).of(1000, 100) == 0


def test_a_count_is_a_count_and_none_is_no_limit() -> None:
    assert (Limit(count=7).of(3, 100), Limit(count=0).of(3, 100), Limit().of(3, 100)) == (7, 0, None)


def test_a_limit_is_a_count_a_percentage_or_none_and_nothing_else_is_taken_for_one() -> None:
    said = {0: Limit(count=0), " 25 % ": Limit(percent=25), "100%": Limit(percent=100), "None": Limit()}
    assert {text: Limit.parse(text) for text in said} == said
    for wrong in (-1, True, "101%", "25", "", "-5%"):
        with pytest.raises(ConfigurationError):
            Limit.parse(wrong)


LEAVERS = [op("disable", "student", f"s{n}") for n in range(3)]
PARENTS = [op("disable", "parent", f"c{n}") for n in range(2)]
NEWCOMERS = [op("create", "student", f"n{n}", login=(None, f"n{n}")) for n in range(3)]
RENAMED = [op("update", "parent", f"r{n}", family_name=("a", "b")) for n in range(2)]
GROWN = op("update", "parent", "g", children=([], ["s"]))


def over(
    *ops: Op, accounts: int = 100, doubt: Suspicion | None = None, refused: tuple[str, ...] = (),
    recent: Any = None, **settings: Any,
) -> list[Breach]:  # fmt: skip
    """Return the breaches, at a portal with so many accounts of each kind."""
    there = {"student": accounts, "parent": accounts}
    return breaches(operations(*ops), there, limits(**settings), doubt, refused=refused, recent=recent or {})


@pytest.mark.parametrize(("limit", "breached"), [(2, True), (3, False)])
def test_a_breach_is_more_than_the_limit(limit: int, breached: bool) -> None:
    expected = [Breach("disable", "student", 3, limit, "disable=3")] if breached else []
    assert over(*LEAVERS, disable=at_most(limit)) == expected


def test_kinds_are_judged_by_themselves_and_released_together() -> None:
    found = over(*LEAVERS, *PARENTS, disable=at_most(1))
    assert [(b.kind, b.count, b.allow) for b in found] == [("student", 3, "disable=5"), ("parent", 2, "disable=5")]
    assert [b.allow for b in over(*LEAVERS, *PARENTS, disable=at_most(2))] == ["disable=3"]


def test_what_is_not_counted_breaks_no_limit() -> None:
    assert over(GROWN, op("enable", "student", "s"), update=at_most(0), create=at_most(0), disable=at_most(0)) == []


@pytest.mark.parametrize(("accounts", "breached"), [(99, False), (100, True)])
def test_a_portal_that_is_being_filled_is_not_limited(accounts: int, breached: bool) -> None:
    assert bool(over(*NEWCOMERS, accounts=accounts, create=at_most(1))) is breached


def test_only_creating_is_free_while_a_portal_is_being_filled() -> None:
    found = over(*LEAVERS, *RENAMED, accounts=1, disable=at_most(0), update=at_most(0))
    assert [(b.op, b.kind) for b in found] == [("update", "parent"), ("disable", "student")]


def test_a_kind_without_accounts_is_judged_as_an_empty_portal() -> None:
    strict = limits(disable=Limit(percent=10), from_accounts=20)
    assert [b.limit for b in breaches(operations(*LEAVERS), {}, strict)] == [1]


# -- doubtful reads


def test_case_57_after_a_shrunken_read_nothing_is_taken_away_whatever_the_limits() -> None:
    doubt = Suspicion(shrunk={"students": (100, 10)})
    renamed = [op("update", "student", "s", login=("a", "b")), *NEWCOMERS]
    found = over(*LEAVERS, *PARENTS, *RENAMED, *renamed, doubt=doubt)
    assert {(b.op, b.kind, b.limit) for b in found} == {
        ("disable", "student", 0), ("disable", "parent", 0), ("update", "parent", 0),
    }  # fmt: skip


def test_case_57_a_read_shrank_if_more_people_would_leave_than_a_good_one_can_explain() -> None:
    settings = limits(shrink=Limit(percent=25), from_accounts=8)
    found = [shrunk(operations(*LEAVERS), {"student": there}, settings) for there in (11, 12, 3)]
    assert found == [{"students": (11, 8)}, {}, {"students": (3, 0)}]


def test_rows_that_go_without_a_person_do_not_shrink_a_read() -> None:
    removed = [op("remove", "student-record", f"s{n}") for n in range(9)]
    assert shrunk(operations(*removed, GROWN), {"student": 9}, limits(shrink=at_most(0))) == {}
    assert shrunk(operations(*LEAVERS), {"student": 3}, limits()) == {}


@pytest.mark.parametrize(("there", "limit"), [(2, 1), (4, 2), (5, 2), (40, 10)])
def test_i5_never_more_than_half_leave_and_one_may(there: int, limit: int) -> None:
    found = over(*(op("disable", "student", f"s{n}") for n in range(50)), accounts=there, disable=at_most(10))
    assert [b.limit for b in found] == [limit]


def test_i11_leavers_of_the_last_days_are_added_up() -> None:
    gone = ("disable", "student")
    assert over(*LEAVERS, disable=at_most(5), recent={gone: 3}) == [Breach(*gone, 3, 5, "disable=3", before=3)]
    assert over(*LEAVERS, disable=at_most(5), recent={gone: 2, ("disable", "parent"): 9}) == []
    assert over(disable=at_most(5), recent={gone: 9}) == [], "nobody leaves tonight"


def test_i11_a_week_counts_and_what_was_looked_at_does_not() -> None:
    days = ["2027-02-01", "2027-02-02", "2027-02-07", "2027-02-08"]
    ended = [
        account("student", f"s{n}", status="disabled", disabled_at=f"{d}T12:00:00+00:00") for n, d in enumerate(days)
    ]
    there = accounts(*ended, account("student", "works"), account("parent", "p", status="disabled"))
    now = datetime(2027, 2, 8, 13, tzinfo=UTC)
    assert recent_leavers(there, now, ()) == {("disable", "student"): 3}
    assert recent_leavers(there, now, [("student", "s2"), ("parent", "s3")]) == {("disable", "student"): 2}
    assert recent_leavers(there, datetime(2026, 2, 1, tzinfo=UTC), ()) == {("disable", "student"): 3}, (
        "by the portal's clock, if it is ahead"
    )
    assert recent_leavers(there, datetime(2027, 3, 1, tzinfo=UTC), ()) == {}


def test_i18_who_comes_back_is_counted() -> None:
    back = [op("enable", "student", f"s{n}") for n in range(3)]
    assert over(*back, enable=at_most(2)) == [Breach("enable", "student", 3, 2, "enable=3")]
    assert over(*back, enable=at_most(3)) == []


def test_a4_who_loses_a_year_and_stays_is_counted_for_each_year() -> None:
    def turned(n: int, before: list[str], after: list[str]) -> Op:
        return op("update", "student-record", f"s{n}", years=(before, after))

    both = ["active", "scheduling"]
    lost = [turned(n, both, ["scheduling"]) for n in range(3)] + [turned(n, both, ["active"]) for n in (3, 4)]
    lost += [turned(5, ["active"], both), op("remove", "student-record", "s6")]
    found = breaches(
        operations(*lost), {"student": 50}, limits(year=at_most(1)), years={"active": "2026", "scheduling": "2027"}
    )
    assert [(b.count, b.year, b.allow) for b in found] == [(3, "2026", "year=5"), (2, "2027", "year=5")]


def test_refusals_are_counted_by_themselves() -> None:
    gone = [op("disable", "parent", "p0"), op("update", "parent", "p1", children=(["a", "b"], ["a"]))]
    found = over(*gone, refused=("p0", "p1"), refuse=at_most(1), disable=at_most(0), update=at_most(0))
    assert found == [Breach("refuse", "parent", 2, 1, "refuse=2")]
    assert [b.op for b in over(*gone, disable=at_most(0), update=at_most(0))] == ["update", "disable"]


REKEYED = {"student": {"s0": "n0", "s1": "n1", "s2": "n2"}}


@pytest.mark.parametrize(("limit", "mass"), [(2, {"student": 2}), (3, {})])
def test_a_mass_rekey_is_more_new_ids_than_the_limit(limit: int, mass: dict[str, int]) -> None:
    assert mass_rekeys(REKEYED, {"student": 100}, limits(rekey=at_most(limit))) == mass


def test_a_mass_rekey_is_a_breach_of_its_own() -> None:
    found = over(*LEAVERS, *NEWCOMERS, doubt=Suspicion(rekeyed=REKEYED), rekey=Limit(percent=2))
    assert found == [Breach("rekey", "student", 3, 2, "rekey=3")]


# -- what is held


def held(*ops: Op, over: list[Breach], doubt: Suspicion | None = None) -> dict[str, set[str]]:
    """Return the ids of what is held, by kind."""
    marked = mark_held(operations(*ops), over, doubt)
    assert marked.height == len(ops)
    ids: dict[str, set[str]] = {}
    for kind, ident in marked.filter("held").select("kind", "id").iter_rows():
        ids.setdefault(kind, set()).add(ident)
    return ids


def breach(op: str, kind: str, count: int = 1) -> Breach:
    return Breach(op, kind, count, 0, f"{op}={count}")


def test_held_are_all_counted_operations_of_the_op_and_kind_in_breach() -> None:
    everything = (*LEAVERS, *PARENTS, *NEWCOMERS, *RENAMED, GROWN)
    assert held(*everything, over=[breach("disable", "student")]) == {"student": {"s0", "s1", "s2"}}
    assert held(*everything, over=[breach("update", "parent")]) == {"parent": {"r0", "r1"}}, "an added child goes"
    assert held(*everything, over=[]) == {}


def test_a_student_and_a_parent_of_one_id_are_two() -> None:
    twins = op("disable", "student", "7"), op("disable", "parent", "7")
    assert held(*twins, over=[breach("disable", "parent")]) == {"parent": {"7"}}


def test_i10_both_sides_of_a_mass_rekey_are_held_and_nobody_of_the_kind_begins() -> None:
    strangers = (op("disable", "student", "x"), op("create", "student", "y"), op("disable", "parent", "s0"))
    grade = op("update", "student", "n9", grade_level=("9", "10"))
    doubt = Suspicion(rekeyed=REKEYED)
    everything = (*LEAVERS, *NEWCOMERS, *strangers, grade)
    found = held(*everything, over=[breach("rekey", "student")], doubt=doubt)
    assert found == {"student": {"s0", "s1", "s2", "n0", "n1", "n2", "y"}}


def test_marking_again_forgets_what_was_held_before() -> None:
    before = planned(*LEAVERS, held=["s0", "s1"])
    assert not mark_held(before, [])["held"].any()
    assert mark_held(before, [])["id"].to_list() == before["id"].to_list()


# -- what is released

HELD = [breach("disable", "student", 3), breach("disable", "parent", 2), breach("rekey", "parent", 4)]


def test_exactly_what_is_held_is_released_over_both_kinds() -> None:
    assert released(HELD, {"disable": 5}) == [HELD[2]]
    assert released(HELD, {"rekey": 4, "disable": 5}) == []
    assert released(HELD, {}) == HELD


def test_any_other_number_releases_nothing() -> None:
    for number in (0, 2, 3, 4, 6):
        with pytest.raises(HeldError) as caught:
            released(HELD, {"rekey": 4, "disable": number})
        assert "--allow disable=5" in caught.value.remedy
        assert caught.value.facts == {"op": "disable", "allowed": number, "held": 5}


def test_what_is_not_held_cannot_be_released() -> None:
    with pytest.raises(HeldError, match="leave --allow out"):
        released(HELD, {"update": 1})


def test_there_is_no_limit_on_removing() -> None:
    with pytest.raises(UsageError, match="remove"):
        released(HELD, {"remove": 1})


def test_where_a_breach_stops_everything_it_says_what_would_release_it() -> None:
    require_release(HELD, limits())
    require_release([], limits(on_breach="stop"))
    with pytest.raises(HeldError) as caught:
        require_release([breach("disable", "student", 3), breach("update", "parent", 2)], limits(on_breach="stop"))
    assert caught.value.remedy.endswith("--allow disable=3 --allow update=2.")
    assert [b["op"] for b in caught.value.held] == ["disable", "update"]
