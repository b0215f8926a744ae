"""A hold follows the person: what is taken from somebody because they leave goes together or stays together (A1-A6, I1, I5, I18)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

from dayzero.plan import Breach

pytestmark = pytest.mark.slow

BOTH = {ACTIVE: "9", SCHEDULING: "10"}


def crowd(school: TinySchool, number: int, **student: Any) -> list[str]:
    """Add students, each with a mother, and return their ids."""
    ids = [f"p{n:02}" for n in range(1, number + 1)]
    for ident in ids:
        school.student(ident, **(student or PROMOTED)).contact(f"m{ident}", children=[ident])
    return ids


def taken(before: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    """Return what was taken from whom between two states of the portal."""
    found = []
    for key, was in before.items():
        now = after.get(key)
        if now is None or (now["status"] == "disabled" and was["status"] != "disabled"):
            found.append(f"{key[1]}: the account")
            continue
        found += [f"{key[1]}: {y}" for y in set(was["years"] or ()) - set(now["years"] or ())]
        found += [f"{key[1]}: child {c}" for c in set(was["children"] or ()) - set(now["children"] or ())]
    return sorted(found)


def records(school: TinySchool) -> dict[str, Any]:
    """Return the student records on the portal by id."""
    return {row["id"]: row["years"] for row in school.get("/students", limit=10_000)["items"]}


def years(school: TinySchool) -> dict[str, str]:
    """Return the years on the portal and their roles."""
    return {row["id"]: row["role"] for row in school.get("/school-years", limit=100)["items"]}


def test_a1_a_table_that_was_cut_takes_nothing_from_anybody(tiny_school: TinySchool) -> None:
    gone = crowd(tiny_school, 30)[10:]
    tiny_school.contact("both", children=["p01", "p30"]).sync(yes=True)
    before, had = tiny_school.accounts(), records(tiny_school)
    for ident in gone:
        tiny_school.remove("students", student_id=ident)
    cut = tiny_school.sync(yes=True)
    assert cut.exit_code == 3
    assert taken(before, tiny_school.accounts()) == []
    assert records(tiny_school) == had
    assert {h["op"] for h in cut.doc["held"]} >= {"disable"}
    line = " ".join(f"--allow {a}" for a in sorted({h["allow"] for h in (*cut.doc["held"], *cut.doc["reads"])}))
    allowed = tiny_school.run("sync", "--yes", *line.split())
    assert allowed.exit_code == 0
    assert not set(gone) & tiny_school.working("student")


@pytest.mark.parametrize("how", ["inactive", "withdrawn", "enrollments gone", "students gone"])
def test_a2_everybody_exits_at_once(tiny_school: TinySchool, how: str) -> None:
    ids = crowd(tiny_school, 14, enrolled={ACTIVE: "12"})
    tiny_school.student("stays", **PROMOTED).contact("of-two", children=["p01", "stays"]).sync()
    before, had = tiny_school.accounts(), records(tiny_school)
    for ident in ids:
        if how == "inactive":
            tiny_school.edit("enrollments", {"student_id": ident}, status="inactive")
        elif how == "withdrawn":
            tiny_school.code(ident, ACTIVE, 180, "W")
        else:
            tiny_school.remove(how.split()[0], student_id=ident)
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert taken(before, tiny_school.accounts()) == []
    assert records(tiny_school) == had


def test_a2_who_is_held_still_gets_what_is_new(tiny_school: TinySchool) -> None:
    ids = crowd(tiny_school, 14, enrolled={ACTIVE: "12"})
    tiny_school.sync()
    for ident in ids:
        tiny_school.edit("enrollments", {"student_id": ident}, status="inactive")
    tiny_school.student("sister").contact("mp01", "new@homes.example", children=["p01", "sister"])
    assert tiny_school.sync().exit_code == 3
    mother = tiny_school.account("parent", "mp01")
    assert (mother["login"], mother["children"]) == ("new@homes.example", ["p01", "sister"])


def test_a3_no_after_yes_takes_the_next_year_from_nobody(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 15)
    tiny_school.student("new", **NEWCOMER).contact("mother", children=["new"])
    tiny_school.row("courses", course_id="ENG1", year_id=SCHEDULING, title="English", grade_levels="9|10")
    tiny_school.sync(yes=True)
    before, had, there = tiny_school.accounts(), records(tiny_school), years(tiny_school)
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert [(h["op"], h["year"], h["count"]) for h in held.doc["held"] if h["op"] == "year"] == [
        ("year", SCHEDULING, 16)
    ]
    assert {
        k: (v["years"], v["children"]) for k, v in tiny_school.accounts().items() if k[1] not in ("new", "mother")
    } == {k: (v["years"], v["children"]) for k, v in before.items() if k[1] not in ("new", "mother")}
    assert {i: y for i, y in records(tiny_school).items() if i != "new"} == {i: y for i, y in had.items() if i != "new"}
    assert years(tiny_school) == there
    assert len(tiny_school.get("/courses", limit=100)["items"]) == 1


def test_a3_the_office_may_say_no(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 15)
    tiny_school.sync(yes=True)
    tiny_school.write(yes=True)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 0
    assert all(a["years"] == ["active"] for a in tiny_school.accounts().values())


def test_a4_a_withdrawal_for_everybody_makes_newcomers_of_nobody(tiny_school: TinySchool) -> None:
    ids = crowd(tiny_school, 15)
    for ident in ids:
        tiny_school.code(ident, SCHEDULING, 0, "E")
    tiny_school.sync(yes=True)
    before, had = tiny_school.accounts(), records(tiny_school)
    for ident in ids:
        tiny_school.code(ident, ACTIVE, 150, "W")
    held = tiny_school.sync(yes=True)
    assert held.exit_code == 3
    assert [(h["op"], h["year"], h["count"], h["allow"]) for h in held.doc["held"]] == [("year", ACTIVE, 15, "year=15")]
    assert tiny_school.accounts() == before
    assert records(tiny_school) == had
    assert tiny_school.sync("--allow", "year=15", yes=True).exit_code == 0
    assert tiny_school.account("student", "p01")["new"] is True


@pytest.mark.parametrize("later", [False, True])
def test_a5_an_active_year_without_anybody_is_refused(tiny_school: TinySchool, later: bool) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    before = tiny_school.accounts()
    tiny_school.year("2029", "future").activate("2029")
    if not later:
        tiny_school.sync_settings["today"] = date(2027, 2, 1)
    refused = tiny_school.sync()
    assert refused.exit_code == 4
    assert "2029" in refused.stderr
    assert tiny_school.accounts() == before


@pytest.mark.parametrize("spoil", [
    lambda s: s.remove("school_years", year_id="2029"),
    lambda s: s.edit("school_years", {"year_id": "2029"}, role="Scheduling Year"),
    lambda s: s.edit("school_years", {"year_id": "2029"}, role="future"),
])  # fmt: skip
def test_a5_a_next_year_that_goes_missing_is_refused_in_a_schools_second_year_too(
    tiny_school: TinySchool, spoil: Callable[[TinySchool], object]
) -> None:
    tiny_school.sync(yes=True)
    tiny_school.activate()
    assert tiny_school.sync(yes=True).exit_code == 0, "there is no next year yet, and nobody loses by it"
    tiny_school.year("2029", "scheduling").student("n1", enrolled={"2029": "9"}, entry={"2029": 0})
    tiny_school.row("enrollments", student_id="s0", year_id="2029", grade_level="12")
    tiny_school.sync_settings["today"] = date(2028, 2, 1)
    assert tiny_school.sync(yes=True).exit_code == 0
    before = tiny_school.everything()
    spoil(tiny_school)
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, run.doc["error"]["rule"]) == (4, "no-scheduling-year")
    assert tiny_school.everything() == before


@pytest.mark.parametrize("year", ["2026", SCHEDULING, "9999"])
def test_a1_who_has_only_another_years_row_keeps_their_name(tiny_school: TinySchool, year: str) -> None:
    crowd(tiny_school, 12)
    tiny_school.sync()
    before = records(tiny_school)
    for row in tiny_school.rows["students"]:
        row["year_id"] = year
    tiny_school.sync()
    assert records(tiny_school) == before


@pytest.mark.parametrize("day", ["06/08/2027", "8.6.2027", "2027-6-8", "June"])
def test_h6_a_withdrawal_of_which_the_day_cannot_be_read_takes_nobody_out(tiny_school: TinySchool, day: str) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    tiny_school.row("calendar_codes", student_id="s1", year_id=ACTIVE, day=170, code="W", date=day)
    run = tiny_school.sync()
    assert (run.exit_code, [f["severity"] for f in run.findings("date")]) == (1, ["error"])
    assert (tiny_school.working("student"), tiny_school.working("parent")) == ({"s0", "s1"}, {"c0", "c1"})


def test_a6_out_and_in_on_one_day_is_a_transfer(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").code("s1", ACTIVE, 80, "W").code("s1", ACTIVE, 80, "E")
    tiny_school.student("s2").code("s2", ACTIVE, 0, "W").code("s2", ACTIVE, 0, "E")
    tiny_school.student("s3").code("s3", ACTIVE, 80, "E").code("s3", ACTIVE, 81, "W")
    synced = tiny_school.sync()
    assert synced.op("student", "s1") == "create"
    assert [f["value"] for f in synced.findings("transferred")] == ["s1"]
    assert (synced.reason("student", "s2"), synced.reason("student", "s3")) == ("withdrawn", "withdrawn")


def test_a6_left_in_december_and_still_entered_for_the_next_year_is_said(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled=BOTH, entry={SCHEDULING: 0}).code("s1", ACTIVE, 80, "W")
    synced = tiny_school.sync(yes=True)
    assert [(f["severity"], f["value"]) for f in synced.findings("left-but-expected")] == [("warning", "s1")]
    assert tiny_school.account("student", "s1")["new"] is True


def test_a6_a_code_with_a_date_to_come_is_not_in_force_yet(tiny_school: TinySchool) -> None:
    for number, day in enumerate(("2027-02-02", "2027-02-01", "2026-12-24", "")):
        ident = f"s{number + 1}"
        tiny_school.student(ident)
        tiny_school.row("calendar_codes", student_id=ident, year_id=ACTIVE, day=90, code="W", date=day)
    synced = tiny_school.sync()
    assert tiny_school.working("student") == {"s0", "s1"}
    assert {synced.reason("student", s) for s in ("s2", "s3", "s4")} == {"withdrawn"}


def test_i1_half_of_the_enrollments_takes_no_year(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 30)
    tiny_school.sync(yes=True)
    before, had = tiny_school.accounts(), records(tiny_school)
    tiny_school.rows["enrollments"] = [
        r for r in tiny_school.rows["enrollments"] if r["year_id"] == ACTIVE or r["student_id"] == "s0"
    ]
    assert tiny_school.sync(yes=True).exit_code == 3
    assert tiny_school.accounts() == before
    assert records(tiny_school) == had


def test_i1_an_undo_that_is_held_takes_nothing_either(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 15)
    tiny_school.row("courses", course_id="ENG1", year_id=ACTIVE, title="English", grade_levels="9")
    first = tiny_school.sync(yes=True)
    before, had, there = tiny_school.accounts(), records(tiny_school), years(tiny_school)
    undone = tiny_school.run("undo", first.doc["run_id"], "--yes")
    assert undone.exit_code == 3
    assert tiny_school.accounts() == before
    assert records(tiny_school) == had
    assert years(tiny_school) == there
    assert len(tiny_school.get("/courses", limit=100)["items"]) == 1


@pytest.mark.parametrize("left", [0, 1, 3])
def test_i5_a_small_school_does_not_empty_at_once(tiny_school: TinySchool, left: int) -> None:
    ids = crowd(tiny_school, 9)
    tiny_school.sync()
    before = tiny_school.accounts()
    for ident in ids[left:]:
        tiny_school.forget_student(ident)
    held = tiny_school.sync()
    assert held.exit_code == 3
    assert taken(before, tiny_school.accounts()) == []


def test_i5_one_may_leave_the_smallest_school(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    assert tiny_school.forget_student("s1").sync().exit_code == 0
    assert tiny_school.status("student", "s1") == "disabled"


def test_i18_last_years_leavers_do_not_come_back_in_a_crowd(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 15, enrolled={ACTIVE: "12"})
    tiny_school.sync()
    for ident in [f"p{n:02}" for n in range(1, 16)]:
        tiny_school.edit("enrollments", {"student_id": ident}, status="inactive")
    allow = tiny_school.sync().doc["held"][0]["allow"]
    assert tiny_school.sync(allow=allow).exit_code == 0
    for ident in [f"p{n:02}" for n in range(1, 16)]:
        tiny_school.edit("enrollments", {"student_id": ident}, status="active")
    back = tiny_school.sync()
    assert back.exit_code == 3
    assert {(h["op"], h["kind"], h["count"]) for h in back.doc["held"]} == {
        ("enable", "student", 15),
        ("enable", "parent", 15),
    }
    assert tiny_school.working("student") == {"s0"}
    assert tiny_school.sync(allow="enable=30").exit_code == 0
    assert len(tiny_school.working("student")) == 16


def a_few_leave(school: TinySchool, ids: list[str], **options: Any) -> int:
    for ident in ids:
        school.forget_student(ident)
    return school.sync(**options).exit_code


def test_i11_a_slow_leak_is_one(tiny_school: TinySchool) -> None:
    ids = crowd(tiny_school, 30)
    tiny_school.sync()
    nights = [a_few_leave(tiny_school, ids[n : n + 4]) for n in range(0, 16, 4)]
    assert nights == [0, 0, 3, 3], "ten in a hundred within a week, four a night"
    assert len(tiny_school.working("student")) == 31 - 8
    assert a_few_leave(tiny_school, [], allow="disable=16") == 0
    assert a_few_leave(tiny_school, ids[16:18]) == 0, "what was looked at is not added up"
    assert a_few_leave(tiny_school, ids[18:19]) == 3


def test_i11_what_is_added_up_is_said(tiny_school: TinySchool) -> None:
    ids = crowd(tiny_school, 30)
    tiny_school.sync()
    assert a_few_leave(tiny_school, ids[:8]) == 0
    for ident in ids[8:12]:
        tiny_school.forget_student(ident)
    held = tiny_school.sync()
    assert [(h["count"], h["before"], h["limit"]) for h in held.doc["held"] if h["kind"] == "student"] == [(4, 8, 10)]
    said = " ".join(Breach(**h).said for h in held.doc["held"])
    assert "4 students would leave after 8 in the last seven days, more than the limit of 10." in said


def without_next_year(school: TinySchool, ids: list[str]) -> TinySchool:
    school.rows["enrollments"] = [
        r for r in school.rows["enrollments"] if r["year_id"] == ACTIVE or r["student_id"] not in ids
    ]
    return school


def going_on(school: TinySchool, count: int) -> list[str]:
    """Students who go on next year, and are synced."""
    ids = crowd(school, count, **PROMOTED)
    school.sync(yes=True)
    return ids


def test_i11_a_slow_leak_of_next_year_is_one(tiny_school: TinySchool) -> None:
    ids = going_on(tiny_school, 30)
    for n, ends in ((0, 0), (4, 0), (8, 3), (12, 3)):
        night = without_next_year(tiny_school, ids[n : n + 4]).sync(yes=True)
        assert night.exit_code == ends, n
    assert [(h["op"], h["count"], h["before"], h["limit"]) for h in night.doc["held"]] == [("year", 8, 8, 10)]
    assert sum("scheduling" in had for had in records(tiny_school).values()) == 31 - 8
    assert tiny_school.sync(yes=True, allow="year=8").exit_code == 0
    assert without_next_year(tiny_school, ids[16:18]).sync(yes=True).exit_code == 0, (
        "what was looked at is not added up"
    )
    assert without_next_year(tiny_school, ids[18:19]).sync(yes=True).exit_code == 3


def test_i11_who_has_next_year_again_is_not_added_up(tiny_school: TinySchool) -> None:
    ids = going_on(tiny_school, 30)
    had = list(tiny_school.rows["enrollments"])
    for n in (0, 8, 16):
        assert without_next_year(tiny_school, ids[n : n + 8]).sync(yes=True).exit_code == 0
        tiny_school.rows["enrollments"] = list(had)
        assert tiny_school.sync(yes=True).exit_code == 0


def test_i11_the_setting_that_is_changed_is_no_leak(tiny_school: TinySchool) -> None:
    ids = going_on(tiny_school, 30)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 0
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0
    assert without_next_year(tiny_school, ids[:8]).sync(yes=True).exit_code == 0


def test_i11_a_lost_journal_protects_no_less(tiny_school: TinySchool) -> None:
    ids = crowd(tiny_school, 30)
    tiny_school.sync()
    assert a_few_leave(tiny_school, ids[:8]) == 0
    for file in (tiny_school.folder / ".dayzero").iterdir():
        file.unlink()
    assert a_few_leave(tiny_school, ids[8:12]) == 3


def test_a_saved_plan_takes_no_more_than_it_says(tiny_school: TinySchool) -> None:
    crowd(tiny_school, 14, enrolled={ACTIVE: "12"})
    tiny_school.student("stays", **PROMOTED).contact("of-two", children=["p01", "stays"]).sync()
    before, had = tiny_school.accounts(), records(tiny_school)
    for n in range(1, 15):
        tiny_school.edit("enrollments", {"student_id": f"p{n:02}"}, status="inactive")
    file = str(tiny_school.folder / "tonight.plan")
    planned = tiny_school.plan("--out", file)
    assert planned.exit_code == 3
    assert tiny_school.run("sync", "--plan", file).exit_code == 3
    assert taken(before, tiny_school.accounts()) == []
    assert records(tiny_school) == had
    again = tiny_school.plan("--out", file)
    released = tiny_school.run("sync", "--plan", file, "--allow", again.doc["held"][0]["allow"])
    assert released.exit_code == 0
    assert tiny_school.working("student") == {"s0", "stays"}
    assert tiny_school.account("parent", "of-two")["children"] == ["stays"]


def test_a_court_order_and_a_transfer_in_one_undo(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"]).sync()
    run = tiny_school.contact("c1", children=["s1", "s2"], access={"s2": "no"}).sync().doc["run_id"]
    assert tiny_school.account("parent", "c1")["children"] == ["s1"]
    assert tiny_school.run("undo", run, "--yes").exit_code == 0
    assert tiny_school.account("parent", "c1")["children"] == ["s1", "s2"]
    assert tiny_school.sync().exit_code == 0
    assert tiny_school.account("parent", "c1")["children"] == ["s1"], "the next sync follows the source again"
