"""B1 where there is no account to renew: what was chosen for a student is shown to nobody who has the id after them."""

from __future__ import annotations

from typing import Any

import pytest
from field.test_doubts import NINA, OTTO, decided, doubts
from tiny_school import PROMOTED, SCHEDULING, SCHOOL, TinySchool

DOUBT = ("another-person", "student", "1001")
WITHOUT_LOGIN: dict[str, Any] = {"email": "", **PROMOTED, **OTTO}


def statuses(school: TinySchool) -> list[str]:
    """Return the states of the course requests of 1001."""
    return [item["status"] for item in school.get("/course-requests")["items"]]


@pytest.fixture
def chosen_for(tiny_school: TinySchool) -> TinySchool:
    """Otto has no account; his mother has one, and courses were chosen for him."""
    tiny_school.row("courses", course_id="MAT", year_id=SCHEDULING, title="Maths", grade_levels="10", credits="6")
    tiny_school.student("1001", **WITHOUT_LOGIN).contact("m1", children=["1001"]).sync(yes=True)
    assert tiny_school.account("student", "1001") is None
    tiny_school.cloud.request_courses(SCHOOL, "1001", "MAT")
    assert statuses(tiny_school) == ["submitted"]
    return tiny_school


@pytest.fixture(params=["at once", "after he had left"])
def reused(chosen_for: TinySchool, request: pytest.FixtureRequest) -> TinySchool:
    """His id is Nina's: while his record is there, or when it has gone with him."""
    if request.param != "at once":
        chosen_for.remove("enrollments", student_id="1001")
        chosen_for.sync("--allow", "requests=1", yes=True)
        assert "1001" not in {r["id"] for r in chosen_for.get("/students")["items"]}
    return chosen_for.student("1001", "nina@pupils.example", **PROMOTED, **NINA)


def test_b1_a_reused_id_without_an_account_is_in_doubt_and_untouched(reused: TinySchool) -> None:
    before = reused.everything()
    run = reused.sync(yes=True)
    assert (run.exit_code, doubts(run), reused.everything()) == (3, [DOUBT], before)
    assert (run.doc["doubts"][0]["was"], run.doc["doubts"][0]["is"]) == ("Otto Old", "Nina New, nina@pupils.example")


def test_b1_other_puts_away_what_was_chosen_for_the_former_one(reused: TinySchool) -> None:
    reused.contact("m2", children=["1001"])
    run = decided(reused, "other", yes=True)
    assert (run.op("student", "1001"), run.op("student-record", "1001")) == ("create", "renew")
    assert run.doc["applied"]["records"] == run.doc["counts"]["records"]
    assert statuses(reused) == []
    assert reused.account("parent", "m1")["status"] == "disabled"
    assert reused.account("parent", "m2")["children"] == ["1001"]
    again = reused.sync(yes=True)
    assert ({d[0] for d in doubts(again)}, again.doc["operations"]) == ({"link-of-another"}, [])
    reused.cloud.request_courses(SCHOOL, "1001", "MAT")
    assert statuses(reused) == ["submitted"], "she chooses for herself"
    assert "another person" in reused.run("undo", run.doc["run_id"], "--yes").stderr


def test_b1_same_lets_it_be(reused: TinySchool) -> None:
    run = decided(reused, "same", yes=True)
    assert (run.exit_code, run.op("student", "1001"), statuses(reused)) == (0, "create", ["submitted"])


def test_b1_who_cannot_sign_in_after_somebody_who_could_sees_nothing_of_theirs(tiny_school: TinySchool) -> None:
    """The account is disabled, not renewed; the record goes to the new one all the same."""
    tiny_school.row("courses", course_id="MAT", year_id=SCHEDULING, title="Maths", grade_levels="10", credits="6")
    tiny_school.student("1001", "otto@pupils.example", **PROMOTED, **OTTO).sync(yes=True)
    tiny_school.cloud.request_courses(SCHOOL, "1001", "MAT")
    tiny_school.student("1001", "", **PROMOTED, **NINA).contact("m2", children=["1001"])
    run = decided(tiny_school, "other", yes=True)
    assert (run.op("student", "1001"), run.op("student-record", "1001")) == ("disable", "renew")
    assert statuses(tiny_school) == []


