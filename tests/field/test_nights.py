"""Several nights, and several things at once: who is named stays, and what was looked at or is another loss is not added up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from field.test_holds import crowd, going_on, records, without_next_year, years
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

from dayzero.clock import SystemClock

pytestmark = pytest.mark.slow


def nameless(school: TinySchool) -> list[str]:
    """Working parents who have a child on the portal that has no record there."""
    there = records(school)
    parents = {i: a for (kind, i), a in school.accounts().items() if kind == "parent" and a["status"] != "disabled"}
    return sorted(i for i, account in parents.items() if not set(account["children"]) <= there.keys())


def held(run: Any) -> list[tuple[Any, ...]]:
    return [(h["op"], h["kind"], h["count"], h.get("before", 0), h["limit"]) for h in run.doc["held"]]


def two_parents_each(school: TinySchool) -> list[str]:
    ids = [f"p{n:02}" for n in range(20)]
    for ident in ids:
        school.student(ident).contact(f"m{ident}", children=[ident]).contact(f"f{ident}", children=[ident])
    return ids[:6]


def without_logins(school: TinySchool) -> list[str]:
    ids = [f"p{n:02}" for n in range(40)]
    for ident in ids:
        school.student(ident, "").contact(f"m{ident}", children=[ident])
    return ids[:14]


def one_of_two(school: TinySchool) -> list[str]:
    ids = [f"p{n:02}" for n in range(9)]
    for ident in ids:
        school.student(ident).student(f"{ident}b")
        for who in "mfg":
            school.contact(who + ident, children=[ident, f"{ident}b"])
    return ids


@pytest.mark.parametrize("made", [two_parents_each, without_logins, one_of_two])
def test_a1_whose_parents_are_held_is_not_nameless(
    tiny_school: TinySchool, made: Callable[[TinySchool], list[str]]
) -> None:
    """Parents above their limit are held, and their children below theirs go: the record stays, which a parent's page names."""
    leaving = made(tiny_school)
    tiny_school.sync()
    for ident in leaving:
        tiny_school.forget_student(ident)
    night = tiny_school.sync()
    assert night.exit_code == 3
    assert nameless(tiny_school) == []
    assert tiny_school.sync().doc["applied"]["records"]["remove"] == 0
    line = " ".join(f"--allow {allow}" for allow in {h["allow"] for h in night.doc["held"]})
    assert tiny_school.run("sync", "--yes", *line.split()).exit_code == 0
    assert not set(leaving) & records(tiny_school).keys()


