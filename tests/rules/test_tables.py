"""Copies of a row, repeats of a key, rows left out, tombstones, tables that cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tiny_school import ACTIVE, NEWCOMER, PROMOTED, SCHEDULING, TinySchool

# -- copies


def test_copies_merge_column_by_column_active_then_all_years_then_scheduling(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "", **PROMOTED, given_name="All", family_name="All")
    tiny_school.row("students", student_id="s1", given_name="Active", family_name="Active", year_id=ACTIVE)
    tiny_school.row(
        "students",
        student_id="s1",
        given_name="Next",
        family_name="Next",
        email="next@pupils.example",
        year_id=SCHEDULING,
    )
    tiny_school.sync(yes=True)
    account = tiny_school.account("student", "s1")
    assert (account["given_name"], account["login"]) == ("Active", "next@pupils.example")


def test_at_no_the_scheduling_copy_has_no_say(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", "", **PROMOTED)
    tiny_school.row(
        "students", student_id="s1", given_name="N", family_name="N", email="n@pupils.example", year_id=SCHEDULING
    )
    assert tiny_school.plan().reason("student", "s1") == "no-login"


def test_an_empty_tick_in_the_active_copy_is_no_opinion(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"])
    tiny_school.row("contacts", contact_id="c1", family_name="F", portal_access="", year_id=ACTIVE).sync()
    assert tiny_school.account("parent", "c1")["login"] == "c1@homes.example"


def test_access_in_the_active_year_s_copy_wins(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"], access={"s0": "yes"})
    tiny_school.row("relationships", student_id="s0", contact_id="c1", portal_access="no", year_id=ACTIVE)
    assert tiny_school.plan().reason("parent", "c1") == "no-portal-access"


def test_access_only_in_the_scheduling_year_s_copy_counts_at_yes(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", tick=False, children=["s0"])
    tiny_school.row("relationships", student_id="s0", contact_id="c1", portal_access="yes", year_id=SCHEDULING)
    assert tiny_school.plan().reason("parent", "c1") == "no-portal-access"
    assert tiny_school.plan(yes=True).op("parent", "c1") == "create"


def test_a_required_column_is_checked_per_row_before_merging(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").row("students", student_id="s1", given_name="", family_name="", year_id=ACTIVE)
    planned = tiny_school.plan()
    assert planned.exit_code == 1
    assert [(u["person_id"], u["table"]) for u in planned.doc["unreadable"]] == [("s1", "students")]


def test_someone_only_in_a_past_copy_is_still_a_candidate(tiny_school: TinySchool) -> None:
    tiny_school.row("students", student_id="s1", given_name="G", family_name="F", year_id="2026")
    assert tiny_school.plan().reason("student", "s1") == "not-enrolled"


# -- repeats of a key


def test_identical_rows_collapse(tiny_school: TinySchool) -> None:
    tiny_school.student("s1")
    tiny_school.rows["students"].append({**tiny_school.rows["students"][-1], "given_name": "  Given s1 "})
    synced = tiny_school.sync()
    assert synced.exit_code == 0
    assert "s1" in tiny_school.working("student")


def test_differing_rows_of_one_key_are_an_error_and_change_nothing(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    before = tiny_school.account("student", "s1")
    tiny_school.row("students", student_id="s1", given_name="Other", family_name="Name", email="o@pupils.example")
    synced = tiny_school.sync()
    assert synced.exit_code == 1
    assert "error" in {f["severity"] for f in synced.doc["findings"] if f["table"] == "students"}
    assert tiny_school.account("student", "s1") == before


def test_an_active_enrollment_beats_an_inactive_one(tiny_school: TinySchool) -> None:
    tiny_school.student("s1", enrolled={ACTIVE: ("8", "inactive")})
    tiny_school.row("enrollments", student_id="s1", year_id=ACTIVE, grade_level="9", status="active")
    assert tiny_school.sync().exit_code == 0
    assert tiny_school.account("student", "s1")["grade_level"] == "9"


def test_two_active_enrollments_with_different_grades_are_an_error(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").row("enrollments", student_id="s1", year_id=ACTIVE, grade_level="10")
    synced = tiny_school.plan()
    assert synced.exit_code == 1
    assert synced.op("student", "s1") is None


@pytest.mark.parametrize(
    ("answers", "granted"), [(("", "yes"), True), (("yes", "no"), False), (("no", ""), False), (("", ""), False)]
)
def test_access_no_beats_yes_beats_empty(tiny_school: TinySchool, answers: tuple[str, str], granted: bool) -> None:
    tiny_school.contact("c1", tick=False)
    for answer in answers:
        tiny_school.row("relationships", student_id="s0", contact_id="c1", portal_access=answer)
    planned = tiny_school.plan()
    assert planned.exit_code == 0
    assert (planned.op("parent", "c1") == "create") is granted


# -- rows left out


def test_a_bad_status_leaves_the_row_out_and_its_family_untouched(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    before, records = tiny_school.accounts(), tiny_school.get("/students")["items"]
    tiny_school.edit("enrollments", {"student_id": "s1"}, status="maybe")
    synced = tiny_school.sync()
    assert synced.exit_code == 1
    assert {(u["kind"], u["person_id"], u["table"]) for u in synced.doc["unreadable"]} == {
        ("student", "s1", "enrollments"),
        ("parent", "c1", "enrollments"),
    }
    assert synced.reason("student", "s1") is None
    assert synced.reason("parent", "c1") is None
    assert (tiny_school.accounts(), tiny_school.get("/students")["items"]) == (before, records)


def test_the_finding_names_row_column_and_value(tiny_school: TinySchool) -> None:
    tiny_school.student("s1")
    tiny_school.edit("enrollments", {"student_id": "s1"}, status="maybe")
    [finding] = [f for f in tiny_school.plan().doc["findings"] if f["severity"] == "error"]
    line = 2 + [r["student_id"] for r in tiny_school.rows["enrollments"]].index("s1")
    assert (finding["table"], finding["row"], finding["column"], finding["value"]) == (
        "enrollments",
        line,
        "status",
        "maybe",
    )


def test_children_may_be_added_to_an_untouched_parent(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    tiny_school.edit("enrollments", {"student_id": "s1"}, grade_level="")
    tiny_school.student("s2").contact("c1", "other@homes.example", children=["s1", "s2"]).sync()
    account = tiny_school.account("parent", "c1")
    assert (account["children"], account["login"]) == (["s1", "s2"], "c1@homes.example")


def test_nothing_is_taken_from_an_untouched_parent(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2").contact("c1", children=["s1", "s2"]).sync()
    tiny_school.edit("enrollments", {"student_id": "s1"}, status="maybe")
    tiny_school.student("s2", enrolled={}).sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s1", "s2"]
    assert tiny_school.status("student", "s2") == "disabled"


def test_a_contact_left_out_keeps_the_account(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", children=["s0"]).sync()
    before = tiny_school.account("parent", "c1")
    synced = tiny_school.contact(
        "c1", "new@homes.example", tick=False, children=["s0"], given_name="", family_name=""
    ).sync()
    assert synced.exit_code == 1
    assert ("parent", "c1") in {(u["kind"], u["person_id"]) for u in synced.doc["unreadable"]}
    assert synced.reason("parent", "c1") is None
    assert tiny_school.account("parent", "c1") == before


def test_a_relationship_left_out_touches_the_student_it_names(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").sync()
    synced = tiny_school.student("s1", given_name="Renamed").row("relationships", student_id="s1", contact_id="").sync()
    assert synced.exit_code == 1
    assert tiny_school.account("student", "s1")["given_name"] == "Given s1"


def test_an_unreadable_newcomer_gets_nothing_yet(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").code("s1", ACTIVE, "someday", "E")
    synced = tiny_school.sync()
    assert synced.exit_code == 1
    assert "s1" not in tiny_school.working("student")
    assert [u["person_id"] for u in synced.doc["unreadable"]] == ["s1"]


def test_a_bad_optional_value_is_nulled_with_a_warning(tiny_school: TinySchool) -> None:
    synced = tiny_school.student("s1", birth_date="yesterday").sync()
    assert synced.exit_code == 0
    assert ("warning", "birth_date") in {(f["severity"], f["column"]) for f in synced.doc["findings"]}
    assert "s1" in tiny_school.working("student")


def test_a_bad_portal_access_gives_nobody_any(tiny_school: TinySchool) -> None:
    tiny_school.contact("c1", tick="perhaps", children=["s0"])
    tiny_school.contact("c2", tick=True, children=["s0"], access={"s0": "perhaps"})
    planned = tiny_school.plan()
    assert planned.exit_code == 0
    assert planned.reason("parent", "c1") == planned.reason("parent", "c2") == "no-portal-access"
    assert "warning" in planned.severities()


def test_rows_naming_unknown_people_are_warnings(tiny_school: TinySchool) -> None:
    tiny_school.row("enrollments", student_id="ghost", year_id=ACTIVE, grade_level="9")
    planned = tiny_school.row("relationships", student_id="s0", contact_id="nobody").plan()
    assert planned.exit_code == 0
    warned = {f["table"] for f in planned.doc["findings"] if f["severity"] == "warning"}
    assert {"enrollments", "relationships"} <= warned


def test_all_findings_come_in_one_pass(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").student("s2", given_name="", family_name="").contact(
        "c1", given_name="", family_name="", children=["s0"]
    )
    tiny_school.edit("enrollments", {"student_id": "s1"}, status="maybe")
    planned = tiny_school.plan()
    assert {f["table"] for f in planned.doc["findings"] if f["severity"] == "error"} == {
        "students",
        "enrollments",
        "contacts",
    }


# -- tombstones


@pytest.mark.parametrize("table", ["enrollments", "students"])
def test_a_tombstone_takes_its_row_back(tiny_school: TinySchool, table: str) -> None:
    tiny_school.student("s1").sync()
    tiny_school.edit(table, {"student_id": "s1"}, removed="yes")
    assert tiny_school.sync().reason("student", "s1") == "not-enrolled"
    assert tiny_school.status("student", "s1") == "disabled"


def test_a_tombstone_for_a_relationship_takes_the_child_away(tiny_school: TinySchool) -> None:
    tiny_school.student("s1").contact("c1", children=["s0", "s1"]).sync()
    tiny_school.edit("relationships", {"student_id": "s1"}, removed="true").sync()
    assert tiny_school.account("parent", "c1")["children"] == ["s0"]


# -- tables that cannot be trusted


@pytest.mark.parametrize("table", ["students", "enrollments", "calendar_codes", "contacts", "relationships"])
@pytest.mark.parametrize("file", [None, "header only"])
def test_a_missing_or_emptied_table_stops_the_run(tiny_school: TinySchool, table: str, file: str | None) -> None:
    yes = table == "calendar_codes"  # at No nothing hangs on them
    tiny_school.sync(yes=yes)
    before = tiny_school.accounts()
    if file is None:
        tiny_school.files[table] = None
    else:
        tiny_school.rows[table] = []
    stopped = tiny_school.sync(yes=yes)
    assert stopped.exit_code == 4
    assert table in stopped.stderr
    assert tiny_school.accounts() == before


@pytest.mark.parametrize("roles", [("past", "past"), ("active", "active")])
def test_there_must_be_one_active_year(tiny_school: TinySchool, roles: tuple[str, str]) -> None:
    tiny_school.year(ACTIVE, roles[0]).year(SCHEDULING, roles[1])
    assert tiny_school.sync().exit_code == 4
    assert tiny_school.accounts() == {}


def test_a_scheduling_year_without_enrollments_is_refused(tiny_school: TinySchool) -> None:
    tiny_school.remove("enrollments", year_id=SCHEDULING)
    assert tiny_school.sync(yes=True).exit_code == 4
    assert tiny_school.accounts() == {}


def test_at_no_the_scheduling_year_s_gaps_do_not_matter(tiny_school: TinySchool) -> None:
    tiny_school.remove("enrollments", year_id=SCHEDULING).remove("calendar_codes", year_id=SCHEDULING)
    assert tiny_school.sync().exit_code == 0


def test_a_vouched_empty_table_is_believed(halves: Callable[..., TinySchool]) -> None:
    school = halves(vouched=["contacts", "relationships"])
    school.sync()
    school.rows["contacts"], school.rows["relationships"] = [], []
    assert school.sync().exit_code == 0
    assert school.status("parent", "c0") == "disabled"


def test_a_table_read_in_part_adds_and_updates_but_takes_nothing_away(halves: Callable[..., TinySchool]) -> None:
    school = halves(partial=["relationships"])
    school.student("s1").student("s2").contact("c1", children=["s1", "s2"]).sync()
    school.student("s1", enrolled={}).student("s3", **NEWCOMER).student("s2", given_name="Renamed")
    synced = school.contact("c1", children=["s3"]).sync(yes=True)
    assert synced.exit_code == 0
    assert school.status("student", "s1") == "pending"
    assert school.account("student", "s2")["given_name"] == "Renamed"
    assert school.account("parent", "c1")["children"] == ["s1", "s2", "s3"]
