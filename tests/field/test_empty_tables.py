"""A table that empties is judged by what it endangers (D5, D6, I2), and a next year that is not ready by who would lose by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

pytestmark = pytest.mark.slow

HEADER = "course_id,year_id,title,department,credits,grade_levels,required\n"


def courses(school: TinySchool, year: str = SCHEDULING, *titles: str) -> TinySchool:
    for title in titles or ("English", "Latin", "Physics"):
        school.row("courses", course_id=title[:3].upper(), year_id=year, title=title, grade_levels="9|10|11")
    return school


def on_portal(school: TinySchool) -> list[str]:
    return sorted(f"{c['year_id']}/{c['course_id']}" for c in school.get("/courses", limit=100)["items"])


# -- I2: an optional table that empties


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(HEADER, id="header only"),
        pytest.param(HEADER + "\n\n\n", id="blank lines"),
        pytest.param(HEADER + "OLD,2019,History,,,9,\n", id="another year's export"),
        pytest.param(HEADER + "ENG,2027-28,English,,,9,\n", id="years under other ids"),
    ],
)
def test_i2_courses_that_empty_are_doubted_and_nothing_of_them_goes(tiny_school: TinySchool, file: str) -> None:
    courses(tiny_school).sync(yes=True)
    there = on_portal(tiny_school)
    tiny_school.files["courses"] = file
    tiny_school.student("new", **NEWCOMER)
    planned = tiny_school.plan(yes=True)
    assert planned.exit_code == 3
    [doubt] = planned.doc["reads"]
    assert doubt | {"remedy": ""} == {
        "doubt": "emptied-table", "table": "courses", "column": None, "count": 3, "of": 3,
        "evidence": there, "remedy": "", "allow": "emptied-table=3",
    }  # fmt: skip
    assert doubt["remedy"]
    assert planned.doc["held"] == []
    held = tiny_school.sync(yes=True)
    assert (held.exit_code, held.doc["reads"]) == (3, planned.doc["reads"])
    assert on_portal(tiny_school) == there
    assert "new" in tiny_school.working("student"), "everybody else goes on"
    assert tiny_school.run("sync", "--yes").exit_code == 3, "until somebody looks"


def test_i2_one_release_and_it_is_the_new_normal(tiny_school: TinySchool) -> None:
    courses(tiny_school).sync(yes=True)
    tiny_school.files["courses"] = HEADER
    assert tiny_school.sync("--allow", "emptied-table=2", yes=True).exit_code == 3, "another number"
    assert len(on_portal(tiny_school)) == 3
    released = tiny_school.sync("--allow", "emptied-table=3", yes=True)
    assert (released.exit_code, released.doc["reads"], on_portal(tiny_school)) == (0, [], [])
    again = tiny_school.sync(yes=True)
    assert (again.exit_code, again.doc["operations"]) == (0, [])


def test_i2_a_saved_plan_waits_and_is_released_alike(tiny_school: TinySchool) -> None:
    courses(tiny_school).sync(yes=True)
    tiny_school.files["courses"] = HEADER
    file = str(tiny_school.folder / "tonight.plan")
    assert tiny_school.plan("--out", file, yes=True).exit_code == 3
    assert tiny_school.run("sync", "--plan", file).exit_code == 3
    assert len(on_portal(tiny_school)) == 3
    tiny_school.plan("--out", file, yes=True)
    assert tiny_school.run("sync", "--plan", file, "--allow", "emptied-table=3").exit_code == 0
    assert on_portal(tiny_school) == []


def test_i2_with_more_that_is_held_one_line_releases_all(tiny_school: TinySchool) -> None:
    courses(tiny_school)
    for n in range(14):
        tiny_school.student(f"p{n}", enrolled={ACTIVE: "12"})
    tiny_school.sync(yes=True)
    tiny_school.files["courses"] = HEADER
    for n in range(14):
        tiny_school.forget_student(f"p{n}")
    waiting = tiny_school.sync(yes=True)
    words = sorted({w["allow"] for w in (*waiting.doc["held"], *waiting.doc["reads"])})
    assert words == ["disable=14", "emptied-table=3"]
    assert tiny_school.sync("--allow", words[1], yes=True).exit_code == 3
    assert (len(on_portal(tiny_school)), len(tiny_school.working("student"))) == (0, 15)


def test_i2_stop_sends_nothing(tiny_school: TinySchool) -> None:
    courses(tiny_school).sync(yes=True)
    tiny_school.limits["on_breach"] = "stop"
    tiny_school.files["courses"] = HEADER
    revision = tiny_school.revision()
    stopped = tiny_school.student("s1").sync(yes=True)
    assert (stopped.exit_code, tiny_school.revision()) == (3, revision)
    assert "--allow emptied-table=3" in stopped.doc["error"]["remedy"]


def test_i2_so_is_next_year_alone(tiny_school: TinySchool) -> None:
    tiny_school.row("courses", course_id="A", year_id=ACTIVE, title="This year")
    for course in ("B", "C"):
        tiny_school.row("courses", course_id=course, year_id=SCHEDULING, title="Next year")
    tiny_school.sync(yes=True)
    tiny_school.remove("courses", year_id=SCHEDULING)
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, [(d["doubt"], d["count"], d["of"]) for d in run.doc["reads"]]) == (
        3,
        [("emptied-table", 2, 3)],
    )
    assert len(tiny_school.get("/courses")["items"]) == 3


SUBJECTS = [f"{n:02} Subject" for n in range(12)]


@pytest.mark.parametrize(("left", "doubted"), [(1, True), (5, True), (6, False)])
def test_i2_a_table_of_which_hardly_a_row_is_left_has_emptied(
    tiny_school: TinySchool, left: int, doubted: bool
) -> None:
    courses(tiny_school, SCHEDULING, *SUBJECTS).sync(yes=True)
    there = on_portal(tiny_school)
    for title in SUBJECTS[left:]:
        tiny_school.remove("courses", title=title)
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, [(d["doubt"], d["count"], d["of"]) for d in run.doc["reads"]]) == (
        (3, [("emptied-table", 12 - left, 12)]) if doubted else (0, [])
    )
    assert on_portal(tiny_school) == (there if doubted else there[:left])


def test_courses_under_other_ids_are_as_many(tiny_school: TinySchool) -> None:
    courses(tiny_school, SCHEDULING, *SUBJECTS).sync(yes=True)
    tiny_school.remove("courses", year_id=SCHEDULING)
    courses(tiny_school, SCHEDULING, *(f"N{title}" for title in SUBJECTS))
    assert tiny_school.sync(yes=True).exit_code == 0
    assert on_portal(tiny_school) == [f"{SCHEDULING}/N{n:02}"[:8] for n in range(12)]


def test_this_years_courses_may_go(tiny_school: TinySchool) -> None:
    tiny_school.row("courses", course_id="A", year_id=ACTIVE, title="This year")
    tiny_school.row("courses", course_id="B", year_id=SCHEDULING, title="Next year")
    tiny_school.sync(yes=True)
    tiny_school.remove("courses", year_id=ACTIVE)
    assert tiny_school.sync(yes=True).exit_code == 0, "nobody asks for them any more"


def test_a_course_that_goes_is_no_doubt(tiny_school: TinySchool) -> None:
    courses(courses(tiny_school), ACTIVE, "Chemistry").sync(yes=True)
    tiny_school.remove("courses", title="Latin").remove("courses", title="Chemistry")
    gone = tiny_school.sync(yes=True)
    assert (gone.exit_code, gone.doc["reads"]) == (0, [])
    assert on_portal(tiny_school) == [f"{SCHEDULING}/ENG", f"{SCHEDULING}/PHY"]


def test_courses_of_a_year_that_is_past_are_no_doubt(tiny_school: TinySchool) -> None:
    courses(tiny_school, ACTIVE).sync(yes=True)
    turned = tiny_school.activate().sync(yes=True)
    assert (turned.exit_code, turned.doc["reads"], on_portal(tiny_school)) == (0, [], [])


def test_courses_of_a_year_that_the_office_takes_back_are_no_doubt(tiny_school: TinySchool) -> None:
    courses(tiny_school).sync(yes=True)
    tiny_school.write(yes=True)
    assert tiny_school.run("settings", "send-scheduling-year", "no", "--yes").exit_code == 0
    assert on_portal(tiny_school) == []


def test_who_never_had_courses_is_asked_nothing(tiny_school: TinySchool) -> None:
    tiny_school.sync(yes=True)
    assert tiny_school.student("s1").sync(yes=True).doc["reads"] == []


@pytest.mark.parametrize("state", [{"vouched": ["courses"]}, {"partial": ["courses"]}])
def test_a_source_may_say_what_it_means_by_no_courses(
    halves: Callable[..., TinySchool], state: dict[str, list[str]]
) -> None:
    school = courses(halves())
    school.sync(yes=True)
    halves(**state).rows["courses"] = []
    said = school.sync(yes=True)
    assert (said.exit_code, said.doc["reads"]) == (0, [])
    assert len(on_portal(school)) == (0 if "vouched" in state else 3)


# -- D5: emptiness is judged by what it endangers


def without_parents(school: TinySchool) -> TinySchool:
    school.rows["contacts"], school.rows["relationships"] = [], []
    return school


@pytest.mark.parametrize("yes", [False, True])
def test_d5_a_feed_without_parents_syncs_every_night(tiny_school: TinySchool, yes: bool) -> None:
    without_parents(tiny_school)
    for night in (1, 2, 3):
        synced = tiny_school.student(f"s{night}", **PROMOTED).sync(yes=yes)
        assert synced.exit_code == 0
        assert [f["severity"] for f in synced.findings("no-parent-linked")] == ["notice"]
        assert "links no parent to any student" in synced.findings("no-parent-linked")[0]["message"]
    assert tiny_school.working("student") == {"s0", "s1", "s2", "s3"}
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 0


def test_d5_contacts_without_a_link_and_parents_who_left_long_ago(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.contact("c0", tick=False, children=["s0"]).sync()
    assert tiny_school.status("parent", "c0") == "disabled"
    assert without_parents(tiny_school).sync().exit_code == 0
    linked = tiny_school.contact("c0").sync()
    assert (linked.exit_code, len(linked.findings("no-parent-linked"))) == (0, 1)
    assert tiny_school.contact("c0", children=["s0"]).sync().findings("no-parent-linked") == []


@pytest.mark.parametrize("table", ["contacts", "relationships"])
def test_d5_where_parents_have_accounts_an_empty_table_stops_the_run(tiny_school: TinySchool, table: str) -> None:
    tiny_school.sync()
    before = tiny_school.accounts()
    tiny_school.rows[table] = []
    refused = tiny_school.sync()
    assert (refused.exit_code, refused.doc["error"]["table"]) == (4, table)
    assert tiny_school.accounts() == before


@pytest.mark.parametrize("table", ["students", "enrollments"])
def test_d5_students_and_enrollments_endanger_everybody(tiny_school: TinySchool, table: str) -> None:
    without_parents(tiny_school).sync()
    tiny_school.rows[table] = []
    assert tiny_school.sync().exit_code == 4


@pytest.mark.parametrize("yes", [False, True])
def test_d5_codes_endanger_nobody_at_no(tiny_school: TinySchool, yes: bool) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=yes)
    before = tiny_school.accounts()
    tiny_school.rows["calendar_codes"] = []
    assert tiny_school.sync(yes=yes).exit_code == (4 if yes else 0)
    assert tiny_school.accounts() == before


# -- D6: `check` says what `plan` would


def no_next_year(school: TinySchool) -> TinySchool:
    return school.remove("school_years", year_id=SCHEDULING)


def nobody_next_year(school: TinySchool) -> TinySchool:
    for table in ("enrollments", "calendar_codes"):
        school.remove(table, year_id=SCHEDULING)
    return school


def next_year_without_day_0(school: TinySchool) -> TinySchool:
    school.student("new", enrolled={SCHEDULING: "9"})
    return school.remove("calendar_codes", year_id=SCHEDULING)


NOT_READY = [no_next_year, nobody_next_year, next_year_without_day_0]


@pytest.mark.parametrize("spoilt", [*NOT_READY, lambda s: s.year("2029", "active"), lambda s: s.year(ACTIVE, "past")])
def test_d6_check_refuses_a_fresh_school_as_plan_does(tiny_school: TinySchool, spoilt: Any) -> None:
    planned = spoilt(tiny_school).plan(yes=True)
    checked = tiny_school.run("check")
    assert checked.exit_code == planned.exit_code == 4
    assert checked.doc["error"] == planned.doc["error"]


@pytest.mark.parametrize("yes", [False, True])
@pytest.mark.parametrize("rows_left_out", [False, True])
def test_d6_check_passes_a_fresh_school_as_plan_does(tiny_school: TinySchool, yes: bool, rows_left_out: bool) -> None:
    if rows_left_out:
        tiny_school.student("s1", given_name="", family_name="")
    planned = without_parents(tiny_school).plan(yes=yes)
    checked = tiny_school.run("check")
    assert checked.exit_code == planned.exit_code == int(rows_left_out)
    rules = [f["rule"] for f in planned.doc["findings"]]
    assert [f["rule"] for f in checked.doc["findings"]] == rules
    assert "no-parent-linked" in rules


def test_d6_after_a_change_of_year_check_agrees_too(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    tiny_school.activate().sync(yes=True)
    checked = tiny_school.run("check")
    assert checked.exit_code == 0
    assert [f["severity"] for f in checked.findings("no-scheduling-year")] == ["notice"]


# -- a next year that is not ready is refused only where somebody would lose by it


def in_autumn(school: TinySchool) -> TinySchool:
    """Return a school that was at Yes last year, whose year has changed, and which has no next year yet."""
    school.student("s1", **PROMOTED).sync(yes=True)
    school.activate().student("s1", enrolled={SCHEDULING: "10"}).student("s0", enrolled={SCHEDULING: "11"})
    assert school.sync(yes=True).exit_code == 0
    school.sync_settings["today"] = date(2027, 10, 1)
    return school


def with_next_year(school: TinySchool, *, students: bool) -> TinySchool:
    school.year("2029", "scheduling")
    if students:
        school.student("late", enrolled={"2029": "9"})
    return school


@pytest.mark.parametrize("students", [False, True])
@pytest.mark.parametrize("journal", [True, False])
def test_an_empty_or_half_ready_next_year_does_not_stop_this_one(
    tiny_school: TinySchool, students: bool, journal: bool
) -> None:
    with_next_year(in_autumn(tiny_school), students=students).student("joined", enrolled={SCHEDULING: "10"})
    if not journal:
        for file in (tiny_school.folder / ".dayzero").iterdir():
            file.unlink()
    synced = tiny_school.sync(yes=True)
    assert synced.exit_code == 0
    assert [f["severity"] for f in synced.findings("next-year-not-ready")] == ["warning"]
    assert tiny_school.working("student") == {"s0", "s1", "joined"}
    assert [y["id"] for y in tiny_school.get("/school-years")["items"] if y["role"] == "scheduling"] == []
    assert tiny_school.run("check").exit_code == 0
    again = tiny_school.sync(yes=True)
    assert (again.exit_code, again.doc["operations"]) == (0, [])


@pytest.mark.parametrize("students", [False, True])
def test_not_even_on_the_day_the_year_changes(tiny_school: TinySchool, students: bool) -> None:
    tiny_school.student("s1", **PROMOTED).student("new", **NEWCOMER).sync(yes=True)
    tiny_school.sync_settings["today"] = date(2027, 7, 1)
    tiny_school.year(ACTIVE, "past").year(SCHEDULING, "active")
    turned = with_next_year(tiny_school, students=students).sync(yes=True)
    assert turned.exit_code == 0
    assert len(turned.findings("next-year-not-ready")) == 1
    assert turned.doc["change_of_year"]["arrived"] == ["new"]


def test_once_it_is_ready_it_is_sent(tiny_school: TinySchool) -> None:
    with_next_year(in_autumn(tiny_school), students=False).sync(yes=True)
    tiny_school.student("late", enrolled={"2029": "9"}, entry={"2029": 0})
    assert tiny_school.sync(yes=True).findings("next-year-not-ready") == []
    assert tiny_school.account("student", "late")["new"] is True


@pytest.mark.parametrize("spoil", NOT_READY)
@pytest.mark.parametrize("newcomer", [False, True])
def test_who_would_lose_by_it_is_not_asked_to(tiny_school: TinySchool, spoil: Any, newcomer: bool) -> None:
    if newcomer:
        tiny_school.student("new", **NEWCOMER)
    tiny_school.student("s1", **PROMOTED).sync(yes=True)
    before = tiny_school.accounts()
    assert spoil(tiny_school).sync(yes=True).exit_code == 4
    assert tiny_school.accounts() == before


@pytest.mark.parametrize("spoil", NOT_READY)
def test_r3_a_setting_that_is_being_changed_waits_for_the_year(tiny_school: TinySchool, spoil: Any) -> None:
    tiny_school.student("s1", **PROMOTED).sync()
    spoil(tiny_school).write()
    assert tiny_school.run("settings", "send-scheduling-year", "yes", "--yes").exit_code == 4
    assert tiny_school.sync(yes=True).exit_code == 4, "by hand it is the same"
    assert tiny_school.sync().exit_code == 0