def test_a1_whose_parent_is_unreadable_or_in_doubt_is_not_nameless(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").student("s3").student("s4").contact("c1", children=["s1", "s0"])
    tiny_school.contact("c2", children=["s2", "s0"], given_name="Otto", family_name="Old").sync()
    tiny_school.forget_student("s1").forget_student("s2")
    tiny_school.row(
        "contacts",
        contact_id="c1", given_name="G", family_name="F", primary_email="x@homes.example", portal_access="perhaps",
    )  # fmt: skip
    tiny_school.contact("c2", "zoe@homes.example", children=["s0"], given_name="Zoe", family_name="Zander").sync()
    assert nameless(tiny_school) == []
    file = str(tiny_school.folder / "tonight.plan")
    tiny_school.plan("--out", file)
    assert tiny_school.run("sync", "--plan", file).doc.get("error") is None, "what is no operation yet holds nothing"


def test_a1_an_undo_leaves_nobody_nameless(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    for n in range(6):
        tiny_school.student(f"p{n}").contact(f"m{n}", children=[f"p{n}"]).contact(f"f{n}", children=[f"p{n}"])
    assert tiny_school.run("undo", tiny_school.sync().doc["run_id"], "--yes").exit_code == 3
    assert nameless(tiny_school) == []


@pytest.mark.parametrize(
    ("child", "becomes"), [({"enrolled": {ACTIVE: "12"}}, []), (PROMOTED, ["active"])], ids=["graduate", "leaves early"]
)
def test_a1_the_year_turns_and_nobody_is_nameless(tiny_school: TinySchool, child: Any, becomes: list[str]) -> None:
    """Six go with the year, twelve parents are above their limit: what is left of the six goes on with the year, too."""
    crowd(tiny_school, 24)
    for n in range(6):
        tiny_school.student(f"g{n}", **child).contact(f"m{n}", children=[f"g{n}"]).contact(f"f{n}", children=[f"g{n}"])
    tiny_school.sync(yes=True)
    for n in range(6):
        tiny_school.remove("enrollments", student_id=f"g{n}", year_id=SCHEDULING)
    night = tiny_school.activate().sync(yes=True)
    assert (night.exit_code, night.held()["disable", "parent"]["count"]) == (3, 12)
    assert nameless(tiny_school) == []
    assert [records(tiny_school)[f"g{n}"] for n in range(6)] == [becomes] * 6
    assert tiny_school.sync("--allow", "disable=12", yes=True).exit_code == 0
    assert not {f"g{n}" for n in range(6)} & records(tiny_school).keys()


def test_a1_a_parent_without_an_address_keeps_a_graduate_over_the_change_of_year(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 24)
    tiny_school.student("g0", enrolled={ACTIVE: "12"}).contact("c1", children=["g0", "p01"]).sync(yes=True)
    tiny_school.edit("contacts", {"contact_id": "c1"}, primary_email="")
    assert tiny_school.activate().sync(yes=True).exit_code == 0
    assert (nameless(tiny_school), records(tiny_school)["g0"]) == ([], [])
    tiny_school.edit("contacts", {"contact_id": "c1"}, primary_email="c1@homes.example").sync(yes=True)
    assert "g0" not in records(tiny_school)
    assert tiny_school.account("parent", "c1")["children"] == ["p01"]


def test_a1_newcomers_whose_parents_wait_keep_their_year_and_its_courses(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 24)
    for n in range(6):
        tiny_school.student(f"n{n}", **NEWCOMER)
        tiny_school.contact(f"m{n}", children=[f"n{n}"]).contact(f"f{n}", children=[f"n{n}"])
    tiny_school.sync(yes=True)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 3
    assert nameless(tiny_school) == []
    assert years(tiny_school) == {ACTIVE: "active", SCHEDULING: "scheduling"}
    assert tiny_school.sync("--allow", "disable=12").exit_code == 0
    assert years(tiny_school) == {ACTIVE: "active"}
    assert not {f"n{n}" for n in range(6)} & records(tiny_school).keys()


def test_i1_the_setting_said_again_is_no_release(tiny_school: TinySchool) -> None:
    ids = going_on(tiny_school, 15)
    without_next_year(tiny_school, ids).write(yes=True)
    for command in (("plan", "--send-scheduling-year", "yes"), ("settings", "send-scheduling-year", "yes", "--yes")):
        assert tiny_school.run(*command).exit_code == 3, command
    assert sum("scheduling" in had for had in records(tiny_school).values()) == 16


def test_i11_graduates_of_a_saved_plan_are_no_leak(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12)
    for n in range(9):
        tiny_school.student(f"g{n}", enrolled={ACTIVE: "12"})
    tiny_school.sync(yes=True)
    file = str(tiny_school.folder / "turn.plan")
    assert tiny_school.activate().plan("--out", file, yes=True).exit_code == 0
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
    run = tiny_school.forget_student("p01").forget_student("p02").sync(yes=True)
    assert (run.exit_code, held(run)) == (0, [])


def test_i11_who_goes_by_the_setting_is_no_leak(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 12)
    for n in range(9):
        tiny_school.student(f"n{n}", **NEWCOMER)
    tiny_school.sync(yes=True)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 0
    run = tiny_school.forget_student("p01").forget_student("p02").sync()
    assert (run.exit_code, held(run)) == (0, [])


def test_i11_a_night_with_the_clock_ahead_is_not_added_up_for_ever(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = going_on(tiny_school, 15)
    for who, days in ((ids[:8], 300), (ids[8:11], 60)):
        now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=days)
        monkeypatch.setattr(SystemClock, "now", lambda _, now=now: now)
        run = without_next_year(tiny_school, who).sync(yes=True)
    assert held(run) == []


def test_i11_who_releases_another_limit_has_not_looked_at_who_leaves(tiny_school: TinySchool) -> None:
    """A name is released on each night, and with it nobody's leaving."""
    ids = crowd(tiny_school, 30)
    tiny_school.sync()
    tiny_school.limits["update"] = 0
    nights = []
    for n in range(0, 12, 4):
        tiny_school.edit("students", {"student_id": ids[-1]}, given_name=f"Ada {'abc'[n // 4]}")
        for ident in ids[n : n + 4]:
            tiny_school.forget_student(ident)
        nights.append(tiny_school.sync(allow="update=1").exit_code)
    assert nights == [0, 0, 3]
    assert {"disable"} == {op for op, *_ in held(tiny_school.sync())}
    assert len(tiny_school.working("student")) == 31 - 8


def test_i11_a_year_lost_as_the_next_one_is_another_loss(tiny_school: TinySchool) -> None:
    both = {ACTIVE: "9", SCHEDULING: "10", "2029": "11"}
    ids = crowd(tiny_school, 30, enrolled=both, entry={"2029": 0})
    tiny_school.sync(yes=True)
    without_next_year(tiny_school, ids[:8]).sync(yes=True)
    tiny_school.activate().year("2029", "scheduling").sync(yes=True)
    for ident in ids[20:23]:
        tiny_school.remove("enrollments", student_id=ident, year_id=SCHEDULING)
    assert [h for h in held(tiny_school.sync(yes=True)) if h[0] == "year"] == []


def test_a4_students_without_an_account_are_counted_for_a_year(tiny_school: TinySchool) -> None:
    """Where children have no logins, as in a primary school, half of the accounts is nobody."""
    ids = [f"p{n:02}" for n in range(20)]
    for ident in ids:
        tiny_school.student(ident, "", enrolled={ACTIVE: "9", SCHEDULING: "10"}, entry={SCHEDULING: 0})
        tiny_school.contact(f"m{ident}", children=[ident])
    tiny_school.sync(yes=True)
    for ident in ids[:2]:
        tiny_school.edit("enrollments", {"student_id": ident, "year_id": ACTIVE}, status="inactive")
    file = str(tiny_school.folder / "tonight.plan")
    for last_weeks in (False, True):
        if last_weeks:  # no stamp of the year's end: that would be many
            tiny_school.sync_settings["today"] = date(2027, 6, 10)
        plan = tiny_school.plan("--out", file, yes=True)
        assert (plan.doc["held"], plan.findings("bridged")) == ([], [])
    assert tiny_school.run("sync", "--plan", file).exit_code == 0
    assert [records(tiny_school)[ident] for ident in ids[:2]] == [["scheduling"]] * 2
