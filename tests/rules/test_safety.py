"""R38, R39: an interrupted sync leaves no half state and says where it stands; what looks like a disaster asks first."""

from __future__ import annotations

import pytest
from tiny_school import ACTIVE, NEWCOMER, TinySchool

pytestmark = pytest.mark.slow

BEFORE_THE_COMMIT = [("openSync", "status"), ("putPart", "status"), ("putPart", "drop"), ("commitSync", "status")]


def grown(school: TinySchool) -> TinySchool:
    """Sync a family, then let a child come, change and leave."""
    school.student("s1").student("s2").contact("c1", children=["s1"]).sync(yes=True)
    school.student("s1", given_name="Renamed").student("s2", enrolled={})
    return school.student("n1", **NEWCOMER)


@pytest.mark.parametrize(("operation", "effect"), BEFORE_THE_COMMIT)
def test_r38_a_sync_that_fails_before_the_commit_leaves_the_portal_as_it_was(
    tiny_school: TinySchool, operation: str, effect: str
) -> None:
    grown(tiny_school)
    before, revision = tiny_school.accounts(), tiny_school.revision()
    status = {"status": 400} if effect == "status" else {}
    tiny_school.cloud.fault(operation, effect, times=None, **status)
    failed = tiny_school.sync(yes=True)
    assert failed.exit_code == 5
    assert (tiny_school.accounts(), tiny_school.revision()) == (before, revision)


def test_r38_a_lost_answer_is_found_out_and_said(tiny_school: TinySchool) -> None:
    """The commit was done and its answer lost: what is reported is what the portal did."""
    grown(tiny_school)
    tiny_school.cloud.fault("commitSync", "lost-reply")
    synced = tiny_school.sync(yes=True)
    assert synced.exit_code == 0
    student = synced.doc["applied"]["student"]
    assert (student["create"], student["update"], student["disable"]) == (1, 1, 1)
    assert tiny_school.sync(yes=True).doc["operations"] == []


@pytest.mark.parametrize("table", ["students", "enrollments", "contacts", "relationships"])
def test_r39_an_emptied_table_stops_before_anything_is_sent(tiny_school: TinySchool, table: str) -> None:
    tiny_school.student("s1").contact("c1", children=["s1"]).sync()
    before = tiny_school.accounts()
    tiny_school.rows[table] = []
    assert tiny_school.sync().exit_code == 4
    assert tiny_school.accounts() == before


def test_r39_nobody_left_who_qualifies_stops_for_confirmation(tiny_school: TinySchool) -> None:
    """The tables are all there, and by them nobody is at the school any more: a wrong code everywhere does that."""
    tiny_school.limits["from_accounts"] = 10
    for n in range(12):
        tiny_school.student(f"p{n}")
    tiny_school.sync()
    everybody = tiny_school.working("student")
    for student in ("s0", *(f"p{n}" for n in range(12))):
        tiny_school.code(student, ACTIVE, 90, "W")
    held = tiny_school.sync()
    assert (held.exit_code, held.held()["disable", "student"]["count"]) == (3, 13)
    assert tiny_school.working("student") == everybody
    assert tiny_school.sync(allow=held.held()["disable", "student"]["allow"]).exit_code == 0
    assert tiny_school.working("student") == set()