def test_b1_who_comes_back_without_an_account_is_themselves(chosen_for: TinySchool) -> None:
    chosen_for.remove("enrollments", student_id="1001").sync("--allow", "requests=1", yes=True)
    assert statuses(chosen_for) == ["withdrawn"]
    run = chosen_for.student("1001", **WITHOUT_LOGIN).sync(yes=True)
    assert (run.exit_code, doubts(run), statuses(chosen_for)) == (0, [], ["submitted"])


def test_b1_a_login_that_is_given_to_somebody_makes_them_nobody_else(tiny_school: TinySchool) -> None:
    """Who was known without a login has no other one now, whatever becomes of their birth date."""
    tiny_school.student("1001", **WITHOUT_LOGIN).sync()
    tiny_school.student("1001", **{**WITHOUT_LOGIN, "email": "otto@pupils.example", "birth_date": "2008-09-03"})
    run = tiny_school.sync()
    assert (run.exit_code, doubts(run), run.op("student", "1001")) == (0, [], "create")


def test_b1_a_parent_who_has_another_child_here_does_not_see_whoever_gets_the_id(tiny_school: TinySchool) -> None:
    """Their account lost the child when he left, so that no link is on the portal; his row is still in the tables."""
    tiny_school.student("1001", **PROMOTED, **OTTO).student("1002", **PROMOTED)
    tiny_school.contact("m1", children=["1001", "1002"]).sync(yes=True)
    tiny_school.remove("enrollments", student_id="1001").sync(yes=True)
    assert tiny_school.account("parent", "m1")["children"] == ["1002"]
    tiny_school.student("1001", "nina@pupils.example", **PROMOTED, **NINA).contact("m2", children=["1001"])
    tiny_school.sync(yes=True)
    run = decided(tiny_school, "other", yes=True)
    assert doubts(run) == [("link-of-another", "parent", "m1")]
    assert tiny_school.account("parent", "m1")["children"] == ["1002"]
    assert tiny_school.account("parent", "m2")["children"] == ["1001"]


def test_b1_nobody_who_is_kept_or_untouched_keeps_a_child_who_is_somebody_else(tiny_school: TinySchool) -> None:
    """An account that is kept for a slip of the pen, and one that is itself in doubt, are held still in all but this."""
    tiny_school.student("1001", **PROMOTED, **OTTO)
    for parent in ("0042", "m1", "m2"):
        tiny_school.contact(parent, children=["1001"])
    tiny_school.limits["disable"] = 0
    tiny_school.sync(yes=True)
    tiny_school.student("1001", "nina@pupils.example", **PROMOTED, **NINA)
    tiny_school.contact("m1", "", children=["1001"])
    for table in ("contacts", "relationships"):
        for row in tiny_school.rows[table]:
            row["contact_id"] = row["contact_id"].lstrip("0")
    run = decided(tiny_school, "other", only="another-person", yes=True)
    assert ("look-alike-id", "parent", "0042") in doubts(run)
    assert tiny_school.account("student", "1001")["given_name"] == "Nina"
    for parent in ("0042", "m1", "m2"):
        account = tiny_school.account("parent", parent)
        assert account["status"] == "disabled" or account["children"] == [], parent


def test_b1_a_renewed_parent_is_all_the_new_one_though_a_former_child_is_in_doubt(tiny_school: TinySchool) -> None:
    tiny_school.student("1001", **PROMOTED, **OTTO).student("1002", **PROMOTED)
    tiny_school.contact("m1", "olga@homes.example", given_name="Olga", family_name="Old", children=["1001"]).sync(
        yes=True
    )
    tiny_school.student("1001", "nina@pupils.example", **PROMOTED, **NINA)
    petra = {"given_name": "Petra", "family_name": "Neu"}
    tiny_school.contact("m1", "petra@homes.example", children=["1001", "1002"], **petra)
    file = tiny_school.folder / "doubts.csv"
    tiny_school.plan("--doubts-out", str(file), yes=True)
    lines = [line + "other" if line.startswith("parent") else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines))
    run = tiny_school.sync("--decide", str(file), yes=True)
    assert ("another-person", "student", "1001") in doubts(run)
    account = tiny_school.account("parent", "m1")
    assert (account["given_name"], account["login"], account["children"]) == ("Petra", "petra@homes.example", ["1002"])
