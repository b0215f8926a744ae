"""The article's story: next year's newcomers reach the portal before day one, and the graduates leave it after."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, SCHEDULING, TinySchool

pytestmark = pytest.mark.slow


def test_the_scheduling_year_reaches_the_portal_and_becomes_the_active_one(tiny_school: TinySchool) -> None:
    school = tiny_school
    seniors = [f"senior{number:02}" for number in range(1, 13)]
    for senior in seniors:
        school.student(senior, enrolled={ACTIVE: "12"}).contact(f"parent-of-{senior}", children=[senior])
    school.student("ada", enrolled={ACTIVE: "9"}).contact("ada-mother", children=["ada"])

    # This year: the setting is No, the portal knows the active year's people only.
    school.remove("school_years", year_id=SCHEDULING)
    assert school.sync().exit_code == 0
    this_year = {"s0", "ada", *seniors}
    assert school.working("student") == this_year

    # January: the year is created and set as the scheduling year, and everybody goes up one grade.
    school.year(SCHEDULING, "scheduling")
    school.student("ada", enrolled={ACTIVE: "9", SCHEDULING: "10"})

    # Newcomers are admitted with an E on Day 0; three families have a gap in their papers.
    newcomer = {"enrolled": {SCHEDULING: "9"}, "entry": {SCHEDULING: 0}}
    school.student("ben", **newcomer).contact("ben-father", children=["ben"])
    school.student("mailless", "", **newcomer).contact("unticked", tick=False, children=["mailless"])
    school.student("codeless", enrolled={SCHEDULING: "9"}).contact("codeless-mother", children=["codeless"])
    school.contact("addressless", "", children=["ben"])

    # Nothing shows while the setting is No ...
    assert school.sync().exit_code == 0
    assert school.working("student") == this_year

    # ... and the sync starts at once when it is set to Yes.
    sent = school.run("settings", "send-scheduling-year", "yes", "--yes")
    assert sent.exit_code == 0
    assert school.working("student") == this_year | {"ben"}
    assert {"ada-mother", "ben-father"} <= school.working("parent")
    assert school.account("student", "ada")["next_grade_level"] == "10"

    # Who is not there is listed, with the reason and what to do.
    withheld = {w["person_id"]: w["reason"] for w in sent.doc["withheld"]}
    assert withheld == {
        "mailless": "no-login",
        "codeless": "no-entry-on-day-0",
        "codeless-mother": "no-sent-student",
        "unticked": "no-portal-access",
        "addressless": "no-email",
    }
    assert all(w["remedy"] for w in sent.doc["withheld"])
    before = school.accounts()

    # Summer: the active year is changed. The graduates' accounts are held until somebody says the number.
    held = school.activate().sync()
    assert held.exit_code == 3
    assert {h["allow"] for h in held.doc["held"]} == {"disable=24"}
    assert {senior for senior in seniors if school.status("student", senior) == "pending"} == set(seniors)

    released = school.sync(allow="disable=24")
    assert released.exit_code == 0
    after = school.accounts()
    assert {school.status("student", senior) for senior in seniors} == {"disabled"}
    assert school.working("student") == {"s0", "ada", "ben", "codeless"}

    # Disabled, not deleted; nobody was recreated; and the same sync again changes nothing.
    assert before.keys() <= after.keys()
    assert {who: a["created_at"] for who, a in after.items() if who in before} == {
        who: a["created_at"] for who, a in before.items()
    }
    assert school.sync().doc["operations"] == []
