"""I3, I6, I8: each row looks right and the whole is wrong. What is doubted of a read is kept back, said, and released once."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, SCHEDULING, TinySchool

pytestmark = pytest.mark.slow


def crowd(school: TinySchool, number: int = 30) -> TinySchool:
    for n in range(number):
        school.student(f"p{n:02}").contact(f"m{n:02}", children=[f"p{n:02}"])
    return school


def reads(run: object) -> list[tuple[str, str, int]]:
    return [(d["doubt"], d["table"], d["count"]) for d in run.doc["reads"]]  # type: ignore[attr-defined]


# -- I6: files of different nights


@pytest.mark.parametrize("number", [1, 3, 20])
def test_i6_students_whom_their_enrollments_still_need_stay(tiny_school: TinySchool, number: int) -> None:
    crowd(tiny_school).sync()
    before = tiny_school.everything()
    for n in range(number):
        tiny_school.remove("students", student_id=f"p{n:02}")
    run = tiny_school.sync()
    assert (run.exit_code, reads(run)) == (3, [("torn-read", "students", number)])
    assert run.doc["reads"][0]["evidence"] == [f"p{n:02}" for n in range(number)]
    assert tiny_school.everything() == before


def test_i6_contacts_whom_a_link_still_needs_stay(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    before = tiny_school.everything()
    tiny_school.remove("contacts", contact_id="m01").remove("contacts", contact_id="m02")
    run = tiny_school.sync()
    assert (run.exit_code, reads(run), tiny_school.everything()) == (3, [("torn-read", "contacts", 2)], before)


def test_i6_a_link_that_refuses_needs_nobody(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    tiny_school.remove("contacts", contact_id="m01").edit("relationships", {"contact_id": "m01"}, portal_access="no")
    run = tiny_school.sync()
    assert (run.exit_code, reads(run), tiny_school.status("parent", "m01")) == (0, [], "disabled")


def test_i6_nor_does_an_enrollment_that_is_none(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    tiny_school.remove("students", student_id="p01").edit("enrollments", {"student_id": "p01"}, status="inactive")
    assert reads(tiny_school.sync()) == []
    assert tiny_school.status("student", "p01") == "disabled"


def test_i6_it_ends_with_a_read_that_agrees_or_by_a_release(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    tiny_school.remove("students", student_id="p01")
    assert tiny_school.sync().exit_code == 3
    assert tiny_school.sync().exit_code == 3, "and it is said every night"
    assert tiny_school.sync(allow="torn-read=1").exit_code == 0
    assert tiny_school.status("student", "p01") == "disabled"


def test_i6_everybody_else_goes_on(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    tiny_school.remove("students", student_id="p01").student("new").edit(
        "students", {"student_id": "p02"}, given_name="Other"
    )
    tiny_school.sync()
    assert tiny_school.status("student", "new") == "pending"
    assert tiny_school.account("student", "p02")["given_name"] == "Other"


@pytest.mark.parametrize("years", [["2026-27"], ["2O27", "2027/28"]])
def test_i6_who_is_enrolled_in_a_year_nobody_has_heard_of_is_no_leaver(
    tiny_school: TinySchool, years: list[str]
) -> None:
    crowd(tiny_school).sync()
    before = tiny_school.everything()
    for n, year in enumerate(years):
        tiny_school.edit("enrollments", {"student_id": f"p{n:02}"}, year_id=year)
    run = tiny_school.sync()
    assert (run.exit_code, reads(run)) == (3, [("torn-read", "enrollments", len(years))])
    assert tiny_school.everything() == before
    assert tiny_school.sync(allow=f"torn-read={len(years)}").exit_code == 0
    assert tiny_school.status("student", "p00") == "disabled"


def test_i6_nor_do_they_lose_next_year_by_it(tiny_school: TinySchool) -> None:
    crowd(tiny_school)
    for n in range(30):
        tiny_school.row("enrollments", student_id=f"p{n:02}", year_id=SCHEDULING, grade_level="10")
    tiny_school.sync(yes=True)
    tiny_school.edit("enrollments", {"student_id": "p00", "year_id": SCHEDULING}, year_id="2O28")
    run = tiny_school.sync(yes=True)
    assert (run.exit_code, reads(run)) == (3, [("torn-read", "enrollments", 1)])
    assert tiny_school.account("student", "p00")["years"] == ["active", "scheduling"]


@pytest.mark.parametrize("year", ["2024", "2026-27"])
def test_i6_but_whose_row_is_here_and_inactive_has_left(tiny_school: TinySchool, year: str) -> None:
    crowd(tiny_school).row("enrollments", student_id="p00", year_id=year, grade_level="8").sync()
    tiny_school.edit("enrollments", {"student_id": "p00", "year_id": ACTIVE}, status="inactive")
    assert reads(tiny_school.sync()) == []
    assert tiny_school.status("student", "p00") == "disabled"


# -- I8: a column that says nothing any more


@pytest.mark.parametrize(("table", "column", "value"), [
    ("relationships", "portal_access", "no"), ("enrollments", "status", "inactive"), ("contacts", "portal_access", "yes"),
])  # fmt: skip
def test_i8_a_deciding_column_that_was_filled_and_is_empty_stops_the_run(
    tiny_school: TinySchool, table: str, column: str, value: str
) -> None:
    crowd(tiny_school)
    for row in tiny_school.rows[table][:12]:
        row[column] = value
    for row in tiny_school.rows["enrollments"]:
        row["status"] = row["status"] or "active"
    tiny_school.sync()
    before = tiny_school.everything()
    for row in tiny_school.rows[table]:
        row[column] = ""
    run = tiny_school.sync()
    assert run.exit_code == 3
    assert [(d["doubt"], d["table"], d["column"]) for d in run.doc["reads"]] == [("emptied-column", table, column)]
    assert tiny_school.everything() == before
    assert tiny_school.sync().exit_code == 3, "until somebody has looked"
    count = run.doc["reads"][0]["count"]
    assert reads(tiny_school.sync("--allow", f"emptied-column={count}")) == []


@pytest.mark.parametrize("left", [1, 3])
def test_i8_so_does_one_of_which_next_to_nothing_is_left(tiny_school: TinySchool, left: int) -> None:
    for n in range(30):
        tiny_school.student(f"p{n:02}").contact(f"m{n:02}", children=[f"p{n:02}"], access={f"p{n:02}": "no"})
    tiny_school.sync()
    for n in range(30 - left):
        tiny_school.edit("relationships", {"contact_id": f"m{n:02}"}, portal_access="")
    run = tiny_school.sync()
    assert (run.exit_code, reads(run)) == (3, [("emptied-column", "relationships", 30)])
    assert tiny_school.working("parent") == {"c0"}


def test_i8_but_not_where_a_few_refusals_are_lifted(tiny_school: TinySchool) -> None:
    for n in range(9):
        tiny_school.student(f"p{n:02}").contact(f"m{n:02}", children=[f"p{n:02}"], access={f"p{n:02}": "no"})
    tiny_school.sync()
    for n in range(8):
        tiny_school.edit("relationships", {"contact_id": f"m{n:02}"}, portal_access="")
    assert reads(tiny_school.sync()) == []


def test_i8_a_column_that_hardly_anybody_filled_may_be_empty(tiny_school: TinySchool) -> None:
    crowd(tiny_school).edit("relationships", {"contact_id": "m01"}, portal_access="no")
    tiny_school.sync()
    tiny_school.edit("relationships", {"contact_id": "m01"}, portal_access="")
    assert reads(tiny_school.sync()) == []


def test_i8_and_what_it_said_of_them_is_a_warning(tiny_school: TinySchool) -> None:
    crowd(tiny_school).edit("relationships", {"contact_id": "m01"}, portal_access="no")
    tiny_school.sync()
    tiny_school.edit("relationships", {"contact_id": "m01"}, portal_access="")
    (warning,) = tiny_school.plan().findings("column-emptied")
    assert (warning["severity"], warning["table"], warning["column"]) == ("warning", "relationships", "portal_access")


@pytest.mark.parametrize(("table", "column"), [("students", "email"), ("contacts", "primary_email")])
def test_i8_so_does_a_login_that_nobody_has_any_more(tiny_school: TinySchool, table: str, column: str) -> None:
    crowd(tiny_school).sync()
    for row in tiny_school.rows[table]:
        row[column] = ""
    run = tiny_school.plan()
    assert (run.exit_code, reads(run)) == (3, [("emptied-column", table, 31)])


def test_i8_but_one_persons_login_may_be_lost(tiny_school: TinySchool) -> None:
    tiny_school.sync()
    tiny_school.edit("contacts", {"contact_id": "c0"}, primary_email="")
    assert reads(tiny_school.plan()) == []


def test_i8_another_column_may_become_the_login(tiny_school: TinySchool) -> None:
    for row in crowd(tiny_school).rows["students"]:
        row["username"] = row["student_id"]
    tiny_school.sync()
    tiny_school.sync_settings["student_login"] = "username"
    tiny_school.limits["update"] = "none"
    for row in tiny_school.rows["students"]:
        row["email"] = ""
    assert tiny_school.sync().exit_code == 0


# -- I3: drift


def reset(school: TinySchool) -> None:
    school.cloud.world.reset(seed=2)


@pytest.mark.parametrize("policy", ["keep", "repair"])
def test_i3_a_portal_that_was_reset_is_one_doubt(tiny_school: TinySchool, policy: str) -> None:
    tiny_school.sync_settings["drift"] = policy
    crowd(tiny_school).sync()
    reset(tiny_school)
    run = tiny_school.sync()
    assert (run.exit_code, reads(run)) == (3, [("lost-portal", "accounts", 62)])
    assert tiny_school.accounts() == {}
    assert tiny_school.sync().exit_code == 3, "it is no less doubtful the next night"
    assert tiny_school.sync(allow="lost-portal=62").exit_code == 0
    assert len(tiny_school.accounts()) == 62
    again = tiny_school.sync()
    assert (again.exit_code, again.doc["operations"]) == (0, [])


def edited(school: TinySchool, field: str, value: str, who: str = "p01") -> None:
    school.cloud.edit(school.id, "student", who, **{field: value})


def test_i3_what_is_kept_is_listed_every_night_and_expires_when_the_sis_says_something_else(
    tiny_school: TinySchool,
) -> None:
    tiny_school.sync_settings["drift"] = "keep"
    crowd(tiny_school).sync()
    edited(tiny_school, "given_name", "Theirs")
    for _ in range(3):
        run = tiny_school.sync()
        assert [(d["id"], d["field"], d["kept"]) for d in run.doc["drift"]] == [("p01", "given_name", True)]
        assert run.doc["operations"] == []
    tiny_school.edit("students", {"student_id": "p01"}, given_name="Newly")
    run = tiny_school.sync()
    assert run.operation("student", "p01")["changes"] == {"given_name": ["Theirs", "Newly"]}
    assert tiny_school.sync().doc["drift"] == []


def test_i3_an_account_that_somebody_made_is_disabled_when_its_person_leaves(tiny_school: TinySchool) -> None:
    """A journal of yesterday: who was made since is no drift that is kept."""
    tiny_school.sync_settings["drift"] = "keep"
    crowd(tiny_school).sync()
    state = {f: f.read_bytes() for f in (tiny_school.folder / ".dayzero").iterdir() if f.is_file()}
    tiny_school.student("late").sync()
    for file in (tiny_school.folder / ".dayzero").iterdir():
        file.write_bytes(state[file]) if file in state else file.unlink()
    tiny_school.sync()
    tiny_school.remove("enrollments", student_id="late").sync()
    assert tiny_school.status("student", "late") == "disabled"


def test_reads_are_no_wolf(tiny_school: TinySchool) -> None:
    crowd(tiny_school).sync()
    for n in range(5):
        tiny_school.student(f"new{n}")
        if n == 2:
            tiny_school.forget_student("p05").remove("contacts", contact_id="m05")
        run = tiny_school.sync()
        assert (run.exit_code, reads(run)) == (0, [])
    assert ACTIVE
